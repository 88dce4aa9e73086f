import type { KeyPrincipal, Permission, Role, UserPrincipal } from '../../core/role.ts'
import type { Sql } from '../platform/db.ts'
import { digest } from './secret.ts'
import { IN_FORCE } from './sessionStore.ts'

interface UserRow {
  workspace_id: string
  user_id: string
  name: string
  email: string
  role: Role
  agent_id: string | null
  queue_ids: string[]
}

/** Everything about user `u` that any decision about what they may do needs. */
const PRINCIPAL = `u.workspace_id, u.id as user_id, u.name, u.email, u.role, a.id as agent_id,
  array(select m.queue_id from queue_agents m where m.workspace_id = a.workspace_id and m.agent_id = a.id) as queue_ids`
const AGENT_OF_USER =
  'left join agents a on a.workspace_id = u.workspace_id and a.user_id = u.id and a.retired_at is null'

const present = (row: UserRow): UserPrincipal => ({
  kind: 'user',
  workspaceId: row.workspace_id,
  userId: row.user_id,
  name: row.name,
  email: row.email,
  role: row.role,
  agentId: row.agent_id,
  queueIds: row.queue_ids,
})

/** `until`: when it ends, null if never. `unseen`: that it is in use was last written more than a minute ago. */
type Found<P> = { principal: P; until: Date | null; unseen: boolean } | null

/** Who has this session. Null when it is not, or no longer, in force: asked anew for every request, so ending one is immediate. */
export async function findBySession(sql: Sql, token: string): Promise<Found<UserPrincipal>> {
  const [row] = await sql.query<UserRow & { until: Date; unseen: boolean }>(
    `select ${PRINCIPAL}, s.expires_at as until, s.seen_at < now() - interval '1 minute' as unseen
     from sessions s
     join users u on u.workspace_id = s.workspace_id and u.id = s.user_id
     ${AGENT_OF_USER}
     where s.token_hash = $1 and ${IN_FORCE} and u.disabled_at is null`,
    [digest(token)],
  )
  return row ? { principal: present(row), until: row.until, unseen: row.unseen } : null
}

/** Whom the issuer of bearer tokens knows by this id. */
export async function findBySubject(sql: Sql, subject: string): Promise<UserPrincipal | null> {
  const [row] = await sql.query<UserRow>(
    `select ${PRINCIPAL} from users u ${AGENT_OF_USER} where u.supabase_user_id = $1 and u.disabled_at is null`,
    [subject],
  )
  return row ? present(row) : null
}

/**
 * Whose API key this is. Null when it is not, or no longer, in force. `previous`: it has been replaced, and works only
 * for a while.
 */
export async function findByKey(
  sql: Sql,
  key: string,
): Promise<{ principal: KeyPrincipal; until: Date | null; unseen: boolean; previous: boolean } | null> {
  const [row] = await sql.query<{
    workspace_id: string
    id: string
    name: string
    permissions: Permission[]
    until: Date | null
    unseen: boolean
    previous: boolean
  }>(
    `select workspace_id, id, name, permissions, key_hash <> $1 as previous,
       least(expires_at, case when key_hash <> $1 then previous_until end) as until,
       coalesce(case when key_hash = $1 then last_used_at else previous_used_at end, 'epoch')
         < now() - interval '1 minute' as unseen
     from api_keys
     where (key_hash = $1 or (previous_hash = $1 and previous_until > now()))
       and revoked_at is null and (expires_at is null or expires_at > now())`,
    [digest(key)],
  )
  if (!row) return null
  const { workspace_id: workspaceId, id: keyId, name, permissions, until, unseen, previous } = row
  return { principal: { kind: 'key', workspaceId, keyId, name, permissions, operator: false }, until, unseen, previous }
}
