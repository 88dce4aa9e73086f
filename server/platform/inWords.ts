import type { z } from 'zod'
import { type Counted, type FieldProblemSaid, sayFieldProblem } from '../../core/fieldProblem.ts'

/** What is wrong with a value, as a sentence that a person can act on, wherever its shape has none of its own. */
export const inWords: z.core.$ZodErrorMap = issue => problemOf(issue).message

/** {@link inWords} with what the sentence is made of. The issue knows its `input`. */
export function problemOf(issue: z.core.$ZodRawIssue): FieldProblemSaid {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return sayFieldProblem('missing', {})
      return sayFieldProblem('wrong-type', { type: TYPES[issue.expected] ?? issue.expected })
    case 'invalid_value':
      return issue.values.length === 1
        ? sayFieldProblem('not-equal', { value: JSON.stringify(issue.values[0]) })
        : sayFieldProblem('not-one-of', { choices: issue.values.join(', ') })
    case 'too_small':
      if (issue.minimum === 1 && counted(issue.origin) !== null) return sayFieldProblem('empty', {})
      return sayFieldProblem('too-small', { least: Number(issue.minimum), of: counted(issue.origin) })
    case 'too_big':
      return sayFieldProblem('too-big', { most: Number(issue.maximum), of: counted(issue.origin) })
    case 'invalid_union':
      return Array.isArray(issue.options)
        ? sayFieldProblem('not-one-of', { choices: issue.options.join(', ') })
        : sayFieldProblem('no-form', {})
    case 'invalid_format':
      return sayFieldProblem('bad-format', { format: issue.format })
    case 'unrecognized_keys':
      return sayFieldProblem('unknown', { names: issue.keys.map(key => `“${key}”`).join(', ') })
    case 'not_multiple_of':
      return sayFieldProblem('not-multiple', { of: Number(issue.divisor) })
    default:
      return sayFieldProblem('no-form', {})
  }
}

/** Where the library has a name of its own for a type. */
const TYPES: Record<string, string> = { int: 'integer', record: 'object' }

const counted = (origin: string): Counted =>
  origin === 'string' ? 'characters' : origin === 'array' ? 'entries' : null
