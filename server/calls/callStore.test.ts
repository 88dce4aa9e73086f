import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { createWorkspace } from '../workspaces/workspace.ts'
import { type CallCursor, type CallFilter, listCalls } from './callStore.ts'

const CALLS = 400
const STATUSES = ['ringing', 'in-progress', 'completed', 'failed'] as const
const DIRECTIONS = ['inbound', 'outbound'] as const
/** Ten moments: many calls begin at the same one, and the order among them holds too. */
const MOMENTS = Array.from({ length: 10 }, (_, index) => `2025-03-01T00:00:0${index}.000Z`)
const NUMBERS = ['+14155550101', '+14155550102', '+1234567890']

interface Row {
  id: string
  status: string
  direction: string
  queue: string | null
  agent: string | null
  from: string
  to: string
  at: string
}

onBothDatabases('lists of calls', open => {
  let database: TestDatabase
  let workspaceId: string
  let queues: { id: string; name: string }[]
  let agents: string[]
  let all: Row[]

  beforeAll(async () => {
    database = await open()
    const make = async (adminEmail: string) =>
      (await createWorkspace(database.db, { name: 'Center', adminEmail, adminPassword: null, supportNumbers: [] }))
        .workspace.id
    workspaceId = await make('one@example.com')
    // Another center's calls look the same, and are on no list of ours.
    for (const id of [workspaceId, await make('other@example.com')])
      await database.db.inWorkspace(id, async tx => {
        await tx.query(
          `insert into users (workspace_id, id, email, name, role)
           select $1, gen_random_uuid(), 'agent' || n || '@' || left($1::uuid::text, 36) || '.example', 'Agent', 'agent'
           from generate_series(1, 2) n`,
          [id],
        )
        await tx.query(
          `insert into agents (workspace_id, id, user_id) select workspace_id, id, id from users where role = 'agent'`,
        )
        // Anything with anything, but always the same: nobody need see a failure twice by luck.
        await tx.query(
          `insert into calls (workspace_id, id, provider, provider_call_id, control, direction, status, outcome, queue_id,
             agent_id, from_address, to_address, match_state, started_at)
           select $1, gen_random_uuid(), 'twilio', 'CA' || n, 'ours', ($2::text[])[1 + n % 2], status,
             case when status = 'failed' then 'failed' when status = 'completed' then 'answered' end,
             (select id from queues order by name offset n * 7 % 4 limit 1),
             (select id from agents order by id offset n * 11 % 4 limit 1),
             ($3::text[])[1 + n * 5 % 3], ($3::text[])[1 + n * 13 / 3 % 3], 'unknown', ($4::timestamptz[])[1 + n * 17 / 4 % 10]
           from (select n, ($5::text[])[1 + n * 19 / 2 % 4] as status from generate_series(1, $6::int) n) as made`,
          [id, [...DIRECTIONS], NUMBERS, MOMENTS, [...STATUSES], CALLS],
        )
      })
    await database.db.inWorkspace(workspaceId, async tx => {
      queues = await tx.query('select id, name from queues order by name')
      agents = (await tx.query<{ id: string }>('select id from agents order by id')).map(({ id }) => id)
      const rows = await tx.query<Omit<Row, 'at'> & { at: Date }>(
        `select id, status, direction, queue_id as queue, agent_id as agent, from_address as "from", to_address as "to",
           started_at as at from calls`,
      )
      all = rows.map(row => ({ ...row, at: row.at.toISOString() }))
    })
  })
  afterAll(() => database.close())

  /** What a list is, read slowly. */
  function expected(filter: CallFilter): string[] {
    const queue = queues.find(({ id, name }) => filter.queue === id || filter.queue === name)?.id
    const { visibleTo: seen } = filter
    return all
      .filter(
        call =>
          (!filter.status || call.status === filter.status) &&
          (!filter.onlyLive || ['ringing', 'in-progress'].includes(call.status)) &&
          (!filter.direction || call.direction === filter.direction) &&
          (!filter.queue || call.queue === queue) &&
          (!filter.agentId || call.agent === filter.agentId) &&
          (!filter.from || call.from === filter.from) &&
          (!filter.to || call.to === filter.to) &&
          (!filter.since || call.at >= filter.since) &&
          (!filter.until || call.at < filter.until) &&
          (!filter.text || call.from.includes(filter.text) || call.to.includes(filter.text)) &&
          (!seen ||
            (call.agent !== null && call.agent === seen.agentId) ||
            (call.queue !== null && seen.queueIds.includes(call.queue)) ||
            (call.agent === null && call.queue === null)),
      )
      .toSorted((a, b) => (a.at === b.at ? (a.id < b.id ? 1 : -1) : a.at < b.at ? 1 : -1))
      .map(({ id }) => id)
  }

  async function pageThrough(filter: CallFilter, limit: number): Promise<string[]> {
    const ids: string[] = []
    for (let after: CallCursor | null = null; ; ) {
      const page = await database.db.inWorkspace(workspaceId, tx => listCalls(tx, filter, limit, after))
      ids.push(...page.map(({ call }) => call.id))
      if (page.length < limit) return ids
      const { startedAt, id } = page.at(-1)!.call
      after = { startedAt, id }
    }
  }

  const perhaps = <Value>(...values: Value[]) =>
    fc.option(fc.constantFrom(...values), { nil: undefined, freq: 2 }) as fc.Arbitrary<Value | undefined>

  test('by any filters, page by page, are what passes them, newest first, each once', async () => {
    const filters = fc.record({
      status: perhaps(...STATUSES),
      direction: perhaps(...DIRECTIONS),
      queue: perhaps(...queues.map(({ id }) => id), ...queues.map(({ name }) => name)),
      agentId: perhaps(...agents),
      from: perhaps(...NUMBERS),
      to: perhaps(...NUMBERS),
      since: perhaps(...MOMENTS),
      until: perhaps(...MOMENTS),
      text: fc.option(fc.constantFrom('0101', '234567'), { nil: undefined, freq: 1 }),
      onlyLive: fc.boolean(),
      visibleTo: fc.option(
        fc.record({
          agentId: fc.option(fc.constantFrom(...agents)),
          queueIds: fc.subarray(queues.map(({ id }) => id)),
        }),
        { nil: undefined, freq: 2 },
      ),
    })
    await fc.assert(
      fc.asyncProperty(filters, fc.integer({ min: 3, max: 60 }), async (filter, limit) => {
        expect(await pageThrough(filter, limit)).toEqual(expected(filter))
      }),
      { numRuns: 150 },
    )
  })

  test('with a text are looked for among the newest that pass all else, and no further back', async () => {
    for (const filter of [{}, { direction: 'inbound' }, { until: MOMENTS[6]!, from: NUMBERS[0]! }] as const) {
      const oldest = all.find(({ id }) => id === expected(filter)[49])!.at
      const looked = { ...filter, text: '0101', since: oldest }
      const found = await database.db.inWorkspace(workspaceId, tx =>
        listCalls(tx, { ...filter, text: '0101' }, CALLS, null, 50),
      )
      expect(found.map(({ call }) => call.id)).toEqual(expected(looked))
      expect(found.length).toBeLessThan(expected({ ...filter, text: '0101' }).length)
    }
  })

  test('of a queue that is not there are empty', async () => {
    expect(await pageThrough({ queue: 'nowhere' }, 10)).toEqual([])
  })
})
