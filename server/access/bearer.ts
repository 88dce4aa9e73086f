import { createRemoteJWKSet, decodeProtectedHeader, errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Config } from '../config.ts'
import { Refusal, unauthenticated } from '../platform/refusal.ts'

/** Beyond this nothing is decoded. The issuer's own tokens have one or two thousand characters. */
const MAX_LENGTH = 8192
/** Public-key signatures only. A shared-secret one “verified” with a public key could be forged by everybody. */
const PUBLISHED_KEY_ALGORITHMS = ['ES256', 'RS256', 'EdDSA', 'ES384', 'ES512', 'PS256', 'RS384', 'RS512']

/** Bearer tokens that the configured issuer signs. */
export interface Bearer {
  /**
   * The `sub` of a token that is genuine and in force, and until when it is. Throws a 401 refusal for any other, and a
   * 503 refusal when the issuer's keys cannot be fetched. A token without an expiry (null) is the issuer's decision.
   */
  read(token: string): Promise<{ subject: string; until: Date | null }>
}

/** Nothing is fetched before the first token that needs it. */
export function createBearer(jwt: Config['jwt']): Bearer {
  const secret = jwt.secret === null ? null : new TextEncoder().encode(jwt.secret)
  const publishedKeys = jwt.issuerUrl === null ? null : createPublishedKeys(jwt.issuerUrl)

  const expected = jwt.audience === null ? {} : { audience: jwt.audience }

  /** The token's own header chooses which of our keys it is held against, and never by what. */
  function verify(token: string) {
    const { alg } = decodeProtectedHeader(token)
    if (alg === 'HS256' && secret !== null) return jwtVerify(token, secret, { algorithms: ['HS256'], ...expected })
    if (alg !== 'HS256' && publishedKeys !== null) {
      return jwtVerify(token, publishedKeys, { algorithms: PUBLISHED_KEY_ALGORITHMS, ...expected })
    }
    throw new errors.JOSEAlgNotAllowed()
  }

  return {
    async read(token) {
      if (secret === null && publishedKeys === null) {
        throw unauthenticated('Bearer tokens are not accepted here: no issuer is configured.')
      }
      if (token.length > MAX_LENGTH) throw invalidToken()
      try {
        const { payload } = await verify(token)
        const { sub: subject, exp } = payload
        if (typeof subject === 'string') return { subject, until: exp === undefined ? null : new Date(exp * 1000) }
      } catch (error) {
        if (error instanceof Refusal) throw error
        if (error instanceof errors.JWTExpired) throw unauthenticated('This bearer token has expired.')
      }
      throw invalidToken()
    },
  }
}

const invalidToken = () => unauthenticated('This bearer token is not valid.')

function createPublishedKeys(issuerUrl: string): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(`${issuerUrl}/auth/v1/.well-known/jwks.json`))
  return async (header, token) => {
    try {
      return await keys(header, token)
    } catch (error) {
      // That none of the keys fits is the token's fault; anything else is between us and the issuer.
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error
      throw issuerUnavailable()
    }
  }
}

const issuerUnavailable = () =>
  new Refusal(503, 'issuer_unavailable', 'The issuer of bearer tokens cannot be reached just now. Try again.', {
    retryAfter: 5,
  })
