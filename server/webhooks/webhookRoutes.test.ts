import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as contract from '../../client/contract.ts'
import { onBothDatabases, openEmbedded } from '../../test/support/databases.ts'
import { addKey, addPerson, eventsOf, makeWorkspace, startTestServer, type TestServer } from '../access/testing.ts'
import { callState, type Receiver, startReceiver } from './testing.ts'

type Here = Awaited<ReturnType<typeof makeWorkspace>>

onBothDatabases('the operations of webhooks', open => {
  let server: TestServer
  let here: Here
  let crm: Receiver
  beforeAll(async () => {
    server = await startTestServer(open, { WEBHOOK_ALLOW_PRIVATE: 'true' })
    await server.couriers.start()
  })
  beforeEach(async () => {
    here = await makeWorkspace(server)
    crm = await startReceiver()
    return () => crm.close()
  })
  afterAll(async () => {
    server.couriers.stop()
    await server.couriers.idle()
    await server.close()
  })

  const create = (body: object, as = here.admin) => server.ask(contract.createWebhook, { as, body })
  const add = async (more: object = {}) => (await create({ url: crm.url, ...more })).body
  const list = async (as = here.admin) => (await server.ask(contract.listWebhooks, { as })).body.items
  const update = (id: string, body: object, as = here.admin) =>
    server.ask(contract.updateWebhook, { as, params: { id }, body })
  const deliveries = async (query: Record<string, string> = {}) =>
    (await server.ask(contract.listWebhookDeliveries, { as: here.admin, query })).body
  const happen = (...calls: ReturnType<typeof callState>[]) =>
    server.db.inWorkspace(here.id, async tx =>
      tx.emit(
        ...calls.map(call => ({ type: 'call.status_changed' as const, call, previousStatus: 'initiated' as const })),
      ),
    )
  const webhookEvents = async () =>
    (await eventsOf(server, here.id)).filter(({ type }) => type.startsWith('webhook.')) as object[]
  const by = () => ({ id: here.adminId, name: 'Admin' })

  describe('endpoints', () => {
    test('are added, with a secret that is shown once', async () => {
      const { status, body } = await create({ url: crm.url, token: 'a-token-of-the-crm' })
      expect(status).toBe(201)
      expect(body.secret).toMatch(/^whsec_/)
      expect(body.webhook).toMatchObject({
        name: new URL(crm.url).host,
        url: crm.url,
        types: ['call.status_update'],
        tokenHint: '-crm',
        enabled: true,
        isCrm: false,
        createdBy: 'Admin',
      })
      expect(await list()).toEqual([body.webhook])
      expect(JSON.stringify(await list())).not.toContain('a-token-of')
      const named = { id: body.webhook.id, name: body.webhook.name }
      expect(await webhookEvents()).toEqual([{ type: 'webhook.created', webhook: named, by: by() }])
    })

    test('are changed; the log says what, and no secret', async () => {
      const { webhook } = await add({ name: 'Mine', token: 'first-token-given' })
      const { body } = await update(webhook.id, {
        name: 'Ours',
        token: 'second-token-given',
        types: ['contact.deleted'],
      })
      expect(body.webhook).toMatchObject({ name: 'Ours', types: ['contact.deleted'], url: crm.url, tokenHint: 'iven' })
      const [, event] = await webhookEvents()
      expect(event).toMatchObject({
        type: 'webhook.updated',
        changed: ['name', 'types', 'token'],
        changes: {
          name: { from: 'Mine', to: 'Ours' },
          types: { from: ['call.status_update'], to: ['contact.deleted'] },
        },
      })
      expect(JSON.stringify(event)).not.toContain('token-given')
      // The same again is no change.
      await update(webhook.id, { name: 'Ours' })
      expect(await webhookEvents()).toHaveLength(2)
      expect((await update(webhook.id, { token: null })).body.webhook.tokenHint).toBeNull()
      expect((await update(newId(), { name: 'Nobody’s' })).status).toBe(404)
    })

    test('are deleted', async () => {
      const { webhook } = await add()
      const remove = () => server.ask(contract.deleteWebhook, { as: here.admin, params: { id: webhook.id } })
      expect((await remove()).status).toBe(200)
      expect((await remove()).status).toBe(404)
      expect(await list()).toEqual([])
    })

    test('get a new secret; the one before works for a day', async () => {
      const { webhook, secret } = await add()
      const { body } = await server.ask(contract.rotateWebhookSecret, { as: here.admin, params: { id: webhook.id } })
      expect(body.secret).toMatch(/^whsec_/)
      expect(body.secret).not.toBe(secret)
      const left = Date.parse(body.webhook.previousSecretUntil!) - Date.now()
      expect(left / 3600_000).toBeCloseTo(24, 1)
    })

    test.each([
      [{ url: 'nowhere' }, 'url'],
      [{ url: 'ftp://example.com/' }, 'url'],
      [{ url: 'https://user:secret@example.com/' }, 'url'],
      [{ types: [] }, 'types'],
      [{ types: ['call.exploded'] }, 'types.0'],
      [{ token: 'with space' }, 'token'],
      [{ token: 'línea' }, 'token'],
      [{ name: ' ' }, 'name'],
    ])('%j is refused, and says why', async (more, path) => {
      const { status, body } = await create({ url: crm.url, ...more })
      expect(status).toBe(400)
      expect(body.error.fields).toMatchObject([{ path }])
      expect(await list()).toEqual([])
    })

    test('are a matter of admins, and of keys that may', async () => {
      const supervisor = await addPerson(server, here.id, 'supervisor')
      const agent = await addPerson(server, here.id, 'agent')
      for (const as of [supervisor.as, agent.as, await addKey(server, here.id, ['calls:read', 'settings:manage'])])
        expect((await create({ url: crm.url }, as)).status).toBe(403)
      expect((await create({ url: crm.url }, {})).status).toBe(401)
      expect((await create({ url: crm.url }, await addKey(server, here.id, ['webhooks:manage']))).status).toBe(201)
    })

    test('of others do not exist', async () => {
      const { webhook } = await add()
      await happen(callState())
      await crm.until(1)
      const [delivery] = (await deliveries()).items
      const there = await makeWorkspace(server)
      const as = there.admin
      const params = { id: webhook.id }
      expect(await list(as)).toEqual([])
      expect((await update(webhook.id, { name: 'Mine' }, as)).status).toBe(404)
      for (const route of [contract.deleteWebhook, contract.rotateWebhookSecret, contract.testWebhook] as const)
        expect((await server.ask(route, { as, params })).status).toBe(404)
      expect((await server.ask(contract.replayFailedDeliveries, { as, params, body: {} })).status).toBe(404)
      const one = { as, params: { id: delivery!.id } }
      expect((await server.ask(contract.getWebhookDelivery, one)).status).toBe(404)
      expect((await server.ask(contract.replayWebhookDelivery, one)).status).toBe(404)
      expect((await server.ask(contract.listWebhookDeliveries, { as })).body.items).toEqual([])
    })
  })

  describe('deliveries', () => {
    /** One delivered, one failed. */
    async function two() {
      const { webhook } = await add()
      const [fine, bad] = [callState(), callState()]
      crm.answer = ({ body }) => ({ status: body.call!.id === bad.id ? 500 : 200 })
      await happen(fine)
      await happen(bad)
      await crm.until(2)
      await expect
        .poll(async () => (await deliveries({ status: 'delivered' })).items.length, { timeout: 10_000 })
        .toBe(1)
      // As if a day had passed.
      await server.db.inWorkspace(here.id, tx =>
        tx.query(
          `update webhook_deliveries set status = 'failed', ended_at = now(), claimed_until = null,
             last_error = 'It answered with 500.' where call_id = $1`,
          [bad.id],
        ),
      )
      crm.answer = () => ({ status: 200 })
      return { webhook, fine, bad }
    }

    test('are listed newest first, page by page, and found', async () => {
      const { webhook, fine, bad } = await two()
      const all = (await deliveries()).items
      expect(all.map(({ callId }) => callId)).toEqual([bad.id, fine.id])
      const first = await deliveries({ limit: '1' })
      expect(first.items).toEqual([all[0]])
      expect(await deliveries({ limit: '1', cursor: first.nextCursor! })).toEqual({ items: [all[1]], nextCursor: null })
      const found = async (query: Record<string, string>) => (await deliveries(query)).items.map(({ callId }) => callId)
      expect(await found({ status: 'failed' })).toEqual([bad.id])
      expect(await found({ call: fine.id })).toEqual([fine.id])
      expect(await found({ webhook: webhook.id })).toHaveLength(2)
      expect(await found({ webhook: newId() })).toEqual([])
      expect(await found({ type: 'call.status_update' })).toHaveLength(2)
      expect(await found({ type: 'recording.completed' })).toEqual([])
      expect(await found({ q: 'with 500' })).toEqual([bad.id])
      expect(await found({ q: '100%' })).toEqual([])
      expect(await found({ q: bad.id.slice(-12) })).toEqual([bad.id])
      expect(await found({ since: new Date(Date.now() + 60_000).toISOString() })).toEqual([])
      expect(await found({ until: new Date(Date.now() + 60_000).toISOString() })).toHaveLength(2)
      expect(
        (await server.ask(contract.listWebhookDeliveries, { as: here.admin, query: { cursor: 'x' } })).status,
      ).toBe(400)
    })

    test('are shown with what they say and how each attempt went', async () => {
      const { fine } = await two()
      const { id } = (await deliveries({ call: fine.id })).items[0]!
      const { body } = await server.ask(contract.getWebhookDelivery, { as: here.admin, params: { id } })
      expect(body).toMatchObject({
        id,
        history: [{ status: 200, error: null, response: '' }],
        payload: { event: 'call.status_update', call: { id: fine.id } },
      })
    })

    test('are replayed, one or all that have failed', async () => {
      const { webhook, fine, bad } = await two()
      const one = (await deliveries({ call: fine.id })).items[0]!
      const { status, body } = await server.ask(contract.replayWebhookDelivery, {
        as: here.admin,
        params: { id: one.id },
      })
      expect([status, body.delivery.status]).toEqual([200, 'pending'])
      await crm.until(3)
      const all = (since?: string) =>
        server.ask(contract.replayFailedDeliveries, {
          as: here.admin,
          params: { id: webhook.id },
          body: since === undefined ? {} : { since },
        })
      expect((await all(new Date(Date.now() + 60_000).toISOString())).body.replayed).toBe(0)
      expect((await all()).body.replayed).toBe(1)
      await crm.until(4)
      expect(crm.received.slice(2).map(({ body }) => body.call!.id)).toEqual([fine.id, bad.id])
      expect(crm.received[2]!.headers['webhook-id']).toBe(crm.received[0]!.headers['webhook-id'])
      expect((await webhookEvents()).slice(1)).toMatchObject([
        { type: 'webhook.replayed', deliveries: 1 },
        { type: 'webhook.replayed', deliveries: 1 },
      ])
      await expect
        .poll(async () => (await deliveries({ status: 'delivered' })).items.length, { timeout: 10_000 })
        .toBe(2)
    })

    test('are not replayed while they are tried, or to an endpoint that is off', async () => {
      const { webhook, bad } = await two()
      crm.answer = () => new Promise(() => {})
      const { id } = (await deliveries({ call: bad.id })).items[0]!
      const again = async () => server.ask(contract.replayWebhookDelivery, { as: here.admin, params: { id } })
      expect((await again()).status).toBe(200)
      expect((await again()).body.error.code).toBe('still_pending')
      await update(webhook.id, { enabled: false })
      expect((await again()).body.error.code).toBe('webhook_off')
      expect((await again()).status).toBe(409)
    })

    test('a test is sent at once, and its answer shown', async () => {
      const { webhook } = await add()
      crm.answer = () => ({ status: 401, body: 'who are you?' })
      const { body } = await server.ask(contract.testWebhook, { as: here.admin, params: { id: webhook.id } })
      expect(body.delivery).toMatchObject({
        type: 'webhook.test',
        status: 'failed',
        lastStatus: 401,
        history: [{ response: 'who are you?' }],
        payload: { event: 'webhook.test', business: { id: here.id } },
      })
      const replayed = await server.ask(contract.replayWebhookDelivery, {
        as: here.admin,
        params: { id: body.delivery.id },
      })
      expect(replayed.body.error.code).toBe('is_test')
    })
  })

  describe('the settings of calls', () => {
    const get = async () => (await server.ask(contract.getCallSettings, { as: here.admin })).body
    const put = (body: object, as = here.admin) => server.ask(contract.updateCallSettings, { as, body })

    test('name the CRM’s endpoint', async () => {
      expect(await get()).toMatchObject({ crm_webhook_url: null, crm_webhook_token: null })
      const { status, body } = await put({ crm_webhook_url: crm.url, crm_webhook_token: 'your_bearer_token' })
      expect(status).toBe(200)
      expect(body).toMatchObject({ crm_webhook_url: crm.url, crm_webhook_token: '••••oken' })
      expect(await get()).toEqual(body)
      expect(await list()).toMatchObject([{ name: 'CRM', url: crm.url, isCrm: true, types: ['call.status_update'] }])
      const call = callState()
      await happen(call)
      await crm.until(1)
      expect(crm.received[0]!.headers.authorization).toBe('Bearer your_bearer_token')
      // What was read is put back, with another address.
      const elsewhere = crm.url.replace('/hook', '/other')
      await put({ ...(await get()), crm_webhook_url: elsewhere })
      expect(await list()).toMatchObject([{ url: elsewhere, tokenHint: 'oken' }])
      await put({ crm_webhook_token: null })
      expect(await get()).toMatchObject({ crm_webhook_url: elsewhere, crm_webhook_token: null })
      await put({ crm_webhook_url: null })
      expect(await get()).toMatchObject({ crm_webhook_url: null, crm_webhook_token: null })
      expect(await list()).toEqual([])
    })

    test('forget the endpoint when it is deleted', async () => {
      await put({ crm_webhook_url: crm.url })
      const [webhook] = await list()
      await server.ask(contract.deleteWebhook, { as: here.admin, params: { id: webhook!.id } })
      expect(await get()).toMatchObject({ crm_webhook_url: null })
      await put({ crm_webhook_url: crm.url })
      expect(await list()).toHaveLength(1)
    })

    test('refuse what is no address, and a token for nobody', async () => {
      expect((await put({ crm_webhook_url: 'nowhere' })).body.error.fields).toMatchObject([{ path: 'crm_webhook_url' }])
      expect((await put({ crm_webhook_token: 'a-token' })).status).toBe(400)
      expect((await put({ crm_webhook_token: 'ñ' })).status).toBe(400)
    })

    test('are all set by a key for settings; one for webhooks sets the CRM’s, and no other', async () => {
      const [webhooks, settings] = [
        await addKey(server, here.id, ['webhooks:manage']),
        await addKey(server, here.id, ['settings:manage']),
      ]
      expect((await put({ crm_webhook_url: crm.url, crm_webhook_token: 'a-token' }, webhooks)).status).toBe(200)
      expect(await get()).toMatchObject({ crm_webhook_url: crm.url })
      const other = await put({ crm_webhook_url: null, recording_enabled: false }, webhooks)
      expect([other.status, other.body.error.code]).toEqual([403, 'forbidden'])
      expect(other.body.error.message).toContain('recording_enabled')
      expect(await get()).toMatchObject({ crm_webhook_url: crm.url, recording_enabled: true })
      expect((await put({ crm_webhook_url: null, recording_enabled: false }, settings)).status).toBe(200)
      const reader = await addKey(server, here.id, ['calls:read', 'queues:write'])
      expect((await put({ crm_webhook_url: crm.url }, reader)).status).toBe(403)
    })
  })
})

describe('where private addresses are not allowed', () => {
  let server: TestServer
  let here: Here
  beforeAll(async () => {
    server = await startTestServer(openEmbedded)
    here = await makeWorkspace(server)
  })
  afterAll(() => server.close())

  const create = (url: string) => server.ask(contract.createWebhook, { as: here.admin, body: { url } })

  test.each([
    ...['http://93.184.216.34/', 'https://127.0.0.1/', 'https://127.1/', 'https://2130706433/', 'https://0x7f000001/'],
    ...['https://017700000001/', 'https://0/', 'https://①②⑦.⓪.⓪.①/', 'https://[::1]/', 'https://[::ffff:7f00:1]/'],
    ...['https://[::ffff:127.0.0.1]/', 'https://[64:ff9b::7f00:1]/', 'https://[2002:7f00:1::]/', 'https://[fe80::1]/'],
    ...['https://169.254.169.254/latest/meta-data', 'https://metadata.google.internal/', 'https://localhost/'],
    ...['https://printer.local/', 'https://10.1.2.3/', 'https://192.168.0.1:8443/', 'https://user@93.184.216.34/'],
    ...[
      'https://93.184.216.34:22/',
      'https://93.184.216.34:5432/',
      'https://93.184.216.34:6379/',
      'file:///etc/passwd',
    ],
  ])('%s is refused', async url => {
    const { status, body } = await create(url)
    expect(status).toBe(400)
    expect(body.error.fields).toMatchObject([{ path: 'url' }])
    const settings = await server.ask(contract.updateCallSettings, { as: here.admin, body: { crm_webhook_url: url } })
    expect(settings.status).toBe(400)
  })

  test.each(['https://93.184.216.34/hook', 'https://93.184.216.34:8443/', 'https://nobody-knows.invalid/'])(
    '%s is taken',
    async url => {
      expect((await create(url)).status).toBe(201)
    },
  )
})
