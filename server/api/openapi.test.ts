import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as contract from '../../client/contract.ts'
import type { Route } from '../../client/route.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { OpenApi } from './openapi.ts'

const ID = '0198a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b'
const routes = Object.entries(contract).flatMap(([name, value]) =>
  value !== null && typeof value === 'object' && 'path' in value ? [[name, value as Route] as const] : [],
)

let server: TestServer
let api: OpenApi
beforeAll(async () => {
  server = await startTestServer()
  api = (await (await fetch(`${server.url}/openapi.json`)).json()) as OpenApi
})
afterAll(() => server.close())

const operations = () => Object.values(api.paths).flatMap(item => Object.values(item))

test('is an OpenAPI 3.1 document', async () => {
  const validator = new Validator()
  const { valid, errors } = await validator.validate(JSON.parse(JSON.stringify(api)))
  expect(errors).toBeUndefined()
  expect([valid, validator.version]).toEqual([true, '3.1'])
  expect(() => validator.resolveRefs()).not.toThrow()
})

test('describes what this server serves of the contract, and nothing else', async () => {
  const served = await Promise.all(
    routes.map(async ([name, { method, path }]) => {
      const address = `${server.url}${path.replace(/:\w+/g, ID)}`
      const answer = await fetch(address, { method, headers: { accept: 'application/json' } })
      const { error } = (await answer.json()) as { error?: { message: string } }
      return answer.status === 404 && /^There is nothing at|no such page/.test(error?.message ?? '') ? [] : [name]
    }),
  )
  expect(
    operations()
      .map(({ operationId }) => operationId)
      .toSorted(),
  ).toEqual(served.flat().toSorted())
  expect(operations().length).toBeGreaterThan(80)
})

test('refers to named shapes instead of repeating them', () => {
  const answer = api.paths['/api/contacts/{id}']!.patch!.responses['200'] as object
  expect(JSON.stringify(answer)).toContain('#/components/schemas/Contact"')
  expect(api.components.schemas.Contact!.properties!.phones!.description).toMatch(/E\.164/)
  // What is sent and what is answered are two shapes where there are defaults.
  for (const name of Object.keys(api.components.schemas)) expect(name).toMatch(/^[A-Z]\w+$/)
  expect(JSON.stringify(api)).not.toMatch(/"additionalProperties":false|\$defs|__shared|"\$schema"/)
})

test('says who may, with what, and what can go wrong', () => {
  const create = api.paths['/api/contacts']!.post!
  expect(create.operationId).toBe('createContact')
  expect(create.tags).toEqual(['Contacts'])
  expect(create.description).toContain('`contacts:write`')
  expect(create.security).toEqual([{ key: [] }, { cookie: [] }, { bearer: [] }])
  expect(Object.keys(create.responses)).toEqual(['201', '400', '401', '403', '409', '413', '415', '422', '429', '503'])
  expect(create.parameters).toEqual([{ $ref: '#/components/parameters/IdempotencyKey' }])
  expect(api.paths['/api/phone']!.get!.security).toEqual([])
  expect(api.paths['/api/agents/me/presence']!.put!.description).toContain('API keys may not')
  const { parameters } = api.paths['/api/calls']!.get!
  expect(parameters.flatMap(each => ('name' in each ? [each.name] : []))).toEqual(
    expect.arrayContaining([
      'status',
      'direction',
      'queue',
      'agent',
      'from',
      'to',
      'since',
      'until',
      'limit',
      'cursor',
    ]),
  )
})

test('gives an example of what is sent, one that the server takes', () => {
  const bodies = operations().flatMap(({ operationId, requestBody }) =>
    requestBody ? [{ operationId, ...requestBody.content['application/json'] }] : [],
  )
  const shown = bodies.filter(({ example }) => example !== undefined)
  for (const { operationId, example } of shown) {
    const { body } = routes.find(([name]) => name === operationId)![1]
    expect(body!.safeParse(example).error?.issues ?? []).toEqual([])
  }
  expect(shown.length / bodies.length).toBeGreaterThan(0.95)
})
