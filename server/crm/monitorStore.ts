import type { Sql } from '../platform/db.ts'

/** How the line of a queue stands, and how well it has been served of late. */
export interface QueueFigures {
  waiting: number
  /** When whoever has waited longest joined it; null: nobody waits. */
  oldestAt: Date | null
  answered: number
  answeredInTime: number
  abandoned: number
}

/** Of which calls the service level is told. */
const SERVICE_PERIOD = '1 hour'

/** How many calls live just now. */
export async function countLiveCalls(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ live: number }>(
    `select count(*)::int as live from calls
     where workspace_id = current_workspace() and status in ('initiated', 'ringing', 'in-progress')`,
  )
  return row!.live
}

/** E-mail addresses of those who take calls, by the agent's id. */
export async function listAgentEmails(sql: Sql): Promise<Map<string, string>> {
  const rows = await sql.query<{ id: string; email: string }>(
    `select a.id, u.email from agents a join users u on u.workspace_id = a.workspace_id and u.id = a.user_id
     where a.workspace_id = current_workspace()`,
  )
  return new Map(rows.map(({ id, email }) => [id, email]))
}

/**
 * By queue. Whoever is being spoken with does not wait. Calls that have begun long before they joined the line are not
 * looked for: six hours of menus are nobody's. A call is answered when an offer of it is accepted, and was in
 * time if it had then waited no longer than its queue aims at; given up is what ended in the line without an agent.
 */
export async function loadQueueFigures(
  sql: Sql,
  queues: { id: string; withinSeconds: number }[],
): Promise<Map<string, QueueFigures>> {
  const rows = await sql.query<QueueFigures & { id: string }>(
    `select q.id, line.waiting, line."oldestAt", served.answered, served."answeredInTime", served.abandoned
     from unnest($1::uuid[], $2::int[]) as q(id, within_seconds)
     cross join lateral (
       select count(*)::int as waiting, min(e.enqueued_at) as "oldestAt" from queue_entries e
       where e.workspace_id = current_workspace() and e.queue_id = q.id and e.kind = 'call' and not exists (
         select from slots s
         where s.workspace_id = e.workspace_id and s.work_id = e.work_id and s.state = 'talking'
       )
     ) line
     cross join lateral (
       select count(o.waited)::int as answered,
         count(*) filter (where o.waited <= q.within_seconds)::int as "answeredInTime",
         count(*) filter (where o.waited is null and c.outcome = 'abandoned')::int as abandoned
       from calls c
       left join lateral (
         select extract(epoch from ended_at - made_at) + waited_seconds as waited from offers
         where workspace_id = c.workspace_id and call_id = c.id and kind = 'call' and queue_id = q.id
           and outcome = 'accepted'
         order by made_at limit 1
       ) o on true
       where c.workspace_id = current_workspace() and c.queue_id = q.id and c.queued_at is not null
         and c.started_at > now() - interval '6 hours' and c.queued_at > now() - interval '${SERVICE_PERIOD}'
     ) served`,
    [queues.map(({ id }) => id), queues.map(({ withinSeconds }) => withinSeconds)],
  )
  return new Map(rows.map(({ id, ...figures }) => [id, figures]))
}
