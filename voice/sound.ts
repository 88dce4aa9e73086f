import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { Application, createEncoder } from 'libopus-wasm'
import { MONO, OggWriter } from './ogg.ts'
import { NotOpus, packetsOf } from './opusFile.ts'
import { FRAME_SAMPLES, framesOf } from './opusPacket.ts'

/** Frames that are coded before others have their turn: some 10 ms of work. */
const AT_ONCE = 50

/**
 * Codes samples (one channel, 48 kHz) as packets of 20 ms. The last one is filled up with silence.
 * `delay`: samples that decoding them begins with before the sound itself does.
 */
export async function encodePackets(
  pcm: Int16Array,
  { bitrate = 32_000 } = {},
): Promise<{ packets: Uint8Array[]; delay: number }> {
  const encoder = await createEncoder({
    channels: 1,
    sampleRate: 48_000,
    application: Application.Audio,
    frameSize: FRAME_SAMPLES,
    bitrate,
  })
  try {
    const delay = encoder.getLookahead()
    const packets: Uint8Array[] = []
    for (let at = 0; at < pcm.length + delay; at += FRAME_SAMPLES) {
      const frame = new Int16Array(FRAME_SAMPLES)
      frame.set(pcm.subarray(at, at + FRAME_SAMPLES))
      packets.push(encoder.encode(frame).slice())
      if (packets.length % AT_ONCE === 0) await setImmediate()
    }
    return { packets, delay }
  } finally {
    encoder.free()
  }
}

/**
 * Writes a sound as the engine plays it.
 * @param pcm one channel, 48 kHz.
 * @param bitrate bits per second: 24,000 is plenty for speech, music likes 32,000.
 */
export async function encodeSound(pcm: Int16Array, file: string, { bitrate = 32_000 } = {}): Promise<void> {
  const { packets, delay } = await encodePackets(pcm, { bitrate })
  const writer = new OggWriter(randomBytes(4).readUInt32LE())
  const pages: Buffer[] = [writer.head({ ...MONO, preSkip: delay })]
  for (const packet of packets) {
    const page = writer.add(packet, FRAME_SAMPLES)
    if (page) pages.push(page)
  }
  pages.push(writer.end(delay + pcm.length))
  await writeFile(file, Buffer.concat(pages))
}

/**
 * @returns the packets of a sound, 20 ms each.
 * @throws NotOpus for what {@link encodeSound} would not have written.
 */
export async function readSound(file: string): Promise<Uint8Array[]> {
  const packets: Uint8Array[] = []
  for await (const { head, packet } of packetsOf(file)) {
    const frames = framesOf(packet)
    if (head.channels !== 1 || frames?.samples !== FRAME_SAMPLES) {
      throw new NotOpus('A sound has one channel and packets of 20 ms.')
    }
    packets.push(...frames.packets)
  }
  return packets
}
