import type { Sql, Tx } from '../platform/db.ts'

/** The endpoint that `crm_webhook_url` is about; null: there is none. */
export async function readCrmEndpoint(sql: Sql): Promise<{ id: string; url: string; tokenHint: string | null } | null> {
  const [row] = await sql.query<{ id: string; url: string; tokenHint: string | null }>(
    `select e.id, e.url, e.token_hint as "tokenHint" from call_settings s
     join webhook_endpoints e on e.workspace_id = s.workspace_id and e.id = s.crm_endpoint_id
     where s.workspace_id = current_workspace()`,
  )
  return row ?? null
}

export async function writeCrmEndpoint(tx: Tx, endpointId: string): Promise<void> {
  await tx.query(
    `insert into call_settings (workspace_id, crm_endpoint_id) values (current_workspace(), $1)
     on conflict (workspace_id) do update set crm_endpoint_id = excluded.crm_endpoint_id`,
    [endpointId],
  )
}

/** The hours that `business_hours` is about; null: there are none. */
export async function readCallHoursId(sql: Sql): Promise<string | null> {
  const [row] = await sql.query<{ id: string | null }>(
    'select hours_id as id from call_settings where workspace_id = current_workspace()',
  )
  return row?.id ?? null
}

export async function writeCallHoursId(tx: Tx, hoursId: string): Promise<void> {
  await tx.query(
    `insert into call_settings (workspace_id, hours_id) values (current_workspace(), $1)
     on conflict (workspace_id) do update set hours_id = excluded.hours_id`,
    [hoursId],
  )
}
