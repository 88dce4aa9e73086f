import { type Country, readAddress } from './phoneNumber.ts'

/**
 * What identifies people in what was said is replaced by what it was: `[phone]`, `[card]`, `[email]`, `[number]`, `[name]`.
 * Transcribers write numbers as figures or as words, so both are read, in English and Spanish.
 */
export interface MaskingOptions {
  phoneNumbers: boolean
  /** Card numbers: 13 to 19 digits with the right check digit. */
  cards: boolean
  emails: boolean
  /** Any other run of seven digits or more: accounts, policies, identity cards. */
  numbers: boolean
  /** Of the people in the call, as far as they are known. Off: a name is what most conversations begin with. */
  names: boolean
}

export const DEFAULT_MASKING: MaskingOptions = {
  phoneNumbers: true,
  cards: true,
  emails: true,
  numbers: true,
  names: false,
}

/** Names the options and the way of masking: what was made with another one is made anew. */
export const maskingKey = (options: MaskingOptions): string =>
  `1:${(Object.keys(DEFAULT_MASKING) as (keyof MaskingOptions)[]).map(name => Number(options[name])).join('')}`

export type MaskKind = 'phone' | 'card' | 'email' | 'number' | 'name'

interface Span {
  from: number
  to: number
  kind: MaskKind
}

/** `country`: in which numbers without a country code are read. `names`: whose call it is. */
export function maskTranscript(
  text: string,
  options: MaskingOptions,
  { country, names }: { country: Country; names: readonly string[] },
): string {
  const spans = [
    ...(options.emails ? emails(text) : []),
    ...numberRuns(text).flatMap(run => {
      const kind = kindOf(run, country)
      return options[OPTION_OF[kind]] ? [{ from: run.from, to: run.to, kind }] : []
    }),
    ...(options.names ? namesIn(text, names) : []),
  ]
  let masked = ''
  let at = 0
  for (const { from, to, kind } of spans.sort((a, b) => a.from - b.from || b.to - a.to)) {
    if (from < at) continue
    masked += `${text.slice(at, from)}[${kind}]`
    at = to
  }
  return masked + text.slice(at)
}

const OPTION_OF = { phone: 'phoneNumbers', card: 'cards', number: 'numbers' } as const satisfies Partial<
  Record<MaskKind, keyof MaskingOptions>
>

// E-mail addresses

// Each begins only where a word does, and has so many parts at most: else every part of a long word, or of many, would be
// tried anew as the beginning, and an hour of nonsense from a machine would take minutes.
const WRITTEN_EMAIL = /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu
const PART = '[\\p{L}\\p{N}][\\p{L}\\p{N}_-]*'
const JOINT = '(?:dot|period|underscore|dash|hyphen|punto|guion bajo|guión bajo|guion|guión)'
/** Only with an ending that is one: “at” stands in every other sentence. */
const ENDING = '(?:com|org|net|edu|gov|info|io|co|me|es|mx|ar|us|uk|eu)'
const SPOKEN_EMAIL = new RegExp(
  `(?=[\\p{L}\\p{N}])(?<![\\p{L}\\p{N}][_-]*)(${PART}(?:\\s+${JOINT}\\s+${PART}){0,8})\\s+(?:at|arroba|@)\\s+${PART}` +
    `(?:\\s+(?:dot|punto|dash|hyphen|guion|guión)\\s+${PART}){0,8}?` +
    `(?:\\s+(?:dot|punto)\\s+|\\.)${ENDING}(?:(?:\\s+(?:dot|punto)\\s+|\\.)${ENDING})?(?![\\p{L}\\p{N}])`,
  'giu',
)
/** What stands before “at” where it is no address: “look at example dot com”. */
const NO_MAILBOX =
  /^(?:work|works|working|look|looking|is|it|us|me|go|going|visit|online|here|website|site|found|shop|order|available|available)$/i

const emails = (text: string): Span[] =>
  [
    ...text.matchAll(WRITTEN_EMAIL),
    ...[...text.matchAll(SPOKEN_EMAIL)].filter(match => !NO_MAILBOX.test(match[1]!)),
  ].map(({ index, 0: { length } }) => ({ from: index, to: index + length, kind: 'email' as const }))

// Numbers, in figures and in words

const LEAST_DIGITS = 7
/** Of a telephone number. */
const MOST_DIGITS = 15

const UNITS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'
const UNIDADES =
  'cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho veintinueve'
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'
const DECENAS = 'treinta cuarenta cincuenta sesenta setenta ochenta noventa'

const WORDS = new Map<string, string>([
  ...[UNITS, UNIDADES].flatMap(list => list.split(' ').map((word, value) => [word, String(value)] as const)),
  ...['oh', 'o', 'nought', 'nil'].map(word => [word, '0'] as const),
  ...['un', 'una'].map(word => [word, '1'] as const),
])
const TEN_WORDS = new Map<string, number>([
  ...TENS.split(' ').map((word, index) => [word, (index + 2) * 10] as const),
  ...DECENAS.split(' ').map((word, index) => [word, (index + 3) * 10] as const),
])
const REPEATS = new Map([
  ['double', 2],
  ['triple', 3],
  ['doble', 2],
])
/** Words that may begin a sentence as well as a number: alone at its edge they belong to the sentence. */
const LOOSE = new Set(['o', 'oh', 'un', 'una', 'a'])

interface Run {
  from: number
  to: number
  digits: string
  plus: boolean
}

/** A piece of a run: figures or a word. `apart`: there is a comma or the like before it. */
interface Piece extends Run {
  apart: boolean
}

/** Figures or words. */
const TOKEN = /(\+?\d+)|(\p{L}+)/gu
const BETWEEN = /^[\s,.;:()/–—-]{0,3}$/u
/** Words with which people go on in the middle of a number. */
const JOINTS = new Set(['y', 'and', 'then', 'luego', 'dash', 'guion'])

/** Numbers as they are read out, long enough to name somebody or something. */
function numberRuns(text: string): Run[] {
  const runs: Run[] = []
  let pieces: Piece[] = []
  /** How often the next digit counts (“double four”), and whether a ten may get its unit (“twenty one”). */
  let times = 1
  let ten = false
  /** Where what announces a number begins: “plus one …”, “double four …”. */
  let opening: number | null = null
  let end = 0

  const close = () => {
    for (const run of split(pieces)) if (run.digits.length >= LEAST_DIGITS && !isQuantity(text, run)) runs.push(run)
    pieces = []
    opening = null
    times = 1
    ten = false
  }

  for (const { 0: token, 1: figures, index: from } of text.matchAll(TOKEN)) {
    const to = from + token.length
    const gap = text.slice(end, from)
    if (pieces.length > 0 && !BETWEEN.test(gap)) close()
    const word = figures === undefined ? fold(token) : ''
    const digits = figures?.replace('+', '') ?? WORDS.get(word)
    const tens = TEN_WORDS.get(word)
    const last = pieces.at(-1)
    if (digits !== undefined && !(last === undefined && LOOSE.has(word))) {
      const plus = figures?.startsWith('+') ?? false
      if (plus) close()
      if (ten && last !== undefined && figures === undefined && /^[1-9]$/.test(digits))
        pieces[pieces.length - 1] = { ...last, to, digits: last.digits.slice(0, -1) + digits }
      else {
        const apart = /[,.;:]/.test(gap)
        pieces.push({
          from: opening ?? from,
          to,
          digits: digits.length === 1 ? digits.repeat(times) : digits,
          plus,
          apart,
        })
      }
      ten = false
    } else if (tens !== undefined) {
      pieces.push({ from: opening ?? from, to, digits: String(tens), plus: false, apart: /[,.;:]/.test(gap) })
      ten = true
    } else if (REPEATS.has(word) || word === 'plus' || word === 'mas') {
      if (!REPEATS.has(word)) close()
      times = REPEATS.get(word) ?? 1
      if (pieces.length === 0) opening = from
      end = to
      continue
    } else if (last === undefined || !JOINTS.has(word)) close()
    times = 1
    if (pieces.length > 0) opening = null
    end = to
  }
  close()
  return runs.map(run => withBracket(text, run))
}

/** More digits than any number has are several, where commas part them so. */
function split(pieces: Piece[]): Run[] {
  const whole = joined(pieces)
  if (whole === null) return []
  if (whole.digits.length <= MOST_DIGITS || isCard(whole.digits)) return [whole]
  const parts: Piece[][] = []
  for (const piece of pieces) {
    if (piece.apart || parts.length === 0) parts.push([piece])
    else parts.at(-1)!.push(piece)
  }
  const runs = parts.flatMap(part => joined(part) ?? [])
  return runs.every(({ digits }) => digits.length >= LEAST_DIGITS) ? runs : [whole]
}

function joined(pieces: Piece[]): Run | null {
  const [first] = pieces
  if (first === undefined) return null
  const digits = pieces.map(piece => piece.digits).join('')
  return { from: first.from, to: pieces.at(-1)!.to, digits, plus: first.plus }
}

/** `(415) 555…` begins with its bracket. */
const withBracket = (text: string, run: Run): Run =>
  text[run.from - 1] === '(' && /^[^(]*\)/.test(text.slice(run.from, run.to)) ? { ...run, from: run.from - 1 } : run

const MONEY = /(?:[$€£]|\b(?:usd|eur|us\$))\s*$/i
const UNIT_AFTER = /^\s*(?:[$€£%]|dollars?|euros?|pesos?|pounds?|dólares|cents?|percent|millones|millions?)/i
const DATE = /^\d{4}[-/]\d{1,2}[-/]\d{1,2}$|^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}$/

/** Amounts and dates are what people talk about, not who they are. */
function isQuantity(text: string, { from, to }: Run): boolean {
  const written = text.slice(from, to)
  return (
    DATE.test(written) ||
    MONEY.test(text.slice(Math.max(0, from - 6), from)) ||
    UNIT_AFTER.test(text.slice(to, to + 12))
  )
}

function kindOf({ digits, plus }: Run, country: Country): 'phone' | 'card' | 'number' {
  if (isCard(digits)) return 'card'
  const address = readAddress(plus ? `+${digits}` : digits, country)
  return address.kind === 'phone' ? 'phone' : 'number'
}

const isCard = (digits: string): boolean => digits.length >= 13 && digits.length <= 19 && passesLuhn(digits)

/** The check digit of card numbers. */
export function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((sum, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2)
    return sum + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}

// Names

/** Shorter parts are words of every language. */
const LEAST_NAME = 3

/** Each part of a name counts alone, too: nobody is called by all of them. Where the text has capitals, a name has one. */
function namesIn(text: string, names: readonly string[]): Span[] {
  const parts = new Set(
    names.flatMap(name => (name.match(/\p{L}+/gu) ?? []).map(fold)).filter(part => part.length >= LEAST_NAME),
  )
  const hasCapitals = /\p{Lu}/u.test(text)
  const spans: Span[] = []
  for (const { 0: word, index } of text.matchAll(/\p{L}+/gu)) {
    if (!parts.has(fold(word)) || (hasCapitals && !/^\p{Lu}/u.test(word))) continue
    const before = spans.at(-1)
    if (before && /^\s+$/.test(text.slice(before.to, index))) before.to = index + word.length
    else spans.push({ from: index, to: index + word.length, kind: 'name' })
  }
  return spans
}

const fold = (word: string): string => word.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
