import fc from 'fast-check'
import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import * as contract from '../client/contract.ts'
import type { Route } from '../client/route.ts'
import { startTestServer, type TestServer } from './support/server.ts'

/*
 * Whatever is sent as the body of any operation of the contract: it is taken, or refused with words. Never does it break
 * anything. Who may send it is the matter of accessMatrix.test.ts.
 */

const RUNS = 40

const isRoute = (value: unknown): value is Route => typeof value === 'object' && value !== null && 'may' in value
const WITH_BODY = Object.entries(contract).flatMap(([name, route]) =>
  isRoute(route) && route.body !== undefined ? [[name, route] as const] : [],
)

let server: TestServer
let cookie: string
beforeAll(async () => {
  server = await startTestServer({ LOG_LEVEL: 'fatal' })
  cookie = await server.signIn()
})
afterAll(() => server.close())

const value = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('admin', 'agent', '\u0000', '\ud800', '__proto__', "'; drop table users; --", 'x'.repeat(10_000)),
  fc.array(fc.string(), { maxLength: 3 }),
)

/** Anything, or an object whose fields have the right names. */
function bodyOf(route: Route): fc.Arbitrary<unknown> {
  const { properties = {} } = z.toJSONSchema(route.body!, { io: 'input', unrepresentable: 'any' })
  const names = [...Object.keys(properties), '__proto__', 'id', 'workspaceId']
  return fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...names), value, { maxKeys: names.length }))
}

let asked = 0
test.each(WITH_BODY)('%s: no body is more than it can take', async (_, route) => {
  await fc.assert(
    fc.asyncProperty(bodyOf(route), async body => {
      const n = ++asked
      const answered = await server.inject({
        method: route.method,
        url: route.path.replace(/:\w+/g, newId()),
        remoteAddress: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
        headers: { cookie, 'content-type': 'application/json' },
        payload: JSON.stringify(body),
      })
      expect(answered.statusCode).toBeLessThan(500)
      if (answered.statusCode >= 400) expect(contract.ErrorBody.parse(answered.json()).error.message).not.toBe('')
    }),
    { numRuns: RUNS },
  )
})

test('whoever asked all that is signed in still, so that it was not refused for that', async () => {
  expect((await server.inject({ url: '/api/me', headers: { cookie } })).statusCode).toBe(200)
})
