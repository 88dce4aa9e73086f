import { afterAll, beforeAll, expect, test } from 'vitest'
import { onBothDatabases } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'

onBothDatabases('what visitors ask for', open => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ TRUSTED_PROXIES: '127.0.0.1' }, open)
    const contact = { name: 'Jane Doe', email: 'jane@example.com', phones: ['+14155550190'] }
    await server.api('/api/contacts', { json: contact })
  })
  afterAll(() => server.close())

  const send = (json: object, headers: Record<string, string> = { 'x-api-key': '' }) =>
    server.api('/api/customer/support-request', { json: { subject: 'Help', description: 'Please.', ...json }, headers })
  const MATCHING = [{ userEmail: 'jane@example.com' }, { userEmail: 'x@example.com', phoneNumber: '(415) 555-0190' }]

  test('tells nobody on the internet whose number or e-mail address it is', async () => {
    for (const said of MATCHING) {
      const { status, body } = await send(said)
      expect(status).toBe(201)
      expect(body).toMatchObject({ request: { contact: null, status: 'pending' } })
      expect(JSON.stringify(body)).not.toContain('Jane')
    }
  })

  test('tells those who may see requests, and whoever works on them', async () => {
    for (const said of MATCHING) {
      expect((await send(said, {})).body).toMatchObject({ request: { contact: { name: 'Jane Doe' } } })
    }
    const made = await server.api('/api/api-keys', { json: { name: 'Site', permissions: ['queues:write'] } })
    const { key } = made.body as { key: string }
    expect((await send(MATCHING[0]!, { 'x-api-key': key })).body).toMatchObject({ request: { contact: null } })
    const { items } = (await server.api('/api/requests')).body as { items: { contact: { name: string } }[] }
    expect(items.map(({ contact }) => contact.name)).toEqual(items.map(() => 'Jane Doe'))
  })

  test('may say null of what it leaves open, as forms do', async () => {
    const open = { userId: null, priority: null, phoneNumber: null }
    const { status, body } = await send({ userEmail: 'z@example.com', ...open }, { 'x-forwarded-for': '192.0.2.77' })
    expect([status, body]).toMatchObject([201, { request: { ...open, priority: 'normal' } }])
  })

  test('comes from a form on any website', async () => {
    const url = `${server.url}/api/customer/support-request`
    const origin = 'https://shop.example'
    const asked = await fetch(url, { method: 'OPTIONS', headers: { origin } })
    expect([asked.status, asked.headers.get('access-control-allow-methods')]).toEqual([204, 'POST'])
    const said = { userEmail: 'w@example.com', subject: 'Help', description: 'Please.' }
    const headers = { origin, 'content-type': 'application/json', 'x-forwarded-for': '192.0.2.78' }
    const sent = await fetch(url, { method: 'POST', headers, body: JSON.stringify(said) })
    expect([sent.status, sent.headers.get('access-control-allow-origin')]).toEqual([201, '*'])
  })

  test('is limited for each address, and a whole network of version 6 is one', async () => {
    const from = (address: string) =>
      send({ userEmail: 'y@example.com' }, { 'x-api-key': '', 'x-forwarded-for': address })
    const statuses: number[] = []
    for (let host = 1; host <= 21; host++) statuses.push((await from(`2001:db8:1:2::${host}`)).status)
    expect(statuses).toEqual([...Array(20).fill(201), 429])
    expect((await from('2001:db8:1:3::1')).status).toBe(201)
    const passedOn = await send({ userEmail: 'y@example.com' }, { 'x-forwarded-for': '2001:db8:1:2::1' })
    expect(passedOn.status).toBe(201)
  })
})
