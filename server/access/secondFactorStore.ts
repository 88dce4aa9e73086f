import type { Role } from '../../core/role.ts'
import type { Sql, Tx } from '../platform/db.ts'
import type { Envelopes } from '../platform/envelope.ts'
import type { LastingColumn } from '../platform/sealedColumn.ts'
import { newRecoveryCodes, plainCode, stepOf } from './secondFactor.ts'
import { digest, newSecret } from './secret.ts'

/** What authenticator apps and we make the codes of. */
export const SEEDS: LastingColumn = {
  what: 'secondFactors',
  table: 'second_factors',
  column: 'seed',
  row: 'user_id',
  purpose: (workspaceId, userId) => `totp ${workspaceId} ${userId}`,
}

/** What this user must show besides the first factor. `enrolment`: their role takes one, and they have none yet. */
export async function secondFactorOf(tx: Tx, userId: string): Promise<'none' | 'code' | 'enrolment'> {
  const [row] = await tx.query<{ has: boolean; must: boolean }>(
    `select f.confirmed_at is not null as has, u.role = any(w.second_factor_roles) as must
     from users u
     join workspaces w on w.id = u.workspace_id
     left join second_factors f on f.workspace_id = u.workspace_id and f.user_id = u.id
     where u.id = $1`,
    [userId],
  )
  return row?.has ? 'code' : row?.must ? 'enrolment' : 'none'
}

/** Keeps a seed that is to be confirmed; one that was never confirmed goes. False: this user has a second factor. */
export async function proposeSeed(tx: Tx, envelopes: Envelopes, userId: string, seed: Uint8Array): Promise<boolean> {
  const kept = await tx.query(
    `insert into second_factors as f (workspace_id, user_id, seed) values ($1, $2, $3)
     on conflict (workspace_id, user_id) do update set seed = excluded.seed, last_step = 0 where f.confirmed_at is null
     returning user_id`,
    [tx.workspaceId, userId, envelopes.seal(seed, SEEDS.purpose(tx.workspaceId, userId))],
  )
  return kept.length > 0
}

/**
 * Takes a code of this user's second factor, or a recovery code; each once. Null: it is wrong, or was taken already.
 *
 * @param now in milliseconds since 1970.
 */
export async function takeCode(
  tx: Tx,
  envelopes: Envelopes,
  userId: string,
  typed: string,
  now: number,
): Promise<'code' | 'recovery-code' | null> {
  const code = plainCode(typed)
  if (await takeStep(tx, envelopes, userId, code, now, true)) return 'code'
  return (await takeRecoveryCode(tx, userId, code)) ? 'recovery-code' : null
}

/** The first code of a seed that was proposed: from now on this user has a second factor. False for a wrong one. */
export const confirmSeed = (
  tx: Tx,
  envelopes: Envelopes,
  userId: string,
  typed: string,
  now: number,
): Promise<boolean> => takeStep(tx, envelopes, userId, plainCode(typed), now, false)

async function takeStep(
  tx: Tx,
  envelopes: Envelopes,
  userId: string,
  code: string,
  now: number,
  confirmed: boolean,
): Promise<boolean> {
  const [factor] = await tx.query<{ seed: Uint8Array; lastStep: string }>(
    `select seed, last_step as "lastStep" from second_factors
     where user_id = $1 and (confirmed_at is not null) = $2 for update`,
    [userId, confirmed],
  )
  if (!factor) return false
  const purpose = SEEDS.purpose(tx.workspaceId, userId)
  const step = stepOf(envelopes.open(factor.seed, purpose), code, now)
  if (step === null || step <= Number(factor.lastStep)) return false
  await tx.query(
    `update second_factors set last_step = $2, confirmed_at = coalesce(confirmed_at, now()), seed = $3
     where user_id = $1`,
    [userId, step, envelopes.reseal(factor.seed, purpose)],
  )
  return true
}

async function takeRecoveryCode(tx: Tx, userId: string, code: string): Promise<boolean> {
  const taken = await tx.query(
    `update recovery_codes set used_at = now() where user_id = $1 and code_hash = $2 and used_at is null
     returning user_id`,
    [userId, digest(code)],
  )
  return taken.length > 0
}

/** New recovery codes; those before open nothing any more. They are in the answer and nowhere else. */
export async function renewRecoveryCodes(tx: Tx, userId: string): Promise<string[]> {
  const codes = newRecoveryCodes()
  await tx.query('delete from recovery_codes where user_id = $1', [userId])
  await tx.query('insert into recovery_codes (workspace_id, user_id, code_hash) select $1, $2, unnest($3::bytea[])', [
    tx.workspaceId,
    userId,
    codes.map(code => digest(plainCode(code))),
  ])
  return codes
}

/** False when there was none. */
export async function removeSecondFactor(tx: Tx, userId: string): Promise<boolean> {
  const removed = await tx.query<{ confirmed: boolean }>(
    'delete from second_factors where user_id = $1 returning confirmed_at is not null as confirmed',
    [userId],
  )
  return removed.some(({ confirmed }) => confirmed)
}

/** `left`: recovery codes that have not been used. Null: no second factor. */
export async function readSecondFactor(tx: Tx, userId: string): Promise<{ since: Date; left: number } | null> {
  const [row] = await tx.query<{ since: Date; left: number }>(
    `select f.confirmed_at as since,
       (select count(*)::int from recovery_codes c where c.user_id = f.user_id and c.used_at is null) as left
     from second_factors f where f.user_id = $1 and f.confirmed_at is not null`,
    [userId],
  )
  return row ?? null
}

export async function readSecondFactorRoles(tx: Tx): Promise<Role[]> {
  const [row] = await tx.query<{ roles: Role[] }>('select second_factor_roles as roles from workspaces')
  return row!.roles
}

export const saveSecondFactorRoles = (tx: Tx, roles: Role[]): Promise<unknown> =>
  tx.query('update workspaces set second_factor_roles = $1', [roles])

const CHALLENGE_MINUTES = 10
/** Of one challenge; how often one account may be tried in all is the business of signInLimits.ts. */
const TRIES = 5

/** Whoever holds the token that this returns has shown the first factor just now. */
export async function openChallenge(tx: Tx, userId: string): Promise<{ token: string; expiresAt: Date }> {
  const token = newSecret()
  await tx.query('delete from sign_in_challenges where user_id = $1 and expires_at < now()', [userId])
  const [row] = await tx.query<{ expiresAt: Date }>(
    `insert into sign_in_challenges (token_hash, workspace_id, user_id, expires_at)
     values ($1, $2, $3, now() + interval '${CHALLENGE_MINUTES} minutes') returning expires_at as "expiresAt"`,
    [digest(token), tx.workspaceId, userId],
  )
  return { token, expiresAt: row!.expiresAt }
}

export async function findWorkspaceOfChallenge(sql: Sql, token: string): Promise<string | null> {
  const [row] = await sql.query<{ workspaceId: string }>(
    'select workspace_id as "workspaceId" from sign_in_challenges where token_hash = $1',
    [digest(token)],
  )
  return row?.workspaceId ?? null
}

/** Whose challenge this is, if it is in force and has tries left. Takes one. */
export async function takeTry(tx: Tx, token: string): Promise<{ userId: string; email: string } | null> {
  const [row] = await tx.query<{ userId: string; email: string }>(
    `update sign_in_challenges c set tries = c.tries + 1
     from users u
     where c.token_hash = $1 and c.tries < ${TRIES} and c.expires_at > now() and u.id = c.user_id
     returning u.id as "userId", u.email`,
    [digest(token)],
  )
  return row ?? null
}

/** False when somebody has just passed it. */
export async function endChallenge(tx: Tx, token: string): Promise<boolean> {
  const ended = await tx.query('delete from sign_in_challenges where token_hash = $1 returning user_id', [
    digest(token),
  ])
  return ended.length > 0
}
