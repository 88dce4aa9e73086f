import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Connection, Leg, SILENT_MS } from './leg.ts'
import type { AudioPacket } from './source.ts'

class FakeConnection implements Connection {
  readonly slots = 4
  closed = false
  send() {}
  close() {
    this.closed = true
  }
}

function begin() {
  const clock = { now: 0 }
  const leg = new Leg('somebody', () => clock.now)
  const heard: AudioPacket[] = []
  leg.sinks.add({ take: packet => heard.push(packet), cut: () => {} })
  const say = (sequence: number, timestamp: number) =>
    leg.hear({
      sequence: sequence % 2 ** 16,
      timestamp: timestamp % 2 ** 32,
      marker: false,
      payload: new Uint8Array(1),
      level: null,
    })
  return { clock, leg, heard, say }
}

test('numbers go on where the wire has no more bits, whatever is lost and reordered', () => {
  const steps = fc.array(fc.integer({ min: -30, max: 300 }), { minLength: 1, maxLength: 400 })
  fc.assert(
    fc.property(fc.nat(0xffff), fc.nat(0xffff_ffff), steps, (sequence, timestamp, ahead) => {
      const { heard, say } = begin()
      let at = 1000
      const said = ahead.map(step => {
        at += Math.max(1, step)
        return step < 0 ? at + step : at
      })
      for (const number of said) say(sequence + number, timestamp + number * 960)
      expect(heard.map(packet => packet.sequence - heard[0]!.sequence)).toEqual(said.map(number => number - said[0]!))
      expect(heard.map(packet => packet.timestamp - heard[0]!.timestamp)).toEqual(
        said.map(number => (number - said[0]!) * 960),
      )
    }),
  )
})

test('of connections that are announced only the last one is waited for', () => {
  const { leg } = begin()
  const [first, second, third] = [new FakeConnection(), new FakeConnection(), new FakeConnection()]
  leg.expect(first)
  leg.take(first)
  leg.expect(second)
  leg.expect(third)
  expect([first.closed, second.closed, third.closed]).toEqual([false, true, false])
  expect(leg.isFrom(first)).toBe(true)
  leg.take(third)
  expect([first.closed, third.closed, leg.isFrom(third)]).toEqual([true, false, true])
})

test('a leg is lost with the last connection that it has or waits for', () => {
  const { leg } = begin()
  const [first, second] = [new FakeConnection(), new FakeConnection()]
  leg.expect(first)
  leg.take(first)
  leg.expect(second)
  expect(leg.lose(first)).toBe(false)
  expect(leg.connected).toBe(false)
  expect(leg.lose(second)).toBe(true)
})

test('who is not heard of is silent, who has no connection is not', () => {
  const { clock, leg, say } = begin()
  clock.now = 60_000
  expect(leg.becameSilent()).toBe(false)
  const connection = new FakeConnection()
  leg.take(connection)
  clock.now += SILENT_MS
  expect([leg.becameSilent(), leg.becameSilent()]).toEqual([true, false])
  expect([
    leg.hear({ sequence: 1, timestamp: 1, marker: false, payload: new Uint8Array(1), level: null }),
    say(2, 2),
  ]).toEqual([true, false])
})

test('one that begins anew with lower numbers is followed, however long it speaks', () => {
  const { leg, heard, say } = begin()
  say(60_000, 1000)
  leg.restart()
  for (let i = 0; i < 70_000; i++) say(i, i * 960)
  expect(heard.slice(1).every((packet, i) => packet.sequence === heard[1]!.sequence + i)).toBe(true)
})

test('who speaks is heard over the present connection only: none of the old ones is left behind', () => {
  const { leg } = begin()
  const speaker = new Leg('speaker', () => 0)
  for (let i = 0; i < 3; i++) {
    leg.take(new FakeConnection())
    leg.listenTo([speaker])
  }
  expect(speaker.sinks.size).toBe(1)
  leg.disconnect()
  expect(speaker.sinks.size).toBe(0)
})
