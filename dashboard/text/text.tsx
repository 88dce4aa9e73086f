import { createContext, type ReactNode, Suspense, use, useContext, useLayoutEffect } from 'react'
import { ApiError } from '../../client/api.ts'
import { en, type Text } from './en.ts'
import { errorIn } from './said.ts'

export const LOCALES = ['en', 'es'] as const
export type Locale = (typeof LOCALES)[number]

/** English comes along; whoever speaks another language waits a moment for it, and carries nobody else's. */
const LOADS: Record<Exclude<Locale, 'en'>, () => Promise<Text>> = {
  es: () => import('./es.ts').then(({ es }) => es),
}
const texts = new Map<Locale, Promise<Text>>()

function load(locale: Exclude<Locale, 'en'>): Promise<Text> {
  // Where it cannot be had just now, English is better than nothing.
  const text = texts.get(locale) ?? LOADS[locale]().catch(() => en)
  texts.set(locale, text)
  return text
}

const asLocale = (tag: string | undefined): Locale | null =>
  LOCALES.find(locale => tag?.toLowerCase().split('-')[0] === locale) ?? null

/** The person's own language, else the browser's, else English. */
export function localeOf(chosen: string | undefined): Locale {
  return asLocale(chosen) ?? navigator.languages.map(asLocale).find(locale => locale !== null) ?? 'en'
}

/** The browser's own way to write times where it is the same language: `en-GB` for `en`. */
const formatLocale = (locale: Locale): string => navigator.languages.find(tag => asLocale(tag) === locale) ?? locale

interface Words {
  text: Text
  locale: Locale
  /** For dates and figures. */
  format: string
}

const wordsOf = (text: Text, locale: Locale): Words => ({ text, locale, format: formatLocale(locale) })

/** What is spoken on the page just now, for what is said outside of rendering. */
let spoken = wordsOf(en, 'en')
const WordsContext = createContext(spoken)

interface Spoken {
  locale: Locale
  children: ReactNode
}

export const SpeaksLanguage = (props: Spoken) => (
  <Suspense fallback={null}>
    <Speaks {...props} />
  </Suspense>
)

function Speaks({ locale, children }: Spoken) {
  const text = locale === 'en' ? en : use(load(locale))
  useLayoutEffect(() => {
    spoken = wordsOf(text, locale)
    document.documentElement.lang = locale
  }, [text, locale])
  return <WordsContext value={wordsOf(text, locale)}>{children}</WordsContext>
}

export const useWords = (): Words => useContext(WordsContext)
export const useText = (): Text => useContext(WordsContext).text

/** The same error, in the language of the page. */
export const inPageLanguage = (error: ApiError): ApiError => errorIn(spoken.text, error)

/** What is wrong with one field of what was sent, or with a part of it. */
export function problemAt(error: Error | null, field: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined
  return error.fields.find(({ path }) => path === field || path.startsWith(`${field}.`))?.message
}

/** The error, unless all of it is said at these fields. */
export function problemElsewhere(error: Error | null, fields: readonly string[]): Error | null {
  const shown =
    error instanceof ApiError &&
    error.fields.length > 0 &&
    error.fields.every(({ path }) => fields.some(field => path === field || path.startsWith(`${field}.`)))
  return shown ? null : error
}
