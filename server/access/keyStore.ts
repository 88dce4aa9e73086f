import { v7 as newId } from 'uuid'
import type { ApiKey } from '../../client/contract.ts'
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
}
const COLUMNS = 'id, name, hint, permissions, created_at, last_used_at, expires_at'

const present = (row: KeyRow): ApiKey => ({
  id: row.id,
  name: row.name,
  hint: row.hint,
  permissions: row.permissions,
  createdAt: row.created_at.toISOString(),
  lastUsedAt: row.last_used_at?.toISOString() ?? null,
  expiresAt: row.expires_at?.toISOString() ?? null,
})

/** Keys that are in force, oldest first. */
export async function listKeys(tx: Tx): Promise<ApiKey[]> {
  const rows = await tx.query<KeyRow>(
    `select ${COLUMNS} from api_keys
     where revoked_at is null and (expires_at is null or expires_at > now())
     order by created_at, id`,
  )
  return rows.map(present)
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
export async function insertKey(tx: Tx, made: NewKey): Promise<{ apiKey: ApiKey; key: string }> {
  const key = PREFIX + newSecret()
  const [row] = await tx.query<KeyRow>(
    `insert into api_keys (workspace_id, id, name, key_hash, hint, permissions, created_by, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     returning ${COLUMNS}`,
    [
      tx.workspaceId,
      newId(),
      made.name,
      digest(key),
      key.slice(-4),
      [...new Set(made.permissions)],
      made.createdBy,
      made.expiresAt,
    ],
  )
  return { apiKey: present(row!), key }
}

/** Takes a key out of force, at once and for good. Returns its name, or null when there is no such key in force. */
export async function revokeKey(tx: Tx, id: string): Promise<string | null> {
  const [row] = await tx.query<{ name: string }>(
    'update api_keys set revoked_at = now() where id = $1 and revoked_at is null returning name',
    [id],
  )
  return row?.name ?? null
}

/** Remembers that the key is in use; called when that was last written more than a minute ago. */
export async function touchKey(sql: Sql, keyId: string): Promise<void> {
  await sql.query(
    `update api_keys set last_used_at = now()
     where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
    [keyId],
  )
}
