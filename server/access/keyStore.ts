import { v7 as newId } from 'uuid'
import type { ApiKey } from '../../client/contract.ts'
import type { Named } from '../../core/call.ts'
import type { Permission } from '../../core/role.ts'
import type { Sql, Tx } from '../platform/db.ts'
import { digest, looksLikeSecret, newSecret } from './secret.ts'

/** Tells a key of ours at a glance, to people and to scanners that look for leaked ones. */
const PREFIX = 'rs_'

export const looksLikeKey = (text: string): boolean =>
  text.startsWith(PREFIX) && looksLikeSecret(text.slice(PREFIX.length))

interface KeyRow {
  id: string
  name: string
  hint: string
  permissions: Permission[]
  created_at: Date
  last_used_at: Date | null
  expires_at: Date | null
  previous_hint: string | null
  /** Null where there is none, or it has ended. */
  previous_until: Date | null
  previous_used_at: Date | null
  requests_per_hour: number | null
}
const COLUMNS = `id, name, hint, permissions, created_at, last_used_at, expires_at, previous_hint,
  case when previous_until > now() then previous_until end as previous_until, previous_used_at, requests_per_hour`
const IN_FORCE = 'revoked_at is null and (expires_at is null or expires_at > now())'

/** @param usualLimit requests an hour of those keys that have no limit of their own. */
const present = (row: KeyRow, usualLimit: number): ApiKey => ({
  id: row.id,
  name: row.name,
  hint: row.hint,
  permissions: row.permissions,
  createdAt: row.created_at.toISOString(),
  lastUsedAt: row.last_used_at?.toISOString() ?? null,
  expiresAt: row.expires_at?.toISOString() ?? null,
  previous: row.previous_until && {
    hint: row.previous_hint!,
    until: row.previous_until.toISOString(),
    lastUsedAt: row.previous_used_at?.toISOString() ?? null,
  },
  requestsPerHour: row.requests_per_hour ?? usualLimit,
})

/** Keys that are in force, oldest first. */
export async function listKeys(tx: Tx, usualLimit: number): Promise<ApiKey[]> {
  const rows = await tx.query<KeyRow>(`select ${COLUMNS} from api_keys where ${IN_FORCE} order by created_at, id`)
  return rows.map(row => present(row, usualLimit))
}

/** Keys in force that this user has made, oldest first. */
export const listKeysMadeBy = (tx: Tx, userId: string): Promise<Named[]> =>
  tx.query<Named>(`select id, name from api_keys where created_by = $1 and ${IN_FORCE} order by created_at, id`, [
    userId,
  ])

/** Null when there is no such key in force. */
export async function findKey(tx: Tx, id: string, usualLimit: number): Promise<ApiKey | null> {
  const [row] = await tx.query<KeyRow>(`select ${COLUMNS} from api_keys where id = $1 and ${IN_FORCE}`, [id])
  return row ? present(row, usualLimit) : null
}

export interface NewKey {
  name: string
  permissions: Permission[]
  /** ISO 8601; null for a key that stays in force until it is revoked. */
  expiresAt: string | null
  /** The user who makes it; null when that is another key. */
  createdBy: string | null
}

/** Makes a key. Its text is in the answer and nowhere else. */
export async function insertKey(tx: Tx, made: NewKey): Promise<{ id: string; key: string }> {
  const key = PREFIX + newSecret()
  const id = newId()
  await tx.query(
    `insert into api_keys (workspace_id, id, name, key_hash, hint, permissions, created_by, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      tx.workspaceId,
      id,
      made.name,
      digest(key),
      key.slice(-4),
      [...new Set(made.permissions)],
      made.createdBy,
      made.expiresAt,
    ],
  )
  return { id, key }
}

/**
 * Gives a key a new secret. The present one works for `overlapHours` more; one that was replaced before, and still
 * worked, ends now. Returns the new text, which is nowhere else, or null when there is no such key in force.
 */
export async function rotateKey(tx: Tx, id: string, overlapHours: number): Promise<string | null> {
  const key = PREFIX + newSecret()
  const rows = await tx.query(
    `update api_keys set key_hash = $2, hint = $3, previous_hash = key_hash, previous_hint = hint,
       previous_until = now() + make_interval(hours => $4), previous_used_at = last_used_at, last_used_at = null
     where id = $1 and ${IN_FORCE} returning id`,
    [id, digest(key), key.slice(-4), overlapHours],
  )
  return rows.length === 0 ? null : key
}

/** Sets how many requests an hour this key may make; null: as many as others. */
export async function limitKey(tx: Tx, id: string, requestsPerHour: number | null): Promise<void> {
  await tx.query('update api_keys set requests_per_hour = $2 where id = $1', [id, requestsPerHour])
}

/** The workspace of a key, for the operator, who may belong to another one. */
export async function workspaceOfKey(sql: Sql, id: string): Promise<string | null> {
  const [row] = await sql.query<{ workspace_id: string }>('select workspace_id from api_keys where id = $1', [id])
  return row?.workspace_id ?? null
}

/** Takes a key out of force, at once and for good. Returns its name, or null when there is no such key in force. */
export async function revokeKey(tx: Tx, id: string): Promise<string | null> {
  const [row] = await tx.query<{ name: string }>(
    'update api_keys set revoked_at = now() where id = $1 and revoked_at is null returning name',
    [id],
  )
  return row?.name ?? null
}

/**
 * Remembers that the key, or the one it has replaced, is in use; called when that was last written more than a minute
 * ago.
 */
export async function touchKey(sql: Sql, keyId: string, previous: boolean): Promise<void> {
  const column = previous ? 'previous_used_at' : 'last_used_at'
  await sql.query(
    `update api_keys set ${column} = now()
     where id = $1 and (${column} is null or ${column} < now() - interval '1 minute')`,
    [keyId],
  )
}
