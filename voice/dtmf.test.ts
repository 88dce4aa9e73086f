import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeyReader } from './dtmf.ts'

const KEYS = '0123456789*#ABCD'

/** The packets of one press: told again each 20 ms, its end three times. */
function press(key: string, timestamp: number, packets: number): { timestamp: number; payload: Uint8Array }[] {
  return Array.from({ length: packets + 3 }, (_, i) => {
    const duration = 160 * Math.min(i + 1, packets)
    return {
      timestamp,
      payload: Uint8Array.of(KEYS.indexOf(key), i >= packets ? 0x8a : 10, duration >> 8, duration & 255),
    }
  })
}

const read = (packets: { timestamp: number; payload: Uint8Array }[]) => {
  const reader = new KeyReader()
  return packets.map(({ timestamp, payload }) => reader.read(timestamp % 2 ** 32, payload) ?? '').join('')
}

test('every press is one key, whatever is lost and doubled of it', () => {
  const keys = fc.array(fc.constantFrom(...KEYS), { maxLength: 30 })
  fc.assert(
    fc.property(keys, fc.nat(2 ** 33), fc.infiniteStream(fc.integer({ min: 0, max: 3 })), (pressed, begin, times) => {
      const packets = pressed.flatMap((key, i) => {
        const sent = press(key, begin + i * 2000, 5).flatMap(packet => Array(times.next().value! % 3).fill(packet))
        return sent.length > 0 ? sent : press(key, begin + i * 2000, 5).slice(-1)
      })
      expect(read(packets)).toBe(pressed.join(''))
    }),
  )
})

test('what arrives out of order does not press again', () => {
  const [a, b] = [press('1', 1000, 5), press('2', 3000, 5)]
  expect(read([...a.slice(0, 4), b[0]!, ...a.slice(4), ...b.slice(1), a[7]!])).toBe('12')
})

test('the same key twice is two keys', () => {
  expect(read([...press('5', 1000, 5), ...press('5', 2200, 5)])).toBe('55')
})

test('a key that is held for longer than one event can tell is one key', () => {
  const first = { timestamp: 1000, payload: Uint8Array.of(7, 10, 0xff, 0xff) }
  const held = { timestamp: 1000 + 0xffff, payload: Uint8Array.of(7, 10, 1, 0) }
  expect(read([first, held])).toBe('7')
})

test('what is no key is none', () => {
  expect(read([{ timestamp: 1, payload: Uint8Array.of(16, 0, 0, 0) }])).toBe('')
  expect(read([{ timestamp: 1, payload: Uint8Array.of(1, 0) }])).toBe('')
})
