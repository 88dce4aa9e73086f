import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApi, listCalls, listContacts } from '../client/index.ts'
import { furnish, ring } from '../examples/demo/center.ts'
import { ADMIN_API_KEY, startTestServer, type TestServer } from './support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

test('the demonstration enters customers with a past, and lets them call into a line', async () => {
  const api = createApi({ baseUrl: server.url, apiKey: ADMIN_API_KEY })
  await furnish(api, Date.now())
  const { items: contacts } = await api.call(listContacts, {})
  expect(contacts).toHaveLength(6)
  expect((await api.call(listCalls, { query: { status: 'completed' } })).items).toHaveLength(18)

  const over = new AbortController()
  const called = ring(server.url, 1, 60_000, over.signal)
  const waiting = async () => (await api.call(listCalls, { query: { status: 'in-progress' } })).items
  await expect.poll(async () => (await waiting())[0]?.queue?.name).toBe('Support')
  expect((await waiting())[0]?.contact?.name).toBe('Grace Hopper')
  over.abort()
  await called
  expect(await waiting()).toEqual([])
})
