import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { onBothDatabases } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import { promiseCallbacks } from '../callbacks/callbackStore.ts'
import type { Sql } from '../platform/db.ts'
import { leaveRecording } from '../recordings/testing.ts'
import { keepVoicemails } from '../voicemails/voicemailStore.ts'

const MINE = '+14155550190'
const OTHER = '+14155550191'
const OURS = '+12025550100'

onBothDatabases('everything about one number', open => {
  let server: TestServer
  let dataDir: string
  let workspaceId: string
  let cookie: string

  beforeAll(async () => {
    dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-privacy-'))
    server = await startTestServer({ DATA_DIR: dataDir, TWILIO_PHONE_NUMBER: OURS }, open)
    cookie = await server.signIn()
    workspaceId = (await admin<{ workspace: { id: string } }>('/api/me')).body.workspace.id
    // A CRM that cannot be reached just now: nothing of it is brought up to date before it is connected anew.
    await inWorkspace(sql =>
      sql.query(
        `insert into connections (workspace_id, id, crm, account, status, tokens, event_seq, due_at, created_at)
         values (current_workspace(), $1, 'hubspot', 'demo', 'broken', '', 0, now(), now())`,
        [newId()],
      ),
    )
  })
  afterAll(async () => {
    await server?.close()
    fs.rmSync(dataDir, { recursive: true, force: true })
  })

  const inWorkspace = <T>(work: (sql: Sql) => Promise<T>) => server.app.db.inWorkspace(workspaceId, work)
  /** A signed-in admin: keys may not do any of this. */
  async function admin<T>(path: string, json?: unknown, method = json === undefined ? 'GET' : 'POST') {
    const answer = await fetch(server.url + path, {
      method,
      headers: { cookie, ...(json !== undefined && { 'content-type': 'application/json' }) },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    })
    return { status: answer.status, body: (await answer.json()) as T }
  }
  const events = async (type: string) =>
    (await admin<{ items: Record<string, unknown>[] }>(`/api/activity?type=${type}`)).body.items ?? []

  const spelling = (number: string) => number.replace(/^\+1(...)(...)/, '($1) $2-')

  const addContact = (number: string, name: string) =>
    server.api('/api/contacts', {
      headers: { 'idempotency-key': `contact ${number.slice(-4)}` },
      json: {
        name,
        email: `${name.split(' ')[0]!.toLowerCase()}@example.com`,
        phones: [spelling(number)],
        metadata: { mobile: Number(number.slice(1)), note: `Ring ${spelling(number)}` },
      },
    })
  /** The same request with the same idempotency key. */
  const askAgain = addContact

  /** A caller of this number who has left something everywhere. */
  async function live(
    number: string,
    name: string,
  ): Promise<{ callId: string; recordingId: string; contactId: string }> {
    const sid = `CA${createHash('md5').update(newId()).digest('hex')}`
    const digits = number.slice(2)
    const spelled = spelling(number)
    const contact = await addContact(number, name)
    expect(contact.status).toBe(201)
    const { id: contactId } = (contact.body as { contact: { id: string } }).contact
    const form = {
      CallSid: sid,
      From: number,
      To: OURS,
      CallStatus: 'ringing',
      Direction: 'inbound',
      CallerName: name.toUpperCase(),
    }
    const post = (to: string, more = {}) =>
      fetch(server.url + to, { method: 'POST', body: new URLSearchParams({ ...form, ...more }) })
    expect((await post('/api/twilio/incoming-call')).status).toBe(200)
    const { items } = (await server.api(`/api/calls?from=${encodeURIComponent(number)}`)).body as {
      items: { id: string }[]
    }
    const callId = items[0]!.id
    await server.api(`/api/calls/${callId}/notes`, { json: { text: `${name} wants to be called at ${spelled}.` } })
    await server.api('/api/customer/support-request', {
      json: {
        userEmail: `${name.split(' ')[0]!.toLowerCase()}@example.com`,
        subject: `From ${name}`,
        description: `My number is ${digits}.`,
        phoneNumber: number,
      },
    })
    await server.api('/api/webhooks', { json: { url: 'https://nobody.invalid/', types: ['contact.deleted'] } })
    expect((await post('/api/twilio/call-status', { CallStatus: 'completed', CallDuration: '20' })).status).toBe(200)
    const recordingId = await leaveRecording({ db: server.app.db, dataDir, workspaceId, callId }, Buffer.from('OggS'))
    await inWorkspace(sql =>
      sql.query(`update recordings set transcript = $2, transcript_masked = 'masked' where id = $1`, [
        recordingId,
        `I am ${name}, ${number}.`,
      ]),
    )
    const known = JSON.stringify({ name, email: `${name}@crm.example`, company: '', phones: [number] })
    // Keys and ids that other systems have made of the number: each stands in a unique index.
    for (const key of [number, spelled, digits, name])
      await server.api(`/api/calls/${callId}/notes`, {
        headers: { 'idempotency-key': `note ${key}` },
        json: { text: `${name} asks again.` },
      })
    await inWorkspace(sql =>
      sql.query(
        `insert into connection_calls (workspace_id, connection_id, call_id, entry_id)
         select workspace_id, id, $1, $2 from connections`,
        [callId, `entry ${digits}`],
      ),
    )
    await inWorkspace(sql =>
      sql.query(
        `insert into connection_contacts (workspace_id, connection_id, remote_id, contact_id, ours, theirs)
         select workspace_id, id, $1, $2, $3, $3 from connections`,
        [`remote ${contactId}`, contactId, known],
      ),
    )
    for (const key of [number, digits])
      await inWorkspace(sql =>
        sql.query(
          `insert into connection_contacts (workspace_id, connection_id, remote_id, contact_id, ours, theirs)
           select workspace_id, id, $1, null, $2, $2 from connections`,
          [`lead ${key}`, known],
        ),
      )
    return { callId, recordingId, contactId }
  }

  /** A message, a promise to call back, what a flow has been told, and what an endpoint has answered. @returns the message's recording. */
  async function leaveMessage(number: string, name: string, callId: string): Promise<string> {
    const spelled = spelling(number)
    const messageId = await leaveRecording({ db: server.app.db, dataDir, workspaceId, callId }, Buffer.from('OggS'), {
      kind: 'voicemail',
    })
    await server.app.db.inWorkspace(workspaceId, async tx => {
      const [{ id: queueId } = { id: '' }] = await tx.query<{ id: string }>('select id from queues limit 1')
      const left = { callId, queueId, leftAt: new Date().toISOString() }
      await keepVoicemails(tx, [
        { ...left, id: newId(), recordingId: messageId, url: 'https://carrier.example/message', seconds: 2 },
      ])
      await tx.query('update voicemails set transcript_masked = $2 where call_id = $1', [callId, `${name}, ${spelled}`])
      await promiseCallbacks(tx, [{ ...left, id: newId(), number, promisedAt: left.leftAt }])
      // What a flow has kept of an answer, and what an endpoint has answered.
      await tx.query('update calls set flow = $2 where id = $1', [
        callId,
        JSON.stringify({ variables: { customer: { name, phone: spelled, mobile: Number(number.slice(1)) } } }),
      ])
      await tx.query(
        `insert into webhook_deliveries (workspace_id, id, endpoint_id, type, key, call_id, status, due_at, history,
           last_error, created_at, ended_at)
         select workspace_id, $1, id, 'call.status_update', $2::text, $2::uuid, 'failed', now(), $3, $4, now(), now()
         from webhook_endpoints limit 1`,
        [newId(), callId, JSON.stringify([{ error: `${name} ${spelled}` }]), `${name} ${spelled} is not known here`],
      )
    })
    return messageId
  }

  /** Every place in the database, but for what is sealed, in which this stands: figures or letters, in any spelling. */
  async function placesOf(text: string): Promise<string[]> {
    const bare = text.replace(/^\+1/, '').toLowerCase()
    const columns = await server.app.db.asOwner(sql =>
      sql.query<{ table: string; column: string; type: string }>(
        `select c.table_name as "table", c.column_name as "column", c.data_type as type from information_schema.columns c
         join information_schema.tables t using (table_schema, table_name)
         where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
           and c.data_type in ('text', 'json', 'jsonb', 'ARRAY', 'bytea', 'character varying')`,
      ),
    )
    const places: string[] = []
    for (const { table, column, type } of columns) {
      const content = type === 'bytea' ? `encode("${column}", 'escape')` : `"${column}"::text`
      const [row] = await asOwner(sql =>
        sql.query<{ found: boolean }>(
          `select exists (select from "${table}" where strpos(regexp_replace(lower(${content}), '[^0-9a-z":,{}]', '', 'g'), $1) > 0) as found`,
          [bare],
        ),
      )
      if (row!.found) places.push(`${table}.${column}`)
    }
    return places
  }
  /** A superuser, whom no row level security keeps from anything. */
  const asOwner = <T>(work: (sql: Sql) => Promise<T>) => server.app.db.asOwner(work)

  test('is found, handed out and erased, and nothing of anybody else', async () => {
    const mine = await live(MINE, 'Jane Doe')
    const other = await live(OTHER, 'Omar Diaz')
    const messages = {
      mine: await leaveMessage(MINE, 'Jane Doe', mine.callId),
      other: await leaveMessage(OTHER, 'Omar Diaz', other.callId),
    }
    expect(await placesOf(MINE)).toEqual(
      expect.arrayContaining([
        'calls.from_address',
        'contacts.metadata',
        'events.data',
        'recordings.transcript',
        'webhooks_received.body',
      ]),
    )

    const preview = await admin<{ found: Record<string, number>; obstacles: string[]; number: string }>(
      '/api/privacy/previews',
      { number: '(415) 555-0190' },
    )
    expect(preview.body).toMatchObject({
      number: MINE,
      found: { contacts: 1, calls: 1, notes: 5, requests: 1, recordings: 2, voicemails: 1, callbacks: 1 },
      obstacles: [],
    })
    expect(preview.body.found.events).toBeGreaterThan(4)

    const exported = await admin<{ url: string }>('/api/privacy/exports', { number: MINE })
    expect([exported.status, exported.body.url.includes('4155550190')]).toEqual([201, false])
    const file = await fetch(exported.body.url)
    const data = (await file.json()) as Record<string, { [key: string]: unknown }[]>
    expect(data.contacts).toMatchObject([{ name: 'Jane Doe', phones: [MINE] }])
    expect(data.notes![0]).toMatchObject({ text: 'Jane Doe wants to be called at (415) 555-0190.' })
    expect(data.requests).toMatchObject([{ subject: 'From Jane Doe' }])
    expect(data.recordings).toContainEqual(
      expect.objectContaining({
        id: mine.recordingId,
        transcript: `I am Jane Doe, ${MINE}.`,
        audio: expect.stringMatching(/^http/),
      }),
    )
    expect(JSON.stringify(data)).not.toContain('Omar')
    expect((await fetch(exported.body.url.replace(/.{8}$/, 'AAAAAAAA'))).status).toBe(403)

    const otherBefore = await snapshot(other.callId, other.contactId)
    const seqBefore = await heads()
    const refused = await admin('/api/privacy/erasures', { number: MINE, confirm: OTHER })
    expect(refused.status).toBe(400)
    const erased = await admin<{ erased: Record<string, number> }>('/api/privacy/erasures', {
      number: MINE,
      confirm: '415 555 0190',
    })
    expect(erased).toMatchObject({
      status: 200,
      body: { erased: { contacts: 1, calls: 1, recordings: 2, voicemails: 1, callbacks: 1 } },
    })

    expect(await placesOf(MINE)).toEqual([])
    // Nor on the disk: the recording, the message, and whatever else carries their ids or what they say.
    const filesOf = (id: string) =>
      fs.readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).filter(file => file.includes(id))
    for (const id of [mine.recordingId, messages.mine]) await expect.poll(() => filesOf(id)).toEqual([])
    for (const id of [other.recordingId, messages.other]) expect(filesOf(id)).not.toEqual([])
    for (const name of ['janedoe', 'janeexamplecom', 'janedoecrmexample']) expect(await placesOf(name)).toEqual([])
    // The answers that are kept for whoever asks once more are sealed: nobody but who asks sees what they say.
    const answered = await askAgain(MINE, 'Jane Doe')
    expect([answered.status, answered.headers.get('idempotent-replayed')]).toEqual([201, 'true'])
    expect(answered.body).toMatchObject({ contact: { id: mine.contactId, name: '[erased]', email: '[erased]' } })
    expect(JSON.stringify(answered.body)).not.toMatch(/jane|5550190|555-0190/i)
    expect((await askAgain(OTHER, 'Omar Diaz')).body).toMatchObject({ contact: { name: 'Omar Diaz', phones: [OTHER] } })
    expect(await snapshot(other.callId, other.contactId)).toEqual(otherBefore)
    // The log has grown by what was done now, without a gap, and its seal holds.
    const { count, head } = await heads()
    expect([count, head]).toEqual([head, expect.any(Number)])
    expect(head).toBeGreaterThan(seqBefore.head)
    const call = await admin<{ from: string; contact: null }>(`/api/calls/${mine.callId}`)
    expect(call).toMatchObject({ status: 200, body: { from: '[erased]', contact: null, recordings: [], notes: [] } })
    expect(await events('privacy.erased')).toMatchObject([
      { subject: { ending: '90', hash: expect.stringMatching(/^[0-9a-f]{32}$/) } },
    ])
    expect(JSON.stringify(await events('privacy.erased'))).not.toContain('4155550190')
    expect((await admin<{ found: object }>('/api/privacy/previews', { number: MINE })).body.found).toMatchObject({
      contacts: 0,
      calls: 0,
      events: 0,
    })
  })

  const heads = () =>
    inWorkspace(async sql => {
      const [row] = await sql.query<{ count: number; head: number }>(
        `select count(*)::int as count, (select seq::int from event_heads where workspace_id = current_workspace()) as head
         from events where workspace_id = current_workspace()`,
      )
      return row!
    })

  const snapshot = (callId: string, contactId: string) =>
    inWorkspace(async sql => [
      await sql.query('select * from calls where id = $1', [callId]),
      await sql.query('select * from contacts where id = $1', [contactId]),
      await sql.query('select * from call_notes where call_id = $1', [callId]),
      await sql.query('select id, transcript from recordings where call_id = $1', [callId]),
      await sql.query('select seq, data::text from events where call_id = $1 order by seq', [callId]),
      await sql.query('select id, body from webhooks_received where call_id = $1 order by id', [callId]),
    ])

  test('is not erased while a recording is under legal hold, nor in the middle of a call', async () => {
    const { recordingId } = await live('+14155550192', 'Ida Holm')
    await inWorkspace(sql =>
      sql.query(
        `update recordings set held_at = now(), held_by = '{"id":"x","name":"X"}', hold_reason = 'Court' where id = $1`,
        [recordingId],
      ),
    )
    const number = '+14155550192'
    const answer = await admin<{ error: { code: string; message: string } }>('/api/privacy/erasures', {
      number,
      confirm: number,
    })
    expect(answer).toMatchObject({
      status: 409,
      body: { error: { code: 'held', message: expect.stringMatching(/1 recording/) } },
    })
    expect(await admin(`/api/recordings/${recordingId}`, { reason: 'Asked for' }, 'DELETE')).toMatchObject({
      status: 409,
    })
    const own = await admin<{ obstacles: string[] }>('/api/privacy/previews', { number: OURS })
    expect(own.body.obstacles[0]).toMatch(/number of your own/)
  })

  test('one recording is deleted by hand, with a reason, and does not come back', async () => {
    const { recordingId, callId } = await live('+14155550193', 'Kim Lee')
    const original = await admin<{ transcript: string }>(`/api/recordings/${recordingId}/transcript`)
    expect(original.body.transcript).toBe('I am Kim Lee, +14155550193.')
    expect(await events('transcript.read')).toMatchObject([{ recordingId }])
    const shown = await admin<{ recordings: { transcript: string }[] }>(`/api/calls/${callId}`)
    expect(shown.body.recordings).toMatchObject([{ transcript: 'masked' }])
    // Keys never may, whatever they may otherwise.
    expect((await server.api(`/api/recordings/${recordingId}/transcript`)).status).toBe(403)

    expect(await admin(`/api/recordings/${recordingId}`, { reason: 'The customer asked.' }, 'DELETE')).toMatchObject({
      status: 200,
    })
    expect((await admin<{ recordings: unknown[] }>(`/api/calls/${callId}`)).body.recordings).toEqual([])
    expect((await events('recording.deleted')).find(event => event.recordingId === recordingId)).toMatchObject({
      reason: 'request',
      note: 'The customer asked.',
    })
    const file = path.join(dataDir, 'recordings', workspaceId, `${recordingId}.opus`)
    await expect.poll(() => fs.existsSync(file)).toBe(false)
  })

  test('settings are read and set by the names of the CRM API', async () => {
    const { body } = await admin<Record<string, unknown>>('/api/settings/calls')
    expect(body).toMatchObject({
      recording_enabled: true,
      consent_mode: 'announce',
      retention_days: 365,
      crm_webhook_url: null,
    })
    const put = (json: unknown) => admin<Record<string, unknown>>('/api/settings/calls', json, 'PUT')
    expect((await put({ retention_days: 29 })).status).toBe(400)
    expect((await put({ retention_days: 366 })).status).toBe(400)
    expect((await put({ consent_numbers: { nonsense: 'ask' } })).status).toBe(400)
    expect(
      (
        await put({
          consent_numbers: { '(202) 555-0100': 'ask' },
          consent_regions: { 'US-CA': 'ask' },
          retention_days: 90,
        })
      ).body,
    ).toMatchObject({
      consent_numbers: { [OURS]: 'ask' },
      consent_regions: { 'US-CA': 'ask' },
      retention_days: 90,
    })
    expect(await events('call_settings.updated')).toMatchObject([
      { changed: ['consent_numbers', 'consent_regions', 'retention_days'] },
    ])
    const preview = await admin('/api/settings/calls/retention-preview', { retention_days: 30 })
    expect(preview.body).toMatchObject({ now: { recordings: 0 }, withinWeek: { recordings: 0 }, undeleted: [] })
  })
})
