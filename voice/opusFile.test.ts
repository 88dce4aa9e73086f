import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createEncoder } from 'libopus-wasm'
import { afterAll, expect, test } from 'vitest'
import { MONO, OggWriter } from './ogg.ts'
import { decodeFile, endingOf, NotOpus, packetsOf } from './opusFile.ts'
import { FRAME_SAMPLES } from './opusPacket.ts'
import { encodePackets } from './sound.ts'
import { loudnessAt } from './testing/loudness.ts'
import { tone } from './tones.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-opus-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))
const file = (name: string) => path.join(folder, name)

function write(
  name: string,
  layout: Parameters<OggWriter['head']>[0],
  packets: Uint8Array[],
  samples = FRAME_SAMPLES,
): void {
  const writer = new OggWriter(5)
  const pages = [writer.head(layout)]
  for (const packet of packets) pages.push(...[writer.add(packet, samples)].filter(page => page !== null))
  fs.writeFileSync(file(name), Buffer.concat([...pages, writer.end()]))
}

async function decode(name: string): Promise<Int16Array[]> {
  const channels: number[][] = []
  for await (const parts of decodeFile(file(name))) {
    for (const [i, part] of parts.entries()) {
      channels[i] ??= []
      channels[i].push(...part)
    }
  }
  return channels.map(samples => Int16Array.from(samples))
}

test('other people’s files are read, too: two coupled channels, packets of 40 ms', async () => {
  const encoder = await createEncoder({ channels: 2, sampleRate: 48_000, frameSize: 1920, bitrate: 64_000 })
  const [left, right] = [tone([440], 2, 0.3), tone([1800], 2, 0.1)]
  const packets = Array.from({ length: 50 }, (_, i) => {
    const pcm = Int16Array.from({ length: 3840 }, (_, k) => [left, right][k % 2]![i * 1920 + (k >> 1)]!)
    return encoder.encode(pcm).slice()
  })
  encoder.free()
  write('stereo.opus', { channels: 2, preSkip: 312, streams: 1, coupled: 1, mapping: [0, 1] }, packets, 1920)
  // Our own writer writes two channels in the general form: read here as one coupled stream.
  const channels = await decode('stereo.opus')
  expect(channels.map(({ length }) => length)).toEqual([96_000 - 312, 96_000 - 312])
  const [a, b] = channels.map(samples => samples.subarray(24_000, 72_000))
  expect([loudnessAt(a!, 440), loudnessAt(b!, 1800)]).toEqual([expect.closeTo(0.3, 1), expect.closeTo(0.1, 1)])
  expect(loudnessAt(a!, 1800)).toBeLessThan(0.02)
})

test('a damaged packet is concealed, a damaged page is left out', async () => {
  const { packets, delay } = await encodePackets(tone([440], 4))
  packets[20] = Uint8Array.of(0x7b, 0)
  write('damaged.opus', { ...MONO, preSkip: delay }, packets)
  const [whole] = await decode('damaged.opus')
  expect(whole!.length).toBe((packets.length - 1) * FRAME_SAMPLES - delay)
  const bytes = fs.readFileSync(file('damaged.opus'))
  bytes[bytes.length >> 1]! ^= 1
  fs.writeFileSync(file('damaged.opus'), bytes)
  expect((await decode('damaged.opus'))[0]!.length).toBe(whole!.length - 50 * FRAME_SAMPLES)
})

test('where a file ends is found without reading it all', async () => {
  const { packets } = await encodePackets(tone([440], 4))
  write('long.opus', { ...MONO, preSkip: 0 }, Array(200).fill(packets).flat())
  const size = fs.statSync(file('long.opus')).size
  expect(await endingOf(file('long.opus'))).toEqual({
    serial: 5,
    sequence: expect.any(Number),
    position: 200 * packets.length * FRAME_SAMPLES,
    bytes: size,
  })
  fs.appendFileSync(file('long.opus'), Buffer.alloc(1000, 'OggS'))
  expect((await endingOf(file('long.opus')))?.bytes).toBe(size)
})

test('what is no Opus in Ogg is told', async () => {
  fs.writeFileSync(file('no.opus'), 'RIFF and so on')
  await expect(packetsOf(file('no.opus')).next()).rejects.toThrow(NotOpus)
})
