import fs from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Recording } from './engine.ts'
import { Leg } from './leg.ts'
import { decodeFile, endingOf } from './opusFile.ts'
import { Recorder } from './recorder.ts'
import { encodePackets } from './sound.ts'
import { loudnessAt } from './testing/loudness.ts'
import { tone } from './tones.ts'
import { peaksOf } from './waveform.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-recorder-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))

const AGENT = 1000
const CUSTOMER = 440
const MARK = 2600
const sounds = new Map<number, Uint8Array[]>()
beforeAll(async () => {
  for (const frequency of [AGENT, CUSTOMER, MARK]) {
    sounds.set(frequency, (await encodePackets(tone([frequency], 2.02, 0.3))).packets.slice(1, 101))
  }
})

let now = 0
class Person extends Leg {
  readonly #frequency: number
  #said = 0
  constructor(frequency: number) {
    super('somebody', () => now)
    this.#frequency = frequency
  }
  /** Speaks, or sends silence. */
  say(speaks: boolean) {
    const payload = speaks ? sounds.get(this.#frequency)![this.#said % 100]! : Uint8Array.of(0xf8, 0xff, 0xfe)
    this.hear({ sequence: this.#said, timestamp: this.#said * 960, marker: false, payload, level: speaks ? 15 : 127 })
    this.#said++
  }
}

function recorder(
  recording: Partial<Recording> & { file: string },
  more: { continued?: { spokenMilliseconds: number }; startedAt?: number } = {},
) {
  return new Recorder({
    recording: { id: 'r', channels: 'stereo', lanes: { left: [], right: [] }, limits: null, ...recording },
    now: () => now,
    startedAt: more.startedAt ?? now,
    continued: more.continued ?? null,
    mark: sounds.get(MARK)!.slice(0, 10),
    progress: () => {},
  })
}

/** Lets time pass in steps of 20 ms, and the recorder write now and then. */
async function pass(seconds: number, recorders: Recorder[], each: (second: number) => void) {
  for (let i = 0; i < seconds * 50; i++, now += 20) {
    each(i / 50)
    if (i % 25 === 0) for (const recorder of recorders) recorder.step()
    if (i % 25 === 0) await new Promise(resolve => setTimeout(resolve, 8))
  }
}

const inFolder = (name: string) => path.join(folder, name)

/** What is heard in each tenth of a second of each channel: its frequencies. */
async function heard(file: string): Promise<string[][]> {
  const channels: number[][] = []
  for await (const parts of decodeFile(file)) {
    for (const [i, part] of parts.entries()) {
      channels[i] ??= []
      channels[i].push(...part)
    }
  }
  return channels.map(samples =>
    Array.from({ length: Math.floor(samples.length / 4800) }, (_, i) => {
      const tenth = Int16Array.from(samples.slice(i * 4800, (i + 1) * 4800))
      return [AGENT, CUSTOMER, MARK].filter(frequency => loudnessAt(tenth, frequency) > 0.1).join('+')
    }),
  )
}

/** Runs of the same thing: what, and from which to which second. */
const runs = (tenths: string[]): [string, number, number][] => {
  const result: [string, number, number][] = []
  for (const [i, what] of tenths.entries()) {
    const last = result.at(-1)
    if (last?.[0] === what) last[2] = (i + 1) / 10
    else result.push([what, i / 10, (i + 1) / 10])
  }
  return result.filter(([, from, to]) => to - from > 0.15)
}

test('each voice is in its channel, when it was said; pauses leave a marked gap of their length', async () => {
  now = 10_000
  const file = inFolder('call.opus')
  const [agent, customer] = [new Person(AGENT), new Person(CUSTOMER)]
  const recording = recorder({ file })
  recording.follow([agent], [customer])
  await pass(10, [recording], second => {
    if (second === 5) recording.pause(true)
    if (second === 7) recording.pause(false)
    agent.say(second < 2 || second >= 4)
    customer.say(second >= 2)
  })
  recording.stop()
  const outcome = await recording.finished
  expect(outcome).toEqual({
    reason: 'stopped',
    milliseconds: 10_000,
    spokenMilliseconds: 8000,
    bytes: fs.statSync(file).size,
  })
  const [left, right] = await heard(file)
  const near = (expected: [string, number, number][]) =>
    expected.map(([what, from, to]) => [what, expect.closeTo(from, 0.5), expect.closeTo(to, 0.5)])
  const gap: [string, number, number][] = [
    [`${MARK}`, 5, 5.2],
    ['', 5.2, 6.8],
    [`${MARK}`, 6.8, 7],
  ]
  expect(runs(left!)).toEqual(near([[`${AGENT}`, 0, 2], ['', 2, 4], [`${AGENT}`, 4, 5], ...gap, [`${AGENT}`, 7, 10]]))
  expect(runs(right!)).toEqual(near([['', 0, 2], [`${CUSTOMER}`, 2, 5], ...gap, [`${CUSTOMER}`, 7, 10]]))
  for (const [, from, to] of runs(left!)) expect(Math.round(from * 10) === from * 10 && to > from).toBe(true)
  const edges = runs(left!).map(([, from]) => from)
  for (const [i, second] of [0, 2, 4, 5, 5.2, 6.8, 7].entries())
    expect(Math.abs(edges[i]! - second)).toBeLessThanOrEqual(0.11)

  const { milliseconds, channels } = await peaksOf(file, 100)
  expect(milliseconds).toBe(10_000)
  expect([channels[0]![10]! > 60, channels[0]![30]! < 5, channels[1]![10]! < 5, channels[1]![30]! > 60]).toEqual([
    true,
    true,
    true,
    true,
  ])
})

test('a message ends by itself when nothing is said any more, and when it is too long', async () => {
  now = 0
  const [quiet, long] = [inFolder('quiet.opus'), inFolder('long.opus')]
  const speaker = new Person(CUSTOMER)
  const limits = { maxSeconds: 6, silenceSeconds: 2 }
  const mono = { channels: 'mono', limits } as const
  const [first, second] = [
    recorder({ file: quiet, ...mono }),
    recorder({ file: long, ...mono, limits: { ...limits, silenceSeconds: null } }),
  ]
  first.follow([speaker], [])
  second.follow([speaker], [])
  await pass(10, [first, second], second => speaker.say(second < 3))
  expect(await first.finished).toMatchObject({ reason: 'silence', milliseconds: 5000, spokenMilliseconds: 3000 })
  expect(await second.finished).toMatchObject({ reason: 'limit', milliseconds: 6000, spokenMilliseconds: 3000 })
  expect((await heard(quiet)).length).toBe(1)
  expect(runs((await heard(quiet))[0]!)).toEqual([
    [`${CUSTOMER}`, 0, 3],
    ['', 3, 5],
  ])
})

test('two hours of talk leave a message of five minutes', async () => {
  now = 0
  const file = inFolder('endless.opus')
  const speaker = new Person(CUSTOMER)
  const message = recorder({ file, channels: 'mono', limits: { maxSeconds: 300, silenceSeconds: 3 } })
  message.follow([speaker], [])
  await pass(302, [message], () => speaker.say(true))
  expect(await message.finished).toMatchObject({ reason: 'limit', milliseconds: 300_000 })
  const { size } = fs.statSync(file)
  expect(speaker.sinks.size).toBe(0)
  for (; now < 2 * 3600_000; now += 20) {
    speaker.say(true)
    message.step()
  }
  expect(fs.statSync(file).size).toBe(size)
})

test('a message nobody says anything for ends, too', async () => {
  now = 0
  const empty = recorder({
    file: inFolder('empty.opus'),
    channels: 'mono',
    limits: { maxSeconds: 60, silenceSeconds: 3 },
  })
  await pass(5, [empty], () => {})
  expect(await empty.finished).toMatchObject({ reason: 'silence', milliseconds: 3000, spokenMilliseconds: 0 })
})

test('a recording that is stopped at once is a file that can be opened', async () => {
  const short = recorder({ file: inFolder('short.opus') })
  short.stop()
  expect(await short.finished).toMatchObject({ reason: 'stopped', milliseconds: 20 })
  expect((await endingOf(inFolder('short.opus')))?.position).toBe(960)
})

test('a full disk ends it, and so does a folder that is not there', async () => {
  now = 0
  const speaker = new Person(CUSTOMER)
  const full = recorder({ file: '/dev/full' })
  full.follow([speaker], [])
  await pass(3, [full], () => speaker.say(true))
  expect(await full.finished).toMatchObject({ reason: 'failed', milliseconds: 0, bytes: 0 })
  expect(speaker.sinks.size).toBe(0)
  const absent = recorder({ file: inFolder('absent/call.opus') })
  absent.stop()
  expect(await absent.finished).toMatchObject({ reason: 'failed' })
})

test('a disk that takes a part of a page has not taken it', async () => {
  now = 0
  const file = inFolder('almost-full.opus')
  const speaker = new Person(CUSTOMER)
  const recording = recorder({ file })
  recording.follow([speaker], [])
  const probe = await open(inFolder('probe'), 'w')
  await probe.close()
  const { write } = probe
  const written = vi.spyOn(Object.getPrototypeOf(probe) as FileHandle, 'write')
  let room = 8000
  written.mockImplementation(async function (
    this: FileHandle,
    bytes: Buffer,
    from: number,
    length: number,
    at: number,
  ) {
    const fits = Math.min(length, room)
    room -= fits
    return Reflect.apply(write, this, [bytes, from, fits, at])
  } as never)
  await pass(10, [recording], () => speaker.say(true))
  written.mockRestore()
  const outcome = await recording.finished
  expect(outcome).toMatchObject({ reason: 'failed', bytes: fs.statSync(file).size })
  expect((await endingOf(file))!.position / 48).toBe(outcome.milliseconds)
})

test('what a process that crashed has left is continued, with silence for the time in between', async () => {
  now = 0
  const file = inFolder('crashed.opus')
  const before = new Person(CUSTOMER)
  const crashed = recorder({ file })
  crashed.follow([before], [])
  await pass(4, [crashed], () => before.say(true))
  // Nothing more is heard of it; its last page was not written as a whole.
  fs.appendFileSync(file, Buffer.alloc(100_000, 'OggS'))
  now = 6000
  const after = new Person(CUSTOMER)
  const next = recorder({ file }, { continued: { spokenMilliseconds: 3000 }, startedAt: 0 })
  next.follow([after], [])
  await pass(2, [next], () => after.say(true))
  next.stop()
  expect(await next.finished).toMatchObject({
    milliseconds: 8000,
    spokenMilliseconds: 5000,
    bytes: fs.statSync(file).size,
  })
  const [[, , silentFrom], [what, , silentTo], [, , end]] = runs((await heard(file))[0]!) as [
    [string, number, number],
    [string, number, number],
    [string, number, number],
  ]
  expect(silentFrom, 'two seconds are lost at most').toBeGreaterThanOrEqual(2)
  expect([what, silentTo, end]).toEqual(['', 6, 8])
})
