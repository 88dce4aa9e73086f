import type { Named } from '../../core/call.ts'
import type { Country } from '../../core/phoneNumber.ts'
import type { Sql } from '../platform/db.ts'

/** The first workspace: the operator's key works in it, and calls to numbers of nobody come to it. */
export async function findOldestWorkspace(sql: Sql): Promise<string | null> {
  const [row] = await sql.query<{ id: string }>('select id from workspaces order by created_at, id limit 1')
  return row?.id ?? null
}

export async function nameOfWorkspace(sql: Sql): Promise<string> {
  const [row] = await sql.query<{ name: string }>('select name from workspaces where id = current_workspace()')
  return row!.name
}

/**
 * Adds a workspace with its event counter and its routing, as the platform. From here on the transaction works inside it, under its row
 * level security: a new workspace and all that is in it are there at one moment, or not at all.
 */
export async function insertWorkspace(sql: Sql, workspace: Named, defaultCountry: Country): Promise<void> {
  await sql.query('insert into workspaces (id, name, default_country) values ($1, $2, $3)', [
    workspace.id,
    workspace.name,
    defaultCountry,
  ])
  await sql.query('insert into event_heads (workspace_id) values ($1)', [workspace.id])
  await sql.query('insert into routing_heads (workspace_id) values ($1)', [workspace.id])
  await sql.query('set local role ringside_workspace')
  await sql.query("select set_config('ringside.workspace', $1, true)", [workspace.id])
}
