/** Seconds of sound and of silence. */
const CADENCES = { here: [1, 2], there: [2, 4] } as const
/** Hertz: the tones of North American telephones. */
const TONES = [440, 480]
const VOLUME = { here: 0.12, there: 0.04 }

/**
 * Rings like a telephone: `here`, because somebody calls; `there`, softly, as the caller hears it. Where the browser lets
 * no page make a sound before somebody has used it, it stays quiet.
 *
 * @returns stops it.
 */
export function startRinging(where: keyof typeof CADENCES): () => void {
  if (globalThis.AudioContext === undefined) return () => {}
  const context = new AudioContext()
  const gain = context.createGain()
  gain.gain.value = 0
  gain.connect(context.destination)
  for (const frequency of TONES) {
    const tone = context.createOscillator()
    tone.frequency.value = frequency
    tone.connect(gain)
    tone.start()
  }
  const [sound, silence] = CADENCES[where]
  const ring = () => {
    const now = context.currentTime
    // Not at once: a tone that begins or ends within one sample clicks.
    gain.gain.setTargetAtTime(VOLUME[where], now, 0.02)
    gain.gain.setTargetAtTime(0, now + sound, 0.02)
  }
  ring()
  const timer = setInterval(ring, (sound + silence) * 1000)
  return () => {
    clearInterval(timer)
    void context.close()
  }
}
