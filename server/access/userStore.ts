import { v7 as newId } from 'uuid'
import type { Me, User } from '../../client/contract.ts'
import type { Named } from '../../core/call.ts'
import type { Role } from '../../core/role.ts'
import { type Sql, type Tx, violates } from '../platform/db.ts'
import { conflict } from '../platform/refusal.ts'
import { IN_FORCE } from './sessionStore.ts'

interface UserRow {
  id: string
  email: string
  name: string
  role: Role
  agent_id: string | null
  queues: Named[]
  supabase_user_id: string | null
  disabled: boolean
  left_at: Date | null
  second_factor: boolean
  created_at: Date
}

/** The queues of agent `a`, as people know them. */
const QUEUES = `coalesce((
    select json_agg(json_build_object('id', q.id, 'name', q.display_name) order by q.name)
    from queue_agents m join queues q on q.workspace_id = m.workspace_id and q.id = m.queue_id
    where m.workspace_id = a.workspace_id and m.agent_id = a.id
  ), '[]') as queues`
const AGENT_OF_USER =
  'left join agents a on a.workspace_id = u.workspace_id and a.user_id = u.id and a.retired_at is null'
const USERS = `select u.id, u.email, u.name, u.role, a.id as agent_id, ${QUEUES}, u.supabase_user_id,
    u.disabled_at is not null as disabled, u.left_at, u.created_at,
    exists (
      select from second_factors f
      where f.workspace_id = u.workspace_id and f.user_id = u.id and f.confirmed_at is not null
    ) as second_factor
  from users u ${AGENT_OF_USER}`

const present = (row: UserRow): User => ({
  id: row.id,
  email: row.email,
  name: row.name,
  role: row.role,
  agentId: row.agent_id,
  queues: row.queues,
  supabaseUserId: row.supabase_user_id,
  disabled: row.disabled,
  leftAt: row.left_at?.toISOString() ?? null,
  secondFactor: row.second_factor,
  createdAt: row.created_at.toISOString(),
})

/** At most `limit` users by name, those after the user `after`: who is here, or who has `left`. */
export async function listUsers(tx: Tx, left: boolean, after: string | null, limit: number): Promise<User[]> {
  const rows = await tx.query<UserRow>(
    `${USERS}
     where (u.left_at is not null) = $3
       and ($1::uuid is null or (lower(u.name), u.id) > (select lower(name), id from users where id = $1))
     order by lower(u.name), u.id limit $2`,
    [after, limit, left],
  )
  return rows.map(present)
}

export async function findUser(tx: Tx, id: string): Promise<User | null> {
  const [row] = await tx.query<UserRow>(`${USERS} where u.id = $1`, [id])
  return row ? present(row) : null
}

/** What the signed-in user is told about themselves. */
export async function readMe(tx: Tx, userId: string): Promise<Me> {
  const [row] = await tx.query<{
    id: string
    email: string
    name: string
    role: Role
    locale: string
    has_password: boolean
    workspace: Me['workspace']
    agent_id: string | null
    queues: Named[]
  }>(
    `select u.id, u.email, u.name, u.role, u.locale, u.password_hash is not null as has_password,
       json_build_object('id', w.id, 'name', w.name, 'defaultCountry', w.default_country, 'timeZone', w.time_zone)
         as workspace,
       a.id as agent_id, ${QUEUES}
     from users u
     join workspaces w on w.id = u.workspace_id
     ${AGENT_OF_USER}
     where u.id = $1`,
    [userId],
  )
  if (!row) throw new Error(`user ${userId} is signed in and not there`)
  const { agent_id: agentId, has_password: hasPassword, queues, ...me } = row
  return { ...me, hasPassword, agent: agentId === null ? null : { id: agentId, queues } }
}

/** An account as it is before anybody has signed in to it: its workspace is not known yet. */
export interface Account {
  workspaceId: string
  userId: string
  passwordHash: string | null
}

/** @param email in lower case. */
export async function findAccount(sql: Sql, email: string): Promise<Account | null> {
  const [account] = await sql.query<Account>(
    `select workspace_id as "workspaceId", id as "userId", password_hash as "passwordHash" from users
     where email = $1 and left_at is null`,
    [email],
  )
  return account ?? null
}

/**
 * What a sign-in depends on, held until the end of the transaction: nobody disables this user or changes the password
 * between this look and the new session. Null when the user is disabled.
 */
export async function holdAccount(
  tx: Tx,
  userId: string,
): Promise<{ name: string; passwordHash: string | null } | null> {
  const [account] = await tx.query<{ name: string; passwordHash: string | null }>(
    `select name, password_hash as "passwordHash" from users where id = $1 and disabled_at is null for share`,
    [userId],
  )
  return account ?? null
}

/** The part of a user's row that can be changed. */
export interface UserFields {
  name: string
  role: Role
  locale: string
  supabaseUserId: string | null
  disabled: boolean
  /** Who has left is disabled, too. */
  left: boolean
  passwordHash: string | null
}
const FIELDS = `u.id, u.name, u.role, u.locale, u.supabase_user_id as "supabaseUserId",
  u.disabled_at is not null as disabled, u.left_at is not null as left, u.password_hash as "passwordHash"`

/**
 * Reads a user who is about to be changed, and whether it is the last admin who can sign in. Until the end of the
 * transaction nobody else changes this user or any admin: two admins who demote each other cannot both succeed.
 */
export async function lockUser(tx: Tx, id: string): Promise<{ fields: UserFields; isLastAdmin: boolean } | null> {
  const rows = await tx.query<UserFields & { id: string }>(
    `select ${FIELDS} from users u
     where u.id = $1 or (u.role = 'admin' and u.disabled_at is null)
     order by u.id for no key update`,
    [id],
  )
  const fields = rows.find(row => row.id === id)
  if (!fields) return null
  const isAdmin = (user: UserFields) => user.role === 'admin' && !user.disabled
  return { fields, isLastAdmin: isAdmin(fields) && rows.filter(isAdmin).length === 1 }
}

/**
 * Throws a 409 refusal when somebody else, in whatever workspace, has the `supabaseUserId`, or by now the e-mail of
 * somebody who had left.
 */
export async function saveUser(tx: Tx, id: string, fields: UserFields): Promise<void> {
  await tx
    .query(
      `update users set name = $2, role = $3, locale = $4, supabase_user_id = $5, password_hash = $6,
         disabled_at = case when $7 then coalesce(disabled_at, now()) end,
         left_at = case when $8 then coalesce(left_at, now()) end
       where id = $1`,
      [
        id,
        fields.name,
        fields.role,
        fields.locale,
        fields.supabaseUserId,
        fields.passwordHash,
        fields.disabled,
        fields.left,
      ],
    )
    .catch(refuseTaken)
}

export interface NewUser {
  email: string
  name: string
  role: Role
  passwordHash: string | null
  supabaseUserId: string | null
}

/**
 * Adds a user. Throws a 409 refusal when somebody, in whatever workspace, has the e-mail or the `supabaseUserId`, or had
 * the e-mail in this one: who comes back is not somebody else.
 */
export async function insertUser(tx: Tx, user: NewUser): Promise<string> {
  const id = newId()
  const [former] = await tx.query<{ name: string }>(
    'select name from users where email = $1 and left_at is not null limit 1',
    [user.email.toLowerCase()],
  )
  if (former)
    throw conflict(
      'user_left',
      `${former.name} had this e-mail and has left. Take them on again, with all their calls.`,
    )
  await tx
    .query(
      `insert into users (workspace_id, id, email, name, role, password_hash, supabase_user_id)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [tx.workspaceId, id, user.email.toLowerCase(), user.name, user.role, user.passwordHash, user.supabaseUserId],
    )
    .catch(refuseTaken)
  return id
}

function refuseTaken(error: unknown): never {
  if (violates(error, 'users_email_key')) throw conflict('email_taken', 'Somebody has this e-mail already.')
  if (violates(error, 'users_supabase_user_id_key')) {
    throw conflict('supabase_user_id_taken', 'Somebody has this supabaseUserId already.')
  }
  throw error
}

/**
 * The first admin, if no admin of this workspace has any way in but a new link: no password, no session in force, and
 * no name with the issuer of bearer tokens.
 */
export async function findStrandedAdmin(tx: Tx): Promise<string | null> {
  const admins = await tx.query<{ id: string; hasWayIn: boolean }>(
    `select u.id, u.password_hash is not null or u.supabase_user_id is not null or exists (
       select from sessions s where s.workspace_id = u.workspace_id and s.user_id = u.id and ${IN_FORCE}
     ) as "hasWayIn"
     from users u where u.role = 'admin' and u.disabled_at is null
     order by u.created_at, u.id`,
  )
  return admins.some(admin => admin.hasWayIn) ? null : (admins[0]?.id ?? null)
}
