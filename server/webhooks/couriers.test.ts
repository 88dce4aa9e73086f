import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { v7 as newId } from 'uuid'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CallState, CallStatus } from '../../core/call.ts'
import type { CenterEvent } from '../../core/event.ts'
import { WEBHOOK_TYPES, type WebhookType } from '../../core/webhook.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { eventsOf, makeWorkspace, startTestServer, type TestServer } from '../access/testing.ts'
import { createEnvelopes } from '../platform/envelope.ts'
import { createLog } from '../platform/log.ts'
import { leaveRecording } from '../recordings/testing.ts'
import { type CourierOptions, type Couriers, createCouriers } from './couriers.ts'
import { type DeliveryFilter, findDelivery, listDeliveries, replay } from './deliveryStore.ts'
import { addEndpoint, changeEndpoint, removeEndpoint, seeEndpoint } from './endpointChange.ts'
import { lockEndpoint, rotateSecret } from './endpointStore.ts'
import { newSecret, writeSecret } from './signature.ts'
import { callState, type Receiver, startReceiver } from './testing.ts'

const HOUR = 3600_000

onBothDatabases('webhooks', (open, { shared }) => {
  let server: TestServer
  let workspaceId: string
  let crm: Receiver
  let running: Couriers[]
  /** Milliseconds by which the couriers' clock is ahead. */
  let ahead: number

  beforeAll(async () => {
    server = await startTestServer(open, { WEBHOOK_ALLOW_PRIVATE: 'true' })
    server.app.addresses.push('https://calls.example.com')
  })
  afterAll(() => server.close())
  beforeEach(async () => {
    workspaceId = (await makeWorkspace(server)).id
    crm = await startReceiver()
    running = []
    ahead = 0
  })
  afterEach(async () => {
    for (const couriers of running) couriers.stop()
    await Promise.all(running.map(couriers => couriers.idle()))
    await crm.close()
  })

  const by = { id: newId(), name: 'Admin' }
  const inWorkspace: <T>(work: Parameters<typeof server.db.inWorkspace<T>>[1]) => Promise<T> = work =>
    server.db.inWorkspace(workspaceId, work)

  async function begin(options: CourierOptions = {}): Promise<Couriers> {
    const couriers = createCouriers(server.app, {
      clock: () => Date.now() + ahead,
      random: () => 0.5,
      deadlineMs: 10_000,
      ...options,
    })
    running.push(couriers)
    await couriers.start()
    return couriers
  }
  const add = (url = crm.url, types: WebhookType[] = ['call.status_update'], token: string | null = null) =>
    inWorkspace(tx => addEndpoint(tx, server.app.envelopes, { name: 'CRM', url, types, token }, by)).then(
      ({ webhook, secret }) => ({ id: webhook.id, secret }),
    )
  const happen = (...events: CenterEvent[]) => inWorkspace(async tx => tx.emit(...events))
  const status = (call: CallState, is: CallStatus): CenterEvent => ({
    type: 'call.status_changed',
    call: { ...call, status: is },
    previousStatus: 'initiated',
  })
  const deliveries = (filter: DeliveryFilter = {}) => inWorkspace(tx => listDeliveries(tx, filter, 1000))
  const health = (id: string) => inWorkspace(tx => seeEndpoint(tx, id))
  /** Waits until everything is read, and nothing is pending that is due. Alarms know nothing of the couriers' clock. */
  async function settled(filter: DeliveryFilter = {}) {
    for (const giveUpAt = Date.now() + 30_000; ; ) {
      const unread = await inWorkspace(tx =>
        tx.query<{ id: string }>(
          `select id from webhook_endpoints e join event_heads h using (workspace_id)
           where e.enabled and e.cursor < h.seq`,
        ),
      )
      const now = new Date(Date.now() + ahead).toISOString()
      const all = await deliveries(filter)
      const due = all.filter(({ nextAttemptAt }) => nextAttemptAt !== null && nextAttemptAt <= now)
      if (unread.length === 0 && all.length > 0 && due.length === 0) return all
      if (Date.now() > giveUpAt) throw new Error(`not settled: ${JSON.stringify(all, null, 1)}`)
      for (const { webhook } of due) running.at(-1)!.wake({ workspaceId, id: webhook.id })
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }
  const ids = (receiver: Receiver) => receiver.received.map(({ body }) => [body.call?.id, body.call?.status])

  test('a call is told with the documented headers and a signature that the library takes', async () => {
    await begin()
    const { id, secret } = await add(crm.url, ['call.status_update'], 'your_bearer_token')
    const call = callState()
    await happen(status(call, 'ringing'))
    const [{ headers, names, text, body }] = (await crm.until(1)) as [(typeof crm.received)[0]]
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer your_bearer_token',
      'x-webhook-event': 'call.status_update',
      'x-call-id': call.id,
    })
    expect(names).toEqual(expect.arrayContaining(['Content-Type', 'Authorization', 'X-Webhook-Event', 'X-Call-ID']))
    expect(new Webhook(secret).verify(text, headers)).toEqual(body)
    expect(body).toMatchObject({ event: 'call.status_update', call: { id: call.id, status: 'ringing' } })
    const [delivery] = await settled()
    expect(delivery).toMatchObject({
      messageId: headers['webhook-id'],
      webhook: { id, name: 'CRM' },
      callId: call.id,
      status: 'delivered',
      attempts: 1,
      lastStatus: 200,
      lastError: null,
    })
    expect(delivery!.latencyMs).toBeGreaterThanOrEqual(0)
    expect(await health(id)).toMatchObject({ pending: 0, failed: 0, failingSince: null })
    expect((await health(id)).lastSuccessAt).not.toBeNull()
  })

  test('each endpoint is told of what it has chosen, from when it was added', async () => {
    await begin()
    const call = callState()
    await happen(status(call, 'initiated'))
    const contacts = await startReceiver()
    await add()
    await add(contacts.url, ['contact.created', 'contact.deleted'])
    await happen(
      status(call, 'ringing'),
      { type: 'user.signed_in', user: by },
      { type: 'contact.created', contact: { id: newId(), name: 'Ana' }, by },
    )
    await crm.until(1)
    await contacts.until(1)
    await settled()
    expect(ids(crm)).toEqual([[call.id, 'ringing']])
    expect(contacts.received.map(({ body }) => body.event)).toEqual(['contact.created'])
    expect(contacts.received[0]!.headers).not.toHaveProperty('authorization')
    expect(contacts.received[0]!.headers).not.toHaveProperty('x-call-id')
    await contacts.close()
  })

  describe('order', () => {
    test('of one call, whatever fails; other calls go on meanwhile', async () => {
      const couriers = await begin()
      const { id } = await add()
      const [first, second] = [callState(), callState()]
      let broken = true
      crm.answer = ({ body }) => ({ status: body.call!.id === first.id && broken ? 500 : 200 })
      await happen(status(first, 'ringing'), status(second, 'ringing'))
      await crm.until(2)
      await settled()
      await happen(status(first, 'in-progress'), status(second, 'in-progress'), status(first, 'completed'))
      await crm.until(3)
      await settled()
      expect(ids(crm)).toEqual([
        [first.id, 'ringing'],
        [second.id, 'ringing'],
        [second.id, 'in-progress'],
      ])
      broken = false
      ahead = 6000
      couriers.wake({ workspaceId, id })
      await crm.until(6)
      expect(ids(crm).slice(3)).toEqual([
        [first.id, 'ringing'],
        [first.id, 'in-progress'],
        [first.id, 'completed'],
      ])
      expect(await settled()).toHaveLength(5)
    })

    test('of each call: any answers to any history', async () => {
      const couriers = await begin()
      const steps: CallStatus[] = ['initiated', 'ringing', 'in-progress', 'completed']
      const history = fc.array(fc.record({ call: fc.nat(3), pause: fc.boolean() }), { minLength: 4, maxLength: 16 })
      const answers = fc.array(fc.constantFrom(200, 200, 200, 500, 503, null), { minLength: 20, maxLength: 20 })
      await fc.assert(
        fc.asyncProperty(history, answers, async (history, answers) => {
          workspaceId = (await makeWorkspace(server)).id
          const { id } = await add()
          const calls = [0, 1, 2, 3].map(() => callState())
          const told = new Map<string, string[]>(calls.map(call => [call.id, []]))
          const accepted = new Map<string, string[]>(calls.map(call => [call.id, []]))
          const left = [...answers]
          crm.answer = ({ body }) => {
            const given = left.length > 0 ? left.pop()! : 200
            if (given === 200) accepted.get(body.call!.id)?.push(String(body.call!.status))
            return given === null ? null : { status: given }
          }
          for (const { call: index, pause } of history) {
            const call = calls[index]!
            const next = steps[told.get(call.id)!.length]
            if (next === undefined) continue
            told.get(call.id)!.push(next)
            await happen(status(call, next))
            if (pause) await new Promise(resolve => setTimeout(resolve, 5))
          }
          // Each time as late as what has failed is due.
          while ((await settled()).some(({ status }) => status === 'pending')) {
            ahead += HOUR / 4
            couriers.wake({ workspaceId, id })
          }
          expect(accepted).toEqual(told)
        }),
        { numRuns: 5 },
      )
    }, 240_000)
  })

  describe('an endpoint that is', () => {
    test('slow or dead delays nobody else', async () => {
      await begin({ deadlineMs: 15_000 })
      const slow = await startReceiver()
      slow.answer = () => new Promise(() => {})
      await add(slow.url)
      await add('http://127.0.0.1:1/dead')
      await add()
      const calls = Array.from({ length: 100 }, () => callState())
      for (let index = 0; index < 100; index += 10)
        await happen(...calls.slice(index, index + 10).map(call => status(call, 'ringing')))
      await crm.until(100, 14_000)
      // Ten at once, and not one more: the first of them are still being waited for.
      expect(slow.received).toHaveLength(10)
      await slow.close()
    })

    test('busy is left alone for as long as it asks', async () => {
      const couriers = await begin()
      const { id } = await add()
      crm.answer = () => ({ status: 429, headers: { 'retry-after': '120' }, body: 'slow down' })
      await happen(status(callState(), 'ringing'))
      await crm.until(1)
      const [delivery] = await settled()
      expect(delivery).toMatchObject({
        status: 'pending',
        attempts: 1,
        lastStatus: 429,
        lastError: 'It answered with 429.',
      })
      const wait = Date.parse(delivery!.nextAttemptAt!) - Date.parse(delivery!.createdAt)
      expect(wait).toBeGreaterThanOrEqual(120_000)
      expect(wait).toBeLessThan(130_000)
      ahead = 110_000
      couriers.wake({ workspaceId, id })
      await new Promise(resolve => setTimeout(resolve, 100))
      expect(crm.received).toHaveLength(1)
      ahead = 130_000
      couriers.wake({ workspaceId, id })
      await crm.until(2)
    })

    test('gone is turned off, and says why', async () => {
      await begin()
      const { id } = await add()
      crm.answer = () => ({ status: 410 })
      const call = callState()
      await happen(status(call, 'ringing'), status(call, 'completed'))
      await crm.until(1)
      await expect.poll(() => health(id).then(({ enabled }) => enabled)).toBe(false)
      const reason = 'It answered with 410: it is gone for good, and has been turned off.'
      expect(await health(id)).toMatchObject({ disabledReason: reason, failed: 2, pending: 0 })
      expect((await eventsOf(server, workspaceId)).at(-1)).toEqual({
        type: 'webhook.disabled',
        webhook: { id, name: 'CRM' },
        reason,
      })
      await happen(status(call, 'failed'))
      await new Promise(resolve => setTimeout(resolve, 50))
      expect(crm.received).toHaveLength(1)
    })

    test('turned off is told of nothing, also not later', async () => {
      await begin()
      const { id } = await add()
      const turn = (enabled: boolean) =>
        inWorkspace(tx => changeEndpoint(tx, server.app.envelopes, id, { enabled }, by))
      await turn(false)
      await happen(status(callState(), 'ringing'))
      await turn(true)
      const call = callState()
      await happen(status(call, 'completed'))
      await crm.until(1)
      await settled()
      expect(ids(crm)).toEqual([[call.id, 'completed']])
    })

    test('deleted takes its deliveries with it', async () => {
      await begin()
      const { id } = await add()
      crm.answer = () => ({ status: 500 })
      await happen(status(callState(), 'ringing'))
      await crm.until(1)
      await inWorkspace(tx => removeEndpoint(tx, server.app.envelopes, id, by))
      expect(await deliveries()).toEqual([])
    })

    test.each<[string, string | Receiver['answer'], RegExp]>([
      ['refusing connections', 'http://127.0.0.1:1/', /refuses connections/],
      ['silent', () => new Promise(() => {}), /did not answer within 1 seconds/],
      ['cutting off', () => null, /broke off/],
      ['redirecting', () => ({ status: 302, headers: { location: crm.url } }), /redirects/],
      ['nowhere', 'http://nowhere.invalid/', /name/],
    ])('%s is described in words', async (_name, how, words) => {
      await begin({ deadlineMs: 1000 })
      if (typeof how !== 'string') crm.answer = how
      await add(typeof how === 'string' ? how : crm.url)
      await happen(status(callState(), 'ringing'))
      await expect.poll(async () => (await deliveries())[0]?.lastError, { timeout: 15_000 }).toMatch(words)
      expect((await deliveries())[0]).toMatchObject({ status: 'pending', attempts: 1 })
      // Not followed, not asked twice.
      expect(crm.received.length).toBeLessThan(2)
    })

    test('talkative is heard only so far', async () => {
      await begin()
      await add()
      crm.answer = () => ({ status: 200, body: 'x'.repeat(1_000_000) })
      await happen(status(callState(), 'ringing'))
      await crm.until(1)
      const [delivery] = await settled()
      expect(delivery!.status).toBe('delivered')
      const found = await inWorkspace(tx => findDelivery(tx, delivery!.id))
      expect(found!.history[0]!.response).toBe('x'.repeat(1000))
    })
  })

  test('is tried for 24 hours, then given up; later events of the call go on; a replay has the same id', async () => {
    const couriers = await begin()
    const { id } = await add()
    const call = callState()
    crm.answer = () => ({ status: 500, body: 'broken' })
    await happen(status(call, 'ringing'))
    const began = Date.now()
    const attempts: number[] = []
    for (;;) {
      const [delivery] = await settled()
      attempts.push(Date.now() + ahead - began)
      if (delivery!.status !== 'pending') break
      ahead = Date.parse(delivery!.nextAttemptAt!) - Date.now() + 1
      couriers.wake({ workspaceId, id })
      await crm.until(attempts.length + 1)
    }
    expect(attempts.length).toBeGreaterThan(10)
    expect(attempts.length).toBeLessThan(20)
    expect(attempts.at(-1)! / HOUR).toBeCloseTo(24, 1)
    expect(crm.received).toHaveLength(attempts.length)
    expect(new Set(crm.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    const [failed] = await deliveries({ status: 'failed' })
    expect(failed).toMatchObject({ attempts: attempts.length, lastError: 'It answered with 500.', nextAttemptAt: null })
    expect((await inWorkspace(tx => findDelivery(tx, failed!.id)))!.history).toHaveLength(attempts.length)
    expect(await health(id)).toMatchObject({ failed: 1 })
    expect((await health(id)).failingSince).not.toBeNull()
    // What is searched for is found.
    expect(await deliveries({ q: 'with 500', call: call.id })).toHaveLength(1)
    expect(await deliveries({ q: 'with 404' })).toEqual([])

    crm.answer = () => ({ status: 200 })
    await happen(status(call, 'completed'))
    await crm.until(attempts.length + 1)
    expect(crm.received.at(-1)!.body.call!.status).toBe('completed')

    expect(await inWorkspace(tx => replay(tx, id, { failedSince: null }))).toBe(1)
    couriers.wake({ workspaceId, id })
    await crm.until(attempts.length + 2)
    expect(crm.received.at(-1)!.headers['webhook-id']).toBe(crm.received[0]!.headers['webhook-id'])
    expect((await settled()).map(({ status }) => status)).toEqual(['delivered', 'delivered'])
    expect(await health(id)).toMatchObject({ failed: 0, failingSince: null })
  })

  test('a recording comes with a link made for this attempt', async () => {
    const couriers = await begin()
    const { id } = await add(crm.url, ['recording.completed'])
    const call = callState()
    await inWorkspace(tx =>
      tx.query(
        `insert into calls (workspace_id, id, provider, provider_call_id, control, direction, status, match_state, started_at)
         values (current_workspace(), $1, 'twilio', $2, 'provider', 'inbound', 'in-progress', 'unknown', now())`,
        [call.id, call.providerCallId],
      ),
    )
    const dataDir = server.app.config.dataDir
    const recordingId = await leaveRecording({ db: server.db, dataDir, workspaceId, callId: call.id }, Buffer.of(1))
    crm.answer = (_message, index) => ({ status: index === 0 ? 500 : 200 })
    await happen({ type: 'recording.completed', recordingId, call, of: 'call', seconds: 2 })
    await crm.until(1)
    await settled()
    await new Promise(resolve => setTimeout(resolve, 1100)) // links tell time in seconds
    ahead = 6000
    couriers.wake({ workspaceId, id })
    await crm.until(2)
    const [before, after] = crm.received.map(({ body }) => String(body.call!.recording_url)) as [string, string]
    expect(before).toMatch(new RegExp(`^https://calls.example.com/media/recordings/${workspaceId}/${recordingId}\\?`))
    expect(after).not.toBe(before)
    expect(crm.received[1]!.body).toMatchObject({ recording: { id: recordingId, kind: 'call', duration_seconds: 2 } })
    expect(JSON.stringify(await deliveries())).not.toContain('signature=')
  })

  test('while a secret is exchanged, either verifies; then the old one does not any more', async () => {
    await begin()
    const { id, secret: old } = await add()
    const secret = newSecret()
    const rotate = (until: number) =>
      inWorkspace(tx => rotateSecret(tx, server.app.envelopes, id, secret, new Date(until).toISOString()))
    await rotate(Date.now() + HOUR)
    await happen(status(callState(), 'ringing'))
    await crm.until(1)
    const verify = (with_: string, index: number) =>
      new Webhook(with_).verify(crm.received[index]!.text, crm.received[index]!.headers)
    expect(verify(old, 0)).toEqual(crm.received[0]!.body)
    expect(verify(writeSecret(secret), 0)).toEqual(crm.received[0]!.body)
    await inWorkspace(tx => tx.query("update webhook_endpoints set previous_until = now() - interval '1 second'"))
    await happen(status(callState(), 'ringing'))
    await crm.until(2)
    expect(() => verify(old, 1)).toThrow()
    expect(verify(writeSecret(secret), 1)).toEqual(crm.received[1]!.body)
  })

  test('secrets are in envelopes', async () => {
    const { id, secret } = await add(crm.url, ['call.status_update'], 'a-token-of-mine')
    const rows = await server.db.asOwner(sql =>
      sql.query<{ token: Uint8Array; secret: Uint8Array }>(
        'select token, secret from webhook_endpoints where id = $1',
        [id],
      ),
    )
    const stored = Buffer.concat([rows[0]!.token, rows[0]!.secret].map(each => Buffer.from(each)))
    expect(stored.includes('a-token-of-mine')).toBe(false)
    expect(stored.includes(Buffer.from(secret.slice(6), 'base64'))).toBe(false)
    expect(await inWorkspace(tx => lockEndpoint(tx, server.app.envelopes, id))).toMatchObject({
      token: 'a-token-of-mine',
    })
  })

  test('what keeps webhooks from being sent is logged once, in its own words; when it is mended, they are sent', async () => {
    const { id } = await add()
    const lines: { endpointId?: string; err?: { message: string } }[] = []
    const log = createLog('info', { write: line => void lines.push(JSON.parse(line)) })
    const envelopes = createEnvelopes([{ id: 'another', key: randomBytes(32) }])
    const withoutKey = createCouriers({ ...server.app, log, envelopes })
    running.push(withoutKey)
    await withoutKey.start()
    await happen(status(callState(), 'ringing'))
    const ofEndpoint = () => lines.filter(({ endpointId }) => endpointId === id)
    await expect.poll(ofEndpoint).toHaveLength(1)
    // Two more rounds have failed by then.
    await new Promise(resolve => setTimeout(resolve, 2500))
    expect(ofEndpoint()).toMatchObject([
      { err: { message: 'This secret was sealed with the key “database”, which is not among ENCRYPTION_KEYS.' } },
    ])
    withoutKey.stop()
    await withoutKey.idle()
    await begin()
    await crm.until(1)
  })

  test('a test is sent at once and once, whatever comes of it', async () => {
    const couriers = await begin()
    const { id, secret } = await add()
    crm.answer = () => ({ status: 500, body: 'not today' })
    const delivery = await couriers.test({ workspaceId, id })
    const found = (await inWorkspace(tx => findDelivery(tx, delivery!)))!
    expect(found).toMatchObject({
      delivery: { type: 'webhook.test', status: 'failed', lastStatus: 500 },
      history: [{ response: 'not today' }],
    })
    const [{ headers, text, body }] = crm.received as [(typeof crm.received)[0]]
    expect(new Webhook(secret).verify(text, headers)).toMatchObject({
      event: 'webhook.test',
      business: { id: workspaceId },
    })
    expect(body.event).toBe('webhook.test')
    expect(await couriers.test({ workspaceId, id: newId() })).toBeNull()
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(crm.received).toHaveLength(1)
  })

  describe('whoever comes next', () => {
    test('goes on where a courier has stopped', async () => {
      const first = await begin()
      await add()
      const call = callState()
      crm.answer = () => ({ status: 500 })
      await happen(status(call, 'ringing'))
      await crm.until(1)
      await settled()
      first.stop()
      await first.idle()
      await happen(status(call, 'in-progress'))
      crm.answer = () => ({ status: 200 })
      ahead = 6000
      await begin()
      await crm.until(3)
      expect(ids(crm).slice(1)).toEqual([
        [call.id, 'ringing'],
        [call.id, 'in-progress'],
      ])
    })

    test('takes up what a dead one had taken on, once its lease has ended', async () => {
      const { id } = await add()
      const call = callState()
      await happen(status(call, 'ringing'))
      // One that takes it on and never comes back.
      const dead = await begin({ deadlineMs: 20_000 })
      crm.answer = (_message, index) => (index === 0 ? new Promise(() => {}) : { status: 200 })
      dead.wake({ workspaceId, id })
      await crm.until(1)
      const next = await begin()
      if (shared) {
        await new Promise(resolve => setTimeout(resolve, 100))
        expect(crm.received).toHaveLength(1)
        ahead = 31_000
        next.wake({ workspaceId, id })
      }
      await crm.until(2)
      expect((await settled())[0]).toMatchObject({ status: 'delivered' })
    })

    const alone = shared ? '' : ' (skipped: the embedded database is one process’s alone)'
    test.runIf(shared)(`shares the work: none is sent twice while nobody dies${alone}`, async () => {
      const both = [await begin(), await begin()]
      const { id } = await add()
      const calls = Array.from({ length: 60 }, () => callState())
      for (const call of calls) {
        await happen(status(call, 'ringing'), status(call, 'completed'))
        for (const couriers of both) couriers.wake({ workspaceId, id })
      }
      await crm.until(120)
      await settled()
      expect(crm.received).toHaveLength(120)
      for (const call of calls)
        expect(ids(crm).filter(([of]) => of === call.id)).toEqual([
          [call.id, 'ringing'],
          [call.id, 'completed'],
        ])
    })
  })

  test('what ended a month ago is forgotten', async () => {
    const couriers = await begin()
    const { id } = await add()
    await happen(status(callState(), 'ringing'), status(callState(), 'ringing'))
    await crm.until(2)
    const [old] = await settled()
    couriers.stop()
    await inWorkspace(tx =>
      tx.query("update webhook_deliveries set ended_at = now() - interval '31 days' where id = $1", [old!.id]),
    )
    await begin()
    await expect.poll(() => deliveries({ webhook: id }).then(({ length }) => length)).toBe(1)
  })

  test('every type can be sent', async () => {
    await begin()
    await add(crm.url, WEBHOOK_TYPES)
    const named = { id: newId(), name: 'N' }
    const call = callState()
    const request = { id: newId(), subject: 'Help' }
    const events = ['call.arrived', ...WEBHOOK_TYPES.slice(1)].map(
      type =>
        ({ type, call, contact: named, from: named, request, by, recordingId: newId() }) as unknown as CenterEvent,
    )
    await happen(...events)
    await crm.until(WEBHOOK_TYPES.length)
    expect((await settled()).every(({ status }) => status === 'delivered')).toBe(true)
    expect(new Set(crm.received.map(({ body }) => body.event))).toEqual(new Set(WEBHOOK_TYPES))
  })
})
