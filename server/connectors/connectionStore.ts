import type { SyncedFields } from '../../core/contactSync.ts'
import type { Sql } from '../platform/db.ts'
import type { LastingColumn, PassingColumn } from '../platform/sealedColumn.ts'
import type { CrmId, Cursor } from './connector.ts'

/** What we show to a connected CRM. */
export const TOKENS: LastingColumn = {
  what: 'connectors',
  table: 'connections',
  column: 'tokens',
  row: 'crm',
  purpose: (workspaceId, crm) => `connector ${workspaceId} ${crm}`,
}

/** Half of what redeems a permission, while somebody is giving it. */
export const VERIFIERS: PassingColumn = {
  what: 'connectorRequests',
  table: 'connection_requests',
  column: 'verifier',
  until: 'expires_at',
}

/** A connected CRM. Times are ISO 8601. */
export interface Connection {
  id: string
  crm: CrmId
  /** Whose CRM it is, as its people call it. */
  account: string
  /** `broken`: its people have taken back their permission. */
  status: 'active' | 'paused' | 'broken'
  syncDeletions: boolean
  syncedAt: string | null
  /** Why the last run ended early, or what it had to leave out. */
  problem: string | null
  dueAt: string
  attempts: number
}

interface ConnectionRow {
  id: string
  crm: CrmId
  account: string
  status: Connection['status']
  sync_deletions: boolean
  synced_at: Date | null
  problem: string | null
  due_at: Date
  attempts: number
}

const COLUMNS = 'id, crm, account, status, sync_deletions, synced_at, problem, due_at, attempts'

const present = (row: ConnectionRow): Connection => ({
  id: row.id,
  crm: row.crm,
  account: row.account,
  status: row.status,
  syncDeletions: row.sync_deletions,
  syncedAt: row.synced_at?.toISOString() ?? null,
  problem: row.problem,
  dueAt: row.due_at.toISOString(),
  attempts: row.attempts,
})

export async function listConnections(sql: Sql): Promise<(Connection & { contacts: number; calls: number })[]> {
  const rows = await sql.query<ConnectionRow & { contacts: string; calls: string }>(
    `select ${COLUMNS},
       (select count(*) from connection_contacts l
        where l.workspace_id = current_workspace() and l.connection_id = c.id and l.contact_id is not null) as contacts,
       (select count(*) from connection_calls e
        where e.workspace_id = current_workspace() and e.connection_id = c.id and e.entry_id is not null) as calls
     from connections c where workspace_id = current_workspace() order by crm`,
  )
  return rows.map(row => ({ ...present(row), contacts: Number(row.contacts), calls: Number(row.calls) }))
}

/**
 * A CRM that has just been allowed; gives the connection's id. The one of this kind that was there before gets the new
 * tokens and goes on where it was, if it is the same account; else it begins anew.
 */
export async function saveConnection(
  sql: Sql,
  { id, crm, account, tokens }: { id: string; crm: CrmId; account: string; tokens: Uint8Array },
  now: string,
): Promise<string> {
  await sql.query('delete from connections where workspace_id = current_workspace() and crm = $1 and account <> $2', [
    crm,
    account,
  ])
  const [row] = await sql.query<{ id: string }>(
    `insert into connections (workspace_id, id, crm, account, tokens, event_seq, due_at, created_at)
     select current_workspace(), $1, $2, $3, $4, seq, $5, $5 from event_heads where workspace_id = current_workspace()
     on conflict (workspace_id, crm) do update set tokens = excluded.tokens, status = 'active',
       due_at = excluded.due_at, wakes = connections.wakes + 1, attempts = 0, problem = null
     returning id`,
    [id, crm, account, tokens, now],
  )
  return row!.id
}

/** Pauses, resumes (then it is due at once), or changes what is synced; null: there is none of this kind. */
export async function changeConnection(
  sql: Sql,
  crm: CrmId,
  { paused, syncDeletions }: { paused?: boolean | undefined; syncDeletions?: boolean | undefined },
  now: string,
): Promise<Connection | null> {
  const [row] = await sql.query<ConnectionRow>(
    `update connections set
       status = case when status = 'broken' or $2::boolean is null then status when $2 then 'paused' else 'active' end,
       sync_deletions = coalesce($3, sync_deletions), due_at = $4, wakes = wakes + 1
     where workspace_id = current_workspace() and crm = $1 returning ${COLUMNS}`,
    [crm, paused ?? null, syncDeletions ?? null, now],
  )
  return row ? present(row) : null
}

/** Takes the connection away, with everything that was known of who is who there; null: there was none. */
export async function deleteConnection(sql: Sql, crm: CrmId): Promise<{ id: string; tokens: Uint8Array } | null> {
  const [row] = await sql.query<{ id: string; tokens: Uint8Array }>(
    'delete from connections where workspace_id = current_workspace() and crm = $1 returning id, tokens',
    [crm],
  )
  return row ?? null
}

// ---------------------------------------------------------------------------------------------------------------
// Whose turn it is
// ---------------------------------------------------------------------------------------------------------------

/** What one run works with. It is its own until `claimed_until`, which every step puts off. */
export interface Claim {
  connectionId: string
  token: string
  crm: CrmId
  tokens: Uint8Array
  syncDeletions: boolean
  pullCursor: Cursor | null
  pushCursor: PushCursor
  eventSeq: number
  attempts: number
  /** How often it had been woken when the run began. */
  wakes: number
}

/** How far ours have been written there: what has changed since, and the page of it. */
export interface PushCursor {
  since?: string
  page?: string
}

const LEASE = "interval '2 minutes'"

/** Connections with something to do before `until`, whoever was to do it. */
export async function listDue(sql: Sql, until: Date): Promise<{ workspaceId: string; id: string }[]> {
  return sql.query(
    `select workspace_id as "workspaceId", id from connections
     where status = 'active' and due_at <= $1 and (claimed_until is null or claimed_until <= $1)
     order by due_at limit 1000`,
    [until],
  )
}

/** Takes the connection, if it is due and nobody else has it. */
export async function claimConnection(sql: Sql, id: string, token: string, now: string): Promise<Claim | null> {
  const [row] = await sql.query<{
    crm: CrmId
    tokens: Uint8Array
    sync_deletions: boolean
    pull_cursor: Cursor | null
    push_cursor: PushCursor
    event_seq: string
    attempts: number
    wakes: string
  }>(
    `update connections set claim = $2, claimed_until = $3::timestamptz + ${LEASE}
     where workspace_id = current_workspace() and id = $1 and status = 'active' and due_at <= $3
       and (claimed_until is null or claimed_until <= $3)
     returning crm, tokens, sync_deletions, pull_cursor, push_cursor, event_seq, attempts, wakes`,
    [id, token, now],
  )
  if (row === undefined) return null
  return {
    connectionId: id,
    token,
    crm: row.crm,
    tokens: row.tokens,
    syncDeletions: row.sync_deletions,
    pullCursor: row.pull_cursor,
    pushCursor: row.push_cursor,
    eventSeq: Number(row.event_seq),
    attempts: row.attempts,
    wakes: Number(row.wakes),
  }
}

/** When it is to be looked at again; null: not by itself. */
export async function nextTurn(sql: Sql, id: string): Promise<Date | null> {
  const [row] = await sql.query<{ at: Date }>(
    `select greatest(due_at, coalesce(claimed_until, due_at)) as at from connections
     where workspace_id = current_workspace() and id = $1 and status = 'active'`,
    [id],
  )
  return row?.at ?? null
}

/** The run has been told to stop, or another process has taken it over: what it does now counts for nothing. */
export class ClaimLost extends Error {}

/** What a step of the run has come to, with another lease. Throws {@link ClaimLost}. */
export async function advanceClaim(
  sql: Sql,
  { connectionId, token }: Claim,
  now: string,
  reached: { pullCursor?: Cursor; pushCursor?: PushCursor; eventSeq?: number; tokens?: Uint8Array } = {},
): Promise<void> {
  const rows = await sql.query(
    `update connections set claimed_until = $3::timestamptz + ${LEASE}, pull_cursor = coalesce($4, pull_cursor),
       push_cursor = coalesce($5, push_cursor), event_seq = coalesce($6, event_seq), tokens = coalesce($7, tokens)
     where workspace_id = current_workspace() and id = $1 and claim = $2 and status = 'active' returning id`,
    [
      connectionId,
      token,
      now,
      reached.pullCursor ? JSON.stringify(reached.pullCursor) : null,
      reached.pushCursor ? JSON.stringify(reached.pushCursor) : null,
      reached.eventSeq ?? null,
      reached.tokens ?? null,
    ],
  )
  if (rows.length === 0) throw new ClaimLost()
}

/**
 * The run has ended. Where something has happened meanwhile, the next one is due at once, unless it has to wait. Where the
 * connection has been paused meanwhile, it ends without a word.
 */
export async function endClaim(
  sql: Sql,
  claim: Claim,
  now: string,
  ended: { ok: boolean; broken?: boolean; problem: string | null; waitMs: number },
): Promise<void> {
  const { connectionId, token, wakes } = claim
  const { ok, broken = false, problem, waitMs } = ended
  const rows = await sql.query(
    `update connections set claim = null, claimed_until = null, problem = $4,
       status = case when $5 then 'broken' else status end,
       attempts = case when $6 then 0 else least(attempts + 1, 100) end,
       synced_at = case when $6 then $3 else synced_at end,
       due_at = case when $6 and wakes <> $7 then $3 else $3::timestamptz + make_interval(secs => $8) end
     where workspace_id = current_workspace() and id = $1 and claim = $2 and status = 'active' returning id`,
    [connectionId, token, now, problem, broken, ok, wakes, waitMs / 1000],
  )
  if (rows.length === 0) await releaseClaim(sql, claim)
}

/** The run ends without a word: what it was to do has changed. */
export async function releaseClaim(sql: Sql, { connectionId, token }: Claim): Promise<void> {
  await sql.query(
    `update connections set claim = null, claimed_until = null
     where workspace_id = current_workspace() and id = $1 and claim = $2`,
    [connectionId, token],
  )
}

/** Something has happened that its CRM may want to know. Gives the connections that are due now. */
export async function wakeConnections(sql: Sql, except: string[], now: string): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `update connections set wakes = wakes + 1, due_at = case when attempts = 0 then least(due_at, $2) else due_at end
     where workspace_id = current_workspace() and status = 'active' and id <> all($1::uuid[]) returning id`,
    [except, now],
  )
  return rows.map(row => row.id)
}

// ---------------------------------------------------------------------------------------------------------------
// Who is who
// ---------------------------------------------------------------------------------------------------------------

/** A contact and its record there. */
export interface Link {
  remoteId: string
  /** Null: deleted here. */
  contactId: string | null
  ours: SyncedFields
  theirs: SyncedFields
  pending: boolean
  /** Whether this is the record that is written, where the contact has several since a merge. */
  main: boolean
}

const LINK = 'remote_id as "remoteId", contact_id as "contactId", ours, theirs, pending, main'

export async function findLink(sql: Sql, connectionId: string, remoteId: string): Promise<Link | null> {
  const [link] = await sql.query<Link>(
    `select ${LINK} from connection_contacts
     where workspace_id = current_workspace() and connection_id = $1 and remote_id = $2`,
    [connectionId, remoteId],
  )
  return link ?? null
}

/** These records' links, by their ids there; without an entry for those that have none. */
export async function findLinks(sql: Sql, connectionId: string, remoteIds: string[]): Promise<Map<string, Link>> {
  const links = await sql.query<Link>(
    `select ${LINK} from connection_contacts
     where workspace_id = current_workspace() and connection_id = $1 and remote_id = any($2::text[])`,
    [connectionId, remoteIds],
  )
  return new Map(links.map(link => [link.remoteId, link]))
}

/** The links of these contacts; of one contact, the one that is written comes first. */
export const linksOf = (sql: Sql, connectionId: string, contactIds: string[]): Promise<Link[]> =>
  sql.query<Link>(
    `select ${LINK} from connection_contacts
     where workspace_id = current_workspace() and contact_id = any($2::uuid[]) and connection_id = $1
     order by main desc, remote_id`,
    [connectionId, contactIds],
  )

/** Links whose contact is still to be written there, or has been deleted here. */
export const unfinishedLinks = (sql: Sql, connectionId: string, after: string, limit: number): Promise<Link[]> =>
  sql.query<Link>(
    `select ${LINK} from connection_contacts
     where workspace_id = current_workspace() and connection_id = $1 and (pending or contact_id is null)
       and remote_id > $2
     order by remote_id limit $3`,
    [connectionId, after, limit],
  )

/** One of several records of a contact is gone: another one is written from now on. */
export async function promoteLink(sql: Sql, connectionId: string, remoteId: string): Promise<void> {
  await sql.query(
    `update connection_contacts set main = true
     where workspace_id = current_workspace() and connection_id = $1 and remote_id = $2`,
    [connectionId, remoteId],
  )
}

/** Writes the link. One that belongs to another contact is left to it. */
export async function saveLink(sql: Sql, connectionId: string, link: Omit<Link, 'main'>): Promise<void> {
  await sql.query(
    `insert into connection_contacts as known (workspace_id, connection_id, remote_id, contact_id, ours, theirs, pending)
     values (current_workspace(), $1, $2, $3, $4, $5, $6)
     on conflict (workspace_id, connection_id, remote_id) do update
       set ours = excluded.ours, theirs = excluded.theirs, pending = excluded.pending
       where known.contact_id = excluded.contact_id`,
    [connectionId, link.remoteId, link.contactId, JSON.stringify(link.ours), JSON.stringify(link.theirs), link.pending],
  )
}

export async function deleteLink(sql: Sql, connectionId: string, remoteId: string): Promise<void> {
  await sql.query(
    'delete from connection_contacts where workspace_id = current_workspace() and connection_id = $1 and remote_id = $2',
    [connectionId, remoteId],
  )
}

/**
 * The contact that surely is the same person as a record that is seen for the first time: the only one with its e-mail
 * address, else the only one with its number and no other address. Nobody who has a record there already.
 */
export async function findSamePerson(
  sql: Sql,
  connectionId: string,
  { email, key }: { email: string; key: string | null },
): Promise<string | null> {
  const rows = await sql.query<{ id: string; certain: boolean }>(
    `with found as (
       (select id, true as certain from contacts
        where workspace_id = current_workspace() and $1 <> '' and email_key = lower($1) limit 2)
       union
       (select c.id, false from contact_phones p join contacts c on c.workspace_id = current_workspace() and c.id = p.contact_id
        where p.workspace_id = current_workspace() and p.key = $2 and ($1 = '' or c.email is null) limit 2)
     )
     select id, certain from found
     where not exists (
       select from connection_contacts l
       where l.workspace_id = current_workspace() and l.connection_id = $3 and l.contact_id = found.id)`,
    [email, key, connectionId],
  )
  for (const certain of [true, false]) {
    const same = rows.filter(row => row.certain === certain)
    if (same.length > 0) return same.length === 1 ? same[0]!.id : null
  }
  return null
}

/** Whether the record with this e-mail address is somebody else's already. */
export async function isAddressTaken(
  sql: Sql,
  connectionId: string,
  { id, email }: { id: string; email: string | null },
): Promise<boolean> {
  if (email === null) return false
  const rows = await sql.query(
    `select from contacts c
     join connection_contacts l on l.workspace_id = current_workspace() and l.contact_id = c.id
     where c.workspace_id = current_workspace() and c.email_key = lower($1) and c.id <> $2 and l.connection_id = $3
     limit 1`,
    [email, id, connectionId],
  )
  return rows.length > 0
}

// ---------------------------------------------------------------------------------------------------------------
// Calls
// ---------------------------------------------------------------------------------------------------------------

/** What a CRM may want to know of calls, oldest first: which calls, and how far this has looked. */
export async function callsTouched(
  sql: Sql,
  since: number,
  limit: number,
): Promise<{ callIds: string[]; seq: number; more: boolean }> {
  const rows = await sql.query<{ seq: string; type: string; call_id: string | null }>(
    'select seq, type, call_id from events where workspace_id = current_workspace() and seq > $1 order by seq limit $2',
    [since, limit],
  )
  const callIds = rows.flatMap(row => (row.call_id !== null && OF_CALLS.has(row.type) ? [row.call_id] : []))
  return { callIds: [...new Set(callIds)], seq: Number(rows.at(-1)?.seq ?? since), more: rows.length === limit }
}

/** Events after which a call is logged, or what is logged of it changes. */
export const OF_CALLS: ReadonlySet<string> = new Set([
  'call.status_changed',
  'call.logged',
  'call.contact_settled',
  'call.disposed',
  'call.note_added',
  'recording.completed',
])

/** The entry of this call there; `undefined`: no attempt has been made; null: one that may have got as far as that. */
export async function findEntry(sql: Sql, connectionId: string, callId: string): Promise<string | null | undefined> {
  const [row] = await sql.query<{ entry_id: string | null }>(
    `select entry_id from connection_calls
     where workspace_id = current_workspace() and connection_id = $1 and call_id = $2`,
    [connectionId, callId],
  )
  return row?.entry_id
}

export async function saveEntry(sql: Sql, connectionId: string, callId: string, entryId: string | null): Promise<void> {
  await sql.query(
    `insert into connection_calls (workspace_id, connection_id, call_id, entry_id)
     values (current_workspace(), $1, $2, $3)
     on conflict (workspace_id, connection_id, call_id) do update set entry_id = excluded.entry_id`,
    [connectionId, callId, entryId],
  )
}

// ---------------------------------------------------------------------------------------------------------------
// People who have gone there to allow it
// ---------------------------------------------------------------------------------------------------------------

export async function insertRequest(
  sql: Sql,
  request: { stateHash: Uint8Array; crm: CrmId; userId: string; verifier: Uint8Array; expiresAt: string },
  now: string,
): Promise<void> {
  await sql.query('delete from connection_requests where workspace_id = current_workspace() and expires_at < $1', [now])
  await sql.query(
    `insert into connection_requests (workspace_id, state_hash, crm, user_id, verifier, expires_at)
     values (current_workspace(), $1, $2, $3, $4, $5)`,
    [request.stateHash, request.crm, request.userId, request.verifier, request.expiresAt],
  )
}

/** Takes the request, once; null: there is none that is this person's, for this CRM, and not too old. */
export async function takeRequest(
  sql: Sql,
  { stateHash, crm, userId }: { stateHash: Uint8Array; crm: CrmId; userId: string },
  now: string,
): Promise<Uint8Array | null> {
  const [row] = await sql.query<{ verifier: Uint8Array }>(
    `delete from connection_requests
     where workspace_id = current_workspace() and state_hash = $1 and crm = $2 and user_id = $3 and expires_at >= $4
     returning verifier`,
    [stateHash, crm, userId, now],
  )
  return row?.verifier ?? null
}
