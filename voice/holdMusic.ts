const SAMPLE_RATE = 48_000
const SECONDS_PER_CHORD = 4
const STEPS_PER_CHORD = 8
/** A calm progression in C, each chord as semitones above A2 (110 Hz): bass first, then what is broken above it. */
const CHORDS = [
  [3, 15, 19, 22, 26],
  [0, 12, 15, 19, 22],
  [8, 12, 15, 19, 24],
  [10, 14, 17, 22, 26],
  [3, 15, 19, 22, 27],
  [7, 14, 17, 22, 26],
  [8, 15, 20, 24, 27],
  [10, 14, 17, 20, 26],
]
/** Which note of the chord sounds at each step, bass apart; null: none. */
const PATTERN = [1, 2, 3, 4, null, 3, 2, null]
const LOUDEST = 9000

/**
 * What waiting callers hear: soft broken chords over a slow bass, composed here so that nobody's rights are touched.
 * @returns 32 s, one channel, 48 kHz, that loop without a seam.
 */
export function holdMusicPcm(): Int16Array {
  const perChord = SECONDS_PER_CHORD * SAMPLE_RATE
  const sound = new Float64Array(perChord * CHORDS.length)
  for (const [bar, chord] of CHORDS.entries()) {
    const start = bar * perChord
    ring(sound, start, chord[0]!, SECONDS_PER_CHORD * 1.5, 0.9, 0.7)
    for (const [step, note] of PATTERN.entries()) {
      if (note !== null) ring(sound, start + (step * perChord) / STEPS_PER_CHORD, chord[note]!, 4, 1.3, 0.5)
    }
  }
  const peak = sound.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return Int16Array.from(sound, value => Math.round((value / peak) * LOUDEST))
}

/** Adds a struck note that dies away. One that rings past the end rings on at the beginning. */
function ring(sound: Float64Array, start: number, semitone: number, seconds: number, decay: number, loudness: number) {
  const frequency = 110 * 2 ** (semitone / 12)
  const length = Math.round(seconds * SAMPLE_RATE)
  for (let i = 0; i < length; i++) {
    const time = i / SAMPLE_RATE
    const edge = Math.min(1, time / 0.03, (seconds - time) / 0.2)
    const phase = 2 * Math.PI * frequency * time
    const wave = Math.sin(phase) + 0.25 * Math.exp(-2 * time) * Math.sin(2 * phase)
    const at = (start + i) % sound.length
    sound[at] = sound[at]! + loudness * edge * Math.exp(-decay * time) * wave
  }
}
