import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type * as contract from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'

/** An id of nothing. */
const NOBODY = '01900000-0000-7000-8000-000000000000'

type Department = contract.CrmDepartment
interface Answer {
  status: number
  body: {
    success: boolean
    department: Department
    departments: Department[]
    count: number
    queue_id: string
    error: { code: string; message: string; fields?: { path: string; message: string }[] }
  }
}

onBothDatabases('departments', open => {
  let server: TestServer
  let key: string
  let workspaces = 0
  beforeAll(async () => {
    server = await startTestServer({}, open)
  })
  afterAll(() => server.close())
  /** A center of its own for each test. */
  beforeEach(async () => {
    const made = await server.api('/api/workspaces', {
      json: { name: 'Acme', adminEmail: `admin${++workspaces}@acme.example`, adminPassword: 'a long enough password' },
    })
    key = (made.body as { apiKey: string }).apiKey
  })

  const ask = (method: string, json?: unknown, query = ''): Promise<Answer> =>
    server.api(`/functions/v1/api-departments-manage${query}`, {
      method,
      headers: { 'x-api-key': key },
      ...(json !== undefined && { json }),
    })
  const api = <Body>(path: string, init: { method?: string; json?: unknown } = {}) =>
    server.api(path, { ...init, headers: { 'x-api-key': key } }) as Promise<{ status: number; body: Body }>
  const create = async (body: object) => {
    const answered = await ask('POST', body)
    expect(answered).toMatchObject({ status: 201, body: { success: true } })
    return answered.body.department
  }
  const update = async (body: object) => {
    const answered = await ask('PUT', body)
    expect(answered).toMatchObject({ status: 200, body: { success: true } })
    return answered.body.department
  }
  const list = async () => (await ask('GET')).body.departments
  const find = async (name: string) => (await list()).find(department => department.name === name)!
  const hours = async () => (await api<{ items: contract.BusinessHours[] }>('/api/hours')).body.items
  const numbers = async () => (await api<{ items: contract.PhoneNumber[] }>('/api/numbers')).body.items
  const queueOf = async (id: string) =>
    (await api<{ items: contract.Queue[] }>('/api/queues')).body.items.find(queue => queue.id === id)!
  const newNumber = () => `+1415555${String(1000 + workspaces).slice(-4)}`

  test('are listed with what every center begins with', async () => {
    const { body } = await ask('GET')
    expect(body).toMatchObject({ success: true, count: 3 })
    expect(body.departments.map(({ name }) => name)).toEqual(['hr', 'sales', 'support'])
    const [hr] = body.departments
    expect(hr).toEqual({
      id: hr!.queue_id,
      queue_id: hr!.queue_id,
      name: 'hr',
      display_name: 'HR',
      phone_number: null,
      routing_strategy: 'longest-idle',
      business_hours: null,
      time_zone: 'America/New_York',
      max_wait_time: 1800,
      music_url: null,
      after_hours_action: 'voicemail',
      after_hours_target: null,
      enabled: true,
      agents: [{ id: expect.any(String), full_name: 'Admin' }],
      waiting_calls: 0,
    })
  })

  test('are made with everything that the document gives, and shown as they were given', async () => {
    const given = {
      name: 'billing',
      display_name: 'Billing',
      phone_number: newNumber(),
      routing_strategy: 'skill-based',
      business_hours: {
        monday: { start: '09:00', end: '17:00' },
        friday: [
          { start: '09:00', end: '12:00' },
          { start: '13:00', end: '24:00' },
        ],
      },
      time_zone: 'Europe/Berlin',
      max_wait_time: 300,
      music_url: 'https://example.com/music.mp3',
      after_hours_action: 'message',
      after_hours_target: 'We are closed.',
      enabled: false,
    }
    const made = await create(given)
    expect(made).toMatchObject(given)
    expect(await find('billing')).toEqual(made)
    expect(await queueOf(made.queue_id)).toMatchObject({
      strategy: 'skill-based',
      maxWaitSeconds: 300,
      music: 'https://example.com/music.mp3',
      afterHours: { type: 'message', text: 'We are closed.' },
      enabled: false,
      number: given.phone_number,
    })
    expect(await hours()).toMatchObject([
      {
        name: 'Department billing',
        timeZone: 'Europe/Berlin',
        weekly: [
          { weekday: 1, from: '09:00', to: '17:00' },
          { weekday: 5, from: '09:00', to: '12:00' },
          { weekday: 5, from: '13:00', to: '24:00' },
        ],
      },
    ])
  })

  test('a name is given once, but those that every center begins with may be set up, once', async () => {
    const before = await find('sales')
    const sales = await create({ name: 'sales', display_name: 'Sales Team', max_wait_time: 300 })
    expect(sales.queue_id).toBe(before.queue_id)
    expect(sales).toMatchObject({ display_name: 'Sales Team', max_wait_time: 300, agents: before.agents })
    const again = await ask('POST', { name: 'sales', display_name: 'Sales Team' })
    expect([again.status, again.body.error.code]).toEqual([409, 'name_taken'])
    expect(again.body.error.message).toContain(sales.queue_id)
    await create({ name: 'billing' })
    expect((await ask('POST', { name: 'billing' })).status).toBe(409)
  })

  test('are changed in what is given; sent back whole they are as they were', async () => {
    const made = await create({
      name: 'billing',
      phone_number: newNumber(),
      business_hours: { monday: { start: '09:00', end: '17:00' } },
      after_hours_action: 'callback',
    })
    const changed = await update({ queue_id: made.queue_id, max_wait_time: 600, enabled: false })
    expect(changed).toEqual({ ...made, max_wait_time: 600, enabled: false })
    const events = async () => (await api<{ items: unknown[] }>('/api/activity?limit=200')).body.items.length
    const before = await events()
    const { id: _, agents: __, waiting_calls: ___, ...whole } = changed
    expect(await update(whole)).toEqual(changed)
    expect(await events()).toBe(before)
    expect(await update({ queue_id: made.queue_id, max_wait_time: null })).toMatchObject({ max_wait_time: null })
  })

  test('keep hours of their own, and leave those of others as they are', async () => {
    const monday = { monday: { start: '09:00', end: '17:00' } }
    const made = await create({ name: 'billing', business_hours: monday })
    const [own] = await hours()
    await update({ queue_id: made.queue_id, business_hours: { tuesday: { start: '10:00', end: '16:00' } } })
    expect(await hours()).toMatchObject([{ id: own!.id, weekly: [{ weekday: 2, from: '10:00', to: '16:00' }] }])

    await update({ queue_id: made.queue_id, name: 'accounts', time_zone: 'UTC' })
    expect(await hours()).toMatchObject([{ id: own!.id, name: 'Department accounts', timeZone: 'UTC' }])

    const { hours: shared } = (
      await api<{ hours: contract.BusinessHours }>('/api/hours', {
        json: { name: 'Office', timeZone: 'UTC', weekly: [{ weekday: 3, from: '08:00', to: '12:00' }] },
      })
    ).body
    await api(`/api/queues/${made.queue_id}`, { method: 'PATCH', json: { hoursId: shared.id } })
    expect(await find('accounts')).toMatchObject({ business_hours: { wednesday: { start: '08:00', end: '12:00' } } })
    expect(await update({ queue_id: made.queue_id, business_hours: monday })).toMatchObject({ business_hours: monday })
    expect((await hours()).find(({ id }) => id === shared.id)).toEqual(shared)

    expect(await update({ queue_id: made.queue_id, business_hours: {} })).toMatchObject({ business_hours: null })
    expect((await hours()).map(({ name }) => name)).toEqual(['Office'])
  })

  test('keep hours of their own under whatever name people give either of them', async () => {
    const [monday, tuesday] = [
      { monday: { start: '09:00', end: '17:00' } },
      { tuesday: { start: '09:00', end: '17:00' } },
    ]
    const { queue_id } = await create({ name: 'billing', business_hours: monday })
    const [own] = await hours()
    await api(`/api/hours/${own!.id}`, { method: 'PATCH', json: { name: 'Money matters' } })
    await update({ queue_id, name: 'accounts', business_hours: tuesday })
    expect(await hours()).toMatchObject([{ id: own!.id, name: 'Money matters', weekly: [{ weekday: 2 }] }])

    await api(`/api/hours/${own!.id}`, { method: 'PATCH', json: { name: 'Department accounts' } })
    await api(`/api/queues/${queue_id}`, { method: 'PATCH', json: { name: 'ledger' } })
    const other = await create({ name: 'accounts', business_hours: monday })
    expect(await find('ledger')).toMatchObject({ business_hours: tuesday })
    expect((await hours()).map(({ name }) => name)).toEqual(['Department accounts', 'Department accounts (2)'])
    await ask('DELETE', undefined, `?queue_id=${queue_id}`)
    expect(await find('accounts')).toEqual(other)
    expect((await hours()).map(({ name }) => name)).toEqual(['Department accounts (2)'])
  })

  test('that kept others’ hours last take their own with them, too', async () => {
    const { queue_id } = await create({ name: 'billing', business_hours: { monday: { start: '09:00', end: '17:00' } } })
    const { hours: shared } = (
      await api<{ hours: contract.BusinessHours }>('/api/hours', {
        json: { name: 'Office', timeZone: 'UTC', weekly: [] },
      })
    ).body
    await api(`/api/queues/${queue_id}`, { method: 'PATCH', json: { hoursId: shared.id } })
    await update({ queue_id, name: 'accounts' })
    expect(await queueOf(queue_id)).toMatchObject({ hoursId: shared.id })
    await ask('DELETE', undefined, `?queue_id=${queue_id}`)
    expect(await hours()).toMatchObject([{ name: 'Office' }])
  })

  test('whose own hours somebody has deleted get new ones', async () => {
    const monday = { monday: { start: '09:00', end: '17:00' } }
    const { queue_id } = await create({ name: 'billing', business_hours: monday })
    const [own] = await hours()
    await api(`/api/queues/${queue_id}`, { method: 'PATCH', json: { hoursId: null } })
    expect((await api(`/api/hours/${own!.id}`, { method: 'DELETE' })).status).toBe(200)
    expect(await find('billing')).toMatchObject({ business_hours: null })
    expect(await update({ queue_id, business_hours: monday })).toMatchObject({ business_hours: monday })
    expect(await hours()).toMatchObject([{ name: 'Department billing' }])
  })

  describe('their number', () => {
    test('leads straight to them, from wherever it led', async () => {
      const number = newNumber()
      const [sales, support] = [await find('sales'), await find('support')]
      await update({ queue_id: sales.queue_id, phone_number: number })
      expect(await numbers()).toMatchObject([{ number, queue: { id: sales.queue_id }, flow: null }])
      await update({ queue_id: support.queue_id, phone_number: number })
      expect(await numbers()).toMatchObject([{ number, queue: { id: support.queue_id } }])
      expect(await find('sales')).toMatchObject({ phone_number: null })
      expect(await update({ queue_id: support.queue_id, phone_number: null })).toMatchObject({ phone_number: null })
      expect(await numbers()).toMatchObject([{ number, queue: null, flow: null }])
    })

    test('is no other center’s', async () => {
      await create({ name: 'billing', phone_number: newNumber() })
      const taken = newNumber()
      const made = await server.api('/api/workspaces', {
        json: {
          name: 'Bolt',
          adminEmail: `admin${++workspaces}@bolt.example`,
          adminPassword: 'a long enough password',
        },
      })
      key = (made.body as { apiKey: string }).apiKey
      const answered = await ask('POST', { name: 'billing', phone_number: taken })
      expect([answered.status, answered.body.error.code]).toEqual([409, 'number_taken'])
      expect(await find('billing')).toBeUndefined()
    })

    test('may be one that is none: calls to it wait there', async () => {
      const number = '+1234567890'
      const { agents } = await find('sales')
      const made = await create({ name: 'billing', phone_number: number, agent_ids: agents.map(({ id }) => id) })
      expect(made.agents).toEqual(agents)
      expect(made.phone_number).toBe(number)
      const caller = { CallSid: 'CA77', From: '+14155550142', To: number, CallStatus: 'ringing', Direction: 'inbound' }
      const script = await fetch(`${server.url}/api/webhooks/call/incoming`, {
        method: 'POST',
        body: new URLSearchParams(caller),
      })
      expect(script.status).toBe(200)
      expect((await find('billing')).waiting_calls).toBe(1)
      expect(await update({ queue_id: made.queue_id, phone_number: null })).toMatchObject({ phone_number: null })
    })
  })

  test('are deleted with their hours, and free their number; not while they are in use', async () => {
    const number = newNumber()
    const made = await create({
      name: 'billing',
      phone_number: number,
      business_hours: { monday: { start: '09:00', end: '17:00' } },
    })
    const gone = await ask('DELETE', undefined, `?queue_id=${made.queue_id}`)
    expect(gone).toMatchObject({ status: 200, body: { success: true, queue_id: made.queue_id } })
    expect(await find('billing')).toBeUndefined()
    expect(await hours()).toEqual([])
    expect(await numbers()).toMatchObject([{ number, queue: null }])
    expect((await ask('DELETE', undefined, `?queue_id=${made.queue_id}`)).status).toBe(404)
    const { queue_id } = await find('sales')
    const used = await ask('DELETE', undefined, `?queue_id=${queue_id}`)
    expect([used.status, used.body.error.code]).toEqual([409, 'queue_in_use'])
    expect(used.body.error.message).toContain('Main menu')
  })

  test.each<[string, object, string]>([
    ['without a name', { display_name: 'Billing' }, 'name'],
    ['with a name of blanks and capitals', { name: 'Billing Team' }, 'name'],
    ['with a strategy that is none', { name: 'billing', routing_strategy: 'random' }, 'routing_strategy'],
    ['waiting for less than nothing', { name: 'billing', max_wait_time: -1 }, 'max_wait_time'],
    ['with a number that is none at all', { name: 'billing', phone_number: 'front desk' }, 'phone_number'],
    ['with an emergency number', { name: 'billing', phone_number: '911' }, 'phone_number'],
    ['with music from anywhere', { name: 'billing', music_url: 'http://example.com/a.mp3' }, 'music_url'],
    ['with a day that is none', { name: 'billing', business_hours: { someday: {} } }, 'business_hours'],
    [
      'with hours that are none',
      { name: 'billing', business_hours: { monday: { start: '25:00', end: '9' } } },
      'business_hours.monday.start',
    ],
    [
      'with hours that overlap',
      {
        name: 'billing',
        business_hours: {
          monday: [
            { start: '09:00', end: '12:00' },
            { start: '11:00', end: '17:00' },
          ],
        },
      },
      'business_hours',
    ],
    [
      'with a time zone that is none',
      { name: 'billing', business_hours: { monday: { start: '09:00', end: '17:00' } }, time_zone: 'Berlin' },
      'time_zone',
    ],
    ['with a message that says nothing', { name: 'billing', after_hours_action: 'message' }, 'after_hours_target'],
    [
      'forwarding to an emergency number',
      { name: 'billing', after_hours_action: 'forward', after_hours_target: '911' },
      'after_hours_target',
    ],
    ['with an agent who is not there', { name: 'billing', agent_ids: [NOBODY] }, 'agent_ids'],
    [
      'leading to a department that is not there',
      { name: 'billing', after_hours_action: 'queue', after_hours_target: NOBODY },
      'after_hours_target',
    ],
  ])('are not made %s', async (_, body, path) => {
    const { status, body: answer } = await ask('POST', body)
    expect([status, answer.error.fields?.[0]?.path]).toEqual([400, path])
    expect(await list()).toHaveLength(3)
    expect(await hours()).toEqual([])
  })

  test('are not changed where there are none', async () => {
    const queue_id = NOBODY
    expect((await ask('PUT', { queue_id, enabled: true })).status).toBe(404)
    expect((await ask('PUT', { enabled: true })).body.error.fields).toMatchObject([{ path: 'queue_id' }])
    expect((await ask('DELETE')).body.error.fields).toMatchObject([{ path: 'queue_id' }])
  })

  test('are changed by keys that may, and seen by those and by any that may see calls', async () => {
    const keyFor = async (permissions: string[]) => {
      const { body } = await api<{ key: string }>('/api/api-keys', { json: { name: 'CRM', permissions } })
      return body.key
    }
    const [reader, writer] = [await keyFor(['calls:read']), await keyFor(['queues:write'])]
    const stranger = await keyFor(['contacts:read'])
    key = reader
    expect((await ask('GET')).status).toBe(200)
    expect((await ask('POST', { name: 'billing' })).status).toBe(403)
    key = writer
    expect((await ask('POST', { name: 'billing' })).status).toBe(201)
    expect((await ask('GET')).status).toBe(200)
    key = stranger
    expect((await ask('GET')).status).toBe(403)
    key = 'rs_nonsense'
    expect((await ask('GET')).status).toBe(401)
  })
})
