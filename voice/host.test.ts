import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { EngineEvent } from './engine.ts'
import { readFrame, writeFrame } from './frameLeg.ts'
import { Host } from './host.ts'
import type { ConnectionEvents } from './leg.ts'
import type { Command, Report } from './protocol.ts'
import { BadOffer } from './sdp.ts'
import type { AudioPacket } from './source.ts'

/** A browser's connection as the host sees it, and what is heard over it: the speaker of each packet by slot. */
interface Browser {
  events: ConnectionEvents
  sent: { slot: number; packet: AudioPacket; speaker: number }[]
  closed: boolean
  say(): void
}

const SPEAKERS = 'abcdefgh'

/** A host without native code. An offer is who speaks; `garbage` is none. */
function begin(slots = 6) {
  const clock = { now: 1000 }
  const reports: Report[] = []
  const browsers = new Map<string, Browser>()
  const host = new Host({
    report: report => reports.push(report),
    openWebrtc(offer, events) {
      if (offer === 'garbage') throw new BadOffer('garbage')
      const speaker = offer.charCodeAt(0)
      let said = 65_530
      const browser: Browser = {
        events,
        sent: [],
        closed: false,
        say() {
          const payload = Uint8Array.of(0x78, speaker, 0)
          events.audio({
            sequence: said & 0xffff,
            timestamp: (said * 960) % 2 ** 32,
            marker: false,
            payload,
            level: 20,
          })
          said++
        },
      }
      browsers.set(offer, browser)
      const connection = {
        slots,
        send: (slot: number, packet: AudioPacket) => browser.sent.push({ slot, packet, speaker: packet.payload[1]! }),
        close: () => {
          browser.closed = true
        },
      }
      return { connection, answer: Promise.resolve(`answer to ${offer}`) }
    },
    readSound: async file => {
      if (file === 'absent') throw new Error('absent')
      return Array.from({ length: Number(file) }, () => Uint8Array.of(0x78, 0x2a))
    },
    mark: [],
    now: () => clock.now,
    wallClock: () => clock.now + 1_000_000,
    usage: () => ({ processId: 1, cpuSeconds: 0, residentBytes: 0, loopDelay: { p50: 0, p99: 0, max: 0 } }),
  })
  const soon = () => new Promise(resolve => setImmediate(resolve))
  return {
    clock,
    host,
    browsers,
    events: () => reports.flatMap(report => (report.type === 'event' ? [report.event] : [])),
    reports,
    run(...commands: Command[]) {
      for (const command of commands) host.run(command)
    },
    /** Connects legs whose offers are their names. */
    async connect(...legs: string[]) {
      for (const leg of legs) host.run({ type: 'connect', request: 1, room: 'r', leg: leg[0]!, offer: leg })
      for (const leg of legs) browsers.get(leg)!.events.connected()
      await soon()
    },
    /** Lets time pass, everybody speaking each 20 ms. */
    async pass(milliseconds: number, ...speaking: string[]) {
      for (let i = 0; i < milliseconds / 20; i++) {
        clock.now += 20
        for (const leg of speaking) browsers.get(leg)!.say()
        host.tick()
        if (i % 25 === 0) await soon()
      }
      await soon()
    },
    heardBy: (leg: string) =>
      [
        ...new Set(
          browsers
            .get(leg)!
            .sent.splice(0)
            .map(({ speaker }) => String.fromCharCode(speaker)),
        ),
      ]
        .sort()
        .join(''),
  }
}

const hear = (...pairs: string[]): Command => ({
  type: 'hear',
  room: 'r',
  pairs: pairs.map(pair => [pair[0]!, pair[1]!] as const),
})
const ofType = <Type extends EngineEvent['type']>(events: EngineEvent[], type: Type) =>
  events.filter((event): event is Extract<EngineEvent, { type: Type }> => event.type === type)

test('an offer is answered, and what can be heard is heard', async () => {
  const { run, connect, reports, pass, heardBy } = begin()
  run(hear('ab', 'ba'))
  await connect('a', 'b', 'c')
  expect(reports).toContainEqual({ type: 'answered', request: 1, answer: 'answer to a' })
  await pass(100, 'a', 'b', 'c')
  expect([heardBy('a'), heardBy('b'), heardBy('c')]).toEqual(['b', 'a', ''])
})

test('whatever happens, nobody hears a speaker outside the pairs', async () => {
  const leg = fc.constantFrom(...SPEAKERS)
  const step = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.array(fc.tuple(leg, leg), { maxLength: 12 }).map(pairs => ({ type: 'hear' as const, pairs })),
    },
    { weight: 2, arbitrary: leg.map(who => ({ type: 'connect' as const, who })) },
    leg.map(who => ({ type: 'lost' as const, who })),
    leg.map(who => ({ type: 'leave' as const, who })),
    leg.map(who => ({ type: 'disconnect' as const, who })),
    leg.map(who => ({ type: 'play' as const, who })),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async steps => {
      const { run, connect, browsers, pass, heardBy } = begin()
      await connect('a', 'b', 'c')
      let pairs: [string, string][] = []
      for (const each of steps) {
        if (each.type === 'hear') {
          pairs = each.pairs
          run({ type: 'hear', room: 'r', pairs })
        } else if (each.type === 'connect') await connect(each.who)
        else if (each.type === 'lost') browsers.get(each.who)?.events.lost()
        else if (each.type === 'play') run({ type: 'play', room: 'r', leg: each.who, id: 'p', files: ['5'], times: 0 })
        else run({ type: each.type, room: 'r', leg: each.who })
        for (const name of browsers.keys()) heardBy(name)
        await pass(40, ...browsers.keys())
        for (const name of browsers.keys()) {
          const allowed = pairs
            .filter(([listener, speaker]) => listener === name && speaker !== name)
            .map(pair => pair[1])
          const heard = [...heardBy(name)].filter(speaker => speaker !== '*')
          expect(heard.filter(speaker => !allowed.includes(speaker))).toEqual([])
        }
      }
    }),
    { numRuns: 60 },
  )
})

test('a leg that connects anew takes its place: listeners hear one unbroken stream', async () => {
  const { run, connect, browsers, pass, heardBy } = begin()
  run(hear('ab', 'ba'))
  await connect('a', 'b')
  await pass(200, 'a', 'b')
  await connect('b2')
  expect(browsers.get('b')!.closed).toBe(true)
  browsers.get('b')!.say()
  await pass(200, 'a', 'b2')
  const numbers = browsers.get('a')!.sent.map(({ packet }) => packet.sequence)
  expect(numbers).toEqual(numbers.map((_, i) => numbers[0]! + i))
  const times = browsers.get('a')!.sent.map(({ packet }) => packet.timestamp)
  expect(Math.max(...times.slice(1).map((time, i) => time - times[i]!))).toBeLessThanOrEqual(1920)
  expect(heardBy('b2')).toBe('a')
})

test('until the new connection is up the old one goes on; a bad offer changes nothing', async () => {
  const { run, connect, browsers, pass, heardBy, reports, events } = begin()
  run(hear('ab'))
  await connect('a', 'b')
  run(
    { type: 'connect', request: 7, room: 'r', leg: 'b', offer: 'b2' },
    { type: 'connect', request: 8, room: 'r', leg: 'b', offer: 'garbage' },
  )
  await pass(100, 'b', 'b2')
  expect(reports).toContainEqual({ type: 'refused', request: 8, message: 'garbage', badOffer: true })
  expect(browsers.get('a')!.sent.length).toBe(5)
  expect(heardBy('a')).toBe('b')
  browsers.get('b2')!.events.lost()
  expect(ofType(events(), 'leg.lost')).toEqual([])
  browsers.get('b')!.events.lost()
  expect(ofType(events(), 'leg.lost')).toEqual([{ type: 'leg.lost', room: 'r', leg: 'b' }])
})

test('who says nothing for five seconds is silent, once, until it is heard again', async () => {
  const { connect, pass, events } = begin()
  await connect('a', 'b')
  await pass(12_000, 'a')
  await pass(100, 'a', 'b')
  expect(events().slice(2)).toEqual([
    { type: 'leg.silent', room: 'r', leg: 'b' },
    { type: 'leg.connected', room: 'r', leg: 'b' },
  ])
})

test('sounds are played one after the other, beside the voices, and end once', async () => {
  const { run, connect, pass, heardBy, events, browsers } = begin()
  run(hear('ab'))
  await connect('a', 'b')
  run({ type: 'play', room: 'r', leg: 'a', id: 'welcome', files: ['10', 'absent', '15'], times: 1 })
  await pass(20)
  await pass(500, 'b')
  expect(browsers.get('a')!.sent.filter(({ speaker }) => speaker === 0x2a).length).toBe(25)
  expect(heardBy('a')).toBe('*b')
  expect(ofType(events(), 'play.ended')).toEqual([])
  await pass(1000, 'b')
  expect(heardBy('a')).toBe('b')
  expect(ofType(events(), 'play.ended')).toEqual([{ type: 'play.ended', room: 'r', leg: 'a', id: 'welcome' }])
})

test('a sound that is replaced or stopped does not end; the next one is heard', async () => {
  const { run, connect, pass, events, heardBy } = begin()
  await connect('a')
  const play = (id: string, times: number): Command => ({ type: 'play', room: 'r', leg: 'a', id, files: ['10'], times })
  run(play('first', 1), play('second', 1))
  await pass(1000)
  expect(ofType(events(), 'play.ended').map(({ id }) => id)).toEqual(['second'])
  run(play('music', 0))
  await pass(1000)
  run({ type: 'stop', room: 'r', leg: 'a' })
  heardBy('a')
  await pass(1000)
  expect(heardBy('a')).toBe('')
  expect(ofType(events(), 'play.ended').length).toBe(1)
})

test('a sound waits while its leg is away', async () => {
  const { run, connect, pass, events, browsers } = begin()
  run({ type: 'play', room: 'r', leg: 'a', id: 'welcome', files: ['50'], times: 1 })
  await pass(3000)
  await connect('a')
  await pass(500)
  run({ type: 'disconnect', room: 'r', leg: 'a' })
  await pass(3000)
  expect(browsers.get('a')!.sent.length).toBe(25)
  expect(ofType(events(), 'play.ended')).toEqual([])
  await connect('a2')
  await pass(600)
  expect(browsers.get('a2')!.sent.length).toBe(25)
  expect(ofType(events(), 'play.ended').length).toBe(1)
})

test('when somebody leaves, the next voice has its stream', async () => {
  const { run, connect, pass, heardBy } = begin(1)
  run(hear('ab', 'ac'))
  await connect('a', 'b', 'c')
  await pass(100, 'b', 'c')
  expect(heardBy('a')).toBe('b')
  run({ type: 'leave', room: 'r', leg: 'b' })
  await pass(100, 'c')
  expect(heardBy('a')).toBe('c')
})

test('frames and browsers hear one another', async () => {
  const { run, connect, pass, reports, heardBy } = begin()
  run(hear('ab', 'ba'))
  await connect('a')
  run({ type: 'connectFrames', request: 3, room: 'r', leg: 'b' })
  expect(reports).toContainEqual({ type: 'answered', request: 3, answer: '' })
  const frame = writeFrame({ slot: 0, sequence: 1, timestamp: 960, payload: Uint8Array.of(0x78, 98) })
  run({ type: 'frame', room: 'r', leg: 'b', frame }, { type: 'frame', room: 'r', leg: 'b', frame: Uint8Array.of(7) })
  await pass(40, 'a')
  expect(heardBy('a')).toBe('b')
  const frames = reports.flatMap(report => (report.type === 'frame' ? [readFrame(report.frame)] : []))
  expect(frames).toMatchObject([
    { slot: 0, sequence: 0 },
    { slot: 0, sequence: 1 },
  ])
  run({ type: 'disconnect', room: 'r', leg: 'b' }, { type: 'frame', room: 'r', leg: 'b', frame })
  await pass(40, 'a')
  expect(heardBy('a')).toBe('')
})

test('ten thousand keys are ten thousand keys', async () => {
  const { connect, browsers, events } = begin()
  await connect('a')
  for (let i = 0; i < 10_000; i++) browsers.get('a')!.events.digit(String(i % 10))
  expect(ofType(events(), 'digit').length).toBe(10_000)
})

test('a room ends with all that is in it: connections, what is played, recordings', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-host-'))
  const { run, connect, pass, browsers, events, reports } = begin()
  await connect('a', 'b')
  const recording = {
    id: 'x',
    file: path.join(folder, 'x.opus'),
    channels: 'stereo',
    lanes: { left: ['a'], right: ['b'] },
    limits: null,
  } as const
  run(
    { type: 'record', room: 'r', recording, startedAt: 1_001_000, continued: null },
    { type: 'play', room: 'r', leg: 'a', id: 'music', files: ['5'], times: 0 },
  )
  await pass(2000, 'a', 'b')
  run({ type: 'end', room: 'r' })
  expect([...browsers.values()].map(({ closed }) => closed)).toEqual([true, true])
  await expect
    .poll(() => ofType(events(), 'recording.ended'))
    .toMatchObject([{ room: 'r', recordingId: 'x', reason: 'stopped', milliseconds: 2000, spokenMilliseconds: 1980 }])
  run({ type: 'stats', request: 9 })
  expect(reports.at(-1)).toMatchObject({ request: 9, stats: { legs: 0, rooms: 0 } })
  fs.rmSync(folder, { recursive: true })
})

test('what is said about rooms and recordings that are not there does nothing', () => {
  const { run, reports } = begin()
  run(
    { type: 'frame', room: 'no', leg: 'a', frame: Uint8Array.of(1) },
    { type: 'leave', room: 'no', leg: 'a' },
    { type: 'stop', room: 'no', leg: 'a' },
    { type: 'end', room: 'no' },
    { type: 'stopRecording', room: 'no', recordingId: 'x' },
    { type: 'pauseRecording', room: 'no', recordingId: 'x', paused: true },
    { type: 'recordLegs', room: 'no', recordingId: 'x', lanes: { left: [], right: [] } },
  )
  expect(reports).toEqual([])
})
