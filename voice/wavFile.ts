import { open } from 'node:fs/promises'

/** Where the samples of a file are, and what they are. */
interface Layout {
  channels: number
  /** Samples a second. */
  rate: number
  at: number
  bytes: number
}

/** It is no WAV file, or none of 16 bits. */
export class NotWav extends Error {}

const BLOCK_FRAMES = 16_384
const PCM = 1
const EXTENSIBLE = 0xfffe

/** Whether a file says at its beginning that it is one. */
export async function isWavFile(file: string): Promise<boolean> {
  const handle = await open(file)
  try {
    const { buffer } = await handle.read(Buffer.alloc(12), 0, 12, 0)
    return buffer.toString('latin1', 0, 4) === 'RIFF' && buffer.toString('latin1', 8, 12) === 'WAVE'
  } finally {
    await handle.close()
  }
}

/**
 * Reads a WAV file of 16 bits piece by piece: memory does not grow with its length.
 * @throws NotWav
 */
export async function openWavFile(
  file: string,
): Promise<{ rate: number; frames: number; blocks: AsyncGenerator<Int16Array[]> }> {
  const { channels, rate, at, bytes } = await layoutOf(file)
  const frames = Math.floor(bytes / (2 * channels))
  async function* blocks(): AsyncGenerator<Int16Array[]> {
    const handle = await open(file)
    try {
      for (let done = 0; done < frames; ) {
        const wanted = Math.min(BLOCK_FRAMES, frames - done)
        const block = Buffer.alloc(wanted * channels * 2)
        const { bytesRead } = await handle.read(block, 0, block.length, at + done * channels * 2)
        const here = Math.floor(bytesRead / (2 * channels))
        if (here === 0) return
        yield Array.from({ length: channels }, (_, channel) =>
          Int16Array.from({ length: here }, (_, i) => block.readInt16LE((i * channels + channel) * 2)),
        )
        done += here
      }
    } finally {
      await handle.close()
    }
  }
  return { rate, frames, blocks: blocks() }
}

async function layoutOf(file: string): Promise<Layout> {
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    const read = async (at: number, length: number) => (await handle.read(Buffer.alloc(length), 0, length, at)).buffer
    let format: Omit<Layout, 'at' | 'bytes'> | null = null
    for (let at = 12; at + 8 <= size; ) {
      const head = await read(at, 8)
      const name = head.toString('latin1', 0, 4)
      const length = head.readUInt32LE(4)
      if (name === 'fmt ' && length >= 16) format = formatIn(await read(at + 8, 26))
      if (name === 'data' && format) return { ...format, at: at + 8, bytes: Math.min(length, size - at - 8) }
      at += 8 + length + (length % 2)
    }
  } finally {
    await handle.close()
  }
  throw new NotWav('This is no WAV file.')
}

function formatIn(chunk: Buffer): Omit<Layout, 'at' | 'bytes'> {
  const code = chunk.readUInt16LE(0)
  const channels = chunk.readUInt16LE(2)
  const rate = chunk.readUInt32LE(4)
  const bits = chunk.readUInt16LE(14)
  const isPcm = code === PCM || (code === EXTENSIBLE && chunk.readUInt16LE(24) === PCM)
  if (!isPcm || bits !== 16 || channels === 0 || channels > 8 || rate === 0)
    throw new NotWav('This is no WAV file of 16 bits.')
  return { channels, rate }
}
