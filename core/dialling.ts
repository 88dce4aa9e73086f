import { type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { type BarredKinds, sayBarredBecause } from './barredSentence.ts'
import { type Country, numberVariants, readAddress } from './phoneNumber.ts'
import type { Said } from './said.ts'

/**
 * Where calls may go. Whoever gets hold of a key, a flow or an agent's telephone could otherwise have us call numbers
 * that pay their owner for every minute: so it is said where calls go, and everything else is refused.
 *
 * It needs the full tables of the world's numbers, which weigh 150 kB: for the server, the dashboard takes types alone.
 */

/**
 * Numbers that cost, or lead, otherwise than an ordinary call to their country: refused everywhere unless they are opened.
 * `personal`: may be led on to anywhere at the caller's cost. `global`: satellites and other numbers of no country. Those of
 * companies (UAN, such as 03 in the United Kingdom) cost what an ordinary call does.
 */
export const SPECIAL_KINDS = ['premium-rate', 'shared-cost', 'personal', 'pager', 'global'] as const
export type SpecialKind = (typeof SPECIAL_KINDS)[number]

/**
 * Where calls may go on a fresh start: countries that businesses call, whose telephone companies share no revenue with
 * whoever is called on ordinary numbers, and that the lists of fraud name rarely. Small countries with few real callers
 * and high prices, which those lists are made of, are not among them; each is one click away for who does business there.
 */
export const USUAL_COUNTRIES: readonly Country[] = [
  ...['US', 'CA', 'MX', 'BR'],
  ...['GB', 'IE', 'FR', 'DE', 'AT', 'CH', 'NL', 'BE', 'LU', 'ES', 'PT', 'IT', 'GR', 'PL', 'CZ'],
  ...['SE', 'NO', 'DK', 'FI', 'IS', 'AU', 'NZ', 'JP', 'KR', 'SG'],
]

/** What people have decided. */
export interface DiallingSettings {
  /** ISO 3166-1 alpha-2. */
  countries: readonly Country[]
  kinds: readonly SpecialKind[]
  /** How many calls we begin within sixty minutes, at most: those that people or programs ask for, and calls back. */
  callsPerHour: number
}

/** A thousand calls an hour are more than a few dozen people can begin, and few enough to be noticed before they cost much. */
export const USUAL_DIALLING: DiallingSettings = { countries: USUAL_COUNTRIES, kinds: [], callsPerHour: 1000 }

export interface DiallingRules extends DiallingSettings {
  /** In which numbers without a country code are read. */
  country: Country
  /** Always allowed: this one, and those in which the workspace has numbers. */
  home: readonly Country[]
}

/** `numbers`: the workspace's own, E.164. */
export const diallingRules = (
  settings: DiallingSettings,
  country: Country,
  numbers: Iterable<string>,
): DiallingRules => ({
  ...settings,
  country,
  home: [...new Set([country, ...[...numbers].flatMap(number => planOf(number)?.country ?? [])])],
})

/**
 * Why a call may not go there. `unreadable`: it is no telephone number; `unassigned`: abroad, and in no numbering plan,
 * which is what many of the numbers are that fraud is committed with. `limit`: to no number, for now.
 */
export type Barred =
  | { because: 'unreadable' }
  | { because: 'kind'; kind: SpecialKind }
  | { because: 'country' | 'unassigned'; country: Country }
  | { because: 'limit'; callsPerHour: number }

/** What is dialled, and nothing else: E.164, or an emergency number as it is; or why it must not be. */
export type Dialling = { number: string; barred: null } | { number: null; barred: Barred }

/** Whether, and as what, a number in any spelling may be dialled. What this gives is judged again as itself. */
export function dialling(raw: string, rules: DiallingRules): Dialling {
  const short = raw.replace(/[\s().-]/g, '')
  if (EMERGENCY.has(short)) return { number: short, barred: null }
  const { kind, e164 } = readAddress(raw, rules.country)
  const plan = kind === 'phone' && e164 !== null && e164.length <= LONGEST ? planOf(e164) : null
  if (plan === null) return refuse({ because: 'unreadable' })
  const { country, fits } = plan
  if (plan.kind !== null && !rules.kinds.includes(plan.kind)) return refuse({ because: 'kind', kind: plan.kind })
  // Of no country: its kind is all there is to open.
  if (country === null) return plan.kind === null ? refuse({ because: 'unreadable' }) : allow(e164!)
  if (rules.home.includes(country)) return allow(e164!)
  if (!rules.countries.includes(country)) return refuse({ because: 'country', country })
  return fits ? allow(e164!) : refuse({ because: 'unassigned', country })
}

/** Whether one more call may be begun when so many have been within the last sixty minutes. Null: it may. */
export const limited = ({ callsPerHour }: DiallingSettings, begun: number): Barred | null =>
  begun < callsPerHour ? null : { because: 'limit', callsPerHour }

const allow = (number: string): Dialling => ({ number, barred: null })
const refuse = (barred: Barred): Dialling => ({ number: null, barred })

/** Never in the way of whoever needs help. Other short numbers may cost anything, and are no telephone numbers here. */
const EMERGENCY = new Set([
  ...['112', '911', '999', '000', '110', '111', '113', '115', '117', '118', '119', '988'],
  ...['15', '17', '18', '061', '066', '091', '190', '192', '193'],
])

interface Plan {
  /** Null: of no country. */
  country: Country | null
  kind: SpecialKind | null
  /** Whether the numbering plan of that country has such a number. */
  fits: boolean
}

/** Fewer digits reach nobody, and more are in no plan (ITU-T E.164): of characters, with the plus sign. */
const SHORTEST = 6
const LONGEST = 16

/**
 * Null: there is no such country code. `+1 0…` and `+1 1…` are no area codes either, but what is dialled before a number
 * abroad: whoever leaves out the `+1` would be led there.
 */
function planOf(e164: string): Plan | null {
  const parsed = /^\+1[01]/.test(e164) ? null : parse(e164)
  if (parsed === null) return null
  const known = fittingPart(e164)
  if (known === null) {
    const [country = null] = parsed.getPossibleCountries()
    if (e164.startsWith('+1')) return northAmerican(e164, { country, kind: null, fits: false })
    return { country, kind: parsed.isNonGeographic() ? 'global' : null, fits: false }
  }
  const kind = known.isNonGeographic() ? 'global' : (KINDS[known.getType() ?? ''] ?? null)
  const plan: Plan = { country: known.country ?? null, kind, fits: true }
  return e164.startsWith('+1') ? northAmerican(e164, plan) : plan
}

const KINDS: Record<string, SpecialKind> = {
  PREMIUM_RATE: 'premium-rate',
  SHARED_COST: 'shared-cost',
  PERSONAL_NUMBER: 'personal',
  PAGER: 'pager',
}

/**
 * The number, or the longest beginning of it, that a numbering plan has: exchanges stop listening when a number is
 * complete, so whatever is written after it does not change where the call goes.
 */
function fittingPart(e164: string): PhoneNumber | null {
  const whole = numberVariants(e164)
    .map(parse)
    .find(parsed => parsed?.isValid())
  if (whole) return whole
  for (let end = e164.length - 1; end >= SHORTEST; end--) {
    const part = parse(e164.slice(0, end))
    if (part?.isValid()) return part
  }
  return null
}

const parse = (e164: string): PhoneNumber | null => parsePhoneNumberFromString(e164, { extract: false }) ?? null

/**
 * `+1` is not one country, and which it is follows from the area code, in a plan or not: what an island has not assigned
 * is still its own. Whatever is nobody else's belongs to the United States.
 */
function northAmerican(e164: string, plan: Plan): Plan {
  const [area, exchange] = [e164.slice(2, 5), e164.slice(5, 8)]
  if (area === '900' || area === '700' || exchange === '976') return { ...plan, country: 'US', kind: 'premium-rate' }
  const island = ISLANDS[area]
  if (island !== undefined) return { ...plan, country: island }
  return { ...plan, country: plan.fits && plan.country !== null ? plan.country : 'US' }
}

const ISLANDS: Record<string, Country> = {
  ...{ 242: 'BS', 246: 'BB', 264: 'AI', 268: 'AG', 284: 'VG', 340: 'VI', 345: 'KY', 441: 'BM', 473: 'GD', 649: 'TC' },
  ...{ 658: 'JM', 876: 'JM', 664: 'MS', 670: 'MP', 671: 'GU', 684: 'AS', 721: 'SX', 758: 'LC', 767: 'DM', 784: 'VC' },
  ...{ 787: 'PR', 939: 'PR', 809: 'DO', 829: 'DO', 849: 'DO', 868: 'TT', 869: 'KN' },
}

/** In a sentence that a person can act on, with what it is made of. */
export function sayBarred(barred: Barred): Said<BarredKinds> {
  switch (barred.because) {
    case 'unreadable':
      return sayBarredBecause('barred-unreadable', {})
    case 'kind':
      return sayBarredBecause('barred-kind', { kind: barred.kind })
    case 'country':
      return sayBarredBecause('barred-country', { country: barred.country })
    case 'unassigned':
      return sayBarredBecause('barred-unassigned', { country: barred.country })
    case 'limit':
      return sayBarredBecause('barred-limit', { callsPerHour: barred.callsPerHour })
    default:
      return barred satisfies never
  }
}

export const whyBarred = (barred: Barred): string => sayBarred(barred).message
