import { type Address, numberVariants } from './phoneNumber.ts'

/** What stands where something was erased. */
export const ERASED = '[erased]'

/** Whose traces are looked for. */
export interface Person {
  /** A number in any spelling, see {@link numberPattern}. */
  number: RegExp
  /** Names and e-mail addresses under which the person is known. */
  names: string[]
  /** Contacts, requests and participants that were the person. */
  ids: ReadonlySet<string>
}

/**
 * What people put between the digits of a number; also in an address on the web. Each sign can be read in one way only: two
 * would be doubled with every further sign, and somebody's text could take longer to search than anybody waits.
 */
const BETWEEN = '(?:[-\\s()./]|%2[0-9A-Fa-f])*'
/** Fewer digits are a part of too much else. */
const LEAST_DIGITS = 7

/**
 * A regular expression, for JavaScript and PostgreSQL alike, that finds this number in any spelling: with and without
 * country code, trunk zero and what stands between the digits. Null for what is no number long enough to look for.
 */
export function numberPattern({ e164, text }: Pick<Address, 'e164' | 'text'>): string | null {
  const spellings =
    e164 === null ? [(text ?? '').replace(/\D/g, '')] : numberVariants(e164).map(number => number.slice(1))
  const long = spellings.filter(digits => digits.length >= LEAST_DIGITS)
  if (long.length === 0) return null
  return `(?<![0-9])(?:(?:[+]|%2[Bb]|00|011)${BETWEEN})?(?:${long.map(spelled).join('|')})(?![0-9])`
}

/** Whatever may be left out in front stands in brackets: a country code of one to three digits, a trunk zero. */
function spelled(digits: string): string {
  const [code, rest] = [countryCode(digits), digits.slice(countryCode(digits).length)]
  const apart = (figures: string) => [...figures].join(BETWEEN)
  return rest.length < LEAST_DIGITS
    ? apart(digits)
    : `(?:${apart(code)}${BETWEEN}(?:[(]?0[)]?${BETWEEN})?|0)?${apart(rest)}`
}

/** Of a number in E.164 without its plus sign, as the numbering plan of the world parts them. */
function countryCode(digits: string): string {
  if (/^[17]/.test(digits)) return digits.slice(0, 1)
  const two = /^(?:2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/
  return digits.slice(0, two.test(digits) ? 2 : 3)
}

/** Fields in which people write or say what they like: whatever stands there goes. */
const FREE_TEXT = new Set(['subject', 'description', 'text', 'callerName', 'note', 'transcript', 'disposition'])
const EMPTY_CARD = { match: { state: 'withheld', candidates: [] }, lastCalls: [], openRequests: [] }

/** An event, or anything else that is JSON, without the person. Its shape stays, so that whatever reads it still can. */
export function withoutPerson(value: unknown, person: Person): unknown {
  if (typeof value === 'string') return erasedFrom(value, person)
  if (typeof value === 'number') return person.number.test(String(value)) ? null : value
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(item => withoutPerson(item, person))
  const isPerson = 'id' in value && typeof value.id === 'string' && person.ids.has(value.id)
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key === 'card') return [key, EMPTY_CARD]
      if (typeof inner === 'string' && (FREE_TEXT.has(key) || (isPerson && key === 'name'))) return [key, ERASED]
      if (isPerson && (key === 'email' || key === 'userEmail')) return [key, inner === null ? null : ERASED]
      return [key, withoutPerson(inner, person)]
    }),
  )
}

/** Whether a name is long enough not to stand in half of all words. */
export const isTelling = (name: string): boolean => name.trim().length >= 3

function erasedFrom(text: string, { number, names }: Person): string {
  const known = names.filter(isTelling)
  const without = text.replace(new RegExp(number.source, 'g'), ERASED)
  return known.reduce((rest, name) => rest.replaceAll(name, ERASED), without)
}
