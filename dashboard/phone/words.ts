import { phoneTextEn } from './phoneTextEn.ts'
import { phoneTextEs } from './phoneTextEs.ts'

export type PhoneText = typeof phoneTextEn

const TEXTS: Record<string, PhoneText> = { en: phoneTextEn, es: phoneTextEs }

/** The first of these languages (BCP 47) that the page speaks, else English. */
export function phoneWords(languages: readonly string[]): { text: PhoneText; locale: string } {
  const locale = languages.map(tag => tag.toLowerCase().split('-')[0]!).find(each => Object.hasOwn(TEXTS, each)) ?? 'en'
  return { text: TEXTS[locale]!, locale }
}
