import type { PersonalData } from '../../client/contract.ts'
import { numberPattern } from '../../core/erasure.ts'
import { numberVariants, readAddress } from '../../core/phoneNumber.ts'
import type { Sql } from '../platform/db.ts'
import { invalid } from '../platform/refusal.ts'
import { countryOf } from '../workspaces/country.ts'

/** A number whose data are asked for. */
export interface Subject {
  /** As it is shown: E.164 where it parses. */
  number: string
  /** As calls and contacts are found by it, in every way the same subscriber is written. */
  keys: string[]
  /** {@link numberPattern} */
  pattern: string
}

/** Where there is something about it, by id. */
export interface Traces {
  contacts: string[]
  calls: string[]
  notes: string[]
  requests: string[]
  recordings: string[]
  voicemails: string[]
  callbacks: string[]
  participants: string[]
  webhooks: string[]
  /** Sequence numbers. */
  events: number[]
}

export async function readSubject(sql: Sql, raw: string): Promise<Subject> {
  const address = readAddress(raw, await countryOf(sql))
  const pattern = numberPattern(address)
  if (address.key === null || pattern === null)
    throw invalid([{ path: 'number', message: 'This is no telephone number.' }])
  const keys = address.e164 === null ? [address.key] : numberVariants(address.e164)
  return { number: address.text ?? address.key, keys, pattern }
}

export async function findTraces(sql: Sql, { keys, pattern }: Subject): Promise<Traces> {
  const ids = async (query: string, values: unknown[]): Promise<string[]> =>
    (await sql.query<{ id: string }>(query, values)).map(({ id }) => id)
  const here = 'workspace_id = current_workspace()'

  const contacts = await ids(
    `select distinct contact_id as id from contact_phones where ${here} and (key = any($1::text[]) or number ~ $2)`,
    [keys, pattern],
  )
  const calls = await ids(
    `select id from calls where ${here} and (customer_key = any($1::text[]) or from_address ~ $2 or to_address ~ $2)`,
    [keys, pattern],
  )
  const requests = await ids(
    `select id from support_requests
     where ${here} and (customer_key = any($1::text[]) or phone_number ~ $2 or contact_id = any($3::uuid[]))`,
    [keys, pattern, contacts],
  )
  const participants = await ids(
    `select id from participants where ${here} and (phone ~ $1 or contact_id = any($2::uuid[]))`,
    [pattern, contacts],
  )
  const ofCalls = (table: string, and = '') =>
    ids(`select id from ${table} where ${here} and call_id = any($1::uuid[]) ${and}`, [calls])
  const named = [...contacts, ...requests, ...participants]
  const events = await sql.query<{ seq: string }>(
    `select seq from events where ${here} and (call_id = any($1::uuid[]) or data::text ~ $2
       or exists (select from unnest($3::text[]) as n(id) where strpos(data::text, n.id) > 0)) order by seq`,
    [calls, pattern, named],
  )
  return {
    contacts,
    calls,
    requests,
    participants,
    notes: await ids(
      `select id from call_notes where ${here} and (call_id = any($1::uuid[]) or contact_id = any($2::uuid[]))`,
      [calls, contacts],
    ),
    recordings: await ofCalls('recordings'),
    voicemails: await ofCalls('voicemails'),
    callbacks: await ids(`select id from callbacks where ${here} and (call_id = any($1::uuid[]) or number ~ $2)`, [
      calls,
      pattern,
    ]),
    webhooks: await ids(
      `select id::text from webhooks_received
       where ${here} and (call_id = any($1::uuid[]) or encode(body, 'escape') ~ $2 or headers::text ~ $2)`,
      [calls, pattern],
    ),
    events: events.map(({ seq }) => Number(seq)),
  }
}

export const countTraces = ({ participants: _, ...traces }: Traces): PersonalData =>
  Object.fromEntries(Object.entries(traces).map(([name, found]) => [name, found.length])) as PersonalData

/** What stands in the way of erasing it, in sentences. */
export async function listObstacles(sql: Sql, { keys, pattern }: Subject, traces: Traces): Promise<string[]> {
  const [row] = await sql.query<{ own: boolean; agent: string | null; live: number; held: number }>(
    `select exists (select from numbers where workspace_id = current_workspace() and e164 = any($1::text[])) as own,
       (select u.name from agents a join users u on u.workspace_id = a.workspace_id and u.id = a.user_id
         where a.workspace_id = current_workspace() and a.phone ~ $2 limit 1) as agent,
       (select count(*)::int from calls where workspace_id = current_workspace() and id = any($3::uuid[])
         and status not in ('completed', 'failed')) as live,
       (select count(*)::int from recordings where workspace_id = current_workspace() and id = any($4::text[])
         and held_at is not null) as held`,
    [keys, pattern, traces.calls, traces.recordings],
  )
  const { own, agent, live, held } = row!
  return [
    ...(own ? ['This is a number of your own: remove it from your numbers first.'] : []),
    ...(agent !== null ? [`This is where ${agent} takes calls: change that first.`] : []),
    ...(live > 0 ? ['There is a call with this number just now: wait until it is over.'] : []),
    ...(held > 0
      ? [
          `Under legal hold: ${held === 1 ? '1 recording' : `${held} recordings`}. Nothing is erased until it is lifted.`,
        ]
      : []),
  ]
}
