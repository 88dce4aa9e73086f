import { expect, test } from 'vitest'
import { Player, Ticker } from './player.ts'
import type { AudioPacket } from './source.ts'

const packets = [1, 2, 3].map(byte => Uint8Array.of(0x78, byte))

function play(times: number, ticks: number, sound = packets) {
  const player = new Player(sound, times)
  const heard: AudioPacket[] = []
  player.sinks.add({ take: packet => heard.push(packet), cut: () => {} })
  const going = Array.from({ length: ticks }, () => player.tick())
  return {
    heard: heard.map(({ payload }) => payload[1]),
    numbers: heard.map(p => [p.sequence, p.timestamp / 960]),
    going,
  }
}

test('a sound is played packet by packet, so often, and has ended when its last 20 ms are over', () => {
  const { heard, numbers, going } = play(2, 8)
  expect(heard).toEqual([1, 2, 3, 1, 2, 3])
  expect(numbers).toEqual([0, 1, 2, 3, 4, 5].map(i => [i, i]))
  expect(going).toEqual([true, true, true, true, true, true, false, false])
})

test('it goes on for ever when that is asked', () => {
  const { heard, going } = play(0, 7)
  expect(heard).toEqual([1, 2, 3, 1, 2, 3, 1])
  expect(going).not.toContain(false)
})

test('nothing is over at once, and for ever it never ends', () => {
  expect(play(1, 1, []).going).toEqual([false])
  expect(play(0, 3, []).going).toEqual([true, true, true])
})

test('the clock makes up for what it missed, and not for a standstill', () => {
  let now = 100
  let ticks = 0
  const ticker = new Ticker(
    () => now,
    () => ticks++,
  )
  const at = (time: number) => {
    now = time
    const before = ticks
    ticker.run()
    return ticks - before
  }
  expect([at(110), at(120), at(125), at(185), at(200)]).toEqual([0, 1, 0, 3, 1])
  expect(at(5000)).toBe(1)
  expect([at(5019), at(5020)]).toEqual([0, 1])
})
