import { ApiError } from '../../client/api.ts'
import type { BarredKinds } from '../../core/barredSentence.ts'
import type { FieldProblemKinds } from '../../core/fieldProblem.ts'
import type { FlowChangeKinds } from '../../core/flowChange.ts'
import type { FlowProblemKinds } from '../../core/flowProblem.ts'
import type { HoursProblemKinds } from '../../core/hoursProblem.ts'
import type { Sentences, Values } from '../../core/said.ts'
import type { Text } from './en.ts'

type Kinds = FieldProblemKinds & FlowProblemKinds & FlowChangeKinds & HoursProblemKinds & BarredKinds

/** What the server says in English, in another language. */
export interface SaidWords {
  /** What has values in it. */
  byCode: Sentences<Kinds>
  /** What always reads the same, by the English sentence. */
  bySentence: Readonly<Record<string, string>>
}

/** A sentence of the server's in these words. Where they have none for it, English stays: never half a sentence. */
export function sayIn(
  words: SaidWords | null,
  said: { message: string; code?: string | undefined; values?: Values | undefined },
): string {
  if (words === null) return said.message
  const { byCode, bySentence } = words
  const say = said.code !== undefined && Object.hasOwn(byCode, said.code) ? byCode[said.code as keyof Kinds] : undefined
  if (say) return (say as (values: Values) => string)(said.values ?? {})
  return Object.hasOwn(bySentence, said.message) ? bySentence[said.message]! : said.message
}

/** The same error in another language. */
export function errorIn({ errors, said }: Pick<Text, 'errors' | 'said'>, error: ApiError): ApiError {
  const fields = error.fields.map(field => ({ ...field, message: sayIn(said, field) }))
  return new ApiError(error.status, error.code, messageIn(), { fields, retryAfter: error.retryAfter })

  function messageIn(): string {
    // Its code is of another kind than those of sentences: `unreachable` may be the server, or a node of a flow.
    const own = sayIn(said, { message: error.message })
    const general = errors[error.code]
    // What is particular to this error says more than what is true of all of its kind.
    if (general === undefined || own !== error.message) return own
    const [first, ...others] = fields
    if (error.code !== 'invalid_input' || first === undefined) return general
    const where = first.path === '' ? '' : `${first.path}: `
    return `${where}${first.message}${others.length === 0 ? '' : ` (+${others.length})`}`
  }
}
