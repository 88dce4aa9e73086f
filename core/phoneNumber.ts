import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { cleanLine } from './text.ts'

/** ISO 3166-1 alpha-2, upper case: `US`, `DE`. */
export type Country = string

/**
 * Who or what is at one end of a call, as far as the provider says.
 *
 * - `phone`: `e164` is set. Possible by length is enough: a carrier just delivered a call from it, and numbering
 *   plans change faster than any table of valid prefixes.
 * - `unparsed`: looks like a number and is none we can read (`+1234567890`). Still a caller, still matched as written.
 * - `extension`: an internal number of up to six digits, or a star code. Never matched by its last digits.
 * - `withheld`: the caller hides the number.
 * - `client`, `sip`, `name`: not a telephone at all.
 */
export type AddressKind = 'phone' | 'unparsed' | 'extension' | 'withheld' | 'client' | 'sip' | 'name'

export interface Address {
  kind: AddressKind
  /** What is shown and handed out: E.164 where it parses, else as received. */
  text: string | null
  e164: string | null
  /** What equal callers have in common and contacts are found by; null where nobody can be found. */
  key: string | null
}

const WITHHELD = new Set([
  '',
  'anonymous',
  'unknown',
  'restricted',
  'unavailable',
  'private',
  'withheld',
  'blocked',
  'id unavailable',
])
/** “Anonymous” and “restricted” spelled on a telephone keypad, as some carriers send them. */
const WITHHELD_NUMBERS = new Set(['+266696687', '266696687', '+7378742833', '7378742833', '+2562533', '+8656696'])

/**
 * Reads a telephone address in any spelling. Numbers without a country code are read in `country`.
 * Never throws: an unreadable address is an address of kind `unparsed` or `name`.
 */
export function readAddress(raw: string | null | undefined, country: Country): Address {
  const received = cleanLine(raw, 255)
  if (received === null || WITHHELD.has(received.toLowerCase()) || WITHHELD_NUMBERS.has(received)) {
    return { kind: 'withheld', text: received, e164: null, key: null }
  }
  const scheme = /^(client|sips?|tel|whatsapp):(.*)$/i.exec(received)
  if (scheme) {
    const [, name, rest] = scheme as unknown as [string, string, string]
    if (/^client$/i.test(name)) return { kind: 'client', text: received, e164: null, key: received }
    const user = rest.split(/[@;]/)[0] ?? ''
    const inside = parseE164(user, country)
    if (inside) return { kind: 'phone', text: inside, e164: inside, key: inside }
    return { kind: 'sip', text: received, e164: null, key: received.toLowerCase() }
  }
  if (/^[*#]/.test(received) || /^\d{1,6}$/.test(received)) {
    return { kind: 'extension', text: received, e164: null, key: received }
  }
  // A plus sign in a form that nobody percent-encoded arrives as a blank, which trimming already took.
  const e164 = parseE164(received, country)
  if (e164) return { kind: 'phone', text: e164, e164, key: e164 }
  const digits = received.replace(/\D/g, '')
  if (digits.length >= 5 && digits.length >= received.replace(/\s/g, '').length / 2) {
    return { kind: 'unparsed', text: received, e164: null, key: (received.startsWith('+') ? '+' : '') + digits }
  }
  return { kind: 'name', text: received, e164: null, key: null }
}

function parseE164(text: string, country: Country): string | null {
  if (text.length > 60) return null
  const parsed = parsePhoneNumberFromString(text, { defaultCountry: country as CountryCode, extract: false })
  return parsed?.isPossible() ? parsed.number : null
}

/**
 * Every way the same subscriber may be written: Mexico's old mobile `+52 1`, Argentina's mobile `+54 9`.
 * The number itself comes first.
 */
export function numberVariants(e164: string): string[] {
  const variants = [e164]
  if (/^\+521\d{10}$/.test(e164)) variants.push(`+52${e164.slice(4)}`)
  else if (/^\+52\d{10}$/.test(e164)) variants.push(`+521${e164.slice(3)}`)
  else if (/^\+549\d{10}$/.test(e164)) variants.push(`+54${e164.slice(4)}`)
  else if (/^\+54\d{10}$/.test(e164)) variants.push(`+549${e164.slice(3)}`)
  return variants
}

/** The last nine digits: a hint that two spellings may be one subscriber, never a proof. Null below nine digits. */
export function lastDigits(key: string | null): string | null {
  const digits = key?.replace(/\D/g, '') ?? ''
  return digits.length >= 9 ? digits.slice(-9) : null
}

/** For people to read: national within `country`, international elsewhere, as received where it is no number. */
export function formatNumber(text: string | null, country: Country): string {
  if (text === null) return ''
  const parsed = parsePhoneNumberFromString(text, { extract: false })
  if (!parsed) return text
  return parsed.country === country ? parsed.formatNational() : parsed.formatInternational()
}
