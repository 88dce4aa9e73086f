import type { Browser, Page } from 'playwright-core'
import { FAKE_MICROPHONE, openBrowser } from './browser.ts'

/** Who speaks with which tone, in hertz: far enough apart, and above the notes of the hold music. */
export const TONES = { customer: 2150, agent: 2550, colleague: 2950, supervisor: 3350 } as const
export type Voice = keyof typeof TONES

/** What can be heard on a page: tones by whose they are, and `sound` for anything else (speech, music). */
export type Heard = Voice | 'sound'

/** A browser whose pages may speak and hear without being asked, and talk to nobody but this machine. */
export const openTalkingBrowser = (): Promise<Browser> =>
  openBrowser([
    ...FAKE_MICROPHONE,
    '--autoplay-policy=no-user-gesture-required',
    // Pages in the background are as awake as the one in front.
    '--disable-background-timer-throttling',
    '--disable-renderer-backgrounding',
    '--disable-backgrounding-occluded-windows',
  ])

/** From now on the page's microphone is this tone, and what it plays can be measured. To be called before it is opened. */
export async function giveVoice(page: Page, voice: Voice): Promise<void> {
  // Some compilers name functions by a helper of theirs, which the page does not have.
  await page.addInitScript(`{ const __name = it => it; (${inPage})(${TONES[voice]}) }`)
}

interface Ears {
  hear(frequencies: number[], milliseconds: number): Promise<{ tones: boolean[]; sound: boolean }>
  /** Resolves as soon as the tone is heard, with the time, milliseconds since the epoch. */
  until(frequency: number): Promise<number>
}

function inPage(frequency: number): void {
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext({ sampleRate: 48_000 })
    const tone = context.createOscillator()
    tone.frequency.value = frequency
    const loudness = context.createGain()
    loudness.gain.value = 0.3
    const microphone = context.createMediaStreamDestination()
    microphone.channelCount = 1
    tone.connect(loudness).connect(microphone)
    tone.start()
    await context.resume()
    return microphone.stream
  }
  // Everything that a page lets people hear of others goes through an element.
  const elements = new Set<HTMLMediaElement>()
  const { play } = HTMLMediaElement.prototype
  HTMLMediaElement.prototype.play = function () {
    elements.add(this)
    return play.call(this)
  }
  const analysers = { slow: new WeakMap<MediaStream, AnalyserNode>(), quick: new WeakMap<MediaStream, AnalyserNode>() }
  let listening: AudioContext | null = null
  const analyserOf = (stream: MediaStream, kind: 'slow' | 'quick' = 'slow'): AnalyserNode => {
    const known = analysers[kind].get(stream)
    if (known) return known
    listening ??= new AudioContext({ sampleRate: 48_000 })
    void listening.resume()
    const analyser = listening.createAnalyser()
    // As fine as needed to tell tones apart, or as quick as needed to tell when one begins.
    analyser.fftSize = kind === 'slow' ? 8192 : 1024
    analyser.smoothingTimeConstant = 0
    listening.createMediaStreamSource(stream).connect(analyser)
    analysers[kind].set(stream, analyser)
    return analyser
  }
  const ears: Ears = {
    async hear(frequencies, milliseconds) {
      const tones = frequencies.map(() => false)
      let sound = false
      const hz = 48_000 / 8192
      const until = performance.now() + milliseconds
      while (performance.now() < until) {
        await new Promise(resolve => setTimeout(resolve, 50))
        for (const { srcObject, muted } of elements) {
          if (muted || !(srcObject instanceof MediaStream) || srcObject.getAudioTracks().length === 0) continue
          const analyser = analyserOf(srcObject)
          const spectrum = new Float32Array(analyser.frequencyBinCount)
          analyser.getFloatFrequencyData(spectrum)
          const around = (bin: number, width: number) => spectrum.slice(Math.max(0, bin - width), bin + width + 1)
          const silenced = new Set<number>()
          frequencies.forEach((frequency, index) => {
            const bin = Math.round(frequency / hz)
            const peak = Math.max(...around(bin, 2))
            const floor = [...around(bin, 40)].sort((a, b) => a - b)[20]!
            if (peak > -60 && peak - floor > 20) tones[index] = true
            for (let near = bin - 12; near <= bin + 12; near++) silenced.add(near)
          })
          // Anything else that is loud between 100 Hz and 4 kHz.
          for (let bin = Math.round(100 / hz); bin < Math.round(4000 / hz); bin++)
            if (!silenced.has(bin) && spectrum[bin]! > -50) sound = true
        }
      }
      return { tones, sound }
    },
    async until(frequency) {
      const bin = Math.round(frequency / (48_000 / 1024))
      for (;;) {
        await new Promise(resolve => setTimeout(resolve, 4))
        for (const { srcObject, muted } of elements) {
          if (muted || !(srcObject instanceof MediaStream) || srcObject.getAudioTracks().length === 0) continue
          const analyser = analyserOf(srcObject, 'quick')
          const spectrum = new Float32Array(analyser.frequencyBinCount)
          analyser.getFloatFrequencyData(spectrum)
          if (spectrum[bin]! > -50 && spectrum[bin]! - spectrum[bin - 6]! > 15) return Date.now()
        }
      }
    },
  }
  Object.assign(window, { ears })
}

/** Whom one hears on this page within so long, in milliseconds. */
export async function heardOn(page: Page, milliseconds = 700): Promise<Heard[]> {
  const names = Object.keys(TONES) as Voice[]
  const { tones, sound } = await page.evaluate(
    ([frequencies, time]) => (window as unknown as { ears: Ears }).ears.hear(frequencies, time),
    [Object.values(TONES) as number[], milliseconds] as const,
  )
  return [...names.filter((_, index) => tones[index]), ...(sound ? (['sound'] as const) : [])]
}

/** When this tone is first heard on the page, from now on; milliseconds since the epoch. */
export const soundsAt = (page: Page, frequency: number): Promise<number> =>
  page.evaluate(tone => (window as unknown as { ears: Ears }).ears.until(tone), frequency)

/** Waits until exactly these are heard on the page; throws with what was heard instead. Milliseconds. */
export async function untilHeard(page: Page, expected: Heard[], within = 20_000): Promise<number> {
  const since = performance.now()
  for (;;) {
    const heard = await heardOn(page, 250)
    if (heard.length === expected.length && expected.every(one => heard.includes(one))) return performance.now() - since
    if (performance.now() - since > within)
      throw new Error(
        `expected to hear ${expected.join(' and ') || 'nothing'}, heard ${heard.join(' and ') || 'nothing'}`,
      )
  }
}
