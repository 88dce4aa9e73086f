import type { Role } from '../../core/role.ts'
import type { Sql, Tx } from '../platform/db.ts'
import { digest, newSecret } from './secret.ts'

/**
 * How long a session lasts however busy it is, and how long without one request. Whoever can change everything is asked
 * more often; whoever takes calls is not asked in the middle of a shift. An open page asks by itself now and then.
 */
const LASTS: Record<Role, { hours: number; idleMinutes: number }> = {
  agent: { hours: 24, idleMinutes: 12 * 60 },
  supervisor: { hours: 24, idleMinutes: 12 * 60 },
  admin: { hours: 8, idleMinutes: 30 },
}

/** What is very much somebody's own is asked for only so long after they have last shown who they are. */
const RECENT_MINUTES = 15

/** Whether session `s` is in force. */
export const IN_FORCE = 's.expires_at > now() and s.seen_at > now() - s.idle_for'

/** Where a session begins: shown to its person, so that they can tell their devices from somebody else's. */
export interface Origin {
  device: string | null
  address: string | null
}

/**
 * Opens a session; its token is not kept here. The caller has made sure, in the same transaction, that this user may
 * sign in. The user's other sessions stay: people have several devices.
 */
export async function openSession(
  tx: Tx,
  userId: string,
  origin: Origin = { device: null, address: null },
): Promise<{ token: string; seconds: number }> {
  const token = newSecret()
  await tx.query(`delete from sessions s where s.user_id = $1 and not (${IN_FORCE})`, [userId])
  const [user] = await tx.query<{ role: Role }>('select role from users where id = $1', [userId])
  const { hours, idleMinutes } = LASTS[user!.role]
  await tx.query(
    `insert into sessions (token_hash, workspace_id, user_id, device, address, expires_at, idle_for)
     values ($1, $2, $3, $4, $5, now() + make_interval(hours => $6), make_interval(mins => $7))`,
    [digest(token), tx.workspaceId, userId, origin.device, origin.address, hours, idleMinutes],
  )
  return { token, seconds: hours * 3600 }
}

/** Whose session this is, if it is in force. `recent`: they have shown who they are in the last quarter of an hour. */
export async function findSession(
  sql: Sql,
  token: string,
): Promise<{ workspaceId: string; userId: string; recent: boolean } | null> {
  const [session] = await sql.query<{ workspaceId: string; userId: string; recent: boolean }>(
    `select s.workspace_id as "workspaceId", s.user_id as "userId",
       s.proven_at > now() - interval '${RECENT_MINUTES} minutes' as recent
     from sessions s where s.token_hash = $1 and ${IN_FORCE}`,
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

/** Its person has shown just now who they are. */
export const proveSession = (tx: Tx, token: string): Promise<unknown> =>
  tx.query('update sessions set proven_at = now() where token_hash = $1', [digest(token)])

interface OpenSession extends Origin {
  id: string
  createdAt: Date
  seenAt: Date
  current: boolean
}

/** This user's sessions in force, the one used last first. `current`: the one with this token. */
export const listSessions = (tx: Tx, userId: string, token: string | null): Promise<OpenSession[]> =>
  tx.query(
    `select s.id, s.device, s.address, s.created_at as "createdAt", s.seen_at as "seenAt",
       coalesce(s.token_hash = $2, false) as current
     from sessions s where s.user_id = $1 and ${IN_FORCE} order by s.seen_at desc, s.id`,
    [userId, token === null ? null : digest(token)],
  )

/** Ends one session. False when it had ended already. */
export async function endSession(tx: Tx, token: string): Promise<boolean> {
  const ended = await tx.query('delete from sessions where token_hash = $1 returning user_id', [digest(token)])
  return ended.length > 0
}

/** Ends the session that this user knows by this id. False when there is none. */
export async function endSessionById(tx: Tx, userId: string, id: string): Promise<boolean> {
  const ended = await tx.query('delete from sessions where user_id = $1 and id = $2 returning id', [userId, id])
  return ended.length > 0
}

/**
 * Ends every session of this user but the one with the token `except`, and every sign-in that waits for its second step.
 * Returns how many sessions that were.
 */
export async function endSessionsOf(tx: Tx, userId: string, except: string | null = null): Promise<number> {
  await tx.query('delete from sign_in_challenges where user_id = $1', [userId])
  const ended = await tx.query(
    'delete from sessions where user_id = $1 and token_hash is distinct from $2 returning id',
    [userId, except === null ? null : digest(except)],
  )
  return ended.length
}
