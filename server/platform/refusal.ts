import type { Values } from '../../core/said.ts'

export interface FieldProblem {
  /** Where in the input, dotted; empty for the whole of it. */
  path: string
  message: string
  /** Where the message is made of values: of which, and how (`core/said.ts`). */
  code?: string | undefined
  values?: Values | undefined
}

/**
 * A request that is answered with an error: the caller's fault, or the state of things; never ours. The message is a
 * sentence that a person can act on. Everything else that is thrown is a fault of this program and answered with 500.
 */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly fields: FieldProblem[]
  /** Seconds after which asking again may help. */
  readonly retryAfter: number | null

  constructor(
    status: number,
    code: string,
    message: string,
    more: { fields?: FieldProblem[]; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause })
    this.status = status
    this.code = code
    this.fields = more.fields ?? []
    this.retryAfter = more.retryAfter ?? null
  }
}

export const invalid = (fields: FieldProblem[], message?: string): Refusal =>
  new Refusal(400, 'invalid_input', message ?? describe(fields), { fields })

export const unauthenticated = (message = 'Sign in, or send an API key.'): Refusal =>
  new Refusal(401, 'unauthenticated', message)

export const forbidden = (message = 'You are not allowed to do this.'): Refusal =>
  new Refusal(403, 'forbidden', message)

/** Also the answer for what belongs to another workspace: its existence is nobody else's business. */
export const notFound = (what: string): Refusal => new Refusal(404, 'not_found', `There is no such ${what}.`)

export const conflict = (code: string, message: string): Refusal => new Refusal(409, code, message)

export const tooMany = (retryAfter: number, message: string): Refusal =>
  new Refusal(429, 'too_many_requests', message, { retryAfter: Math.max(1, Math.ceil(retryAfter)) })

function describe(fields: FieldProblem[]): string {
  const [first] = fields
  if (!first) return 'The input is not valid.'
  const where = first.path === '' ? '' : `${first.path}: `
  return fields.length === 1 ? `${where}${first.message}` : `${where}${first.message} (and ${fields.length - 1} more)`
}
