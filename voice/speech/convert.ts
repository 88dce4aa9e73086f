import { open, readFile } from 'node:fs/promises'
import { createDecoder } from 'libopus-wasm'
import { decodeFile, NotOpus } from '../opusFile.ts'
import { type Pcm, toInt16, UnreadableSound } from './pcm.ts'
import { resample } from './resample.ts'
import { isWav, readWav } from './wav.ts'
import { isWebm, readWebm } from './webm.ts'

/** What everything that is played has: samples a second. */
export const SOUND_RATE = 48_000

/** Samples at 48 kHz, 16 bits. */
export const toSound = ({ samples, rate }: Pcm): Int16Array => toInt16(resample(samples, rate, SOUND_RATE))

/**
 * Reads a sound that somebody supplied: WAV, or Opus in Ogg or WebM.
 * @param maxSeconds it may last so long.
 * @returns one channel, 48 kHz.
 * @throws UnreadableSound
 */
export async function readAnySound(file: string, maxSeconds: number): Promise<Int16Array> {
  const tooLong = () => new UnreadableSound(`This sound is too long: ${maxSeconds / 60} minutes at most.`)
  const beginning = await firstBytes(file)
  if (isWav(beginning)) {
    const pcm = readWav(await readFile(file))
    if (pcm.samples.length > maxSeconds * pcm.rate) throw tooLong()
    return mustSound(toSound(pcm))
  }
  const parts = isWebm(beginning) ? decodePackets(readWebm(await readFile(file))) : decodeOgg(file)
  const all: Int16Array[] = []
  let length = 0
  for await (const part of parts) {
    all.push(part)
    length += part.length
    if (length > maxSeconds * SOUND_RATE) throw tooLong()
  }
  return mustSound(joined(all, length))
}

async function firstBytes(file: string): Promise<Uint8Array> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(12), 0, 12, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

async function* decodeOgg(file: string): AsyncGenerator<Int16Array> {
  try {
    for await (const channels of decodeFile(file)) yield mixed(channels)
  } catch (error) {
    if (!(error instanceof NotOpus)) throw error
    throw new UnreadableSound('This is no sound that can be read here: use WAV, or Opus in Ogg or WebM.')
  }
}

const mixed = (channels: Int16Array[]): Int16Array =>
  channels.length === 1
    ? channels[0]!
    : channels[0]!.map((_, i) => channels.reduce((sum, samples) => sum + samples[i]!, 0) / channels.length)

async function* decodePackets(packets: Uint8Array[]): AsyncGenerator<Int16Array> {
  // A decoder of one channel mixes a packet's two by itself.
  const decoder = await createDecoder({ channels: 1, sampleRate: SOUND_RATE })
  try {
    for (const packet of packets) yield decoder.decode(packet).slice()
  } catch {
    throw new UnreadableSound('This recording is damaged.')
  } finally {
    decoder.free()
  }
}

function joined(parts: Int16Array[], length: number): Int16Array {
  const all = new Int16Array(length)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

function mustSound(samples: Int16Array): Int16Array {
  if (samples.length === 0) throw new UnreadableSound('This sound is empty.')
  return samples
}
