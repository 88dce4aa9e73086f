import type { Prompt } from './action.ts'
import type { Spoken } from './flow.ts'
import { cleanLine } from './text.ts'

/** What stands for a name in curly brackets; null: not known, and left out. */
export type LookUp = (name: string) => string | null

/** Text with `{name}` filled in. `encode` makes the values fit their surroundings, such as a URL. */
export const fill = (template: string, lookUp: LookUp, encode: (value: string) => string = value => value): string =>
  template.replace(/\{([^{}]{1,100})\}/g, (_, name: string) => encode(lookUp(name.trim()) ?? ''))

/** `es` of `es-MX`. */
export const primaryLanguage = (tag: string): string => tag.toLowerCase().split('-')[0]!

/**
 * The tag that suits a caller best: its own language, another region's form of it, the fallback, whatever there is.
 * Null when there is none at all.
 */
export function pickLanguage(tags: readonly string[], wanted: string, fallback: string): string | null {
  const like = (language: string) =>
    tags.find(tag => tag.toLowerCase() === language.toLowerCase()) ??
    tags.find(tag => primaryLanguage(tag) === primaryLanguage(language))
  return like(wanted) ?? like(fallback) ?? tags[0] ?? null
}

/** What a caller of that language hears; null when there is nothing to hear. A blank text is as good as none. */
export function toPrompt(spoken: Spoken, wanted: string, fallback: string, lookUp: LookUp): Prompt | null {
  const audio = spoken.audio ?? {}
  const written = Object.keys(spoken.text).filter(tag => spoken.text[tag]!.trim() !== '')
  // Language goes before form: a text that the caller understands is better than a recording that it does not.
  const tag = pickLanguage([...new Set([...Object.keys(audio), ...written])], wanted, fallback)
  if (tag === null) return null
  if (Object.hasOwn(audio, tag)) return { type: 'play', media: audio[tag]!, loop: 1 }
  const text = cleanLine(fill(spoken.text[tag]!, lookUp), 1000)
  return text === null ? null : { type: 'say', text, language: tag }
}
