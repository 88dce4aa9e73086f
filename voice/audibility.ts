import type { Slot } from './slot.ts'
import type { Source } from './source.ts'

/** Voices that one listener hears at once, beside what is played to it. */
export const MOST_VOICES = 5

export type Pair = readonly [listener: string, speaker: string]

/** Whom each listener hears, in the order of the pairs: nobody hears itself, and nobody more than {@link MOST_VOICES}. */
export function voicesOf(pairs: readonly Pair[]): Map<string, string[]> {
  const voices = new Map<string, string[]>()
  for (const [listener, speaker] of pairs) {
    const heard = voices.get(listener) ?? []
    voices.set(listener, heard)
    if (listener !== speaker && heard.length < MOST_VOICES && !heard.includes(speaker)) heard.push(speaker)
  }
  return voices
}

/**
 * Lets exactly these sources be heard on these slots, the first ones when there are more than slots. What is heard already
 * stays where it is; repeating it changes nothing.
 */
export function listen(slots: readonly Slot[], sources: readonly Source[]): void {
  const wanted = new Set(sources.slice(0, slots.length))
  for (const slot of slots) {
    if (slot.source && !wanted.delete(slot.source)) slot.bind(null)
  }
  const free = slots.filter(slot => !slot.source)
  for (const source of wanted) free.shift()!.bind(source)
}
