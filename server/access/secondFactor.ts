import { randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { renderSVG } from 'uqr'

/** What every authenticator app takes: RFC 6238 with SHA-1, six digits, 30 seconds. */
const ISSUER = 'Ringside'
const PERIOD_SECONDS = 30
const ACCOUNT = { issuer: ISSUER, algorithm: 'SHA1', digits: 6, period: PERIOD_SECONDS } as const
/** Clocks differ, and people type slowly: the code before and the one after are right, too. */
const WINDOW = 1

export const RECOVERY_CODES = 10

/** 160 random bits, as RFC 4226 recommends. */
export const newSeed = (): Uint8Array => randomBytes(20)

/** How an app is told of the seed. */
export interface Enrolment {
  /** For typing: base32, in groups of four. */
  secret: string
  /** `otpauth://totp/…`: on a telephone, opens the app. */
  uri: string
  /** The same as a QR code: an SVG document. */
  qr: string
}

export function enrolmentOf(seed: Uint8Array, email: string): Enrolment {
  const secret = new Secret({ buffer: Uint8Array.from(seed).buffer })
  const uri = new TOTP({ ...ACCOUNT, label: email, secret }).toString()
  return { secret: inGroups(secret.base32), uri, qr: renderSVG(uri, { ecc: 'M', border: 2 }) }
}

/**
 * The step (30 seconds since 1970) whose code this is; null for a wrong code.
 *
 * @param now in milliseconds since 1970.
 */
export function stepOf(seed: Uint8Array, code: string, now: number): number | null {
  // What has another form, the library compares by throwing.
  if (!/^\d{6}$/.test(code)) return null
  const secret = new Secret({ buffer: Uint8Array.from(seed).buffer })
  const delta = TOTP.validate({ ...ACCOUNT, secret, token: code, timestamp: now, window: WINDOW })
  return delta === null ? null : Math.floor(now / 1000 / PERIOD_SECONDS) + delta
}

/** Without the letters and digits that are taken for one another. */
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** Each with 120 random bits, in groups of four. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: RECOVERY_CODES }, () =>
    inGroups(Array.from(randomBytes(24), byte => ALPHABET[byte & 31]!).join('')),
  )

const inGroups = (text: string): string => text.match(/.{1,4}/g)!.join(' ')

/** As people type it: in small letters, with blanks, with dashes. */
export const plainCode = (typed: string): string => typed.replace(/[\s-]/g, '').toUpperCase()
