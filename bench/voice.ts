import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createEngine, type Engine } from '../voice/engine.ts'
import { Callers } from '../voice/testing/callers.ts'
import { Janus } from './janus.ts'
import { median, ms, quantile, sleep, table } from './support.ts'

const CALLS = (process.env.VOICE_CALLS ?? '10,50,100').split(',').map(Number)
const WINDOW_S = Number(process.env.VOICE_SECONDS ?? 8)
const ROUNDS = Number(process.env.VOICE_ROUNDS ?? 3)
const IN_A_ROW = Number(process.env.VOICE_IN_A_ROW ?? 200)
const AT_ONCE = 5
const SETTLE_S = 1

/** What was measured in one window: CPU seconds per call and minute, delays in milliseconds. */
interface Window {
  cpu: number
  delays: number[]
  loop: number
}

/**
 * Calls of two people through one media process: 50 packets a second each way and leg. The callers live in another process
 * and stamp what they say. Janus, when it is installed, echoes as many legs of the same callers; the windows take turns.
 */
export async function benchVoice(): Promise<void> {
  console.log(`Calls through one media process: ${ROUNDS} windows of ${WINDOW_S} s each, in turn. Medians.`)
  const rows = [
    ['', 'calls', 'CPU s per call-min', 'range', 'one way p50', 'p95', 'p99 ms', 'loop p99 ms', 'MB per call'],
  ]
  for (const calls of CALLS) rows.push(...(await measure(calls)))
  table(rows)
  await benchInARow()
}

async function measure(calls: number): Promise<string[][]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-voice-'))
  const engine = await startEngine()
  const janus = await Janus.start()
  const callers = await Callers.start()
  try {
    process.stderr.write(`  ${calls} calls …\n`)
    const { processId, residentBytes } = (await engine.stats())[0]!
    const ours = await connectAll(calls, (room, leg) => callers.connect(engine, room, leg, `${room}.${leg}`, 1))
    for (let i = 0; i < calls; i++)
      engine.hear(`room${i}`, [
        ['a', 'b'],
        ['b', 'a'],
      ])
    const perCall = ((await engine.stats())[0]!.residentBytes - residentBytes) / calls
    const janusBefore = janus ? residentBytesOf(janus.processId) : 0
    const theirs = janus
      ? await connectAll(calls, (room, leg) => callers.connect(janus, room, leg, `janus.${room}.${leg}`, 1)).then(
          names => names.map(name => `janus.${name}`),
        )
      : []
    const janusPerCall = janus ? (residentBytesOf(janus.processId) - janusBefore) / calls : 0

    const record = () => {
      for (let i = 0; i < calls; i++) {
        const file = path.join(folder, `${i}.opus`)
        engine.record(`room${i}`, {
          id: 'r',
          file,
          channels: 'stereo',
          lanes: { left: ['a'], right: ['b'] },
          limits: null,
        })
      }
    }
    const stopRecording = () => {
      for (let i = 0; i < calls; i++) engine.stopRecording(`room${i}`, 'r')
    }
    const relayed: Window[] = []
    const recorded: Window[] = []
    const echoed: Window[] = []
    for (let round = 0; round < ROUNDS; round++) {
      relayed.push(await window(callers, ours, calls, processId, engine))
      record()
      recorded.push(await window(callers, ours, calls, processId, engine))
      stopRecording()
      if (janus) echoed.push(await window(callers, theirs, calls, janus.processId, null))
    }
    const rows = [
      row('relayed', calls, relayed, perCall),
      row('relayed and recorded', calls, recorded, null),
      janus ? row('Janus EchoTest, as many legs', calls, echoed, janusPerCall) : NOT_MEASURED(calls),
    ]
    return rows
  } finally {
    await callers.end()
    await janus?.end()
    await engine.close()
    fs.rmSync(folder, { recursive: true })
  }
}

const NOT_MEASURED = (calls: number): string[] => [
  'not measured: Janus is not installed',
  String(calls),
  '',
  '',
  '',
  '',
  '',
  '',
  '',
]

const startEngine = (): Promise<Engine> =>
  createEngine({
    processes: 1,
    udpPort: 0,
    publicAddresses: ['127.0.0.1'],
    maxLegs: 2000,
    warn: (message, details) => console.error(message, details),
  })

/** @returns the names of all callers. */
async function connectAll(calls: number, connect: (room: string, leg: string) => Promise<void>): Promise<string[]> {
  const legs = Array.from({ length: calls * 2 }, (_, i) => [`room${i >> 1}`, i % 2 ? 'b' : 'a'] as const)
  for (let at = 0; at < legs.length; at += AT_ONCE) {
    await Promise.all(legs.slice(at, at + AT_ONCE).map(([room, leg]) => connect(room, leg)))
  }
  return legs.map(([room, leg]) => `${room}.${leg}`)
}

async function window(
  callers: Callers,
  names: string[],
  calls: number,
  processId: number,
  engine: Engine | null,
): Promise<Window> {
  await Promise.all(names.map(name => callers.speak(name, 'stamped')))
  await sleep(SETTLE_S * 1000)
  await callers.delays()
  await engine?.stats()
  const [began, before] = [performance.now(), cpuSecondsOf(processId)]
  await sleep(WINDOW_S * 1000)
  const [after, took] = [cpuSecondsOf(processId), (performance.now() - began) / 1000]
  const delays = await callers.delays()
  const loop = (await engine?.stats())?.[0]?.loopDelay.p99 ?? Number.NaN
  await Promise.all(names.map(name => callers.speak(name, 0)))
  await sleep(SETTLE_S * 1000)
  const expected = names.length * 50 * took
  if (delays.length < expected * 0.98) console.log(`  only ${delays.length} of ${Math.round(expected)} packets arrived`)
  return { cpu: ((after - before) * 60) / took / calls, delays, loop }
}

function row(name: string, calls: number, windows: Window[], bytesPerCall: number | null): string[] {
  const costs = windows.map(({ cpu }) => cpu)
  const delays = windows.flatMap(each => each.delays)
  const loop = median(windows.map(each => each.loop))
  return [
    name,
    String(calls),
    median(costs).toFixed(3),
    `${Math.min(...costs).toFixed(3)}–${Math.max(...costs).toFixed(3)}`,
    ...[0.5, 0.95, 0.99].map(share => ms(quantile(delays, share))),
    Number.isNaN(loop) ? '' : ms(loop),
    bytesPerCall === null ? '' : (bytesPerCall / 1024 ** 2).toFixed(2),
  ]
}

/** Calls that come and go one after the other: what do they leave behind? */
async function benchInARow(): Promise<void> {
  const engine = await startEngine()
  const callers = await Callers.start()
  const rows = [['calls in a row', 'resident MB', 'legs', 'rooms']]
  try {
    for (let call = 1; call <= IN_A_ROW; call++) {
      const room = `row${call}`
      for (const leg of ['a', 'b']) await callers.connect(engine, room, leg, leg, 1)
      engine.hear(room, [
        ['a', 'b'],
        ['b', 'a'],
      ])
      for (const leg of ['a', 'b']) await callers.speak(leg, 'stamped')
      await sleep(100)
      for (const leg of ['a', 'b']) {
        engine.leave(room, leg)
        await callers.close(leg)
      }
      if (call % Math.ceil(IN_A_ROW / 4) === 0 || call === IN_A_ROW) {
        const { residentBytes, legs, rooms } = (await engine.stats())[0]!
        rows.push([String(call), (residentBytes / 1024 ** 2).toFixed(1), String(legs), String(rooms)])
      }
    }
    table(rows)
  } finally {
    await callers.end()
    await engine.close()
  }
}

/** User and system, all threads. */
function cpuSecondsOf(processId: number): number {
  const fields = fs.readFileSync(`/proc/${processId}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

const residentBytesOf = (processId: number): number =>
  Number(fs.readFileSync(`/proc/${processId}/statm`, 'utf8').split(' ')[1]) * 4096
