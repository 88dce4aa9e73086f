import { open } from 'node:fs/promises'
import { createDecoder, type OpusDecoderHandle } from 'libopus-wasm'
import { type Ending, type OggPage, OggReader, type OpusHead, readHead } from './ogg.ts'
import { delimitedFramesOf, framesOf } from './opusPacket.ts'

/** What is there is no Opus file. The message is for whoever supplied it. */
export class NotOpus extends Error {}

const CHUNK = 16 * 1024
/** More than the longest page there can be. */
const TAIL = 2 * 65_307

/** Where a file ends: its last whole page. Null when there is none. `bytes`: the length up to there. */
export async function endingOf(file: string): Promise<(Ending & { bytes: number }) | null> {
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    const offset = Math.max(0, size - TAIL)
    const tail = Buffer.alloc(size - offset)
    await handle.read(tail, 0, tail.length, offset)
    const reader = new OggReader(offset)
    return [...reader.read(tail), ...reader.finish()].reduce<(Ending & { bytes: number }) | null>(
      (before, { serial, sequence, position, end }) => ({
        serial,
        sequence,
        position: position ?? before?.position ?? 0,
        bytes: end,
      }),
      null,
    )
  } finally {
    await handle.close()
  }
}

/**
 * Reads a file piece by piece: memory does not grow with its length.
 * @throws NotOpus
 */
export async function* packetsOf(file: string): AsyncGenerator<{ head: OpusHead; packet: Uint8Array }> {
  let head: OpusHead | null = null
  let serial = 0
  let titles = true
  let begun: Uint8Array[] = []
  for await (const page of pagesOf(file)) {
    if (head && page.serial !== serial) continue
    if (!page.continued) begun = []
    for (const [index, piece] of page.pieces.entries()) {
      begun.push(piece)
      if (page.open && index === page.pieces.length - 1) break
      const packet = begun.length === 1 ? begun[0]! : Buffer.concat(begun)
      begun = []
      if (!head) {
        head = readHead(packet)
        serial = page.serial
        if (!head) throw new NotOpus('This is not a file of Opus in Ogg.')
      } else if (titles) {
        titles = false
      } else {
        yield { head, packet }
      }
    }
  }
  if (!head) throw new NotOpus('This is not a file of Opus in Ogg.')
}

async function* pagesOf(file: string): AsyncGenerator<OggPage> {
  const reader = new OggReader()
  for await (const chunk of chunksOf(file)) yield* reader.read(chunk)
  yield* reader.finish()
}

async function* chunksOf(file: string): AsyncGenerator<Uint8Array> {
  const handle = await open(file)
  try {
    for (;;) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(CHUNK), 0, CHUNK, null)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

/**
 * Decodes a file piece by piece: for each packet the samples (48 kHz) of every channel, with what is not played left out.
 * A packet that cannot be decoded is concealed, not an error.
 * @throws NotOpus
 */
export async function* decodeFile(file: string): AsyncGenerator<Int16Array[]> {
  const end = await endingOf(file)
  let decoder: Decoder | null = null
  let position = 0
  try {
    for await (const { head, packet } of packetsOf(file)) {
      decoder ??= await Decoder.open(head)
      const channels = decoder.decode(packet)
      const length = channels[0]!.length
      const from = Math.min(length, Math.max(0, head.preSkip - position))
      const to = Math.max(from, Math.min(length, (end?.position ?? 0) - position))
      position += length
      if (to > from) yield channels.map(samples => samples.subarray(from, to))
    }
  } finally {
    decoder?.free()
  }
}

class Decoder {
  readonly #head: OpusHead
  readonly #streams: OpusDecoderHandle[]

  private constructor(head: OpusHead, streams: OpusDecoderHandle[]) {
    this.#head = head
    this.#streams = streams
  }

  static async open(head: OpusHead): Promise<Decoder> {
    const streams = Array.from({ length: head.streams }, (_, stream) =>
      createDecoder({ channels: stream < head.coupled ? 2 : 1, sampleRate: 48_000 }),
    )
    return new Decoder(head, await Promise.all(streams))
  }

  decode(packet: Uint8Array): Int16Array[] {
    const decoded: Int16Array[] = []
    let rest = packet
    for (const [stream, decoder] of this.#streams.entries()) {
      const last = stream === this.#streams.length - 1
      const part = last ? { frames: framesOf(rest), length: rest.length } : delimitedFramesOf(rest)
      rest = rest.subarray(part?.length ?? rest.length)
      const { packets, samples } = part?.frames ?? { packets: [], samples: 0 }
      const sound = joined(packets.map(frame => decodeOrConceal(decoder, frame, samples)))
      decoded.push(...apart(sound, stream < this.#head.coupled ? 2 : 1))
    }
    const length = Math.max(0, ...decoded.map(({ length }) => length))
    return this.#head.mapping.map(index =>
      decoded[index]?.length === length ? decoded[index] : new Int16Array(length),
    )
  }

  free(): void {
    for (const decoder of this.#streams) decoder.free()
  }
}

/** @returns the samples of a packet; what cannot be decoded is treated as lost. */
export function decodeOrConceal(decoder: OpusDecoderHandle, packet: Uint8Array, samples: number): Int16Array {
  try {
    return decoder.decode(packet.length > 1 ? packet : null, packet.length > 1 ? {} : { frameSize: samples })
  } catch {
    return decoder.decodePacketLoss(samples)
  }
}

function joined(parts: Int16Array[]): Int16Array {
  if (parts.length === 1) return parts[0]!
  const all = new Int16Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const apart = (samples: Int16Array, channels: number): Int16Array[] =>
  channels === 1
    ? [samples]
    : [samples.filter((_, index) => index % 2 === 0), samples.filter((_, index) => index % 2 === 1)]
