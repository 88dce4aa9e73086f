import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRtp, SEQUENCES, TIMESTAMPS, unwrap, writeRtp } from './rtp.ts'

const number = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 })

test('what is written is read again', () => {
  fc.assert(
    fc.property(number(7), fc.boolean(), number(16), number(32), number(32), fc.uint8Array(), (...fields) => {
      const buffer = Buffer.alloc(2000)
      const [payloadType, marker, sequence, timestamp, ssrc, payload] = fields
      const length = writeRtp(buffer, ...fields)
      const packet = parseRtp(buffer.subarray(0, length), 1)!
      expect(packet).toMatchObject({ payloadType, marker, sequence, timestamp, ssrc, level: null })
      expect([...packet.payload]).toEqual([...payload])
    }),
  )
})

/** Chromium's: audio level 1 with voice activity, absolute time 2, transport number 3, mid 4. */
const CHROMIUM = Buffer.from('906f0001000003c0aabbccddbede000510a222abcdef310001403000000000000000000078010203', 'hex')

test('the level is found among other extensions, and the payload behind them', () => {
  const packet = parseRtp(CHROMIUM, 1)!
  expect(packet).toMatchObject({ payloadType: 111, sequence: 1, timestamp: 960, ssrc: 0xaabbccdd, level: 0x22 })
  expect([...packet.payload]).toEqual([0x78, 1, 2, 3])
  expect(parseRtp(CHROMIUM, 3)!.level, 'another extension, cut to seven bits').toBe(0)
  expect(parseRtp(CHROMIUM, 9)!.level).toBeNull()
  expect(parseRtp(CHROMIUM, null)!.level).toBeNull()
})

test('the long form of extensions is read too, and padding and contributors are not part of the payload', () => {
  const long = Buffer.from('b16f0001000003c0aabbccdd00000009100000020300017f0000000078ff03010203', 'hex')
  long[long.length - 1] = 3
  const packet = parseRtp(long, 1)
  expect([...packet!.payload]).toEqual([0x78, 0xff, 0x03])
  expect(parseRtp(long, 3)!.level, 'an element of no length').toBeNull()
  const level = Buffer.from('906f0001000003c0aabbccdd100000010101f70078', 'hex')
  expect(parseRtp(level, 1)).toMatchObject({ level: 0x77 })
})

test('no bytes are too odd', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 15 }), (bytes, id) => {
      if (bytes.length > 0) bytes[0] = (bytes[0]! & 0x3f) | 0x80
      const packet = parseRtp(Buffer.from(bytes), id)
      if (packet) expect(packet.payload.length).toBeLessThanOrEqual(bytes.length - 12)
    }),
    { numRuns: 3000 },
  )
  expect(parseRtp(Buffer.alloc(40), 1), 'version 0').toBeNull()
})

test('numbers go on where they wrap around', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(SEQUENCES, TIMESTAMPS),
      number(40),
      fc.double({ min: -0.49, max: 0.49, noNaN: true }),
      (modulus, near, share) => {
        const meant = near + Math.round(share * modulus)
        expect(unwrap(((meant % modulus) + modulus) % modulus, near, modulus)).toBe(meant)
      },
    ),
  )
})
