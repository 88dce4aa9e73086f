import { type Consent, type ConsentDemand, type ConsentRules, demandOf, mayRecord, strictness } from './consent.ts'
import type { Text } from './flow.ts'
import { phrase } from './phrase.ts'
import { fill } from './prompt.ts'
import { CallRefusal } from './refusal.ts'
import { cleanLine } from './text.ts'

/**
 * What the customer has to learn before a call between two pages is recorded, and what came of it. It is worked out when
 * it begins to ring and stored with the call: the evidence says what was shown, whatever becomes of the rules meanwhile.
 */
export interface VoipConsent extends Pick<ConsentDemand, 'mode' | 'policy' | 'region' | 'version'> {
  /** What the pages show, by language (BCP 47); in mode `none` nothing. */
  words: Text
  /** Whether a customer who is merely told can say no. */
  mayDecline: boolean
  said: PageAnswer | null
}

/** What the customer's page says: that it shows the words, or which button was pressed. */
export type PageChoice = 'shown' | 'allow' | 'decline'

/** `language`: of the words that were shown. `at`: ISO 8601. */
export interface PageAnswer {
  choice: PageChoice
  language: string
  at: string
}

/** There are no keys in a page, but buttons. */
const PAGE_QUESTION: Text = { 'en-US': 'May this call be recorded?', 'es-ES': '¿Podemos grabar esta llamada?' }
const LANGUAGES = Object.keys(PAGE_QUESTION)
const MAX_WORDS = 1000

/**
 * What the rules come to. A customer of several numbers may be wherever one of them is at home: the strictest rule holds.
 * `own`: our number, `customer`: theirs, all E.164.
 */
export function seekConsent(rules: ConsentRules, own: string | null, customer: readonly string[]): VoipConsent {
  const numbers = customer.length === 0 ? [null] : customer
  const { mode, policy, region, version, announcement, question, optOutKey } = numbers
    .map(number => demandOf(rules, own, number))
    .reduce((strictest, each) => (strictness(each.mode) > strictness(strictest.mode) ? each : strictest))
  const announcements = Object.fromEntries(
    LANGUAGES.map(language => [language, phrase('record-announcement', language).text]),
  )
  const words = { none: {}, announce: worded(announcement, announcements), ask: worded(question, PAGE_QUESTION) }[mode]
  return { mode, policy, region, version, words, mayDecline: mode === 'ask' || optOutKey !== null, said: null }
}

/** As on the telephone, what the workspace has worded itself stands in for all languages. Of a page there is nothing to fill in. */
function worded(own: Text | null, otherwise: Text): Text {
  const lines = Object.entries(own ?? {}).map(([tag, text]) => [
    tag,
    cleanLine(
      fill(text, () => null),
      MAX_WORDS,
    ),
  ])
  const words: Text = Object.fromEntries(lines.filter(([, line]) => line !== null))
  return Object.keys(words).length === 0 ? otherwise : words
}

/** What the customer's page can say now. A yes can be taken back, a no cannot. */
export function choicesOf({ mode, mayDecline, said }: VoipConsent): PageChoice[] {
  if (mode === 'none' || said?.choice === 'decline') return []
  const first = mode === 'ask' ? ('allow' as const) : ('shown' as const)
  return [...(said === null ? [first] : []), ...(mayDecline ? ['decline' as const] : [])]
}

/**
 * The page has said something. What comes twice, or after a no, changes nothing: the very same object.
 * Throws {@link CallRefusal} for what it was not offered, and for words that it cannot have shown.
 */
export function answerConsent(consent: VoipConsent, answer: PageAnswer): VoipConsent {
  const { said, words } = consent
  if (said?.choice === 'decline' || said?.choice === answer.choice) return consent
  if (!choicesOf(consent).includes(answer.choice) || !Object.hasOwn(words, answer.language))
    throw new CallRefusal(
      'not_offered',
      'This is not what the customer was shown: `recording` of the call has what was.',
    )
  return { ...consent, said: answer }
}

/** The evidence; null: nothing has been said yet. */
export function evidenceOf({ mode, policy, region, version, words, said }: VoipConsent): Consent | null {
  if (said === null) return null
  const { choice, language, at } = said
  return {
    how: mode === 'ask' ? 'asked' : 'announced',
    given: choice !== 'decline',
    policy,
    region,
    version,
    heard: words[language] ?? null,
    language,
    answer: choice === 'shown' ? null : choice,
    by: null,
    at,
  }
}

/** Whether what has been said so far is enough. */
export const allowsRecording = (consent: VoipConsent): boolean => mayRecord(consent.mode, evidenceOf(consent))
