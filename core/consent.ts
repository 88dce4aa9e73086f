import type { Named } from './call.ts'
import type { Text } from './flow.ts'
import { countryOfNumber } from './phoneNumber.ts'

/**
 * What a caller learns before anything is recorded. `none`: nothing. `announce`: that it is; who stays on the line agrees.
 * `ask`: whether it may be; only who says yes is recorded.
 */
export type ConsentMode = 'none' | 'announce' | 'ask'
export const CONSENT_MODES: readonly ConsentMode[] = ['none', 'announce', 'ask']

/** What a workspace has decided. */
export interface ConsentRules {
  /** Where neither the number that was called nor the caller's region has a rule of its own. */
  mode: ConsentMode
  /** By our number, E.164. */
  numbers: Readonly<Record<string, ConsentMode>>
  /** By {@link regionOf} the customer; a country's rule holds for its states that have none. */
  regions: Readonly<Record<string, ConsentMode>>
  /** In place of the center's own words, by language. */
  announcement: Text | null
  question: Text | null
  /** Who presses this key during the announcement is not recorded; null: there is none. */
  optOutKey: string | null
  /** Whether messages wait for it, too. A caller who speaks after the tone knows that it is recorded. */
  voicemail: boolean
  /** Counts the wordings and rules, so that the evidence says which ones were in force. */
  version: number
}

export const DEFAULT_CONSENT: ConsentRules = {
  mode: 'announce',
  numbers: {},
  regions: {},
  announcement: null,
  question: null,
  optOutKey: null,
  voicemail: false,
  version: 1,
}

/** What the rules come to for one call. `policy`: which of them. */
export interface ConsentDemand
  extends Pick<ConsentRules, 'mode' | 'announcement' | 'question' | 'optOutKey' | 'voicemail' | 'version'> {
  policy: 'number' | 'region' | 'default'
  region: string | null
}

/**
 * What came of it, kept with the call as evidence. `heard`: the words, or the recording, that the caller was played; null
 * where an agent has said it. `answer`: the key that was pressed; null: none. `at`: ISO 8601.
 */
export interface Consent {
  how: 'announced' | 'asked' | 'agent'
  given: boolean
  policy: ConsentDemand['policy'] | 'flow' | 'agent'
  region: string | null
  version: number
  heard: string | null
  language: string | null
  answer: string | null
  by: Named | null
  at: string
}

/** What the flow knows of it; when it was and who says so are the call's to add. */
export type ConsentAnswer = Omit<Consent, 'at' | 'by'>

/**
 * The rule for a call. Where number and region both have one, the stricter holds. `own`: our number; `customer`: theirs,
 * both E.164, null where there is none.
 */
export function demandOf(rules: ConsentRules, own: string | null, customer: string | null): ConsentDemand {
  const { announcement, question, optOutKey, voicemail, version } = rules
  const region = regionOf(customer)
  const byNumber = ruleFor(rules.numbers, own)
  const byRegion = ruleFor(rules.regions, region) ?? ruleFor(rules.regions, region?.split('-')[0] ?? null)
  const [mode, policy] =
    byNumber !== null && (byRegion === null || strictness(byNumber) >= strictness(byRegion))
      ? ([byNumber, 'number'] as const)
      : byRegion !== null
        ? ([byRegion, 'region'] as const)
        : ([rules.mode, 'default'] as const)
  return { mode, policy, region, announcement, question, optOutKey, voicemail, version }
}

const ruleFor = (rules: Readonly<Record<string, ConsentMode>>, name: string | null): ConsentMode | null =>
  name !== null && Object.hasOwn(rules, name) ? rules[name]! : null

/** The higher, the stricter. */
export const strictness = (mode: ConsentMode): number => CONSENT_MODES.indexOf(mode)

/** Whether a conversation may be recorded, given what has been said about it so far. A no holds whatever the rules say. */
export function mayRecord(mode: ConsentMode, said: Pick<Consent, 'how' | 'given'> | null): boolean {
  if (said !== null && !said.given) return false
  return mode === 'none' || (said !== null && (mode === 'announce' || said.how !== 'announced'))
}

/**
 * Where a caller is, as far as its number tells: `US-CA` in the states of {@link ALL_PARTY_STATES}, else the country;
 * null: not known. Numbers travel with their owners, so it is a hint, never a proof.
 */
export function regionOf(e164: string | null): string | null {
  const country = countryOfNumber(e164)
  const state = country === 'US' ? STATE_OF_AREA.get(e164!.slice(2, 5)) : undefined
  return state === undefined ? country : `${country}-${state}`
}

/**
 * Area codes of the states of the US whose law, by common accounts, wants everybody on a call to know. Accounts differ on
 * Connecticut, Delaware, Michigan and Oregon: they are among them, to be on the safe side.
 */
const AREAS: Record<string, string> = {
  CA: '209 213 279 310 323 341 350 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 714 738 747 760 805 818 820 831 837 840 858 909 916 925 949 951',
  CT: '203 475 860 959',
  DE: '302',
  FL: '239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904 941 954',
  IL: '217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 861 872',
  MA: '339 351 413 508 617 774 781 857 978',
  MD: '227 240 301 410 443 667',
  MI: '231 248 269 313 517 586 616 679 734 810 906 947 989',
  MT: '406',
  NH: '603',
  NV: '702 725 775',
  OR: '458 503 541 971',
  PA: '215 223 267 272 412 445 484 570 582 610 717 724 814 835 878',
  WA: '206 253 360 425 509 564',
}
const STATE_OF_AREA = new Map(
  Object.entries(AREAS).flatMap(([state, areas]) => areas.split(' ').map(area => [area, state] as const)),
)

/** As {@link regionOf} names them. */
export const ALL_PARTY_STATES: readonly string[] = Object.keys(AREAS).map(state => `US-${state}`)
