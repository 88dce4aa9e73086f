import type { z } from 'zod'

const TYPES: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
}

const FORMATS: Record<string, string> = {
  date: 'This has to be a day, such as 2026-01-05.',
  datetime: 'This has to be a time in UTC, such as 2026-01-05T09:00:00Z.',
  email: 'This is not an e-mail address.',
  url: 'This is not an address, such as https://example.com/.',
  uuid: 'This is not an id.',
}

const NO_FORM = 'This has none of the forms that it may have.'

/** What is wrong with a value, as a sentence that a person can act on, wherever its shape has none of its own. */
export const inWords: z.core.$ZodErrorMap = issue => {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'This has to be given.'
      return `This has to be ${TYPES[issue.expected] ?? issue.expected}.`
    case 'invalid_value':
      return issue.values.length === 1
        ? `This has to be ${JSON.stringify(issue.values[0])}.`
        : `This has to be one of: ${issue.values.join(', ')}.`
    case 'too_small':
      if (issue.minimum === 1 && sizes(issue.origin) !== '') return 'This must not be empty.'
      return `This has to be ${issue.minimum}${sizes(issue.origin)} at least.`
    case 'too_big':
      return `This may be ${issue.maximum}${sizes(issue.origin)} at most.`
    case 'invalid_union':
      return Array.isArray(issue.options) ? `This has to be one of: ${issue.options.join(', ')}.` : NO_FORM
    case 'invalid_format':
      return FORMATS[issue.format] ?? 'This is not written as it has to be.'
    case 'unrecognized_keys':
      return `There is no ${issue.keys.map(key => `“${key}”`).join(', ')} here.`
    case 'not_multiple_of':
      return `This has to be a multiple of ${issue.divisor}.`
    default:
      return NO_FORM
  }
}

/** What is counted where the size of a value is limited; nothing where it is the value itself. */
const sizes = (origin: string): string => (origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '')
