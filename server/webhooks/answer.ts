import type { Answer } from '../platform/outgoing.ts'

/** What an endpoint's answer says of an attempt. */
export interface Verdict {
  status: number | null
  delivered: boolean
  /** It wants to be told of nothing any more. */
  gone: boolean
  /** How long it has asked to be left alone, in milliseconds. */
  retryAfterMs: number
  /** Why it is not delivered, as a sentence. */
  error: string | null
  /** How its answer begins. */
  response: string | null
}

/** Longer than this, whoever reads it looks it up at home. */
export const RESPONSE_CHARACTERS = 1000
/** Statuses that say “later”. */
const BUSY = new Set([429, 502, 503, 504])

/** @param now milliseconds since the epoch, for endpoints that say until when. */
export function judge({ status, headers, body }: Answer, now: number): Verdict {
  const delivered = status >= 200 && status < 300
  return {
    status,
    delivered,
    gone: status === 410,
    retryAfterMs: BUSY.has(status) ? retryAfter(headers['retry-after'], now) : 0,
    error: delivered ? null : describe(status, headers.location),
    // PostgreSQL takes neither U+0000 nor half of a character.
    response: body.toString('utf8').replaceAll('\0', '').slice(0, RESPONSE_CHARACTERS).toWellFormed(),
  }
}

function describe(status: number, location: string | undefined): string {
  if (status >= 300 && status < 400)
    return `It redirects${location === undefined ? '' : ` to ${location.slice(0, 200)}`}. Redirects are not followed: enter the address that answers.`
  if (status === 401 || status === 403)
    return `It answered with ${status}: it does not accept the token or the signature.`
  if (status === 404) return 'It answered with 404: there is nothing at this address.'
  if (status === 410) return 'It answered with 410: it is gone for good, and has been turned off.'
  return `It answered with ${status}.`
}

/** Seconds, or a date of HTTP. */
function retryAfter(header: string | undefined, now: number): number {
  if (header === undefined) return 0
  const ms = /^\s*\d{1,9}\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isFinite(ms) ? Math.max(0, ms) : 0
}

/** For attempts that got no answer. */
export const noAnswer = (error: unknown, deadlineMs: number): Verdict => ({
  status: null,
  delivered: false,
  gone: false,
  retryAfterMs: 0,
  error: inWords(error, deadlineMs),
  response: null,
})

function inWords(error: unknown, deadlineMs: number): string {
  const { cause, code, message } = error as Error & { code?: string }
  if ((cause as Error | undefined)?.name === 'TimeoutError')
    return `It did not answer within ${deadlineMs / 1000} seconds.`
  switch (code) {
    case 'ECONNREFUSED':
      return 'It refuses connections.'
    case 'ECONNRESET':
    case 'EPIPE':
      return 'It broke off the connection.'
    case 'ENOTFOUND':
      return 'Its name is not known.'
    case 'EAI_AGAIN':
      return 'Its name could not be looked up just now.'
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'It cannot be reached.'
    default:
      return `There was no answer: ${message}.`
  }
}
