import { afterAll, beforeAll, expect, test } from 'vitest'
import type * as contract from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { hire, must, type Person } from '../../test/support/people.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'

onBothDatabases('the list of calls', open => {
  let server: TestServer
  let returned: contract.Call
  let simulated: contract.Call
  let waiting: contract.Call
  beforeAll(async () => {
    server = await startTestServer({}, open)
    const cookie = await server.signIn()
    const response = await fetch(`${server.url}/api/admin/customer-service/calls`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json' },
      body: JSON.stringify({ customerPhone: '+14155550150', direction: 'outbound', startedAt: '2025-03-01T12:00:00Z' }),
    })
    returned = ((await response.json()) as { call: contract.Call }).call
    const json = { CallSid: 'CA1', From: '+1234567890', To: '+0987654321', CallStatus: 'ringing', Direction: 'inbound' }
    simulated = ((await must(server.api('/api/webhooks/call/incoming', { json }))).body as { call: contract.Call }).call
    await must(server.api('/api/numbers', { json: { number: '+12025550147', queue: 'support' } }))
    const caller = { CallSid: 'CA2', From: '+14155550199', To: '+12025550147', CallStatus: 'ringing' }
    const body = new URLSearchParams({ ...caller, Direction: 'inbound' })
    await fetch(`${server.url}/api/twilio/incoming-call`, { method: 'POST', body })
    waiting = (await list('to=%2B12025550147'))[0]!
  })
  afterAll(() => server?.close())

  const list = async (query: string) =>
    ((await must(server.api(`/api/calls?${query}`))).body as { items: contract.Call[] }).items

  test.each<[string, () => string, () => contract.Call[]]>([
    ['everything', () => '', () => [waiting, simulated, returned]],
    ['a status', () => 'status=completed', () => [returned]],
    ['a direction', () => 'direction=outbound', () => [returned]],
    ['a queue by its name', () => 'queue=support', () => [waiting]],
    ['a queue by its id', () => `queue=${waiting.queue!.id}`, () => [waiting]],
    ['a queue that is not there', () => 'queue=nowhere', () => []],
    ['an agent', () => `agent=${returned.agent!.id}`, () => [returned]],
    ['the caller’s number, in any spelling', () => 'from=(415) 555-0199', () => [waiting]],
    ['a number that is none', () => 'from=%2B1234567890', () => [simulated]],
    ['the number that was called', () => 'to=415 555 0150', () => [returned]],
    ['a time from which on', () => 'since=2025-03-01T12:00:01Z', () => [waiting, simulated]],
    ['the very time', () => 'since=2025-03-01T12:00:00Z&until=2025-03-01T12:00:01Z', () => [returned]],
    ['a time before which', () => 'until=2025-03-01T12:00:00Z', () => []],
    ['all of it', () => `status=${waiting.status}&direction=inbound&queue=support&from=4155550199`, () => [waiting]],
  ])('by %s', async (_, query, expected) => {
    expect((await list(query())).map(({ id }) => id)).toEqual(expected().map(({ id }) => id))
  })

  test('page by page', async () => {
    const seen: string[] = []
    let cursor = ''
    for (;;) {
      const { body } = await must(server.api(`/api/calls?limit=1${cursor}`))
      const { items, nextCursor } = body as { items: contract.Call[]; nextCursor: string | null }
      seen.push(...items.map(({ id }) => id))
      if (nextCursor === null) break
      cursor = `&cursor=${nextCursor}`
    }
    expect(seen).toEqual([waiting.id, simulated.id, returned.id])
  })

  test.each([
    ['status=busy', 'status'],
    ['direction=up', 'direction'],
    ['agent=ann', 'agent'],
    ['since=yesterday', 'since'],
    ['limit=201', 'limit'],
    ['cursor=abc', 'cursor'],
  ])('not by %s', async (query, path) => {
    const { status, body } = await server.api(`/api/calls?${query}`)
    expect([status, (body as { error: { fields: { path: string }[] } }).error.fields[0]?.path]).toEqual([400, path])
  })

  test('is not what a key needs that only writes', async () => {
    const made = await must(server.api('/api/api-keys', { json: { name: 'CRM', permissions: ['calls:write'] } }))
    const headers = { 'x-api-key': (made.body as { key: string }).key }
    expect((await server.api(`/api/calls/${returned.id}/notes`, { headers, json: { text: 'Sent it.' } })).status).toBe(
      201,
    )
    expect((await server.api(`/api/calls/${returned.id}`, { headers })).status).toBe(403)
  })
  test('of which one is a colleague’s: it is for that one to end, or to send elsewhere', async () => {
    const [ana, ben] = [await hire(server, 'Ana', ['support']), await hire(server, 'Ben', ['support'])]
    const ask = async ({ ask }: Person, what: string, body = {}) =>
      (await ask(`/api/calls/${waiting.id}/${what}`, 'POST', body)).status
    expect(await ask(ana, 'take')).toBe(200)
    expect([await ask(ben, 'hang-up'), await ask(ben, 'transfer', { queue: 'sales' })]).toEqual([403, 403])
    expect(await ask(ana, 'transfer', { queue: 'support' })).toBe(200)
    // It is nobody's again.
    expect(await ask(ben, 'hang-up')).toBe(200)
  })
})
