import { DatabaseUnavailable } from './outage.ts'
import { Refusal } from './refusal.ts'

/** What an error looks like to whoever has asked. */
export const errorBody = (refusal: Refusal) => ({
  success: false as const,
  error: {
    code: refusal.code,
    message: refusal.message,
    ...(refusal.fields.length > 0 ? { fields: refusal.fields } : {}),
  },
})

/** What the framework refuses, in our words; what nobody foresaw is a 500 that says nothing of the inside. */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof DatabaseUnavailable) {
    return new Refusal(503, 'database_unavailable', 'The database cannot be reached just now. Try again.', {
      retryAfter: 1,
    })
  }
  const { code, statusCode } = (error ?? {}) as { code?: string; statusCode?: number }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new Refusal(413, 'too_large', 'The body is too large: 1 MB at most, unless the operation says otherwise.')
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new Refusal(415, 'unsupported_media_type', 'Send JSON (content-type: application/json).')
  }
  if (code === 'FST_ERR_MAX_PARAM_LENGTH') {
    return new Refusal(400, 'malformed_address', 'A part of this address is too long: 200 characters at most.')
  }
  if (code === 'FST_ERR_BAD_URL') {
    return new Refusal(
      400,
      'malformed_address',
      'This address cannot be read: % has to be followed by a character’s code.',
    )
  }
  if (error instanceof SyntaxError || code === 'FST_ERR_CTP_INVALID_JSON_BODY') {
    return new Refusal(400, 'malformed_json', 'The body is not valid JSON.')
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new Refusal(statusCode, 'bad_request', (error as Error).message)
  }
  return new Refusal(500, 'internal_error', 'Something went wrong on our side. It has been logged.')
}
