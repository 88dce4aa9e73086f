import { type CountryCode, type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/min'
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

const WITHHELD_WORDS = ['anonymous', 'unknown', 'restricted', 'unavailable', 'private', 'withheld', 'blocked']
const WITHHELD = new Set([
  ...WITHHELD_WORDS,
  ...['id', 'number', 'caller', 'caller id', 'call'].flatMap(noun =>
    WITHHELD_WORDS.flatMap(word => [`${word} ${noun}`, `${noun} ${word}`]),
  ),
  ...['hidden', 'suppressed', 'not available', 'out of area', 'no caller id', 'no number', 'n/a', 'none', 'null'],
])
/** The same words spelled on a telephone keypad, as some carriers send them. With the plus sign none is a number. */
const WITHHELD_NUMBERS = new Set(WITHHELD_WORDS.map(word => `+${onKeypad(word)}`))

/**
 * Reads a telephone address in any spelling. Numbers without a country code are read in `country`.
 * Never throws: an unreadable address is an address of kind `unparsed` or `name`.
 * What it gives as `text` reads again as the same caller.
 */
export function readAddress(raw: string | null | undefined, country: Country): Address {
  // In a form or a query that was not percent-encoded, a plus sign arrives as one leading blank.
  const received = tidy(raw != null && /^ \d{7,15}$/.test(raw) ? `+${raw.slice(1)}` : raw)
  if (received === null) return withheld(null)
  const inside = /<([^<>]*)>[^<>]*$/.exec(received)
  return inside ? readOne(tidy(inside[1]) ?? '', country) : readOne(received, country)
}

function readOne(text: string, country: Country): Address {
  if (isWithheld(text)) return withheld(text)
  const scheme = /^(client|sips?|tel|whatsapp):\s*(.*)$/i.exec(text)
  if (!scheme) return readNumber(text, country)
  const [, name, rest] = scheme as unknown as [string, string, string]
  switch (name.toLowerCase()) {
    case 'client':
      if (isWithheld(rest)) return withheld(text)
      return { kind: 'client', text, e164: null, key: `client:${rest}` }
    case 'tel':
    case 'whatsapp': {
      const number = tidy(rest.split(';')[0])
      return number === null || isWithheld(number) ? withheld(text) : readNumber(number, country)
    }
    default:
      return readSip(text, rest, country)
  }
}

/** `user:password@host:port;parameters`. A number as user is the caller's number, any other user is known with the host. */
function readSip(text: string, uri: string, country: Country): Address {
  const address = uri.split(/[;?]/)[0]!.toLowerCase()
  const at = address.lastIndexOf('@')
  const user = address.slice(0, at === -1 ? undefined : at).split(':')[0]!
  const host = at === -1 ? '' : address.slice(at).replace(/:\d*$/, '')
  if (isWithheld(user) || host === '@anonymous.invalid') return withheld(text)
  const number = readNumber(user.replace('%2b', '+').trim(), country)
  if (number.kind === 'phone' || (number.kind === 'unparsed' && number.text?.startsWith('+'))) return number
  return { kind: 'sip', text, e164: null, key: `sip:${user}${host}` }
}

function readNumber(text: string, country: Country): Address {
  if (/^[*#]/.test(text) || /^\d{1,6}$/.test(text)) {
    return { kind: 'extension', text, e164: null, key: text.replace(/[\s()./-]/g, '') }
  }
  const digits = text.replace(/\D/g, '')
  if (digits.length < 5) return { kind: 'name', text, e164: null, key: null }
  const e164 = parseE164(text, digits, country)
  if (e164 !== null) return { kind: 'phone', text: e164, e164, key: e164 }
  // A keypad-spelled “anonymous” without its plus sign may be somebody's number: only now is it sure that it is none.
  if (WITHHELD_NUMBERS.has(`+${digits}`)) return withheld(text)
  if (digits.length < text.replace(/\s/g, '').length / 2) return { kind: 'name', text, e164: null, key: null }
  return { kind: 'unparsed', text, e164: null, key: (text.startsWith('+') ? '+' : '') + digits }
}

/**
 * The number in E.164, or null. Tried in this order: as people of `country` write it, with the general `00` in front
 * of the country code, with a country code whose plus sign a spreadsheet has eaten.
 */
function parseE164(text: string, digits: string, country: Country): string | null {
  if (text.length > 60) return null
  const bare = /^[1-9]\d{9,14}$/.test(text)
  const parsed = parse(text, country)
  if (parsed?.isPossible()) {
    const abroad = bare && !parsed.isValid() ? parse(`+${text}`, country) : undefined
    return settle(abroad?.isValid() ? abroad.number : parsed.number, text)
  }
  const mexican = oldMexican(text, digits, country)
  if (mexican !== null) return mexican
  if (digits.startsWith('00') && !text.startsWith('+')) {
    const abroad = parse(`+${digits.slice(2)}`, country)
    return abroad?.isPossible() ? settle(abroad.number, text) : null
  }
  const abroad = bare ? parse(`+${text}`, country) : undefined
  return abroad?.isValid() ? settle(abroad.number, text) : null
}

const parse = (text: string, country: Country): PhoneNumber | undefined =>
  parsePhoneNumberFromString(text, { defaultCountry: country as CountryCode, extract: false })

/**
 * A number that reads as itself, or null. The parser takes one trunk prefix off at a time, also behind a country code:
 * `+63 00…` is `+63 0…` at first and `+63 …` only when read again. The same caller must have one number only.
 */
function settle(number: string, text: string): string | null {
  let [before, after] = [text, number]
  for (let pass = 0; pass < 10; pass++) {
    if (after === before) return after
    const again = parsePhoneNumberFromString(after, { extract: false })
    if (!again?.isPossible()) return null
    before = after
    after = again.number
  }
  return null
}

/** Mexico gave up `+52 1` abroad and `01`, `044`, `045` at home in 2019; address books and some carriers did not. */
function oldMexican(text: string, digits: string, country: Country): string | null {
  if (text.startsWith('+')) return /^521\d{10}$/.test(digits) ? `+${digits}` : null
  return country === 'MX' && /^(?:01|044|045)\d{10}$/.test(digits) ? `+52${digits.slice(-10)}` : null
}

/** One line in plain characters: the invisible marks, odd dashes and wide digits that copying brings along are gone. */
function tidy(raw: string | null | undefined): string | null {
  if (raw == null) return null
  const plain = /^[\x20-\x7e]*$/.test(raw)
    ? raw
    : raw
        .replace(/[\uff01-\uff5e]/g, wide => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
        .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, digit => String(digit.charCodeAt(0) & 15))
        .replace(/[\p{Pd}\u2212]/gu, '-')
        .replace(/\p{Cf}/gu, '')
  const line = cleanLine(plain, 255)
  return line === null ? null : line.replace(/^["'\s]+|["'\s]+$/g, '') || null
}

const withheld = (text: string | null): Address => ({ kind: 'withheld', text, e164: null, key: null })

const isWithheld = (text: string): boolean =>
  text === '' ||
  /^\+?0{5,}$/.test(text) ||
  WITHHELD_NUMBERS.has(text) ||
  WITHHELD.has(text.toLowerCase().replace(/[\s_-]+/g, ' '))

function onKeypad(word: string): string {
  return word.replace(/[a-z]/g, letter => '22233344455566677778889999'[letter.charCodeAt(0) - 97]!)
}

/**
 * Every way the same subscriber may be written: Mexico's old mobile `+52 1`, Argentina's mobile `+54 9`, Brazil's
 * ninth digit of mobiles. The number itself comes first.
 */
export function numberVariants(e164: string): string[] {
  const variants = [e164]
  if (/^\+521\d{10}$/.test(e164)) variants.push(`+52${e164.slice(4)}`)
  else if (/^\+52\d{10}$/.test(e164)) variants.push(`+521${e164.slice(3)}`)
  else if (/^\+549\d{10}$/.test(e164)) variants.push(`+54${e164.slice(4)}`)
  else if (/^\+54\d{10}$/.test(e164)) variants.push(`+549${e164.slice(3)}`)
  else if (/^\+55\d\d9[6-9]\d{7}$/.test(e164)) variants.push(e164.slice(0, 5) + e164.slice(6))
  else if (/^\+55\d\d[6-9]\d{7}$/.test(e164)) variants.push(`${e164.slice(0, 5)}9${e164.slice(5)}`)
  return variants
}

/**
 * The last nine digits: a hint that two spellings may be one subscriber, never a proof. Null below nine digits and for
 * keys that are no number, such as an extension, a star code or `client:agent1234567890`.
 */
export function lastDigits(key: string | null): string | null {
  return key !== null && /^\+?\d{9,}$/.test(key) ? key.slice(-9) : null
}

/** For people to read: national within `country`, international elsewhere, as received where it is no number. */
export function formatNumber(text: string | null, country: Country): string {
  if (text === null) return ''
  const parsed = parsePhoneNumberFromString(text, { extract: false })
  if (!parsed?.isPossible()) return text
  return parsed.country === country ? parsed.formatNational() : parsed.formatInternational()
}

/** ISO 3166-1 alpha-2 code of the country that a number in E.164 belongs to; null where that is not known. */
export const countryOfNumber = (e164: string | null): Country | null =>
  e164 === null ? null : (parsePhoneNumberFromString(e164)?.country ?? null)
