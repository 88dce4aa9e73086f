import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as contract from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { hashPassword } from '../access/password.ts'
import {
  addKey,
  addPerson,
  type Credentials,
  eventsOf,
  makeWorkspace,
  startTestServer,
  type TestServer,
  unknownId,
} from '../access/testing.ts'
import { verifyLog } from './verifyLog.ts'

onBothDatabases('the audit log', open => {
  let server: TestServer
  let workspaceId: string
  let admin: Credentials
  let adminId: string
  let otherId: string
  let other: Credentials
  beforeAll(async () => {
    server = await startTestServer(open)
    const place = await makeWorkspace(server)
    ;({ id: workspaceId, admin, adminId } = place)
    const elsewhere = await makeWorkspace(server)
    otherId = elsewhere.id
    other = elsewhere.admin
  })
  afterAll(() => server.close())

  const list = (query: Record<string, string> = {}, as = admin) => server.ask(contract.listAudit, { as, query })
  const entries = async (query: Record<string, string> = {}) => (await list(query)).body.items
  const createQueue = (name: string, asking: Parameters<TestServer['ask']>[1] = {}) =>
    server.ask(contract.createQueue, { as: admin, body: { name }, ...asking })
  const asOwner = (statement: string) => server.db.asOwner(sql => sql.query(statement))

  test('an entry says who did it and from where', async () => {
    await createQueue('from-a-desk', { from: '198.51.100.7', headers: { 'user-agent': 'Firefox' } })
    const [entry] = await entries({ type: 'queue' })
    expect(entry).toMatchObject({
      event: { type: 'queue.created', queue: { name: 'From a desk' } },
      actor: { kind: 'user', id: adminId, name: 'Admin' },
      origin: { ip: '198.51.100.7', userAgent: 'Firefox', channel: 'web' },
      redactedAt: null,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  test('a key is named as such', async () => {
    const key = await addKey(server, workspaceId, ['queues:write'])
    await createQueue('by-a-key', { as: key, from: '198.51.100.8' })
    const [entry] = await entries({ kind: 'key' })
    expect(entry).toMatchObject({ actor: { kind: 'key', name: 'Key' }, origin: { ip: '198.51.100.8', channel: 'api' } })
  })

  test('signing in is told as the doing of whoever it is; what fails, of whoever it was, and not over and over', async () => {
    const password = 'four unlikely words together'
    const person = await addPerson(server, workspaceId, 'agent', { passwordHash: await hashPassword(password) })
    const signIn = (given: string) =>
      server.ask(contract.signIn, { body: { email: person.email, password: given }, from: '198.51.100.9' })
    for (let n = 0; n < 3; n++) expect((await signIn('wrong')).status).toBe(401)
    await signIn('wrong too')
    expect((await signIn(password)).status).toBe(200)
    await expect
      .poll(async () => (await entries({ object: person.id, type: 'user.sign' })).map(({ event }) => event.type).sort())
      .toEqual(['user.sign_in_failed', 'user.signed_in'])
    const told = await entries({ object: person.id, type: 'user.sign' })
    expect(told.find(({ event }) => event.type === 'user.signed_in')).toMatchObject({
      event: { method: 'password' },
      actor: { kind: 'user', id: person.id },
      origin: { ip: '198.51.100.9', channel: 'web' },
    })
    expect(told.find(({ event }) => event.type === 'user.sign_in_failed')).toMatchObject({
      actor: { kind: 'visitor', id: null },
      origin: { ip: '198.51.100.9', channel: 'public' },
    })
    expect(JSON.stringify(told)).not.toMatch(/wrong|unlikely/)
  })

  test('what changed is told with what it was, secrets never', async () => {
    const { id } = await addPerson(server, workspaceId, 'agent', { name: 'Kim' })
    await server.ask(contract.updateUser, {
      as: admin,
      params: { id },
      body: { role: 'supervisor', disabled: true, password: 'four unlikely words together' },
    })
    const [entry] = await entries({ type: 'user.updated', object: id })
    expect(entry!.event).toMatchObject({
      changed: expect.arrayContaining(['role', 'disabled', 'password']),
      changes: { role: { from: 'agent', to: 'supervisor' }, disabled: { from: false, to: true } },
    })
    expect(JSON.stringify(entry)).not.toMatch(/argon2|unlikely/)
  })

  test('it is found by who, what, to what, from where, when and any word', async () => {
    const made = (await createQueue('needle', { from: '203.0.113.99' })).body.queue
    const all = await entries({ limit: '200' })
    const found = all.filter(({ event }) => JSON.stringify(event).includes(made.id))
    expect(found.length).toBeGreaterThan(0)
    for (const query of [
      { ip: '203.0.113.9' },
      { text: 'NEEDLE' },
      { object: made.id },
      { object: made.id.toUpperCase(), who: adminId, kind: 'user', type: 'queue.cre', ip: '203.0.113.99' },
    ]) {
      const answered = await entries(query)
      expect(
        answered.map(({ event }) => event.seq),
        JSON.stringify(query),
      ).toEqual(found.map(({ event }) => event.seq))
    }
    const [{ event }] = found as [(typeof found)[number]]
    expect((await entries({ since: event.at, text: 'needle' })).length).toBe(found.length)
    expect(await entries({ until: event.at, text: 'needle' })).toEqual([])
    expect(await entries({ who: 'nobody of this name' })).toEqual([])
    // What means something to a pattern means nothing here.
    for (const text of ['%', '_', "' or true --", '\\', '"']) {
      for (const answered of [await list({ text }), await list({ who: text }), await list({ ip: text })]) {
        expect(answered.status).toBe(200)
      }
    }
    expect(await entries({ ip: '%' })).toEqual([])
  })

  test('page after page shows each entry once', async () => {
    const whole = await entries({ limit: '200' })
    const seen: number[] = []
    let cursor: string | null = null
    do {
      const { body } = await list({ limit: '3', ...(cursor && { cursor }) })
      seen.push(...body.items.map(({ event }) => event.seq))
      cursor = body.nextCursor
    } while (cursor !== null)
    expect(seen).toEqual(whole.map(({ event }) => event.seq))
  })

  test('nobody but admins, and keys that manage settings, read it; nobody reads another’s', async () => {
    for (const role of ['supervisor', 'agent'] as const) {
      expect((await list({}, (await addPerson(server, workspaceId, role)).as)).status).toBe(403)
    }
    expect((await list({}, await addKey(server, workspaceId, ['calls:read']))).status).toBe(403)
    expect((await list({}, await addKey(server, workspaceId, ['settings:manage']))).status).toBe(200)
    const theirs = (await list({ limit: '200' }, other)).body.items
    expect(JSON.stringify(theirs)).not.toContain('needle')
  })

  test('exported, it is CSV that no spreadsheet executes, and that it was is in it', async () => {
    const nasty = '=HYPERLINK("http://example.com","x")'
    const person = await addPerson(server, workspaceId, 'admin', { name: nasty })
    await createQueue('by-nasty', { as: person.as, headers: { 'user-agent': '@SUM(1+1)\t|cmd' } })
    const exported = await server.http.inject({ url: '/api/audit.csv?type=queue', headers: person.as })
    expect(exported.statusCode).toBe(200)
    expect(exported.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(exported.headers['content-disposition']).toMatch(/^attachment; filename="audit-\d{4}-\d\d-\d\d\.csv"$/)
    const rows = parse(exported.body, { columns: true, record_delimiter: '\r\n' }) as Record<string, string>[]
    expect(rows[0]).toMatchObject({ type: 'queue.created', actor: `'${nasty}`, 'user agent': "'@SUM(1+1) |cmd" })
    for (const row of rows) for (const cell of Object.values(row)) expect(cell).not.toMatch(/^[=+\-@\t\r]/)
    expect(rows.map(({ type }) => type)).toEqual(rows.map(() => expect.stringMatching(/^queue/)))
    const [entry] = await entries({ type: 'audit' })
    expect(entry).toMatchObject({
      event: { type: 'audit.exported', filter: { type: 'queue' } },
      actor: { name: nasty },
    })
  })

  test('exported to people who have shown lately who they are; asking whether it may be had leaves no trace', async () => {
    const person = await addPerson(server, workspaceId, 'admin')
    const get = (as: Credentials, method: 'GET' | 'HEAD' = 'GET') =>
      server.http.inject({ method, url: '/api/audit.csv?type=queue', headers: as })
    const exports = async () => (await entries({ type: 'audit.exported' })).length
    const before = await exports()
    expect((await get(person.as, 'HEAD')).statusCode).toBe(200)
    expect(await exports()).toBe(before)
    await server.db.inWorkspace(workspaceId, tx =>
      tx.query("update sessions set proven_at = now() - interval '16 minutes' where user_id = $1", [person.id]),
    )
    expect([(await get(person.as)).statusCode, (await get(person.as)).json().error.code]).toEqual([
      403,
      'sign_in_again',
    ])
    expect((await get(person.as, 'HEAD')).statusCode).toBe(403)
    expect(await exports()).toBe(before)
    expect((await get(await addKey(server, workspaceId, ['settings:manage']))).statusCode).toBe(200)
    expect(await exports()).toBe(before + 1)
  })

  test('more entries than are kept in memory at once are exported, each once', async () => {
    await server.db.inWorkspace(otherId, async tx => {
      for (let n = 0; n < 1234; n++) {
        tx.emit({ type: 'contact.deleted', contact: { id: unknownId(), name: `${n}` }, by: { id: adminId, name: '' } })
      }
    })
    const exported = await server.http.inject({ url: '/api/audit.csv', headers: other })
    const rows = parse(exported.body, { columns: true, record_delimiter: '\r\n' }) as Record<string, string>[]
    // All that there was before this very export.
    const count = (await eventsOf(server, otherId)).length - 1
    expect(rows.map(({ seq }) => Number(seq))).toEqual(Array.from({ length: count }, (_, n) => count - n))
  })

  test('nobody changes it, not even whoever owns the database', async () => {
    for (const statement of [
      `update events set data = '{}' where workspace_id = '${workspaceId}'`,
      `delete from events where workspace_id = '${workspaceId}'`,
      'truncate events',
    ]) {
      await expect(asOwner(`alter table events no force row level security; ${statement}`)).rejects.toThrow(
        /only ever added to/,
      )
    }
  })

  test('a gap is refused when it is written', async () => {
    await expect(
      server.db.inWorkspace(workspaceId, tx =>
        tx.query(`insert into events (workspace_id, seq, at, type, data) values ($1, 1000000, now(), 'x', '{}')`, [
          workspaceId,
        ]),
      ),
    ).rejects.toThrow(/no event before it/)
  })

  test('it verifies, over its whole length and against a head kept elsewhere', async () => {
    const verdict = (await server.ask(contract.verifyAudit, { as: admin })).body
    expect(verdict).toMatchObject({ valid: true, redacted: 0, problems: [] })
    expect(verdict.entries).toBe((await eventsOf(server, workspaceId)).length)
    const { seq, hash } = verdict.head!
    await createQueue('after-the-anchor')
    const later = await server.ask(contract.verifyAudit, { as: admin, query: { seq: String(seq), hash } })
    expect(later.body).toMatchObject({ valid: true, entries: verdict.entries + 1 })
    const forged = await server.ask(contract.verifyAudit, {
      as: admin,
      query: { seq: String(seq), hash: 'f'.repeat(64) },
    })
    expect(forged.body).toMatchObject({ valid: false, problems: [{ seq, problem: 'unlike-before' }] })
    expect((await server.ask(contract.verifyAudit, { as: admin, query: { seq: '1' } })).status).toBe(400)
  })

  test('the hash can be computed without this database', async () => {
    const { createHash } = await import('node:crypto')
    const sha = (text: string) => createHash('sha256').update(text).digest('hex')
    const [one, two] = await server.db.inWorkspace(workspaceId, tx =>
      tx.query<Record<string, string>>(
        `select encode(hash, 'hex') as hash, encode(content_hash, 'hex') as content, origin::text as origin,
           data::text as data, json_build_array(workspace_id, seq, extract(epoch from at), type, call_id, queue_id,
           agent_id, actor)::text as fields from events where seq <= 2 order by seq`,
      ),
    )
    for (const [row, previous] of [
      [one!, ''],
      [two!, one!.hash!],
    ] as const) {
      expect(sha(`${row.origin ?? ''}\n${row.data}`)).toBe(row.content)
      expect(sha(`["${previous}", ${row.fields!.slice(1, -1)}, "${row.content}"]`)).toBe(row.hash)
    }
  })

  test('an erasure takes content, leaves a mark, and the log still verifies', async () => {
    await server.db.asOwner(async sql => {
      await sql.query('begin; alter table events no force row level security')
      await sql.query(`set local ringside.redacting = 'on'`)
      await sql.query(
        `update events set data = '{"type":"redacted"}', origin = null where workspace_id = $1 and seq = 2`,
        [workspaceId],
      )
      await sql.query('alter table events force row level security; commit')
    })
    expect(await verifyLog(server.db, workspaceId)).toMatchObject({ valid: true, redacted: 1 })
    await expect(
      server.db.asOwner(async sql => {
        await sql.query(`begin; alter table events no force row level security; set local ringside.redacting = 'on'`)
        try {
          await sql.query(`update events set type = 'innocent' where workspace_id = $1`, [workspaceId])
        } finally {
          await sql.query('rollback')
        }
      }),
    ).rejects.toThrow(/only ever added to/)
  })

  // Last: each of them breaks the log for good.
  test.each([
    ['an entry that says something else', 'update events set data = \'{"type":"nothing"}\' where', 'changed', 3],
    ['an entry of somebody else’s', `update events set actor = '{"kind":"center"}' where`, 'changed', 4],
    ['an entry that is gone', 'delete from events where', 'missing', 7],
  ])('whoever takes the trigger away leaves a trace: %s', async (_, change, problem, seq) => {
    await asOwner(
      `alter table events disable trigger keep_event; alter table events no force row level security;
       ${change} workspace_id = '${otherId}' and seq = ${seq === 7 ? 6 : seq};
       alter table events force row level security; alter table events enable trigger keep_event`,
    )
    const verdict = await verifyLog(server.db, otherId)
    expect(verdict.valid).toBe(false)
    expect(verdict.problems).toContainEqual({ seq, problem })
  })

  test('so does whoever cuts off its end', async () => {
    const { id } = await makeWorkspace(server)
    const before = await verifyLog(server.db, id)
    await asOwner(
      `alter table events disable trigger keep_event; alter table events no force row level security;
       delete from events where workspace_id = '${id}' and seq = ${before.head!.seq};
       alter table events force row level security; alter table events enable trigger keep_event`,
    )
    expect(await verifyLog(server.db, id)).toMatchObject({
      valid: false,
      problems: [{ seq: before.head!.seq, problem: 'missing' }],
    })
  })
})
