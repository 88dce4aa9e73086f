import { v7 as newId } from 'uuid'
import type * as contract from '../../client/contract.ts'
import type { Named } from '../../core/call.ts'
import { type Sql, type Tx, violates } from '../platform/db.ts'
import { conflict } from '../platform/refusal.ts'

/** Business hours as people have set them: `core/hours.ts` says what they mean. */
export type StoredHours = Omit<contract.BusinessHours, 'open' | 'nextChangeAt' | 'warnings'>

const HOURS = `select id, name, time_zone as "timeZone", weekly, exceptions from business_hours
  where workspace_id = current_workspace()`

/** By name. */
export const listHours = (sql: Sql): Promise<StoredHours[]> =>
  sql.query<StoredHours>(`${HOURS} order by lower(name), id`)

/** The hours with this id; until the end of the transaction nobody else changes or deletes them. */
export async function lockHours(tx: Tx, id: string): Promise<StoredHours | null> {
  const [hours] = await tx.query<StoredHours>(`${HOURS} and id = $1 for update`, [id])
  return hours ?? null
}

/** This name, or with a number where there are hours of that name already. */
export async function freeName(sql: Sql, name: string): Promise<string> {
  const taken = new Set((await listHours(sql)).map(hours => hours.name))
  let free = name
  for (let count = 2; taken.has(free); count++) free = `${name} (${count})`
  return free
}

/** Adds hours. Throws a 409 refusal when the name is taken. */
export async function insertHours(tx: Tx, hours: Omit<StoredHours, 'id'>): Promise<StoredHours> {
  const added = { ...hours, id: newId() }
  await tx
    .query(
      `insert into business_hours (workspace_id, id, name, time_zone, weekly, exceptions)
       values ($1, $2, $3, $4, $5::jsonb, $6::jsonb)`,
      [tx.workspaceId, ...columns(added)],
    )
    .catch(refuseTaken)
  return added
}

/** Throws a 409 refusal when the name is taken. */
export async function updateHours(tx: Tx, hours: StoredHours): Promise<void> {
  await tx
    .query(
      'update business_hours set name = $2, time_zone = $3, weekly = $4::jsonb, exceptions = $5::jsonb where id = $1',
      columns(hours),
    )
    .catch(refuseTaken)
}

const columns = ({ id, name, timeZone, weekly, exceptions }: StoredHours) => [
  id,
  name,
  timeZone,
  JSON.stringify(weekly),
  JSON.stringify(exceptions),
]

function refuseTaken(error: unknown): never {
  throw violates(error, 'business_hours_name_key')
    ? conflict('name_taken', 'There are business hours of this name already.')
    : error
}

/** Who asks these hours, in words such as `the queue Sales`; empty when nobody does. */
export async function hoursUses(tx: Tx, { id, name }: Named): Promise<string[]> {
  const rows = await tx.query<{ what: string }>(
    `select 'the queue ' || display_name as what, 1 as place from queues
     where settings ->> 'hoursId' = $1::uuid::text
     union all
     select 'the flow ' || f.name, 2 from flows f
     left join flow_versions v on v.flow_id = f.id and v.version = f.published_version
     where exists (
       select from jsonb_path_query(
         jsonb_build_array(f.draft, v.definition), '$[*].nodes.* ? (@.type == "hours").hours'
       ) as used
       where used #>> '{}' = $2 or lower(used #>> '{}') = $1::uuid::text
     )
     order by place, what`,
    [id, name],
  )
  return rows.map(row => row.what)
}

export async function deleteHours(tx: Tx, id: string): Promise<void> {
  await tx.query('delete from business_hours where id = $1', [id])
}
