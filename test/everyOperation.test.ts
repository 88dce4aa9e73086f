import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ErrorBody } from '../client/contract.ts'
import type { OpenApi, OpenApiOperation, Parameter } from '../server/api/openapi.ts'
import { anyInput, type Means, spoilt } from './support/anyInput.ts'
import { ADMIN_API_KEY, startTestServer, type TestServer } from './support/server.ts'

/** Requests to each operation, every other one of which has something wrong. */
const REQUESTS = Number(process.env.REQUESTS ?? 4)
const seed = Number(process.env.SEED ?? 7)

let server: TestServer
let api: OpenApi
let cookie: string
beforeAll(async () => {
  server = await startTestServer({ API_REQUESTS_PER_HOUR: '100000' })
  api = (await server.api('/openapi.json')).body
  cookie = await server.signIn()
})
afterAll(() => server.close())

/** What it answers is held against the contract by the server itself, in tests: a wrong shape is a 500. */
test('whatever is asked of any operation, it answers with a status and a body that are documented', async () => {
  const ids: string[] = []
  const means: Means = { components: api.components.schemas, ids: () => ids }
  const operations = Object.entries(api.paths)
    .flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
    )
    // Too many wrong passwords and nobody signs in any more.
    .toSorted((one, other) => Number(one.path.includes('/auth/')) - Number(other.path.includes('/auth/')))
  const strays = new Map<string, unknown>()
  for (const each of operations) {
    for (let n = 0; n < REQUESTS; n++) {
      const { url, init } = requestOf(each, means, n)
      const response = await fetch(server.url + url, init)
      const answer = await response.json().catch(() => 'no JSON')
      if (response.status === 401 && !url.includes('/auth/')) cookie = await server.signIn()
      const known =
        `${response.status}` in each.operation.responses && (response.ok || ErrorBody.safeParse(answer).success)
      if (!known) {
        strays.set(`${each.operation.operationId} ${response.status}`, { url, body: init.body, answer })
      }
      if (response.ok) ids.push(...(JSON.stringify(answer).match(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g) ?? []))
    }
  }
  expect(Object.fromEntries(strays)).toEqual({})
}, 120_000)

function requestOf({ path, method, operation }: Asked, means: Means, n: number): { url: string; init: RequestInit } {
  const isSpoilt = n % 2 === 1
  const some = (input: fc.Arbitrary<unknown>): unknown =>
    fc.sample(input, { numRuns: 1, seed: seed + n * 1000 + operation.operationId.length })[0]
  const valueFor = ({ schema }: Parameter) => textOf(some((isSpoilt ? spoilt : same)(anyInput(schema, means))))
  const parameters = operation.parameters.filter((each): each is Parameter => 'name' in each)
  const query = parameters.filter(each => each.in === 'query' && (each.required || some(fc.boolean())))
  const body = operation.requestBody?.content['application/json'].schema
  const url = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = valueFor(parameters.find(each => each.name === name && each.in === 'path')!)
    return encodeURIComponent(value.slice(0, 100)) || '%20'
  })
  const search = new URLSearchParams(query.map(each => [each.name, valueFor(each)])).toString()
  const byKey = operation.security.some(({ key }) => key) && n % 4 < 3
  return {
    url: search === '' ? url : `${url}?${search}`,
    init: {
      method,
      headers: {
        ...(byKey ? { 'x-api-key': ADMIN_API_KEY } : operation.security.length > 0 && { cookie }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(some((isSpoilt ? spoilt : same)(anyInput(body, means)))) }),
    },
  }
}

interface Asked {
  path: string
  method: string
  operation: OpenApiOperation
}
const same = <T>(input: T): T => input
const textOf = (value: unknown): string =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed()
