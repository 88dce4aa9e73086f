import type { Role } from '../../core/role.ts'
import { isUuid, type Sql } from '../platform/db.ts'
import { countryOf, readPhone } from '../workspaces/country.ts'

export interface Supervisor {
  /** Of the user. */
  id: string
  name: string
  role: Role
  /** Whether a page of theirs is open that can speak and hear. */
  hasPage: boolean
}

/**
 * Who is meant by the id of a user or agent, an e-mail address or an agent's telephone number; null: nobody. Of several
 * at one telephone it is whoever leads, and has a page open.
 */
export async function findSupervisor(sql: Sql, given: string): Promise<Supervisor | null> {
  const [row] = await sql.query<Supervisor>(
    `select u.id, u.name, u.role, s.user_id is not null as "hasPage"
     from users u
     left join agents a on a.workspace_id = u.workspace_id and a.user_id = u.id and a.retired_at is null
     left join softphones s on s.workspace_id = u.workspace_id and s.user_id = u.id
     where u.workspace_id = current_workspace() and u.disabled_at is null
       and ($1::uuid in (u.id, a.id) or u.email = $2 or a.phone = $3)
     order by u.role <> 'agent' desc, s.user_id is not null desc, u.created_at limit 1`,
    [isUuid(given) ? given : null, given.toLowerCase(), readPhone(given, await countryOf(sql))],
  )
  return row ?? null
}
