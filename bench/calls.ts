import { v7 as newId } from 'uuid'
import { listCalls } from '../server/calls/callStore.ts'
import { readConfig } from '../server/config.ts'
import type { Db } from '../server/platform/db.ts'
import { createLog } from '../server/platform/log.ts'
import { startServer } from '../server/server.ts'
import { firstRun } from '../server/workspaces/firstRun.ts'
import { findOldestWorkspace } from '../server/workspaces/workspaceStore.ts'
import { API_KEY, ms, quantile, table } from './support.ts'

const QUEUES = 10
const AGENTS = 200
const CALLERS = 1_000_000
const NUMBERS = 10
const SLICE = 100_000
const REQUESTS = 200

/** Lists of calls over HTTP, by every filter and the combinations that are hard, among as many calls as a year brings. */
export async function benchCalls(name: string, db: Db, calls: number): Promise<void> {
  console.log(
    `One page of 50 out of ${calls.toLocaleString('en')} calls, ${REQUESTS} requests each, ${name}. Milliseconds.`,
  )
  const config = readConfig({
    PORT: '0',
    VOICE_PROCESSES: '0',
    LOG_LEVEL: 'error',
    ADMIN_EMAIL: 'bench@example.com',
    ADMIN_PASSWORD: 'bench bench bench',
    ADMIN_API_KEY: API_KEY,
    // The lists are measured, not the limit.
    API_REQUESTS_PER_HOUR: '100000000',
  })
  await firstRun(db, config)
  const workspaceId = (await db.asSystem(findOldestWorkspace))!
  const center = await furnish(db, workspaceId)
  const began = performance.now()
  await withoutIndexes(db, async () => {
    for (let from = 0; from < calls; from += SLICE)
      await fill(db, workspaceId, center, { from, to: Math.min(calls, from + SLICE), calls })
  })
  await unhurried(db, 'vacuum analyze calls')
  process.stderr.write(`  filled in ${Math.round((performance.now() - began) / 1000)} s\n`)

  const server = await startServer(config, db, createLog('error'))
  const ids = await db.inWorkspace(workspaceId, tx =>
    tx.query<{ id: string }>('select id from calls order by random() limit $1', [REQUESTS]),
  )
  const rows = [['', 'p50', 'p99']]
  const add = async (what: string, ask: (index: number) => Promise<unknown>) => {
    for (let index = 0; index < 10; index++) await ask(index)
    const times: number[] = []
    for (let index = 0; index < REQUESTS; index++) {
      const began = performance.now()
      await ask(index)
      times.push(performance.now() - began)
    }
    rows.push([what, ms(quantile(times, 0.5)), ms(quantile(times, 0.99))])
  }
  const get = async (path: string, query: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}${path}?${new URLSearchParams(query)}`, {
      headers: { 'x-api-key': API_KEY },
    })
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
    return (await response.json()) as { nextCursor: string | null; next_cursor: string | null }
  }

  await add('bare: one call by its id', index =>
    db.inWorkspace(workspaceId, tx => tx.query('select * from calls where id = $1', [ids[index % ids.length]!.id])),
  )
  await add('bare: HTTP alone', () => fetch(`${server.url}/healthz`).then(response => response.text()))
  const any = <Item>(items: Item[]): Item => items[Math.floor(Math.random() * items.length)]!
  const agent = () => any(center.agents)
  const queue = () => any(center.queues)
  const caller = () => callerOf(Math.floor(Math.random() * CALLERS))
  const own = () => numberOf(1 + Math.floor(Math.random() * NUMBERS))
  const day = () => {
    const since = Date.now() - Math.floor(1 + Math.random() * 360) * DAY
    return { since: new Date(since).toISOString(), until: new Date(since + DAY).toISOString() }
  }
  const FILTERS: [string, () => Record<string, string>][] = [
    ['', () => ({})],
    ['status=ringing', () => ({ status: 'ringing' })],
    ['status=completed', () => ({ status: 'completed' })],
    ['status=failed', () => ({ status: 'failed' })],
    ['direction=inbound', () => ({ direction: 'inbound' })],
    ['direction=outbound', () => ({ direction: 'outbound' })],
    ['queue', () => ({ queue: queue() })],
    ['agent', () => ({ agent: agent() })],
    ['from, a customer', () => ({ from: caller() })],
    ['from, our number', () => ({ from: own() })],
    ['to, our number', () => ({ to: own() })],
    ['since, until', day],
    ['queue, status=failed', () => ({ queue: queue(), status: 'failed' })],
    ['queue, direction=outbound', () => ({ queue: queue(), direction: 'outbound' })],
    ['queue, since, until', () => ({ queue: queue(), ...day() })],
    ['agent, status=failed', () => ({ agent: agent(), status: 'failed' })],
    ['agent, queue', () => ({ agent: agent(), queue: queue() })],
    ['agent, since, until', () => ({ agent: agent(), ...day() })],
    [
      'agent, queue, status=failed, direction=outbound',
      () => ({
        agent: agent(),
        queue: queue(),
        status: 'failed',
        direction: 'outbound',
      }),
    ],
    ['status=failed, direction=outbound, since, until', () => ({ status: 'failed', direction: 'outbound', ...day() })],
    ['from, our number, status=failed', () => ({ from: own(), status: 'failed' })],
    ['to, our number, agent', () => ({ to: own(), agent: agent() })],
    ['queue that is new, status=failed', () => ({ queue: center.newQueue, status: 'failed' })],
    ['agent who is new', () => ({ agent: center.newAgent })],
    ['agent who is new, queue', () => ({ agent: center.newAgent, queue: queue() })],
  ]
  for (const [what, query] of FILTERS) await add(`/api/calls ${what}`, () => get('/api/calls', query()))
  let cursor: string | null = null
  await add('/api/calls page after page', async () => {
    cursor = (await get('/api/calls', { ...(cursor !== null && { cursor }) })).nextCursor
  })
  const CRM: [string, () => Record<string, string>][] = [
    ['', () => ({})],
    ['status=completed', () => ({ status: 'completed' })],
    ['status=failed', () => ({ status: 'failed' })],
    ['agent_id', () => ({ agent_id: agent() })],
    [
      'start_date, end_date',
      () => {
        const { since, until } = day()
        return { start_date: since, end_date: until }
      },
    ],
    ['agent_id, status=failed, start_date', () => ({ agent_id: agent(), status: 'failed', start_date: day().since })],
  ]
  for (const [what, query] of CRM)
    await add(`api-calls-list ${what}`, () => get('/functions/v1/api-calls-list', query()))
  const seenBy = (agentId: string, queueIds: string[]) =>
    db.inWorkspace(workspaceId, tx => listCalls(tx, { visibleTo: { agentId, queueIds } }, 51))
  await add('what an agent of two queues sees, without HTTP', () => seenBy(agent(), [queue(), queue()]))
  await add('what a new agent of a new queue sees, without HTTP', () => seenBy(center.newAgent, [center.newQueue]))
  await add('api-calls-monitor', () => get('/functions/v1/api-calls-monitor'))
  table(rows)
  await server.stop()
}

const DAY = 24 * 3600_000
const callerOf = (index: number): string => `+1${2_000_000_000 + index * 7}`
const numberOf = (index: number): string => `+1202555${String(100 + index).padStart(4, '0')}`

interface Center {
  queues: string[]
  agents: string[]
  /** Who has had no calls yet. */
  newQueue: string
  newAgent: string
}

async function furnish(db: Db, workspaceId: string): Promise<Center> {
  const queues = Array.from({ length: QUEUES + 1 }, () => newId())
  const agents = Array.from({ length: AGENTS + 1 }, () => newId())
  await db.inWorkspace(workspaceId, async tx => {
    await tx.query(
      `insert into queues (workspace_id, id, name, display_name)
       select $1, id, 'queue-' || place, 'Queue ' || place from unnest($2::uuid[]) with ordinality as q(id, place)`,
      [workspaceId, queues],
    )
    await tx.query(
      `insert into users (workspace_id, id, email, name, role)
       select $1, id, 'agent' || place || '@example.com', 'Agent ' || place, 'agent'
       from unnest($2::uuid[]) with ordinality as u(id, place)`,
      [workspaceId, agents],
    )
    await tx.query(
      'insert into agents (workspace_id, id, user_id) select $1, id, id from unnest($2::uuid[]) as a(id)',
      [workspaceId, agents],
    )
  })
  return {
    queues: queues.slice(0, QUEUES),
    agents: agents.slice(0, AGENTS),
    newQueue: queues[QUEUES]!,
    newAgent: agents[AGENTS]!,
  }
}

/** Indexes are made faster of what is there than row by row. */
async function withoutIndexes(db: Db, work: () => Promise<void>): Promise<void> {
  const indexes = await db.asOwner(sql =>
    sql.query<{ name: string; definition: string }>(
      `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
       from pg_index i where indrelid = 'calls'::regclass
         and not exists (select from pg_constraint where conindid = i.indexrelid)`,
    ),
  )
  for (const { name } of indexes) await db.asOwner(sql => sql.query(`drop index ${name}`))
  await work()
  for (const { definition } of indexes) await unhurried(db, definition)
}

/** A statement that may take longer than a request would wait. */
async function unhurried(db: Db, statement: string): Promise<void> {
  await db.asOwner(async sql => {
    await sql.query('set statement_timeout = 0')
    await sql.query(statement)
    await sql.query('reset statement_timeout')
  })
}

/** A year of calls: one in five outbound, one in fourteen failed, the newest two hundred alive; few agents have many. */
function fill(
  db: Db,
  workspaceId: string,
  { queues, agents }: Center,
  { from, to, calls }: { from: number; to: number; calls: number },
): Promise<unknown> {
  return db.inWorkspace(workspaceId, tx =>
    tx.query(
      `insert into calls (workspace_id, id, provider, provider_call_id, control, direction, from_address, to_address,
         customer_key, status, outcome, queue_id, agent_id, match_state, started_at, answered_at, ended_at,
         duration_seconds, legs)
       select $1, (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') || '70008' || substr(md5(n::text), 1, 15))::uuid,
         'twilio', 'CA' || md5(n::text), 'ours', case when outbound then 'outbound' else 'inbound' end,
         case when outbound then own else customer end, case when outbound then customer else own end, customer,
         case when alive then 'in-progress' when failed then 'failed' else 'completed' end,
         case when alive then null when failed then 'failed' else 'answered' end,
         ($4::uuid[])[1 + floor(power(random(), 2) * $5)::int], ($6::uuid[])[1 + floor(power(random(), 2) * $7)::int],
         'unknown', at, at, case when alive then null else at + interval '3 minutes' end,
         case when alive then null else 180 end, '[{"providerLegId": "leg", "party": "customer", "status": "ended"}]'
       from (
         select n, date_trunc('milliseconds', now() - (n::float8 / $8) * interval '365 days') as at,
           random() < 0.2 as outbound, random() < 0.07 as failed, n < 200 as alive,
           '+1' || (2000000000 + floor(random() * $9)::bigint * 7) as customer,
           '+1202555' || lpad((101 + floor(random() * $10)::int)::text, 4, '0') as own
         from generate_series($2::int, $3::int - 1) as n
       ) as made`,
      [workspaceId, from, to, queues, queues.length, agents, agents.length, calls, CALLERS, NUMBERS],
    ),
  )
}
