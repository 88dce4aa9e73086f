import { io } from 'socket.io-client'
import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { promiseCallbacks } from '../server/callbacks/callbackStore.ts'
import { keepVoicemails } from '../server/voicemails/voicemailStore.ts'
import { startTestServer, type TestServer } from './support/server.ts'

let server: TestServer
/** Two companies on one server, each with a call, a contact and a request of its own. */
interface Company {
  id: string
  key: string
  call: string
  contact: string
  request: string
  user: string
  queue: string
  agent: string
  number: string
  flow: string
  voicemail: string
  callback: string
}
let acme: Company
let bolt: Company

beforeAll(async () => {
  server = await startTestServer()
  acme = await found('Acme', '+12025550121')
  bolt = await found('Bolt', '+12025550122')
})
afterAll(() => server.close())

const as = async (key: string, path: string, json?: unknown, method?: string) => {
  const { status, body } = await server.api(path, {
    headers: { 'x-api-key': key },
    ...(json !== undefined && { json }),
    ...(method && { method }),
  })
  return { status, body: body as Record<string, unknown> }
}

async function found(name: string, number: string): Promise<Company> {
  const made = await server.api('/api/workspaces', {
    json: { name, adminEmail: `${name.toLowerCase()}@example.com`, adminPassword: 'a long enough password' },
  })
  const { workspace, apiKey: key } = made.body as { workspace: { id: string }; apiKey: string }
  await as(key, '/api/numbers', { number })
  const call = await as(key, '/api/admin/customer-service/calls', {
    customerPhone: '+14155550188',
    direction: 'inbound',
  })
  const contact = await as(key, '/api/contacts', { name: `${name} customer`, phones: ['+14155550177'] })
  const request = await as(key, '/api/customer/support-request', {
    userEmail: `someone@${name.toLowerCase()}.example`,
    subject: `${name} only`,
    description: 'Private.',
    workspaceId: workspace.id,
  })
  const users = await as(key, '/api/users')
  const queues = await as(key, '/api/queues')
  const agents = await as(key, '/api/agents')
  const numbers = await as(key, '/api/numbers')
  const flow = await as(key, '/api/flows', { name: `${name} flow` })
  const callId = (call.body.call as { id: string }).id
  const queueId = (queues.body.items as { id: string }[])[0]!.id
  const left = { callId, queueId, leftAt: '2026-01-05T12:00:00.000Z' }
  const [voicemail, callback] = [newId(), newId()]
  await server.app.db.inWorkspace(workspace.id, async tx => {
    await keepVoicemails(tx, [
      { ...left, id: voicemail, recordingId: 'RE1', url: 'https://recordings.example/1', seconds: 5 },
    ])
    await promiseCallbacks(tx, [{ callId, queueId, id: callback, number: '+14155550188', promisedAt: left.leftAt }])
  })
  return {
    id: workspace.id,
    key,
    call: callId,
    contact: (contact.body.contact as { id: string }).id,
    request: (request.body.request as { id: string }).id,
    user: (users.body.items as { id: string }[])[0]!.id,
    queue: queueId,
    agent: (agents.body.items as { id: string }[])[0]!.id,
    number: (numbers.body.items as { id: string }[])[0]!.id,
    flow: (flow.body.flow as { id: string }).id,
    voicemail,
    callback,
  }
}

describe('another company’s things do not exist', () => {
  test.each<[string, string, (of: Company) => string, unknown?]>([
    ['GET', 'a call', of => `/api/calls/${of.call}`],
    ['POST', 'a call’s end', of => `/api/calls/${of.call}/hang-up`, {}],
    ['POST', 'a call’s notes', of => `/api/calls/${of.call}/notes`, { text: 'mine now' }],
    ['PUT', 'a call’s contact', of => `/api/calls/${of.call}/contact`, { contactId: null }],
    ['GET', 'a call’s routing', of => `/api/calls/${of.call}/routing`],
    ['GET', 'a contact', of => `/api/contacts/${of.contact}`],
    ['PATCH', 'a contact', of => `/api/contacts/${of.contact}`, { name: 'mine now' }],
    ['DELETE', 'a contact', of => `/api/contacts/${of.contact}`],
    ['GET', 'a request', of => `/api/requests/${of.request}`],
    ['PATCH', 'a request', of => `/api/requests/${of.request}`, { status: 'done' }],
    ['PATCH', 'a user', of => `/api/users/${of.user}`, { name: 'mine now' }],
    ['PATCH', 'a queue', of => `/api/queues/${of.queue}`, { displayName: 'mine now' }],
    ['DELETE', 'a queue', of => `/api/queues/${of.queue}`],
    ['PUT', 'an agent’s presence', of => `/api/agents/${of.agent}/presence`, { presence: 'available' }],
    ['PATCH', 'an agent', of => `/api/agents/${of.agent}`, { capacity: 9 }],
    ['PATCH', 'a number', of => `/api/numbers/${of.number}`, { label: 'mine now' }],
    ['DELETE', 'a number', of => `/api/numbers/${of.number}`],
    ['GET', 'a flow', of => `/api/flows/${of.flow}`],
    ['PATCH', 'a flow', of => `/api/flows/${of.flow}`, { name: 'mine now' }],
    ['DELETE', 'a flow', of => `/api/flows/${of.flow}`],
    ['POST', 'a flow’s test', of => `/api/flows/${of.flow}/test`, {}],
    ['POST', 'a flow’s publication', of => `/api/flows/${of.flow}/publish`, {}],
    ['POST', 'a flow’s roll-back', of => `/api/flows/${of.flow}/roll-back`, { version: 1 }],
    ['GET', 'a flow’s versions', of => `/api/flows/${of.flow}/versions`],
  ])('%s %s', async (method, _what, path, json) => {
    const theirs = await as(acme.key, path(bolt), json, method)
    const nobodys = await as(acme.key, path({ ...bolt, ...nothing() }), json, method)
    expect(theirs.status).toBe(404)
    expect(theirs).toEqual(nobodys) // alike to the letter: not even that it exists can be told
  })

  test.each([
    '/api/calls',
    '/api/contacts',
    '/api/requests',
    '/api/users',
    '/api/activity',
    '/api/numbers',
    '/api/queues',
    '/api/agents',
    '/api/voicemails',
    '/api/callbacks',
    '/api/flows',
    '/api/admin/customer-service/calls',
  ])('in the list %s', async path => {
    const { status, body } = await as(acme.key, path)
    expect(status).toBe(200)
    expect(JSON.stringify(body)).not.toMatch(/bolt/i)
    for (const id of Object.entries(bolt).flatMap(([name, value]) => (name === 'key' ? [] : [value])))
      expect(JSON.stringify(body)).not.toContain(id)
  })

  test('in a search', async () => {
    const { body } = await as(acme.key, '/api/contacts?q=customer')
    expect((body.items as { name: string }[]).map(({ name }) => name)).toEqual(['Acme customer'])
    const byPhone = await as(acme.key, '/api/contacts?phone=%2B14155550177')
    expect((byPhone.body.items as { name: string }[]).map(({ name }) => name)).toEqual(['Acme customer'])
  })

  test('a call cannot be given to another company’s contact', async () => {
    const { status } = await as(acme.key, `/api/calls/${acme.call}/contact`, { contactId: bolt.contact }, 'PUT')
    expect(status).toBe(404)
    const logged = await as(acme.key, '/api/admin/customer-service/calls', {
      contactId: bolt.contact,
      direction: 'inbound',
    })
    expect(logged.status).toBe(404)
  })
})

test('the dialled number decides whose call it is, whose customer is matched, and who hears of it', async () => {
  const heard: Record<string, string[]> = { acme: [], bolt: [] }
  const sockets = [acme, bolt].map((company, index) => {
    const socket = io(server.url, { forceNew: true, auth: { apiKey: company.key } })
    socket.on('new-call', ({ call }) => heard[['acme', 'bolt'][index]!]!.push(call.providerCallId))
    return socket
  })
  for (const socket of sockets) await socket.timeout(5000).emitWithAck('join-call-center', {})
  await server.api('/api/webhooks/call/incoming', {
    headers: { 'x-api-key': '' },
    json: {
      CallSid: 'CAshared',
      From: '+14155550177',
      To: '+12025550122',
      CallStatus: 'ringing',
      Direction: 'inbound',
    },
  })
  for (let i = 0; i < 200 && heard.bolt!.length === 0; i++) await new Promise(resolve => setTimeout(resolve, 10))
  expect(heard).toEqual({ acme: [], bolt: ['CAshared'] })
  const { body } = await as(bolt.key, '/api/calls?status=ringing')
  expect(body.items).toMatchObject([{ providerCallId: 'CAshared', contact: { name: 'Bolt customer' } }])
  expect((await as(acme.key, '/api/calls?status=ringing')).body.items).toEqual([])
  for (const socket of sockets) socket.disconnect()
})

const nothing = () =>
  Object.fromEntries(
    (['call', 'contact', 'request', 'user', 'queue', 'agent', 'number', 'flow'] as const).map(name => [
      name,
      '01a1fbaf-12e7-7536-b034-cbea0577675b',
    ]),
  )
