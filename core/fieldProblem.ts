import { type Said, type Sentences, sayer } from './said.ts'

/** What is counted where the size of a value is limited; nothing where it is the value itself. */
export type Counted = 'characters' | 'entries' | null

/** What can be wrong with a value that does not have the shape that was asked for, by code. */
export interface FieldProblemKinds {
  missing: Record<never, never>
  /** `type`: as JSON Schema calls it, where it is one of those. */
  'wrong-type': { type: string }
  /** The one value that there is, as JSON. */
  'not-equal': { value: string }
  /** `choices`: with commas between them. */
  'not-one-of': { choices: string }
  empty: Record<never, never>
  'too-small': { least: number; of: Counted }
  'too-big': { most: number; of: Counted }
  /** `format`: `email`, `url`, `date`, `datetime`, `uuid`, or another one. */
  'bad-format': { format: string }
  unknown: { names: string }
  'not-multiple': { of: number }
  'no-form': Record<never, never>
}

export type FieldProblemSaid = Said<FieldProblemKinds>

const TYPES: Record<string, string> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

const FORMATS: Record<string, string> = {
  date: 'This has to be a day, such as 2026-01-05.',
  datetime: 'This has to be a time in UTC, such as 2026-01-05T09:00:00Z.',
  email: 'This is not an e-mail address.',
  url: 'This is not an address, such as https://example.com/.',
  uuid: 'This is not an id.',
}

const sizes = (of: Counted): string => (of === null ? '' : ` ${of}`)

const SENTENCES: Sentences<FieldProblemKinds> = {
  missing: () => 'This has to be given.',
  'wrong-type': ({ type }) => `This has to be ${TYPES[type] ?? type}.`,
  'not-equal': ({ value }) => `This has to be ${value}.`,
  'not-one-of': ({ choices }) => `This has to be one of: ${choices}.`,
  empty: () => 'This must not be empty.',
  'too-small': ({ least, of }) => `This has to be ${least}${sizes(of)} at least.`,
  'too-big': ({ most, of }) => `This may be ${most}${sizes(of)} at most.`,
  'bad-format': ({ format }) => FORMATS[format] ?? 'This is not written as it has to be.',
  unknown: ({ names }) => `There is no ${names} here.`,
  'not-multiple': ({ of }) => `This has to be a multiple of ${of}.`,
  'no-form': () => 'This has none of the forms that it may have.',
}

export const sayFieldProblem = sayer(SENTENCES)
