import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 random bits, safe in a cookie, a header and a URL: 43 characters. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** Whether this can be a secret of ours at all: what cannot be is not worth a question to the database. */
export const looksLikeSecret = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text)

/**
 * What is stored in the place of a secret. SHA-256 without salt or cost is enough, because the secrets are random:
 * there is no dictionary to try.
 */
export const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest()

/** Whether two digests are the same, in a time that does not tell how much of them is. */
export const sameDigest = (one: Buffer, other: Buffer): boolean => timingSafeEqual(one, other)
