import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MONO, OggReader, OggWriter, readHead, TWO_VOICES } from './ogg.ts'

const packets = fc.array(fc.uint8Array({ minLength: 1, maxLength: 1500 }), { maxLength: 140 })

function write(content: Uint8Array[], writer = new OggWriter(7), head = true): Buffer {
  const pages = head ? [writer.head({ ...TWO_VOICES, preSkip: 0 })] : []
  for (const packet of content) {
    const page = writer.add(packet, 960)
    if (page) pages.push(page)
  }
  return Buffer.concat([...pages, writer.end()])
}

/** Reads in chunks that are cut anywhere. */
function read(file: Buffer, cuts: number[] = []) {
  const reader = new OggReader()
  const pages = []
  let from = 0
  for (const to of [...cuts.map(cut => cut % (file.length + 1)).toSorted((a, b) => a - b), file.length]) {
    pages.push(...reader.read(file.subarray(from, to)))
    from = to
  }
  return [...pages, ...reader.finish()]
}

test('what is written is read again, however it is cut', () => {
  fc.assert(
    fc.property(packets, fc.array(fc.nat(), { maxLength: 9 }), (content, cuts) => {
      const file = write(content)
      const pages = read(file, cuts)
      expect(pages.slice(2).flatMap(page => page.pieces.map(piece => [...piece]))).toEqual(content.map(p => [...p]))
      expect(pages.map(page => page.sequence)).toEqual(pages.map((_, index) => index))
      expect(pages.at(-1)).toMatchObject({ last: true, position: content.length * 960, end: file.length, serial: 7 })
    }),
    { numRuns: 60 },
  )
})

test('the head says how the channels are coded', () => {
  for (const layout of [MONO, TWO_VOICES]) {
    const file = new OggWriter(1).head({ ...layout, preSkip: 312 })
    expect(readHead(read(file)[0]!.pieces[0]!)).toEqual({ ...layout, preSkip: 312 })
  }
  expect(readHead(Buffer.from('OpusTags and nothing of use'))).toBeNull()
})

test('a page that was damaged is passed over, the ones around it are read', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (where, change) => {
      const file = write(Array.from({ length: 200 }, (_, i) => Uint8Array.of(0x78, i, i)))
      const whole = read(file).length
      file[where % file.length]! ^= change
      expect(read(file).length).toBe(whole - 1)
    }),
  )
})

test('a file that ends in the middle of a page is read up to there, and can be continued', () => {
  const first = Array.from({ length: 130 }, (_, i) => Uint8Array.of(0x78, i))
  const cut = write(first).subarray(0, -10)
  const [, , one, two, ...none] = read(cut)
  expect([one?.pieces.length, two?.pieces.length, none.length]).toEqual([50, 50, 0])
  const kept = cut.subarray(0, two!.end)
  const more = new OggWriter({ serial: two!.serial, sequence: two!.sequence, position: two!.position! })
  const pages = read(Buffer.concat([kept, write([Uint8Array.of(0x78, 99)], more, false)]))
  expect(pages.at(-1)).toMatchObject({ sequence: 4, position: 101 * 960, serial: 7, last: true })
})

/** A page made by hand, its checksum by the definition. */
function page(flags: number, table: number[], fill: number): Buffer {
  const length = table.reduce((sum, segment) => sum + segment, 0)
  const bytes = Buffer.concat([Buffer.alloc(27), Buffer.from(table), Buffer.alloc(length, fill)])
  bytes.write('OggS')
  bytes[5] = flags
  bytes[26] = table.length
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte << 24
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  }
  bytes.writeUInt32LE(crc >>> 0, 22)
  return bytes
}

test('a packet that goes on from page to page, as other people’s titles may, is told as open and continued', () => {
  const [first, second] = read(Buffer.concat([page(0, [3, 255, 255], 1), page(1, [255, 7, 9], 2)]))
  expect(first).toMatchObject({ open: true, continued: false })
  expect(first!.pieces.map(piece => piece.length)).toEqual([3, 510])
  expect(second).toMatchObject({ open: false, continued: true })
  expect(second!.pieces.map(piece => piece.length)).toEqual([262, 9])
})
