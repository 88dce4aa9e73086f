import { cleanLine } from '../core/text.ts'
import { type FieldProblem, UnreadableWebhook } from './provider.ts'

/** Ids are stored and compared whole: one that is longer than any provider's is refused, not cut. */
const MAX_ID = 200
const MAX_URL = 2000
const MAX_DIGITS = 100
/** The largest number of seconds that a database's `integer` holds. */
const MAX_SECONDS = 2 ** 31 - 1

/**
 * Named values from outside, read one by one. A value of the wrong type is noted and read as null; {@link check} then
 * throws with every field that was wrong. What is missing, null or empty is null. All text comes out cleaned.
 */
export class Fields {
  readonly #values: Record<string, unknown>
  readonly #path: string
  readonly #problems: FieldProblem[]

  constructor(values: Record<string, unknown>, path = '', problems: FieldProblem[] = []) {
    this.#values = values
    this.#path = path
    this.#problems = problems
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#values, name) && this.#values[name] != null
  }

  /** One line of text, cut at `max` characters. */
  text(name: string, max = 255): string | null {
    return cleanLine(this.#string(name), max)
  }

  /** A lower-case word, for comparing with the words that a provider is known to use. */
  word(name: string): string | null {
    return this.text(name)?.toLowerCase() ?? null
  }

  id(name: string): string | null {
    const id = cleanLine(this.#string(name), MAX_ID + 1)
    if (id === null || id.length <= MAX_ID) return id
    this.#note(name, `Must be at most ${MAX_ID} characters.`)
    return null
  }

  /** An id that is all digits, and that some events carry as a number. */
  numberedId(name: string): string | null {
    const value = this.#values[name]
    return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : this.id(name)
  }

  /** An id without which nothing can be made of the report. The empty string it gives when missing never gets out. */
  requiredId(name: string): string {
    const known = this.#problems.length
    const id = this.id(name)
    if (id === null && this.#problems.length === known) this.#note(name, 'Is required.')
    return id ?? ''
  }

  /** A telephone address. A plus sign that nobody percent-encoded has arrived as a blank and is put back. */
  address(name: string): string | null {
    const raw = this.#string(name)
    return cleanLine(raw !== null && /^ \d{7,15}$/.test(raw) ? `+${raw.slice(1)}` : raw, 255)
  }

  /** Keys of a telephone, cut at 100; null when anything else is among them. */
  digits(name: string): string | null {
    const digits = this.text(name, MAX_DIGITS)
    return digits !== null && /^[0-9*#A-D]+$/.test(digits) ? digits : null
  }

  /** Whole seconds, zero or more. */
  seconds(name: string): number | null {
    return this.#number(name, MAX_SECONDS)
  }

  /** A place in the provider's own order of reports, zero or more. */
  order(name: string): number | null {
    return this.#number(name, Number.MAX_SAFE_INTEGER)
  }

  /** From 0 to 1, such as a confidence; null where it is no such number. */
  fraction(name: string): number | null {
    const value = this.#values[name] ?? null
    const text = typeof value === 'number' ? String(value) : this.text(name)
    return text !== null && /^(0(\.\d+)?|1(\.0+)?)$/.test(text) ? Number(text) : null
  }

  /** An address below one of the `domains`, over TLS and at its usual port; null for any other. */
  urlBelow(name: string, domains: string[]): string | null {
    const text = this.text(name, MAX_URL)
    if (text === null || !URL.canParse(text)) return null
    const url = new URL(text)
    if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') return null
    return domains.some(domain => url.host.endsWith(`.${domain}`)) ? url.href : null
  }

  /** ISO 8601 in UTC, from ISO 8601 or RFC 2822. One that cannot be read as either is null. */
  time(name: string): string | null {
    return readTime(this.text(name))
  }

  flag(name: string): boolean {
    return this.#values[name] === true
  }

  object(name: string): Fields | null {
    if (!this.has(name)) return null
    return this.#nested(this.#values[name], this.#pathOf(name))
  }

  list(name: string): Fields[] | null {
    if (!this.has(name)) return null
    const value = this.#values[name]
    if (!Array.isArray(value)) {
      this.#note(name, 'Must be a list.')
      return null
    }
    return value
      .map((item, index) => this.#nested(item, `${this.#pathOf(name)}[${index}]`))
      .filter(item => item !== null)
  }

  /** Whether the value is text, for fields that come as text or as an object. */
  isText(name: string): boolean {
    return typeof this.#values[name] === 'string'
  }

  refuse(name: string, message: string): void {
    this.#note(name, message)
  }

  /** Throws {@link UnreadableWebhook} if anything read so far, here or in a nested object, was wrong. */
  check(): void {
    if (this.#problems.length === 0) return
    const all = this.#problems.map(({ path, message }) => `${path}: ${message}`).join(' ')
    throw new UnreadableWebhook(`The webhook cannot be read. ${all}`, this.#problems)
  }

  #string(name: string): string | null {
    const value = Object.hasOwn(this.#values, name) ? (this.#values[name] ?? null) : null
    if (value === null || typeof value === 'string') return value
    this.#note(name, Array.isArray(value) ? 'Must be one text value, not several.' : 'Must be text.')
    return null
  }

  /** A number, or one spelled with digits; what is neither negative nor too large comes out rounded, the rest as null. */
  #number(name: string, max: number): number | null {
    const value = this.#values[name] ?? null
    if (value === null) return null
    if (typeof value !== 'string' && typeof value !== 'number') {
      this.#note(name, 'Must be a number.')
      return null
    }
    if (typeof value === 'string' && !/^\d+(\.\d+)?$/.test(value.trim())) return null
    const rounded = Math.round(Number(value))
    return rounded >= 0 && rounded <= max ? rounded : null
  }

  #nested(value: unknown, path: string): Fields | null {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return new Fields(value as Record<string, unknown>, path, this.#problems)
    }
    this.#problems.push({ path, message: 'Must be an object.' })
    return null
  }

  #note(name: string, message: string): void {
    const path = this.#pathOf(name)
    if (!this.#problems.some(problem => problem.path === path)) this.#problems.push({ path, message })
  }

  #pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`
  }
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/
const RFC_2822 = /^([A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d(:\d\d)? ([+-]\d{4}|GMT|UTC)$/

/** `Date.parse` alone would read a date into `call 1`. A time without a zone is taken as UTC. */
function readTime(text: string | null): string | null {
  if (text === null) return null
  const iso = ISO.exec(text)
  if (!iso && !RFC_2822.test(text)) return null
  const at = Date.parse(iso && iso[3] === undefined ? `${text}Z` : text)
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}
