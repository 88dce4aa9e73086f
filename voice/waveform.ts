import { decodeFile, endingOf } from './opusFile.ts'

/**
 * What a recording looks like: for each channel the loudest moment, 0 to 255, of each of so many equal stretches. Reads the
 * file piece by piece; an hour of two channels takes some 10 s of computing.
 * @throws NotOpus
 */
export async function peaksOf(file: string, points: number): Promise<{ milliseconds: number; channels: Uint8Array[] }> {
  const total = Math.max(1, (await endingOf(file))?.position ?? 0)
  const channels: Uint8Array[] = []
  let position = 0
  for await (const sound of decodeFile(file)) {
    for (const [channel, samples] of sound.entries()) {
      channels[channel] ??= new Uint8Array(points)
      const peaks = channels[channel]
      for (let i = 0; i < samples.length; i++) {
        const point = Math.min(points - 1, Math.floor(((position + i) * points) / total))
        peaks[point] = Math.max(peaks[point]!, Math.min(255, Math.abs(samples[i]!) >> 7))
      }
    }
    position += sound[0]!.length
  }
  return { milliseconds: Math.round(position / 48), channels }
}
