import type { Log } from './log.ts'

/** The database cannot be used just now: nothing was decided, asking again is right. `cause` is what it has said. */
export class DatabaseUnavailable extends Error {
  constructor(cause: unknown) {
    super('The database cannot be reached just now.', { cause })
  }
}

const codeOf = (error: unknown): string => (error as { code?: string } | null)?.code ?? ''
/** A host of several addresses has an error for each, and the one that stands for them says nothing. */
const messageOf = (error: unknown): string =>
  (error instanceof AggregateError ? (error.errors[0] as Error) : (error as Error | null))?.message ?? ''

/** Whether a statement was given up without an answer. Whatever is asked on this connection next would wait behind it. */
export const hasFallenSilent = (error: unknown): boolean => messageOf(error) === 'Query read timeout'

/** Whether a connection was not to be had, or is of no use any more. */
export const isConnectionLoss = (error: unknown): boolean =>
  /^(08|57P0[123]|53300)/.test(codeOf(error)) ||
  /^(ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/.test(codeOf(error)) ||
  /Connection terminated|timeout exceeded when trying to connect|not queryable/.test(messageOf(error)) ||
  hasFallenSilent(error)

/** Whether the database is there, and nothing can be written: read-only (a standby, an old primary), a full disk, no memory. */
export const takesNoWrites = (error: unknown): boolean => /^(25006|53)/.test(codeOf(error))

/** Why the database cannot be used, in a sentence that an operator can act on; without anything of its credentials. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error)
  const message = messageOf(error)
  if (code === 'ECONNREFUSED') return `Nothing listens there (${message.replace(/^connect ECONNREFUSED /, '')}).`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `Its host name cannot be resolved (${message}).`
  if (/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(code) || /timeout/.test(message))
    return 'It does not answer: it is overloaded or frozen, or something on the way to it lets nothing through.'
  if (
    /^(ECONNRESET|EPIPE|08...|57P0[12])$/.test(code) ||
    /Connection terminated unexpectedly|not queryable/.test(message)
  )
    return 'The connection to it was lost: it has been stopped or started anew, or the way to it is cut.'
  if (code.startsWith('28')) return 'It refuses the user or the password.'
  if (code === '3D000') return `It has no such database (${message}): create it first.`
  if (code === '42501') return `The user may not do what is needed (${message}).`
  if (code === '53300') return 'It has no connection left: raise its max_connections, or run fewer processes.'
  if (code === '53100') return 'Its disk is full.'
  if (code === '25006') return 'It is read-only: a standby, or a server that has been told to be.'
  if (code === '57P03') return `It is starting or stopping (${message}).`
  if (/does not support SSL/.test(message)) return 'It speaks no TLS: leave sslmode out of the address, or turn TLS on.'
  if (/^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code))
    return `Its certificate is not to be trusted (${code}): name its authority in NODE_EXTRA_CA_CERTS.`
  return message.endsWith('.') ? message : `${message}.`
}

/** An outage that lasts is told of once a minute, */
const REMIND_MS = 60_000
/** and one that comes and goes no more often than this. */
const CALM_MS = 10_000

/**
 * Says in the log that the database cannot be used, and that it can be again. A second without it keeps hundreds of things from
 * being done, and each would say so: what fails with {@link DatabaseUnavailable} is therefore logged at level debug only.
 */
export function createOutage(log: Log): { failed(error: unknown): void; over(): void } {
  let isOn = false
  let saidAt = Number.NEGATIVE_INFINITY
  let refused = 0
  return {
    failed(error) {
      refused++
      const now = performance.now()
      if (now - saidAt < (isOn ? REMIND_MS : CALM_MS)) return
      log.error({ err: error, refused }, `the database cannot be used: ${reasonOf(error)}`)
      isOn = true
      saidAt = now
      refused = 0
    },
    over() {
      if (!isOn) return
      isOn = false
      log.warn({ refused }, 'the database can be used again')
      refused = 0
    },
  }
}
