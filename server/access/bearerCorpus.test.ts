import { createHmac, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBearer } from './bearer.ts'

/**
 * Tokens as they are forged in the wild, written by hand: no library would make them. The secret and the key pair are
 * the right ones wherever it does not say otherwise, so each is refused for what it is called by, and nothing else.
 */
const SECRET = 'a-secret-of-forty-characters-or-a-few-more'
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const attacker = generateKeyPairSync('rsa', { modulusLength: 2048 })
const SUB = 'victim'
const now = Math.floor(Date.now() / 1000)

const encode = (part: unknown) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')
const hmac = (signed: string, key: string | Buffer = SECRET, hash = 'sha256') =>
  createHmac(hash, key).update(signed).digest('base64url')
const rsa = (signed: string, key: KeyObject = privateKey) =>
  signBytes('RSA-SHA256', Buffer.from(signed), key).toString('base64url')

const shared = (header: unknown, payload: unknown = { sub: SUB }): string => {
  const signed = `${encode(header)}.${encode(payload)}`
  return `${signed}.${hmac(signed)}`
}
const published = (header: object = {}, payload: unknown = { sub: SUB }, key?: KeyObject): string => {
  const signed = `${encode({ alg: 'RS256', kid: 'one', ...header })}.${encode(payload)}`
  return `${signed}.${rsa(signed, key)}`
}

let issuer: Server
let issuerUrl: string
const asked: string[] = []
beforeAll(async () => {
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }
  issuer = createServer((request, response) => {
    asked.push(request.url!)
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }))
  })
  await new Promise<void>(resolve => issuer.listen(0, '127.0.0.1', resolve))
  issuerUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`
})
afterAll(() => new Promise(resolve => issuer.close(resolve)))

const subjectOf = async (token: string, audience: string | null = null): Promise<string> =>
  (await createBearer({ secret: SECRET, issuerUrl, audience }).read(token)).subject

test('what is in order is taken: the others are refused for what they say', async () => {
  expect(await subjectOf(shared({ alg: 'HS256' }))).toBe(SUB)
  expect(await subjectOf(shared({ alg: 'HS256', typ: 'JWT' }, { sub: SUB, exp: now + 60, nbf: now - 60 }))).toBe(SUB)
  expect(await subjectOf(published())).toBe(SUB)
})

const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string
const der = publicKey.export({ type: 'spki', format: 'der' })
const modulus = publicKey.export({ format: 'jwk' }).n!
const signedWith = (key: string | Buffer, header: object = { alg: 'HS256', kid: 'one' }): string => {
  const signed = `${encode(header)}.${encode({ sub: SUB })}`
  return `${signed}.${hmac(signed, key)}`
}
const attackersKey = attacker.publicKey.export({ format: 'jwk' })
const elsewhere = 'http://127.0.0.1:9/keys.json'

const CORPUS: Record<string, Record<string, () => string>> = {
  'no algorithm': Object.fromEntries(
    ['none', 'None', 'NONE', 'nOnE', 'none ', '', 'null'].flatMap(alg => [
      [`“${alg}”, unsigned`, () => `${encode({ alg })}.${encode({ sub: SUB })}.`],
      [`“${alg}”, signed`, () => shared({ alg })],
    ]),
  ),
  'an algorithm that is not ours': {
    'HS384 with the secret': () => shared({ alg: 'HS384' }),
    'HS512 with the secret': () => shared({ alg: 'HS512' }),
    'hs256 in small letters': () => shared({ alg: 'hs256' }),
    'a list of algorithms': () => shared({ alg: ['HS256'] }),
    'a number': () => shared({ alg: 256 }),
    'no alg at all': () => shared({ typ: 'JWT' }),
    'two algs, the good one last': () => shared('{"alg":"none","alg":"RS256"}'),
    'RS256 with the secret': () => shared({ alg: 'RS256', kid: 'one' }),
    'ES256 with an RSA key': () => published({ alg: 'ES256' }),
    'an ECDSA signature of zeros': () =>
      `${encode({ alg: 'ES256', kid: 'one' })}.${encode({ sub: SUB })}.${Buffer.alloc(64).toString('base64url')}`,
    'an encrypted token': () =>
      `${encode({ alg: 'dir', enc: 'A256GCM' })}..${encode('iv')}.${encode('text')}.${encode('tag')}`,
  },
  'the public key as a secret': {
    'as PEM': () => signedWith(pem),
    'as PEM without its last line break': () => signedWith(pem.trimEnd()),
    'as DER': () => signedWith(der),
    'its modulus': () => signedWith(modulus),
    'its modulus in bytes': () => signedWith(Buffer.from(modulus, 'base64url')),
    'as JWK': () => signedWith(JSON.stringify(publicKey.export({ format: 'jwk' }))),
    'an empty secret': () => signedWith(''),
  },
  'a key of its own': {
    jwk: () => published({ jwk: attackersKey }, undefined, attacker.privateKey),
    'jwk without kid': () => published({ kid: undefined, jwk: attackersKey }, undefined, attacker.privateKey),
    jku: () => published({ kid: 'theirs', jku: elsewhere }, undefined, attacker.privateKey),
    'jku with an at sign': () => published({ jku: `http://issuer@127.0.0.1:9/` }, undefined, attacker.privateKey),
    x5u: () => published({ x5u: elsewhere }, undefined, attacker.privateKey),
    x5c: () => published({ x5c: [Buffer.from('certificate').toString('base64')] }, undefined, attacker.privateKey),
    x5t: () => published({ x5t: 'thumb' }, undefined, attacker.privateKey),
  },
  'a kid that leads somewhere': Object.fromEntries(
    [
      '../../../../dev/null',
      '/dev/null',
      '..\\..\\windows\\win.ini',
      "' union select 'key' --",
      'one\u0000',
      'one; cat /etc/passwd',
      elsewhere,
      '__proto__',
      '',
    ].flatMap(kid => [
      [JSON.stringify(kid), () => published({ kid }, undefined, attacker.privateKey)],
      [`${JSON.stringify(kid)}, signed with nothing`, () => signedWith('', { alg: 'RS256', kid })],
    ]),
  ),
  time: {
    'expired a second ago': () => shared({ alg: 'HS256' }, { sub: SUB, exp: now - 1 }),
    'expired in 1970': () => shared({ alg: 'HS256' }, { sub: SUB, exp: 0 }),
    'exp in the past, published': () => published({}, { sub: SUB, exp: now - 1 }),
    'exp as text': () => shared({ alg: 'HS256' }, { sub: SUB, exp: String(now + 600) }),
    'exp that is no number': () => shared({ alg: 'HS256' }, `{"sub":"${SUB}","exp":null}`),
    'not yet': () => shared({ alg: 'HS256' }, { sub: SUB, nbf: now + 60 }),
    'nbf as text': () => shared({ alg: 'HS256' }, { sub: SUB, nbf: 'yesterday' }),
    'two exps, the first one over': () =>
      shared({ alg: 'HS256' }, `{"sub":"${SUB}","exp":${now + 600},"exp":${now - 600}}`),
  },
  'a form that is none': {
    'two parts': () => shared({ alg: 'HS256' }).split('.').slice(0, 2).join('.'),
    'four parts': () => `${shared({ alg: 'HS256' })}.more`,
    'no signature': () => shared({ alg: 'HS256' }).replace(/[^.]+$/, ''),
    'a cut signature': () => shared({ alg: 'HS256' }).slice(0, -4),
    'a signature with more behind it': () => `${shared({ alg: 'HS256' })}AAAA`,
    'a payload that is a list': () => shared({ alg: 'HS256' }, [SUB]),
    'a payload that is text': () => shared({ alg: 'HS256' }, '"victim"'),
    'a payload that is null': () => shared({ alg: 'HS256' }, 'null'),
    'a sub that is a list': () => shared({ alg: 'HS256' }, { sub: [SUB] }),
    'a sub that is an object': () => shared({ alg: 'HS256' }, { sub: { toString: SUB } }),
    'no sub': () => shared({ alg: 'HS256' }, { user: SUB }),
    'a critical extension': () => shared({ alg: 'HS256', crit: ['exp2'], exp2: 1 }),
    'an unencoded payload (b64: false)': () => shared({ alg: 'HS256', crit: ['b64'], b64: false }),
    'a header that is a list': () => shared([{ alg: 'HS256' }]),
    'a poisoned prototype': () => shared('{"__proto__":{"alg":"HS256"}}'),
    'ten kilobytes': () => shared({ alg: 'HS256' }, { sub: SUB, junk: 'x'.repeat(10_000) }),
  },
}

describe.each(Object.entries(CORPUS))('%s', (_, tokens) => {
  test.each(Object.entries(tokens))('%s is refused', async (_name, make) => {
    await expect(subjectOf(make())).rejects.toMatchObject({ status: 401, code: 'unauthenticated' })
  })
})

describe('where an audience is configured', () => {
  const payload = (aud?: unknown) => ({ sub: SUB, ...(aud !== undefined && { aud }) })
  test.each([
    ['its own', 'ringside'],
    ['its own among others', ['somebody', 'ringside']],
  ])('%s is taken', async (_, aud) => {
    expect(await subjectOf(shared({ alg: 'HS256' }, payload(aud)), 'ringside')).toBe(SUB)
    expect(await subjectOf(published({}, payload(aud)), 'ringside')).toBe(SUB)
  })
  test.each([
    ['none', undefined],
    ['another', 'somebody'],
    ['an empty list', []],
    ['an object', { ringside: true }],
    ['one that begins alike', 'ringside-admin'],
  ])('%s is refused', async (_, aud) => {
    for (const token of [shared({ alg: 'HS256' }, payload(aud)), published({}, payload(aud))]) {
      await expect(subjectOf(token, 'ringside')).rejects.toMatchObject({ status: 401 })
    }
  })
})

test('no token has made us ask anybody but the issuer for keys', () => {
  expect(new Set(asked)).toEqual(new Set(['/auth/v1/.well-known/jwks.json']))
})
