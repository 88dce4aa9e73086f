import { audioContext } from './audioContext.ts'

/** How loud a track is just now. */
export interface LevelMeter {
  /** 0 (silence) to 1 (as loud as it gets), the peak of the last 20 ms or so on a scale of decibels. */
  read(): number
  close(): void
}

/** What is quieter than this many decibels below full scale counts as silence. */
const FLOOR_DB = -60

export function createLevelMeter(track: MediaStreamTrack): LevelMeter {
  // At the microphone's own rate: Firefox connects no other.
  const context = audioContext()
  const source = context.createMediaStreamSource(new MediaStream([track]))
  const analyser = context.createAnalyser()
  analyser.fftSize = 1024
  source.connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  return {
    read() {
      analyser.getFloatTimeDomainData(samples)
      return levelOf(samples)
    },
    close: () => source.disconnect(),
  }
}

export function levelOf(samples: Iterable<number>): number {
  let peak = 0
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample))
  if (peak === 0) return 0
  return Math.min(1, Math.max(0, 1 - (20 * Math.log10(peak)) / FLOOR_DB))
}
