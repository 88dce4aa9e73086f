import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
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

describe('what the documentation says verifies our messages', () => {
  const page = fs.readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8')
  const block = (language: string) => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(page)![1]!
  const secrets = [newSecret(), newSecret()]
  const body = '{"name":"Zoë"}'
  const headers = signedHeaders(ID, body, Date.now(), secrets)
  const old = signedHeaders(ID, body, Date.now() - 301_000, secrets)

  test('in Node', async () => {
    const { verify } = await import(`data:text/javascript,${encodeURIComponent(block('js'))}`)
    for (const secret of secrets) expect(verify(writeSecret(secret), headers, body)).toBe(true)
    expect(verify(writeSecret(newSecret()), headers, body)).toBe(false)
    expect(verify(writeSecret(secrets[0]!), headers, `${body} `)).toBe(false)
    expect(verify(writeSecret(secrets[0]!), old, body)).toBe(false)
  })

  const python = spawnSync('python3', ['-c', 'import hmac']).status === 0
  test.skipIf(!python)(`in Python${python ? '' : ' (skipped: no python3 found)'}`, () => {
    const cases = [
      ...secrets.map(secret => [writeSecret(secret), headers, body]),
      [writeSecret(newSecret()), headers, body],
      [writeSecret(secrets[0]!), headers, `${body} `],
      [writeSecret(secrets[0]!), old, body],
    ]
    const program = `${block('python')}
import json, sys
print(json.dumps([verify(secret, headers, body.encode()) for secret, headers, body in json.load(sys.stdin)]))`
    const { stdout, stderr } = spawnSync('python3', ['-c', program], { input: JSON.stringify(cases) })
    expect(stderr.toString()).toBe('')
    expect(JSON.parse(stdout.toString())).toEqual([true, true, false, false, false])
  })
})
