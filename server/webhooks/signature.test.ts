import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { newSecret, signedHeaders, writeSecret } from './signature.ts'

// As the library of Standard Webhooks signs.
const SECRET = 'whsec_ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8='
const OLD_SECRET = 'whsec_/+7dzLuqmYh3ZlVEMyIRAP/u3cy7qpmId2ZVRDMiEQA='
const ID = 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W'
const NOW = 1_767_225_600_000
const bytesOf = (secret: string) => Buffer.from(secret.slice('whsec_'.length), 'base64')

test.each([
  [
    '{"type":"call.completed","timestamp":"2026-01-01T00:00:00Z","data":{"callId":"c_01H","from":"+14158675309","durationSec":37}}',
    'v1,j1ZX/E80OMaaA0u4S2c0Drk+NHY4J6EbSqhhWipvrfw=',
  ],
  [
    '{"type":"call.note","timestamp":"2026-01-01T00:00:00Z","data":{"text":"Zoë – 東京 ✓"}}',
    'v1,flBLVISA4w0Uw5d+yYjsywlzh2977uVYsnr29uiAtPo=',
  ],
])('known signatures: %s', (body, signature) => {
  expect(signedHeaders(ID, body, NOW, [bytesOf(SECRET)])).toEqual({
    'webhook-id': ID,
    'webhook-timestamp': '1767225600',
    'webhook-signature': signature,
  })
})

test('while a secret is exchanged, both sign: whoever knows either takes the message', () => {
  const body =
    '{"type":"call.completed","timestamp":"2026-01-01T00:00:00Z","data":{"callId":"c_01H","from":"+14158675309","durationSec":37}}'
  expect(signedHeaders(ID, body, NOW, [bytesOf(OLD_SECRET), bytesOf(SECRET)])['webhook-signature']).toBe(
    'v1,Na5phHiguSiMZ0uKehDB0JLIS2rd9YB9xyGlXVRJx7w= v1,j1ZX/E80OMaaA0u4S2c0Drk+NHY4J6EbSqhhWipvrfw=',
  )
  const headers = signedHeaders(ID, body, Date.now(), [bytesOf(OLD_SECRET), bytesOf(SECRET)])
  for (const secret of [SECRET, OLD_SECRET])
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: 'call.completed' })
})

test('a new secret is one that the library takes, and no other one verifies', () => {
  const secret = newSecret()
  expect(writeSecret(secret)).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  const headers = signedHeaders(ID, '{"a":1}', Date.now(), [secret])
  expect(new Webhook(writeSecret(secret)).verify('{"a":1}', headers)).toEqual({ a: 1 })
  expect(() => new Webhook(writeSecret(secret)).verify('{"a":2}', headers)).toThrow()
  expect(() => new Webhook(writeSecret(newSecret())).verify('{"a":1}', headers)).toThrow()
})
