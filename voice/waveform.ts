import { decodeFile, endingOf } from './opusFile.ts'
import { isWavFile, openWavFile } from './wavFile.ts'

/**
 * What a recording (Opus in Ogg, or WAV) looks like: for each channel the loudest moment, 0 to 255, of each of so many
 * equal stretches. Reads the file piece by piece; an hour of two channels of Opus takes some 10 s of computing.
 * @throws NotOpus, NotWav
 */
export async function peaksOf(file: string, points: number): Promise<{ milliseconds: number; channels: Uint8Array[] }> {
  if (await isWavFile(file)) {
    const { rate, frames, blocks } = await openWavFile(file)
    return drawn(blocks, frames, rate, points)
  }
  return drawn(decodeFile(file), (await endingOf(file))?.position ?? 0, 48_000, points)
}

/** @param total samples of each channel that will come. */
async function drawn(sound: AsyncIterable<Int16Array[]>, total: number, rate: number, points: number) {
  const channels: Uint8Array[] = []
  let position = 0
  for await (const block of sound) {
    for (const [channel, samples] of block.entries()) {
      channels[channel] ??= new Uint8Array(points)
      const peaks = channels[channel]
      for (let i = 0; i < samples.length; i++) {
        const point = Math.min(points - 1, Math.floor(((position + i) * points) / Math.max(1, total)))
        peaks[point] = Math.max(peaks[point]!, Math.min(255, Math.abs(samples[i]!) >> 7))
      }
    }
    position += block[0]!.length
  }
  return { milliseconds: Math.round((position * 1000) / rate), channels }
}
