import { NOTHING_SYNCED } from '../../core/contactSync.ts'
import { ERASED, isTelling, type Person, withoutPerson } from '../../core/erasure.ts'
import type { Sql, Tx } from '../platform/db.ts'
import type { Envelopes } from '../platform/envelope.ts'
import { rewriteAnswers } from '../platform/idempotency.ts'
import { deleteRecordings, type Grounds } from './deletionStore.ts'
import type { Subject, Traces } from './personalData.ts'

/**
 * Takes everything about a number out of the workspace. Calls stay, as something that happened, and so do the lines of
 * the log; what they say of the person does not.
 */
export async function erase(
  tx: Tx,
  envelopes: Envelopes,
  subject: Subject,
  traces: Traces,
  grounds: Grounds,
): Promise<void> {
  const person = await describePerson(tx, subject, traces)
  const remove = (table: string, ids: string[], column = 'id', type = 'uuid') =>
    tx.query(`delete from ${table} where workspace_id = current_workspace() and ${column} = any($1::${type}[])`, [ids])

  await remove('voicemails', traces.voicemails)
  await remove('callbacks', traces.callbacks)
  await remove('provider_commands', traces.calls, 'call_id')
  await remove('call_notes', traces.notes)
  await remove('support_requests', traces.requests)
  await forgetInConnections(tx, subject.pattern, traces.contacts)
  await remove('contacts', traces.contacts)
  await remove('webhooks_received', traces.webhooks, 'id', 'bigint')
  await tx.query(
    `delete from webhook_deliveries where workspace_id = current_workspace()
       and (call_id = any($1::uuid[]) or key = any($2::text[]))`,
    [traces.calls, [...traces.contacts, ...traces.requests]],
  )
  await removeParticipants(tx, traces.participants)
  await anonymiseCalls(tx, traces.calls)
  // Only now: what is told of the calls is told without the person.
  await deleteRecordings(tx, traces.recordings, grounds)
  await redactEvents(tx, traces.events, person)
  await eraseFromAnswers(tx, envelopes, person, traces)
  await sweep(tx, subject.pattern)
}

async function describePerson(sql: Sql, { pattern }: Subject, traces: Traces): Promise<Person> {
  const rows = await sql.query<{ name: string | null }>(
    `select name from contacts where workspace_id = current_workspace() and id = any($1::uuid[])
     union select email from contacts where workspace_id = current_workspace() and id = any($1::uuid[])
     union select caller_name from calls where workspace_id = current_workspace() and id = any($2::uuid[])
     union select user_email from support_requests where workspace_id = current_workspace() and id = any($3::uuid[])
     union select first_name || ' ' || last_name from participants
       where workspace_id = current_workspace() and id = any($4::uuid[])
     union select email from participants where workspace_id = current_workspace() and id = any($4::uuid[])`,
    [traces.contacts, traces.calls, traces.requests, traces.participants],
  )
  return {
    number: new RegExp(pattern),
    names: rows.flatMap(({ name }) => name ?? []),
    ids: new Set([...traces.contacts, ...traces.requests, ...traces.participants]),
  }
}

/** What a connected CRM has of the person is for that CRM to erase; that it is the one deleted here is still known. */
async function forgetInConnections(tx: Tx, pattern: string, contacts: string[]): Promise<void> {
  await tx.query(
    `update connection_contacts set ours = $1, theirs = $1
     where workspace_id = current_workspace()
       and (contact_id = any($2::uuid[]) or contact_id is null and (ours::text ~ $3 or theirs::text ~ $3))`,
    [JSON.stringify(NOTHING_SYNCED), contacts, pattern],
  )
}

/** Kept for a day, for whoever asks the same again. They are sealed: only whoever opens them finds the person. */
async function eraseFromAnswers(tx: Tx, envelopes: Envelopes, person: Person, traces: Traces): Promise<void> {
  const names = person.names.filter(isTelling)
  // A key that somebody has made of the person is part of what its answer is sealed for: both go.
  await tx.query(
    `delete from idempotent_requests where workspace_id = current_workspace()
       and (key ~ $1 or exists (select from unnest($2::text[]) as n(name) where strpos(key, name) > 0))`,
    [person.number.source, names],
  )
  const { contacts, calls, notes, requests, participants } = traces
  const marks = [...names, ...contacts, ...calls, ...notes, ...requests, ...participants]
  await rewriteAnswers(tx, envelopes, answer => {
    const text = JSON.stringify(answer)
    const isMeant = person.number.test(text) || marks.some(mark => text.includes(mark))
    return isMeant ? withoutPerson(answer, person) : answer
  })
}

/** Calls between pages keep that there were two, and when. */
async function removeParticipants(tx: Tx, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  for (const side of ['from', 'to'])
    await tx.query(
      `update voip_calls set ${side}_party = ${side}_party || jsonb_build_object('name', $2::text, 'phone', null)
       where workspace_id = current_workspace() and ${side}_id = any($1::uuid[])`,
      [ids, ERASED],
    )
  await tx.query('delete from participants where workspace_id = current_workspace() and id = any($1::uuid[])', [ids])
}

/** Who called whom, what for and what was said of it goes; when, how long and with which of us stays. */
async function anonymiseCalls(tx: Tx, ids: string[]): Promise<void> {
  await tx.query(
    `update calls set customer_key = null, match_state = 'withheld', contact_id = null, caller_name = null, subject = null,
       disposition = null, metadata = '{}', flow = null,
       from_address = case when direction = 'inbound' and from_address is not null then $2 else from_address end,
       to_address = case when direction = 'outbound' and to_address is not null then $2 else to_address end,
       legs = (select coalesce(jsonb_agg(leg || '{"from":null,"to":null,"callerName":null}'), '[]')
         from jsonb_array_elements(legs) as l(leg))
     where workspace_id = current_workspace() and id = any($1::uuid[])`,
    [ids, ERASED],
  )
}

/** Lines of the log that are rewritten in one statement. */
const BATCH = 200

async function redactEvents(tx: Tx, numbers: number[], person: Person): Promise<void> {
  for (let at = 0; at < numbers.length; at += BATCH) {
    const rows = await tx.query<{ seq: string; data: unknown }>(
      'select seq, data from events where workspace_id = current_workspace() and seq = any($1::bigint[])',
      [numbers.slice(at, at + BATCH)],
    )
    await tx.query('select redact_events($1::bigint[], $2::text[])', [
      rows.map(({ seq }) => seq),
      rows.map(({ data }) => JSON.stringify(withoutPerson(data, person))),
    ])
  }
}

/** Not to be changed: what is ours, what follows by itself, and the log, which has been seen to. */
const OURS = [
  'workspaces',
  'numbers',
  'users',
  'agents',
  'events',
  'event_heads',
  'compliance_settings',
  'webhooks_received',
]

/**
 * Wherever else the number stands, in any table there is or will be: in a contact's own fields, in what a flow has kept,
 * in an answer of somebody's server.
 */
async function sweep(tx: Tx, pattern: string): Promise<void> {
  const columns = await tx.query<{ table: string; column: string; type: string; unique: boolean }>(
    `select c.table_name as "table", c.column_name as "column",
       case c.data_type when 'ARRAY' then 'text[]' else c.data_type end as type,
       exists (select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
         where i.indisunique and i.indrelid = format('%I.%I', c.table_schema, c.table_name)::regclass
           and a.attname = c.column_name) as "unique"
     from information_schema.columns c
     join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.is_generated = 'NEVER'
       and (c.data_type in ('text', 'json', 'jsonb') or c.data_type = 'ARRAY' and c.udt_name = '_text')
       and c.table_name <> all($1::text[])
       and exists (select from information_schema.columns w where w.table_schema = c.table_schema
         and w.table_name = c.table_name and w.column_name = 'workspace_id')
       and has_column_privilege(format('%I.%I', c.table_schema, c.table_name), c.column_name, 'update')`,
    [OURS],
  )
  for (const { table, column, type, unique } of columns) {
    const isJson = type === 'json' || type === 'jsonb'
    // A number that JSON has without quotes becomes nothing; everywhere else it is text.
    const bare = isJson
      ? `regexp_replace("${column}"::text, '([:,\\[]\\s*)(?:' || $1 || ')(?=\\s*[],}])', '\\1null', 'g')`
      : `"${column}"::text`
    await tx.query(
      // Two ids that somebody has made of the number would be the same one without it.
      `update "${table}" set "${column}" = regexp_replace(${bare}, $1, $2::text${unique ? ' || gen_random_uuid()' : ''}, 'g')::${type}
       where workspace_id = current_workspace() and "${column}"::text ~ $1`,
      [pattern, ERASED],
    )
  }
}
