import type { Db, Sql, Tx } from '../platform/db.ts'
import { digest, newSecret } from './secret.ts'

const VALID_HOURS = 24

/** Makes a link with which this user can sign in once, within a day, and returns its token, which is not kept here. */
export async function insertSignInLink(tx: Tx, userId: string): Promise<string> {
  const token = newSecret()
  await tx.query('delete from sign_in_links where user_id = $1 and expires_at < now()', [userId])
  await tx.query(
    `insert into sign_in_links (token_hash, workspace_id, user_id, expires_at)
     values ($1, $2, $3, now() + interval '${VALID_HOURS} hours')`,
    [digest(token), tx.workspaceId, userId],
  )
  return token
}

/** {@link insertSignInLink} in a transaction of its own. */
export const createSignInLink = (db: Db, workspaceId: string, userId: string): Promise<string> =>
  db.inWorkspace(workspaceId, tx => insertSignInLink(tx, userId))

/** The address to open. The token is in the fragment, which browsers send to nobody: it is in no log on the way. */
export const signInUrl = (base: string, token: string): string => `${base}/sign-in#token=${token}`

/** To which workspace a link belongs, used up or not. */
export async function findWorkspaceOfLink(sql: Sql, token: string): Promise<string | null> {
  const [link] = await sql.query<{ workspaceId: string }>(
    'select workspace_id as "workspaceId" from sign_in_links where token_hash = $1',
    [digest(token)],
  )
  return link?.workspaceId ?? null
}

/** Uses a link up. Returns whose it was, or null when it has expired or somebody was first. */
export async function useSignInLink(tx: Tx, token: string): Promise<string | null> {
  const [link] = await tx.query<{ userId: string }>(
    `update sign_in_links set used_at = now()
     where token_hash = $1 and used_at is null and expires_at > now()
     returning user_id as "userId"`,
    [digest(token)],
  )
  return link?.userId ?? null
}

/** Whoever has a new password needs no link any more, and nobody else should have one. */
export async function withdrawSignInLinks(tx: Tx, userId: string): Promise<void> {
  await tx.query('delete from sign_in_links where user_id = $1', [userId])
}
