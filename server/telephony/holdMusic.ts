const SAMPLE_RATE = 8000
const SECONDS_PER_CHORD = 4
/** A calm progression in C: each chord as semitones above A2 (110 Hz). */
const CHORDS = [
  [3, 10, 15, 19, 22],
  [0, 7, 12, 15, 19],
  [8, 12, 15, 20, 24],
  [10, 14, 17, 22, 26],
]

/**
 * What waiting callers hear: soft broken chords, composed here so that nobody's rights are touched.
 * @returns a WAV file (8 kHz, 16-bit, mono: what a telephone carries) that loops without a seam.
 */
export function composeHoldMusic(): Buffer {
  const perChord = SECONDS_PER_CHORD * SAMPLE_RATE
  const total = perChord * CHORDS.length
  const sound = new Float64Array(total)
  CHORDS.forEach((chord, bar) => {
    chord.forEach((semitone, note) => {
      const start = bar * perChord + note * (perChord / 8)
      const frequency = 110 * 2 ** (semitone / 12)
      for (let i = 0; i < perChord; i++) {
        const time = i / SAMPLE_RATE
        const loudness = Math.min(1, time / 0.03) * Math.exp(-1.1 * time)
        const wave = Math.sin(2 * Math.PI * frequency * time) + 0.3 * Math.sin(4 * Math.PI * frequency * time)
        // A note that rings past the end rings on at the beginning.
        const at = (start + i) % total
        sound[at] = sound[at]! + loudness * wave
      }
    })
  })
  const peak = sound.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const pcm = Int16Array.from(sound, value => Math.round((value / peak) * 9000))
  return Buffer.concat([wavHeader(pcm.byteLength), Buffer.from(pcm.buffer)])
}

function wavHeader(dataBytes: number): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + dataBytes, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20) // PCM
  header.writeUInt16LE(1, 22) // mono
  header.writeUInt32LE(SAMPLE_RATE, 24)
  header.writeUInt32LE(SAMPLE_RATE * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(dataBytes, 40)
  return header
}
