import type { Webhook } from '../provider.ts'

/** A JWT taken apart. Nothing in it is to be believed until `signature` has been compared. */
export interface Token {
  algorithm: unknown
  claims: Claims
  /** What the signature is made over. */
  signed: string
  signature: string
}

export interface Claims {
  iss?: unknown
  /** Seconds since 1970, as are `exp` and `nbf`. */
  iat?: unknown
  exp?: unknown
  nbf?: unknown
  /** Id of the delivery. */
  jti?: unknown
  /** SHA-256 of the raw body, lower-case hex. */
  payload_hash?: unknown
}

/** The token in the Authorization header; null when there is none or it is no JWT. Never throws. */
export function readToken(webhook: Webhook): Token | null {
  const match = /^Bearer +([\w-]+)\.([\w-]+)\.([\w-]*)$/i.exec(webhook.headers.authorization ?? '')
  if (!match) return null
  const [, head, payload, signature] = match as unknown as [string, string, string, string]
  const header = decode(head)
  const claims = decode(payload)
  if (header === null || claims === null) return null
  return { algorithm: header.alg, claims, signed: `${head}.${payload}`, signature }
}

function decode(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
