import { randomUUID } from 'node:crypto'
import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type * as contract from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { ADMIN, startTestServer, type TestServer } from '../../test/support/server.ts'
import { findOldestWorkspace } from '../workspaces/workspaceStore.ts'

type Page = { items: contract.FoundTranscript[]; nextCursor: string | null }

onBothDatabases('what was said is searched', open => {
  let server: TestServer
  let workspaceId: string
  beforeAll(async () => {
    server = await startTestServer({}, open)
    workspaceId = (await server.app.db.asSystem(findOldestWorkspace))!
  })
  afterAll(() => server?.close())
  beforeEach(() => query('delete from recordings'))

  const query = <Row>(text: string, values: unknown[] = [], workspace = workspaceId) =>
    server.app.db.inWorkspace(workspace, tx => tx.query<Row>(text, values))

  let made = 0
  /** A recording of a call of its own, each a minute after the one before. Returns its id. */
  async function said(masked: string | null, more: { original?: string; workspace?: string } = {}): Promise<string> {
    const [callId, id, { original = masked, workspace = workspaceId }] = [newId(), randomUUID(), more]
    const at = new Date(Date.UTC(2026, 2, 1, 9, ++made))
    await query(
      `insert into calls (workspace_id, id, provider, provider_call_id, control, direction, status, match_state, started_at)
       values (current_workspace(), $1, 'manual', $3, 'nobody', 'inbound', 'in-progress', 'unknown', $2)`,
      [callId, at, callId],
      workspace,
    )
    await query(
      `insert into recordings (workspace_id, id, call_id, kind, provider, status, seconds, started_at, completed_at,
         transcript, transcript_masked)
       values (current_workspace(), $1, $2, 'call', 'builtin', 'completed', 3, $3, $3, $4, $5)`,
      [id, callId, at, original, masked],
      workspace,
    )
    return id
  }
  async function search(q: string, more: Record<string, string> = {}, headers: Record<string, string> = {}) {
    const { status, body } = await server.api(`/api/transcripts?${new URLSearchParams({ q, ...more })}`, { headers })
    return { status, body: body as Page }
  }
  const idsOf = ({ items }: Page) => items.map(({ recording }) => recording.id)
  const found = async (q: string, more = {}) => idsOf((await search(q, more)).body)

  test.each([
    ['I would like a refund for my order.', ['refund', 'REFUND order', 'ref', 'order refu', 'réfund']],
    ['¿Y cuándo llegará la factura? ¡Mañana!', ['factura', 'fact', 'Cuando llegara', 'manana', 'mañana factura']],
    ['It is on example.com/help, room 20-30, ASAP_now', ['example', 'com', 'help', '30', 'now', 'room 20']],
    ['Die Straße nach Køge', ['straße', 'køge']],
  ])('%j is found', async (transcript, searches) => {
    await said('Something else altogether.')
    const id = await said(transcript)
    for (const q of searches) expect([q, await found(q)]).toEqual([q, [id]])
    for (const q of ['efund', 'factor', 'refund factura', 'xample']) expect([q, await found(q)]).toEqual([q, []])
  })

  test('the newest first, with their calls, the words marked, page by page', async () => {
    const ids = []
    for (let n = 0; n < 7; n++) ids.unshift(await said(`Call ${n} about a refund, of course.`))
    await said(null)
    const { body } = await search('refund')
    expect(idsOf(body)).toEqual(ids)
    expect(body.items[0]).toMatchObject({
      recording: { kind: 'call', seconds: 3 },
      call: { provider: 'manual', direction: 'inbound' },
      excerpt: [
        { text: 'Call 6 about a ', found: false },
        { text: 'refund', found: true },
        { text: ', of course.', found: false },
      ],
    })
    const walked: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body: page } = await search('refund', { limit: '3', ...(cursor && { cursor }) })
      walked.push(...idsOf(page))
      cursor = page.nextCursor
    }
    expect(walked).toEqual(ids)
    const times = body.items.map(({ recording }) => recording.startedAt)
    expect(await found('refund', { since: times[2]!, until: times[0]! })).toEqual(ids.slice(1, 3))
  })

  test('among many, too: what all of them say, what only the oldest says, and what none does', async () => {
    const oldest = await said('A rare word, and a common one.')
    const newer = await said('Another common one.')
    await query(
      `insert into recordings (workspace_id, id, call_id, kind, provider, status, seconds, started_at, completed_at,
         transcript_masked)
       select workspace_id, id || '-' || n, call_id, kind, provider, status, 3, started_at + n * interval '1 second', now(),
         case n % 2 when 0 then 'Something common.' else 'Nothing at all.' end
       from recordings, generate_series(1, 1500) n where id = $1`,
      [newer],
    )
    expect(await found('common', { limit: '3' })).toEqual([1500, 1498, 1496].map(n => `${newer}-${n}`))
    expect(await found('rare')).toEqual([oldest])
    expect(await found('common rare')).toEqual([oldest])
    expect(await found('heard')).toEqual([])
    const walked: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await search('common', { limit: '200', ...(cursor && { cursor }) })
      walked.push(...idsOf(body))
      cursor = body.nextCursor
    }
    expect(walked).toEqual([...Array.from({ length: 750 }, (_, n) => `${newer}-${1500 - 2 * n}`), newer, oldest])
  })

  test('only the masked text is searched', async () => {
    const id = await said('My number is [phone].', { original: 'My number is 4155550199.' })
    expect(await found('4155550199')).toEqual([])
    expect(await found('number')).toEqual([id])
  })

  test('agents find what is said in the calls that they see; others’ workspaces nobody', async () => {
    const { body } = await server.api('/api/users', {
      json: {
        name: 'Ana',
        email: `${newId()}@example.com`,
        role: 'agent',
        password: ADMIN.password,
        queues: ['sales'],
      },
    })
    const { id: userId, email } = (body as { user: { id: string; email: string } }).user
    const cookie = await server.signIn(email, ADMIN.password)
    const [own, sales, hr, nobodys] = [
      await said('refund'),
      await said('refund'),
      await said('refund'),
      await said('refund'),
    ]
    const set = (id: string, what: string) =>
      query(`update calls c set ${what} from recordings r where r.id = $1 and r.call_id = c.id`, [id])
    await set(own, `agent_id = (select id from agents where user_id = '${userId}')`)
    for (const [id, name] of [
      [sales, 'sales'],
      [hr, 'hr'],
    ] as const)
      await set(id, `queue_id = (select id from queues where name = '${name}')`)
    const response = await fetch(`${server.url}/api/transcripts?q=refund`, { headers: { cookie } })
    expect(idsOf((await response.json()) as Page)).toEqual([nobodys, sales, own])
    expect(await found('refund')).toEqual([nobodys, hr, sales, own])

    const other = await server.api('/api/workspaces', {
      json: { name: 'Other', adminEmail: `${newId()}@example.com`, adminPassword: ADMIN.password },
    })
    const { workspace, apiKey } = other.body as { workspace: { id: string }; apiKey: string }
    const theirs = await said('refund', { workspace: workspace.id })
    expect(idsOf((await search('refund', {}, { 'x-api-key': apiKey })).body)).toEqual([theirs])
    expect(await found('refund')).toEqual([nobodys, hr, sales, own])
  })

  test.each(["'", "\\' & !", "a' | 'b", 'a:* & b', '(', '\\', '\u0000x', '%', '_', '<->', '😀', 'x'.repeat(100)])(
    '%j is a search like any other',
    async q => {
      await said('refund')
      const { status, body } = await search(q)
      expect([200, 400]).toContain(status)
      if (status === 200) expect(body.items).toEqual([])
    },
  )

  test('a transcript of any length is kept, and found by its first hours', async () => {
    const id = await said(`refund ${Array.from({ length: 60_000 }, (_, n) => `wort${n}ñ`).join(' ')} finally`)
    expect(await found('refund')).toEqual([id])
    expect(await found('wort77')).toEqual([id])
    expect(await found('finally')).toEqual([])
    // Signs that become eighteen, and letters of four bytes: no text is too long for the index.
    await said('\ufdfa '.repeat(50_000))
    await said(Array.from({ length: 50_000 }, (_, n) => String.fromCodePoint(0x20000 + (n % 40_000))).join(' '))
  })

  test('not by those who may not see calls', async () => {
    const { body } = await server.api('/api/api-keys', { json: { name: 'Key', permissions: ['contacts:read'] } })
    expect((await search('refund', {}, { 'x-api-key': (body as { key: string }).key })).status).toBe(403)
  })
})
