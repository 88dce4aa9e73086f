import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { onBothDatabases } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { Sql } from '../platform/db.ts'
import { recordingFile } from '../recordings/recordingFile.ts'
import { keepRecordings } from '../recordings/recordingStore.ts'
import { leaveRecording } from '../recordings/testing.ts'

const ACCOUNT = `AC${'0'.repeat(32)}`

onBothDatabases('what was recorded is kept as long as it may be', open => {
  let server: TestServer
  let dataDir: string
  let workspaceId: string
  let carrier: http.Server
  /** What the carrier was asked to delete, and what it answers next; 204 when nothing is said. */
  const asked: string[] = []
  const answers: number[] = []

  beforeAll(async () => {
    carrier = http.createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`)
      response.writeHead(request.method === 'DELETE' ? (answers.shift() ?? 204) : 404).end()
    })
    await new Promise<void>(resolve => carrier.listen(0, '127.0.0.1', resolve))
    dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-keeping-'))
    server = await startTestServer(
      {
        DATA_DIR: dataDir,
        TWILIO_ACCOUNT_SID: ACCOUNT,
        TWILIO_AUTH_TOKEN: 'token',
        TWILIO_API_URL: `http://127.0.0.1:${(carrier.address() as AddressInfo).port}`,
      },
      open,
    )
    const [row] = await server.app.db.asSystem(sql => sql.query<{ id: string }>('select id from workspaces'))
    workspaceId = row!.id
  })
  afterAll(async () => {
    await server?.close()
    await new Promise(resolve => carrier.close(resolve))
    fs.rmSync(dataDir, { recursive: true, force: true })
  })
  beforeEach(() => {
    asked.length = 0
    answers.length = 0
  })

  const inWorkspace = <T>(work: (sql: Sql) => Promise<T>) => server.app.db.inWorkspace(workspaceId, work)
  const query = <Row>(text: string, values?: unknown[]) => inWorkspace(sql => sql.query<Row>(text, values))
  const queueId = async (name: string) =>
    (await query<{ id: string }>('select id from queues where name = $1', [name]))[0]!.id
  const settings = (json: object) => server.api('/api/settings/calls', { method: 'PUT', json })
  const events = async (type: string) =>
    (
      await query<{ data: Record<string, unknown> }>('select data from events where type = $1 order by seq', [type])
    ).map(({ data }) => data)

  /** A recording that ended so many days ago. */
  async function recording(
    days: number,
    { queue = 'sales', url = null as string | null, kind = 'call' as 'call' | 'voicemail' } = {},
  ): Promise<string> {
    const callId = newId()
    await query(
      `insert into calls (workspace_id, id, provider, provider_call_id, control, direction, status, outcome, match_state,
         started_at, ended_at, queue_id)
       values (current_workspace(), $1, 'twilio', $2, 'ours', 'inbound', 'completed', 'answered', 'withheld', now(), now(), $3)`,
      [callId, newId(), await queueId(queue)],
    )
    const id = await leaveRecording({ db: server.app.db, dataDir, workspaceId, callId }, Buffer.from('OggS'), {
      kind,
      url,
      provider: url === null ? 'builtin' : 'twilio',
      seconds: 60,
    })
    await query(
      `update recordings set completed_at = now() - make_interval(days => $2), transcript = 'said', transcript_masked = 'said',
         store_due = null, transcript_due = null where id = $1`,
      [id, days],
    )
    return id
  }

  const remain = async (ids: string[]) => {
    const rows = await query<{ id: string }>('select id from recordings where id = any($1::text[])', [ids])
    return ids.filter(id => rows.some(row => row.id === id))
  }

  /** Another day has begun. */
  async function nextDay(): Promise<void> {
    const runs = (await events('retention.applied')).length
    await query('update compliance_settings set retention_due = now()')
    await settings({ consent_announcement: { en: `This call may be recorded (${newId()}).` } })
    await expect.poll(async () => (await events('retention.applied')).length).toBe(runs + 1)
  }
  const untilRemoved = () =>
    expect
      .poll(() => query('select id, problem from recording_deletions where due_at is not null'), { timeout: 10_000 })
      .toEqual([])

  test('recordings that are too old go with all that belongs to them; calls and what is younger stay', async () => {
    await settings({ retention_days: 60, retention_by_queue: { [await queueId('hr')]: 30 } })
    const [old, young, hr, hrYoung, held] = [
      await recording(61),
      await recording(59),
      await recording(31, { queue: 'hr' }),
      await recording(29, { queue: 'hr' }),
      await recording(300),
    ]
    await query(
      `update recordings set held_at = now(), held_by = '{"id":"x","name":"X"}', hold_reason = 'Court' where id = $1`,
      [held],
    )
    const all = [old, young, hr, hrYoung, held]

    const { body } = await server.api('/api/settings/calls/retention-preview', { json: {} })
    expect(body).toMatchObject({
      now: {
        recordings: 2,
        seconds: 120,
        held: 1,
        byQueue: expect.arrayContaining([
          { queue: { id: await queueId('hr'), name: 'HR' }, recordings: 1, seconds: 60 },
        ]),
      },
      withinWeek: { recordings: 4 },
    })
    // A preview deletes nothing.
    expect(await remain(all)).toEqual(all)

    await nextDay()
    expect(await remain(all)).toEqual([young, hrYoung, held])
    await untilRemoved()
    expect(fs.existsSync(recordingFile(dataDir, workspaceId, old))).toBe(false)
    expect(fs.existsSync(recordingFile(dataDir, workspaceId, young))).toBe(true)
    expect((await events('retention.applied')).at(-1)).toMatchObject({ recordings: 2, seconds: 120 })
    const deleted = await events('recording.deleted')
    expect(deleted.map(event => [event.recordingId, event.reason, event.by])).toEqual(
      expect.arrayContaining([
        [old, 'retention', null],
        [hr, 'retention', null],
      ]),
    )
    expect(await query('select from calls where provider = $1', ['twilio'])).toHaveLength(5)
  })

  test('what lies with the carrier is deleted there, as often as it takes', async () => {
    answers.push(503)
    const sid = await recording(400, { url: 'https://api.twilio.com/2010-04-01/Accounts/AC/Recordings/RE1' })
    await nextDay()
    const path = `DELETE /2010-04-01/Accounts/${ACCOUNT}/Recordings/${sid}.json`
    await expect.poll(() => asked).toEqual([path])
    const undeleted = async () =>
      ((await server.api('/api/settings/calls/retention-preview', { json: {} })).body as { undeleted: unknown })
        .undeleted
    await expect
      .poll(undeleted)
      .toMatchObject([{ provider: 'twilio', recordings: 1, problem: expect.stringMatching(/503/) }])
    await query('update recording_deletions set due_at = now() where due_at is not null')
    await settings({ consent_opt_out_key: '9' })
    await untilRemoved()
    expect(asked).toEqual([path, path])
  })

  test('a recording that the carrier does not have any more is gone', async () => {
    answers.push(404)
    await recording(400, { url: 'https://api.twilio.com/2010-04-01/Accounts/AC/Recordings/RE2' })
    await nextDay()
    await untilRemoved()
  })

  test('a conversation that was recorded against the customer’s will goes at once', async () => {
    const id = await recording(0)
    await query(
      `update calls set consent = '{"given":false}' where id = (select call_id from recordings where id = $1)`,
      [id],
    )
    await nextDay()
    expect(await remain([id])).toEqual([])
    expect((await events('recording.deleted')).at(-1)).toMatchObject({ recordingId: id, reason: 'no-consent' })
  })

  test('a late report brings nothing back', async () => {
    const id = await recording(400)
    const [{ call_id: callId }] = (await query<{ call_id: string }>('select call_id from recordings where id = $1', [
      id,
    ])) as [{ call_id: string }]
    await nextDay()
    await server.app.db.inWorkspace(workspaceId, tx =>
      keepRecordings(tx, [
        { id, callId, kind: 'call', provider: 'builtin', status: 'completed', url: null, seconds: 60 },
      ]),
    )
    expect(await remain([id])).toEqual([])
  })

  test('what was said is masked anew when that is set otherwise', async () => {
    const id = await recording(1)
    await query(`update recordings set transcript = 'Call 415 555 0190 or write to a@example.com.' where id = $1`, [id])
    const masked = async () =>
      (await query<{ transcript_masked: string }>('select transcript_masked from recordings where id = $1', [id]))[0]!
        .transcript_masked
    await settings({ pii_masking: { phone_numbers: true, cards: true, emails: false, numbers: true, names: true } })
    await expect.poll(masked).toBe('Call [phone] or write to a@example.com.')
    await settings({ pii_masking: { phone_numbers: true, cards: true, emails: true, numbers: true, names: true } })
    await expect.poll(masked).toBe('Call [phone] or write to [email].')
  })

  test('with transcription off, nothing is written down', async () => {
    await settings({ transcription_enabled: false })
    const id = newId()
    await query(
      `insert into calls (workspace_id, id, provider, provider_call_id, control, direction, status, match_state, started_at)
      values (current_workspace(), $1, 'builtin', 'late', 'ours', 'inbound', 'in-progress', 'withheld', now())`,
      [id],
    )
    const recordingId = await leaveRecording(
      { db: server.app.db, dataDir, workspaceId, callId: id },
      Buffer.from('OggS'),
    )
    expect(await query('select transcript_due from recordings where id = $1', [recordingId])).toEqual([
      { transcript_due: null },
    ])
  })
})
