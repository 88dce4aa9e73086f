import type { Webhook } from '../../client/contract.ts'
import type { WebhookType } from '../../core/webhook.ts'
import type { Sql, Tx } from '../platform/db.ts'
import type { Envelopes } from '../platform/envelope.ts'
import type { LastingColumn } from '../platform/sealedColumn.ts'

/** What somebody decides about an endpoint. */
export interface EndpointFields {
  name: string
  url: string
  types: WebhookType[]
  /** Sent as `Authorization: Bearer`; null: that header is not sent. */
  token: string | null
}

/** Undefined: as it was. */
export type EndpointChange = { [Field in keyof EndpointFields]?: EndpointFields[Field] | undefined }

/** An endpoint as whoever sends to it needs it. */
export interface Endpoint {
  id: string
  name: string
  url: string
  types: WebhookType[]
  enabled: boolean
  token: string | null
  /** What signs: the secret, and for a while the one before. */
  secrets: Uint8Array[]
  cursor: number
  /** The newest event of the log. */
  head: number
}

interface EndpointRow {
  id: string
  name: string
  url: string
  types: WebhookType[]
  token: Uint8Array | null
  token_hint: string | null
  secret: Uint8Array
  previous_secret: Uint8Array | null
  previous_until: Date | null
  enabled: boolean
  disabled_reason: string | null
  cursor: string
  failing_since: Date | null
  last_success_at: Date | null
  created_at: Date
  created_by: string
}

const sealedColumn = (column: string, purpose: string): LastingColumn => ({
  what: 'webhooks',
  table: 'webhook_endpoints',
  column,
  row: 'id',
  purpose: (workspaceId, id) => `${purpose} ${workspaceId} ${id}`,
})
const TOKEN = sealedColumn('token', 'webhook token')
const SECRET = sealedColumn('secret', 'webhook secret')
/** Moves from one column to the other, so it is sealed for the same purpose. */
const PREVIOUS_SECRET: LastingColumn = { ...SECRET, column: 'previous_secret' }
/** What endpoints are sent, and what their messages are signed with. */
export const ENDPOINT_SECRETS = [TOKEN, SECRET, PREVIOUS_SECRET]

const utf8 = new TextEncoder()
const sealedToken = (tx: Tx, envelopes: Envelopes, id: string, token: string | null) =>
  token === null ? null : envelopes.seal(utf8.encode(token), TOKEN.purpose(tx.workspaceId, id))
/** So much of a token tells it from another one and gives nothing away. */
const hintOf = (token: string | null): string | null =>
  token === null ? null : token.length < 12 ? '' : token.slice(-4)

/** It is told of what happens from now on. */
export async function insertEndpoint(
  tx: Tx,
  envelopes: Envelopes,
  made: EndpointFields & { id: string; secret: Uint8Array; createdBy: string },
): Promise<void> {
  await tx.query(
    `insert into webhook_endpoints
       (workspace_id, id, name, url, types, token, token_hint, secret, cursor, created_at, created_by)
     select workspace_id, $1, $2, $3, $4, $5, $6, $7, seq, $8, $9 from event_heads
     where workspace_id = current_workspace()`,
    [
      made.id,
      made.name,
      made.url,
      made.types,
      sealedToken(tx, envelopes, made.id, made.token),
      hintOf(made.token),
      envelopes.seal(made.secret, SECRET.purpose(tx.workspaceId, made.id)),
      tx.now,
      made.createdBy,
    ],
  )
}

/**
 * The endpoint, locked: one transaction at a time reads the log for it, and decides what is sent to it next. Null: there
 * is none.
 */
export async function lockEndpoint(tx: Tx, envelopes: Envelopes, id: string): Promise<Endpoint | null> {
  const [row] = await tx.query<EndpointRow & { head: string }>(
    `select e.id, e.name, e.url, e.types, e.enabled, e.token, e.secret, e.previous_secret, e.previous_until, e.cursor,
       (select seq from event_heads where workspace_id = current_workspace()) as head
     from webhook_endpoints e where e.workspace_id = current_workspace() and e.id = $1 for update`,
    [id],
  )
  if (row === undefined) return null
  const open = (sealed: Uint8Array, purpose: string) => envelopes.open(new Uint8Array(sealed), purpose)
  const purpose = SECRET.purpose(tx.workspaceId, id)
  const secrets = [open(row.secret, purpose)]
  if (row.previous_secret !== null && row.previous_until!.toISOString() > tx.now)
    secrets.push(open(row.previous_secret, purpose))
  return {
    id: row.id,
    name: row.name,
    url: row.url,
    types: row.types,
    enabled: row.enabled,
    token: row.token === null ? null : Buffer.from(open(row.token, TOKEN.purpose(tx.workspaceId, id))).toString('utf8'),
    secrets,
    cursor: Number(row.cursor),
    head: Number(row.head),
  }
}

/** Changes what is given. */
export async function updateEndpoint(tx: Tx, envelopes: Envelopes, id: string, given: EndpointChange): Promise<void> {
  const { name, url, types, token } = given
  await tx.query(
    `update webhook_endpoints set name = coalesce($2, name), url = coalesce($3, url), types = coalesce($4, types)
     where workspace_id = current_workspace() and id = $1`,
    [id, name ?? null, url ?? null, types ?? null],
  )
  if (token === undefined) return
  await tx.query(
    'update webhook_endpoints set token = $2, token_hint = $3 where workspace_id = current_workspace() and id = $1',
    [id, sealedToken(tx, envelopes, id, token), hintOf(token)],
  )
}

/** Tells it of what happens from now on; of what happened while it was off it is not told. */
export async function enableEndpoint(tx: Tx, id: string): Promise<void> {
  await tx.query(
    `update webhook_endpoints set enabled = true, disabled_reason = null, failing_since = null,
       cursor = (select seq from event_heads where workspace_id = current_workspace())
     where workspace_id = current_workspace() and id = $1`,
    [id],
  )
}

/** `reason` null: somebody has turned it off. */
export async function disableEndpoint(tx: Tx, id: string, reason: string | null): Promise<void> {
  await tx.query(
    `update webhook_endpoints set enabled = false, disabled_reason = $2
     where workspace_id = current_workspace() and id = $1`,
    [id, reason],
  )
}

/** From now on `secret` signs, and until `previousUntil` (ISO 8601) the one that it takes the place of as well. */
export async function rotateSecret(
  tx: Tx,
  envelopes: Envelopes,
  id: string,
  secret: Uint8Array,
  previousUntil: string,
): Promise<void> {
  await tx.query(
    `update webhook_endpoints set previous_secret = secret, previous_until = $3, secret = $2
     where workspace_id = current_workspace() and id = $1`,
    [id, envelopes.seal(secret, SECRET.purpose(tx.workspaceId, id)), previousUntil],
  )
}

/** With all its deliveries. */
export async function deleteEndpoint(tx: Tx, id: string): Promise<void> {
  await tx.query('delete from webhook_endpoints where workspace_id = current_workspace() and id = $1', [id])
}

export async function moveCursor(tx: Tx, id: string, cursor: number): Promise<void> {
  await tx.query('update webhook_endpoints set cursor = $2 where workspace_id = current_workspace() and id = $1', [
    id,
    cursor,
  ])
}

/** What the latest attempts say of its health. Times are ISO 8601; null: none of that kind. */
export async function noteHealth(
  tx: Tx,
  id: string,
  { succeededAt, failedAt }: { succeededAt: string | null; failedAt: string | null },
): Promise<void> {
  await tx.query(
    `update webhook_endpoints set
       last_success_at = greatest(last_success_at, $2::timestamptz),
       failing_since = case when $2::timestamptz is null then coalesce(failing_since, $3::timestamptz) end
     where workspace_id = current_workspace() and id = $1`,
    [id, succeededAt, failedAt],
  )
}

type ListedRow = EndpointRow & { pending: number; failed: number; latency_ms: number | null; is_crm: boolean }

/** How many of the latest deliveries say how quick an endpoint is. */
const LATENCY_OF = 100

/** All of them, or one, oldest first. */
export async function listEndpoints(sql: Sql, id: string | null = null): Promise<Webhook[]> {
  const rows = await sql.query<ListedRow>(
    `select e.id, e.name, e.url, e.types, e.token_hint, e.previous_until, e.enabled, e.disabled_reason, e.failing_since,
       e.last_success_at, e.created_at, e.created_by,
       (select count(*)::int from webhook_deliveries d where d.workspace_id = e.workspace_id and d.endpoint_id = e.id
          and d.status = 'pending') as pending,
       (select count(*)::int from webhook_deliveries d where d.workspace_id = e.workspace_id and d.endpoint_id = e.id
          and d.status = 'failed') as failed,
       (select percentile_disc(0.5) within group (order by latency_ms)::int from (
          select d.latency_ms from webhook_deliveries d where d.workspace_id = e.workspace_id and d.endpoint_id = e.id
            and d.status = 'delivered' order by d.id desc limit ${LATENCY_OF}) latest) as latency_ms,
       exists (select from call_settings s where s.workspace_id = e.workspace_id and s.crm_endpoint_id = e.id) as is_crm
     from webhook_endpoints e
     where e.workspace_id = current_workspace() and ($1::uuid is null or e.id = $1) order by e.created_at, e.id`,
    [id],
  )
  return rows.map(row => ({
    id: row.id,
    name: row.name,
    url: row.url,
    types: row.types,
    tokenHint: row.token_hint,
    previousSecretUntil: row.previous_until?.toISOString() ?? null,
    enabled: row.enabled,
    disabledReason: row.disabled_reason,
    isCrm: row.is_crm,
    failingSince: row.failing_since?.toISOString() ?? null,
    lastSuccessAt: row.last_success_at?.toISOString() ?? null,
    pending: row.pending,
    failed: row.failed,
    latencyMs: row.latency_ms,
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
  }))
}

export interface EndpointRef {
  workspaceId: string
  id: string
}

/** Everybody's that are told of something. Runs as the platform. */
export async function listEnabled(sql: Sql): Promise<EndpointRef[]> {
  return sql.query<EndpointRef>(
    'select workspace_id as "workspaceId", id from webhook_endpoints where enabled order by workspace_id, id',
  )
}

/**
 * Those with something to be read or sent since before `until` that nobody has set about. Runs as the platform.
 */
export async function listOverdue(sql: Sql, until: Date): Promise<EndpointRef[]> {
  return sql.query<EndpointRef>(
    `select e.workspace_id as "workspaceId", e.id from webhook_endpoints e
     where e.enabled and (
       exists (select from events v where v.workspace_id = e.workspace_id and v.seq = e.cursor + 1 and v.at <= $1)
       or exists (select from webhook_deliveries d
         where d.workspace_id = e.workspace_id and d.endpoint_id = e.id and d.status = 'pending' and d.due_at <= $1
           and (d.claimed_until is null or d.claimed_until <= $1)))`,
    [until],
  )
}
