import type { Card, CardCall, CardRequest } from '../../core/card.ts'
import { MAX_CANDIDATES, type MatchCandidate, type MatchReason } from '../../core/contact.ts'
import type { ShownField } from '../../core/customField.ts'
import { type Address, lastDigits, numberVariants } from '../../core/phoneNumber.ts'
import type { Sql } from '../platform/db.ts'

/** Whose card is wanted. All that is known counts: the contact, the number, the e-mail address. */
export interface Caller {
  /** As contacts are found by (`Address.key`); null where the caller shows no number. */
  key: string | null
  /** The contact that the caller surely is. */
  contactId: string | null
  /** Where a request was written from. A known contact's own address is looked at anyway. */
  email?: string | null
  /** The call that the card is for: it is not part of its own history. */
  excludeCallId?: string
}

/** The rest of a card, once it is known who it is about. */
export type History = Omit<Card, 'match'>

const REASONS: MatchReason[] = ['exact', 'variant', 'similar']

/**
 * Whose number each of these callers has, surest first, for {@link decideMatch}: by caller key, without an entry for
 * callers whom nobody has. Of each reason at most one more than are ever shown; similar numbers only where nothing is
 * better. One statement however many callers; runs under the workspace's row level security.
 */
export async function findMatches(
  sql: Sql,
  callers: Pick<Address, 'key' | 'e164'>[],
): Promise<Map<string, MatchCandidate[]>> {
  const spelled: { caller: string; key: string; place: number }[] = []
  const ending: { caller: string; digits: string }[] = []
  for (const [key, e164] of new Map(callers.map(caller => [caller.key, caller.e164]))) {
    if (key === null) continue
    spelled.push({ caller: key, key, place: 0 })
    for (const variant of e164 === null ? [] : numberVariants(e164).slice(1)) {
      spelled.push({ caller: key, key: variant, place: 1 })
    }
    const digits = lastDigits(key)
    if (digits !== null) ending.push({ caller: key, digits })
  }
  const matches = new Map<string, MatchCandidate[]>()
  if (spelled.length === 0) return matches
  for (const row of await selectMatches(sql, spelled, ending)) {
    const candidate: MatchCandidate = {
      contactId: row.id,
      name: row.name,
      email: row.email,
      company: row.company,
      ...(row.fields !== null && { fields: row.fields }),
      reason: REASONS[row.place]!,
    }
    const found = matches.get(row.caller)
    if (found) found.push(candidate)
    else matches.set(row.caller, [candidate])
  }
  return matches
}

interface MatchRow {
  caller: string
  place: number
  id: string
  name: string
  email: string | null
  company: string | null
  fields: ShownField[] | null
}

/**
 * Each lateral is an index scan that ends after a few rows: a switchboard's number on ten thousand contacts costs no
 * more than one person's. The limits also keep the planner from reading a whole table for many callers at once.
 */
const selectMatches = (
  sql: Sql,
  spelled: { caller: string; key: string; place: number }[],
  ending: { caller: string; digits: string }[],
): Promise<MatchRow[]> =>
  sql.query<MatchRow>(
    `with sure as materialized (
       select distinct on (asked.caller, phone.contact_id) asked.caller, phone.contact_id, asked.place
       from unnest($1::text[], $2::text[], $3::int[]) as asked(caller, key, place)
       cross join lateral (
         select contact_id from contact_phones
         where workspace_id = current_workspace() and key = asked.key
         order by contact_id desc limit ${MAX_CANDIDATES + 1}
       ) phone
       order by asked.caller, phone.contact_id, asked.place
     ), likely as (
       select asked.caller, phone.contact_id, 2 as place
       from unnest($4::text[], $5::text[]) as asked(caller, digits)
       cross join lateral (
         select distinct contact_id from contact_phones
         where workspace_id = current_workspace() and last_digits = asked.digits
         order by contact_id desc limit ${MAX_CANDIDATES + 1}
       ) phone
       where not exists (select from sure where sure.caller = asked.caller)
     )
     select found.caller, found.place, contact.id, contact.name, contact.email, contact.company,
       case when contact.fields <> '{}' then (
         select json_agg(json_build_object('label', f.label, 'value', contact.fields -> f.name) order by f.position, f.name)
         from custom_fields f
         where f.workspace_id = current_workspace() and f.on_card and jsonb_exists(contact.fields, f.name)
       ) end as fields
     from (select * from sure union all select * from likely) found
     cross join lateral (
       select id, name, email, company, fields from contacts
       where workspace_id = current_workspace() and id = found.contact_id limit 1
     ) contact
     order by found.caller, found.place, contact.id desc`,
    [
      spelled.map(each => each.caller),
      spelled.map(each => each.key),
      spelled.map(each => each.place),
      ending.map(each => each.caller),
      ending.map(each => each.digits),
    ],
  )

/** How much of the past a card shows. */
const MAX_ENTRIES = 5

/**
 * What we have had to do with each of these callers, in their order: their latest calls, their requests that nobody
 * has finished. What belongs to a number or an address but is known to be another contact's is left out.
 * One statement however many callers; runs under the workspace's row level security.
 */
export async function loadCards(sql: Sql, callers: Caller[]): Promise<History[]> {
  if (callers.length === 0) return []
  const rows = await sql.query<HistoryRow>(
    `select calls.list as calls, requests.list as requests
     from unnest($1::text[], $2::uuid[], $3::text[], $4::uuid[])
       with ordinality as caller(key, contact_id, email, exclude_id, place)
     cross join lateral (
       -- A column of its own behind a limit: row level security trusts = with a column, and not with coalesce().
       select coalesce(caller.email, (
         select email_key from contacts where workspace_id = current_workspace() and id = caller.contact_id
       )) as email limit 1
     ) known
     cross join lateral (
       select coalesce(json_agg(latest), '[]') as list from (
         select c.id, c.direction, c.status, c.outcome, c.subject, u.name as agent_name, c.started_at, c.duration_seconds
         from (
           (select id, contact_id, agent_id, direction, status, outcome, subject, started_at, duration_seconds
            from calls where workspace_id = current_workspace() and contact_id = caller.contact_id
            order by started_at desc limit ${MAX_ENTRIES + 1})
           union
           (select id, contact_id, agent_id, direction, status, outcome, subject, started_at, duration_seconds
            from calls where workspace_id = current_workspace() and customer_key = caller.key
            order by started_at desc limit ${MAX_ENTRIES + 1})
         ) c
         left join agents a on a.workspace_id = current_workspace() and a.id = c.agent_id
         left join users u on u.workspace_id = current_workspace() and u.id = a.user_id
         where c.id is distinct from caller.exclude_id
           and (caller.contact_id is null or c.contact_id is null or c.contact_id = caller.contact_id)
         order by c.started_at desc, c.id desc limit ${MAX_ENTRIES}
       ) latest
     ) calls
     cross join lateral (
       select coalesce(json_agg(latest), '[]') as list from (
         select r.id, r.subject, r.priority, r.status, r.created_at
         from (
           (select id, contact_id, subject, priority, status, created_at
            from support_requests where workspace_id = current_workspace() and contact_id = caller.contact_id
              and status <> 'done' order by created_at desc limit ${MAX_ENTRIES})
           union
           (select id, contact_id, subject, priority, status, created_at
            from support_requests where workspace_id = current_workspace() and customer_key = caller.key
              and status <> 'done' order by created_at desc limit ${MAX_ENTRIES})
           union
           (select id, contact_id, subject, priority, status, created_at
            from support_requests
            where workspace_id = current_workspace() and email_key = known.email
              and status <> 'done' order by created_at desc limit ${MAX_ENTRIES})
         ) r
         where caller.contact_id is null or r.contact_id is null or r.contact_id = caller.contact_id
         order by r.created_at desc, r.id desc limit ${MAX_ENTRIES}
       ) latest
     ) requests
     order by caller.place`,
    [
      callers.map(caller => caller.key),
      callers.map(caller => caller.contactId),
      callers.map(caller => caller.email?.toLowerCase() ?? null),
      callers.map(caller => caller.excludeCallId ?? null),
    ],
  )
  return rows.map(row => ({ lastCalls: row.calls.map(presentCall), openRequests: row.requests.map(presentRequest) }))
}

interface HistoryRow {
  calls: {
    id: string
    direction: CardCall['direction']
    status: CardCall['status']
    outcome: CardCall['outcome']
    subject: string | null
    agent_name: string | null
    started_at: string
    duration_seconds: number | null
  }[]
  requests: {
    id: string
    subject: string
    priority: CardRequest['priority']
    status: CardRequest['status']
    created_at: string
  }[]
}

const presentCall = (row: HistoryRow['calls'][number]): CardCall => ({
  id: row.id,
  direction: row.direction,
  status: row.status,
  outcome: row.outcome,
  subject: row.subject,
  agentName: row.agent_name,
  startedAt: new Date(row.started_at).toISOString(),
  durationSeconds: row.duration_seconds,
})

const presentRequest = (row: HistoryRow['requests'][number]): CardRequest => ({
  id: row.id,
  subject: row.subject,
  priority: row.priority,
  status: row.status,
  createdAt: new Date(row.created_at).toISOString(),
})
