import type { Sql, Tx } from '../platform/db.ts'
import { digest, newSecret } from './secret.ts'

/** However busy: after a day everybody signs in again. */
export const SESSION_HOURS = 24
/** Not one request for half a day: whoever it was has gone home. */
const IDLE_HOURS = 12

/** Whether session `s` is in force. */
export const IN_FORCE = `s.expires_at > now() and s.seen_at > now() - interval '${IDLE_HOURS} hours'`

/**
 * Opens a session and returns its token, which is not kept here. The caller has made sure, in the same transaction, that
 * this user may sign in. The user's other sessions stay: people have several devices.
 */
export async function openSession(tx: Tx, userId: string): Promise<string> {
  const token = newSecret()
  await tx.query(`delete from sessions s where s.user_id = $1 and not (${IN_FORCE})`, [userId])
  await tx.query(
    `insert into sessions (token_hash, workspace_id, user_id, expires_at)
     values ($1, $2, $3, now() + interval '${SESSION_HOURS} hours')`,
    [digest(token), tx.workspaceId, userId],
  )
  return token
}

/** Whose session this is, if it is in force. */
export async function findSession(sql: Sql, token: string): Promise<{ workspaceId: string; userId: string } | null> {
  const [session] = await sql.query<{ workspaceId: string; userId: string }>(
    `select s.workspace_id as "workspaceId", s.user_id as "userId" from sessions s where s.token_hash = $1 and ${IN_FORCE}`,
    [digest(token)],
  )
  return session ?? null
}

/** Remembers that the session is in use; called when that was last written more than a minute ago. */
export async function touchSession(sql: Sql, token: string): Promise<void> {
  await sql.query(
    "update sessions set seen_at = now() where token_hash = $1 and seen_at < now() - interval '1 minute'",
    [digest(token)],
  )
}

/** Ends one session. False when it had ended already. */
export async function endSession(tx: Tx, token: string): Promise<boolean> {
  const ended = await tx.query('delete from sessions where token_hash = $1 returning user_id', [digest(token)])
  return ended.length > 0
}

/** Ends every session of this user but the one with the token `except`. */
export async function endSessionsOf(tx: Tx, userId: string, except: string | null = null): Promise<void> {
  await tx.query('delete from sessions where user_id = $1 and token_hash is distinct from $2', [
    userId,
    except === null ? null : digest(except),
  ])
}
