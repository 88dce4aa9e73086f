import type { Db, Sql } from '../../server/platform/db.ts'

/**
 * Something that must be true of the tables whoever dies when. `sql` finds what breaks it, over all workspaces, so it is
 * run as the owner; it returns nothing where all is well.
 */
export interface Invariant {
  id: string
  says: string
  sql: string
}

/** How long a deadline may be late: time for a process that has died to be replaced by another's watch, with room. */
const LATENESS = `interval '5 seconds'`

/**
 * What keeps agent `a` from work `w` of queue `q` at the time `at`: any skill asked of it that is higher than what it has.
 * What the queue and the work ask for is lowered by the steps of relaxation that hold by then.
 */
const lacksSkill = (at: string) => `exists (
    select from (
      select * from jsonb_each_text(coalesce(q.settings -> 'requires', '{}'))
      union all
      select * from jsonb_each_text(w.requires)
    ) as asked(skill, level)
    where coalesce((a.skills ->> asked.skill)::int, 0) < least(asked.level::int, (
      select min((step -> 'lower' ->> asked.skill)::int)
      from jsonb_array_elements(coalesce(q.settings -> 'relaxation', '[]')) as step
      where w.enqueued_at + (step ->> 'afterMs')::float8 * interval '1 millisecond' <= ${at}
    ))
  )`

/** What every committed state has to keep. Cheap enough to be asked every second. */
export const INVARIANTS: readonly Invariant[] = [
  {
    id: 'I-01',
    says: 'a provider’s call is one call',
    sql: `select workspace_id, provider, provider_call_id, count(*) from calls group by 1, 2, 3 having count(*) > 1`,
  },
  {
    id: 'I-02',
    says: 'a call that has ended has one outcome, and neither place nor slot but for wrap-up; a living one has none',
    sql: `select c.id, c.status, c.outcome, e.work_id, s.state
      from calls c
      left join queue_entries e on e.workspace_id = c.workspace_id and e.work_id = c.id
      left join slots s on s.workspace_id = c.workspace_id and s.work_id = c.id and s.state <> 'wrap-up'
      where case when c.status in ('completed', 'failed')
        then c.outcome is null or e.work_id is not null or s.work_id is not null
        else c.outcome is not null end`,
  },
  {
    id: 'I-04',
    says: 'work rings in one attempt at a time, and not at all once somebody has it',
    sql: `select o.work_id, count(distinct o.attempt), count(s.agent_id) as owners
      from offers o
      left join slots s on s.workspace_id = o.workspace_id and s.work_id = o.work_id and s.state = 'talking'
      where o.outcome is null
      group by o.workspace_id, o.work_id having count(distinct o.attempt) > 1 or count(s.agent_id) > 0`,
  },
  {
    id: 'I-05',
    says: 'whoever talks is the one owner, and the call says so',
    sql: `select s.work_id, count(*), min(c.agent_id::text)
      from slots s left join calls c on s.kind = 'call' and c.workspace_id = s.workspace_id and c.id = s.work_id
      where s.state = 'talking'
      group by s.workspace_id, s.work_id
      having count(*) > 1 or bool_or(s.kind = 'call' and c.agent_id is distinct from s.agent_id)`,
  },
  {
    id: 'I-06a',
    says: 'nobody has more at hand than fits',
    sql: `select a.id, a.capacity, count(*) from agents a
      join slots s on s.workspace_id = a.workspace_id and s.agent_id = a.id
      group by a.workspace_id, a.id, a.capacity having count(*) > a.capacity`,
  },
  {
    id: 'I-06b',
    says: 'what rings takes a slot, and no slot rings without an offer',
    sql: `select o.id as offer, s.offer_id as slot, o.agent_id, s.agent_id as in_slot_of
      from (select * from offers where outcome is null) o
      full join (select * from slots where state = 'offered') s
        on s.workspace_id = o.workspace_id and s.offer_id = o.id
      where o.id is null or s.offer_id is null or s.agent_id <> o.agent_id or s.work_id <> o.work_id`,
  },
  {
    id: 'I-06c',
    says: 'what occupies an agent, but for wrap-up, is in the line or in conversation',
    sql: `select s.agent_id, s.state, s.work_id from slots s
      left join queue_entries e on e.workspace_id = s.workspace_id and e.work_id = s.work_id
      where s.state <> 'wrap-up' and e.work_id is null`,
  },
  {
    id: 'I-08',
    says: 'nothing rings at somebody who is not available',
    sql: `select o.id, o.agent_id, a.presence, a.presence_reason from offers o
      join agents a on a.workspace_id = o.workspace_id and a.id = o.agent_id
      where o.outcome is null and a.presence <> 'available'`,
  },
  {
    id: 'I-17',
    says: 'what is due is done within five seconds',
    sql: `select 'ringing' as what, id, expires_at as due from offers
      where outcome is null and expires_at < now() - ${LATENESS}
      union all
      select 'wrap-up', work_id, until from slots where state = 'wrap-up' and until < now() - ${LATENESS}
      union all
      select 'waiting', e.work_id, e.overflow_at from queue_entries e
      where e.overflow_at < now() - ${LATENESS} and not exists (
        select from slots s where s.workspace_id = e.workspace_id and s.work_id = e.work_id and s.state = 'talking'
      )`,
  },
  {
    id: 'I-19',
    says: 'the event log is numbered without gaps',
    sql: `select h.workspace_id, h.seq, count(e.seq), min(e.seq), max(e.seq) from event_heads h
      left join events e on e.workspace_id = h.workspace_id
      group by h.workspace_id, h.seq
      having count(e.seq) <> h.seq or (h.seq > 0 and (min(e.seq) <> 1 or max(e.seq) <> h.seq))`,
  },
]

/** What must be true of all that has ever happened: asked at the end, because it reads everything. */
export const HISTORY: readonly Invariant[] = [
  {
    id: 'I-07',
    says: 'whoever was asked belongs to the queue and has the skills that were asked for at that time',
    sql: `select o.id, o.agent_id, o.queue_id, a.skills, q.settings -> 'requires' as requires, o.explanation
      from offers o
      join agents a on a.workspace_id = o.workspace_id and a.id = o.agent_id
      join queues q on q.workspace_id = o.workspace_id and q.id = o.queue_id
      cross join lateral (
        select o.made_at - (o.waited_seconds + 1) * interval '1 second' as enqueued_at, '{}'::jsonb as requires
      ) w
      where not exists (
          select from queue_agents m
          where m.workspace_id = o.workspace_id and m.queue_id = o.queue_id and m.agent_id = o.agent_id
        )
        or not o.explanation -> 'offeredTo' ? o.agent_id::text
        or exists (
          select from jsonb_each_text(o.explanation -> 'requires') as asked(skill, level)
          where coalesce((a.skills ->> asked.skill)::int, 0) < asked.level::int
        )
        or ${lacksSkill('o.made_at')}`,
  },
  {
    id: 'I-10',
    says: 'whoever let it pass is not asked again before being ready anew',
    sql: `select o.work_id, o.agent_id, o.ready_period, count(*) from offers o
      group by o.workspace_id, o.work_id, o.agent_id, o.ready_period
      having count(*) filter (where o.outcome in ('rejected', 'timed-out', 'failed')) > 0 and count(*) > 1
        and max(o.made_at) > min(o.ended_at) filter (where o.outcome in ('rejected', 'timed-out', 'failed'))`,
  },
  {
    id: 'I-11',
    // Of calls straight to a queue: they have the same priority, and none asks for more than the one behind it.
    says: 'of equal calls the one that came first is asked first',
    sql: `with queued as (
        select e.workspace_id, e.call_id, e.queue_id, min(e.seq) as seq, min(e.at) as at
        from events e join calls c on c.workspace_id = e.workspace_id and c.id = e.call_id
        where e.type = 'call.queued' and c.flow ->> 'flowId' like 'queue:%'
        group by 1, 2, 3
      ), asked as (
        select q.*, first.seq as asked_seq, first.at as asked_at
        from queued q cross join lateral (
          select e.seq, e.at from events e
          where e.workspace_id = q.workspace_id and e.call_id = q.call_id and e.type = 'offer.made'
          order by e.seq limit 1
        ) first
      )
      select earlier.call_id as earlier, later.call_id as later, earlier.queue_id, earlier.at, later.at as later_at,
        earlier.asked_at, later.asked_at as later_asked_at
      from asked earlier join asked later using (workspace_id, queue_id)
      where earlier.seq < later.seq and later.asked_seq < earlier.asked_seq
        and earlier.at <> later.at and later.asked_at <> earlier.asked_at`,
  },
  {
    id: 'I-16',
    says: 'an offer is made once and ends once, and the log tells both',
    sql: `select o.id, o.outcome, o.ended_at, told.made, told.ended, told.outcome as told_outcome
      from offers o left join (
        select workspace_id, (data -> 'offer' ->> 'id')::uuid as id, count(*) filter (where type = 'offer.made') as made,
          count(*) filter (where type = 'offer.ended') as ended, min(data ->> 'outcome') as outcome
        from events where type in ('offer.made', 'offer.ended') group by 1, 2
      ) told on told.workspace_id = o.workspace_id and told.id = o.id
      where told.made is distinct from 1 or told.ended <> (o.outcome is not null)::int
        or told.outcome is distinct from o.outcome or o.ended_at < o.made_at`,
  },
]

/**
 * I-13: work that waits while an agent who could take it is free. Those who wait and those who are free are found first,
 * each by themselves: the planner knows too little of tables that change by the second to find a good order of all joins.
 */
const IDLE_BESIDE_WAITING = `with w as materialized (
    select e.workspace_id, e.work_id, e.queue_id, e.requires, e.preferred_agent_id, e.enqueued_at, q.settings
    from queue_entries e join queues q on q.workspace_id = e.workspace_id and q.id = e.queue_id
    where not exists (
      select from slots s
      where s.workspace_id = e.workspace_id and s.work_id = e.work_id and s.state in ('offered', 'talking')
    )
  ), a as materialized (
    select a.workspace_id, a.id, a.skills, a.ready_period
    from agents a join users u on u.workspace_id = a.workspace_id and u.id = a.user_id and u.disabled_at is null
    where a.presence = 'available'
      and a.capacity > (select count(*) from slots s where s.workspace_id = a.workspace_id and s.agent_id = a.id)
  )
  select w.work_id::text as "workId", a.id::text as "agentId"
  from w cross join lateral (select w.settings) q
  join queue_agents m on m.workspace_id = w.workspace_id and m.queue_id = w.queue_id
  join a on a.workspace_id = m.workspace_id and a.id = m.agent_id
  where not exists (
      select from offers o
      where o.workspace_id = w.workspace_id and o.work_id = w.work_id and o.agent_id = a.id
        and o.outcome in ('rejected', 'timed-out', 'failed') and o.ready_period = a.ready_period
    )
    and (
      w.preferred_agent_id is null or w.preferred_agent_id = a.id
      or w.enqueued_at + coalesce((w.settings ->> 'preferredHoldMs')::float8, 0) * interval '1 millisecond' <= now()
    )
    and not ${lacksSkill('now()')}`

/** What one moment looked like. */
export interface Sight {
  /** In sentences. */
  broken: string[]
  /** Who is idle beside what waits. */
  idle: { workId: string; agentId: string }[]
  /** How many wait and ring nowhere. */
  waiting: number
}

const WAITING = `select count(*)::int as n from queue_entries e where not exists (
    select from slots s
    where s.workspace_id = e.workspace_id and s.work_id = e.work_id and s.state in ('offered', 'talking')
  )`

export function inspect(db: Db, invariants: readonly Invariant[] = INVARIANTS): Promise<Sight> {
  return inOneMoment(db, async sql => {
    const broken: string[] = []
    for (const { id, says, sql: text } of invariants) {
      const rows = await sql.query(text)
      if (rows.length > 0) broken.push(`${id}, ${says}: ${rows.length} × such as ${JSON.stringify(rows[0])}`)
    }
    const idle = await sql.query<Sight['idle'][number]>(IDLE_BESIDE_WAITING)
    const [{ n: waiting }] = (await sql.query<{ n: number }>(WAITING)) as [{ n: number }]
    return { broken, idle, waiting }
  })
}

/** All questions see the same commits, while others go on committing. */
function inOneMoment<T>(db: Db, work: (sql: Sql) => Promise<T>): Promise<T> {
  return db.asOwner(async sql => {
    await sql.query('begin transaction isolation level repeatable read, read only')
    try {
      return await work(sql)
    } finally {
      await sql.query('rollback')
    }
  })
}

export interface Watch {
  /** What was broken at any time, each with when. */
  broken: string[]
  samples: number
  mostWaiting: number
  /** Looks a last time and stops. */
  end(): Promise<void>
}

/**
 * Asks {@link INVARIANTS} every second. An agent may be idle beside waiting work (I-13) for as long as `patienceMs` says
 * at that moment.
 */
export function watchInvariants(db: Db, patienceMs: () => number): Watch {
  const watch: Watch = { broken: [], samples: 0, mostWaiting: 0, end }
  let idleSince = new Map<string, number>()
  let stopping = false

  async function look(): Promise<void> {
    const { broken, idle, waiting } = await inspect(db)
    const now = Date.now()
    watch.samples++
    watch.mostWaiting = Math.max(watch.mostWaiting, waiting)
    for (const each of broken) watch.broken.push(`${new Date(now).toISOString()} ${each}`)
    const since = new Map(idle.map(({ workId, agentId }) => [`${workId} beside ${agentId}`, now]))
    for (const pair of since.keys()) since.set(pair, idleSince.get(pair) ?? now)
    for (const [pair, at] of since)
      if (now - at > patienceMs()) watch.broken.push(`${new Date(now).toISOString()} I-13, ${pair} for ${now - at} ms`)
    idleSince = since
  }

  const running = (async () => {
    while (!stopping) {
      await look()
      await new Promise(resolve => setTimeout(resolve, 1000))
    }
  })()
  running.catch(() => {}) // told by end()

  async function end(): Promise<void> {
    stopping = true
    await running
    await look()
  }
  return watch
}
