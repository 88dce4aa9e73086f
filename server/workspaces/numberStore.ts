import { v7 as newId } from 'uuid'
import type { PhoneNumber } from '../../client/contract.ts'
import type { Named } from '../../core/call.ts'
import { type Country, formatNumber } from '../../core/phoneNumber.ts'
import { type Sql, type Tx, violates } from '../platform/db.ts'
import { conflict } from '../platform/refusal.ts'

const NUMBERS = `select n.id, n.e164 as number, n.label,
    case when f.id is not null then json_build_object('id', f.id, 'name', f.name) end as flow,
    case when q.id is not null then json_build_object('id', q.id, 'name', q.display_name) end as queue
  from numbers n
  left join flows f on f.workspace_id = n.workspace_id and f.id = n.flow_id
  left join queues q on q.workspace_id = n.workspace_id and q.id = n.queue_id
  where n.workspace_id = current_workspace()`

/** Our own numbers, in the order of their digits. */
export const listNumbers = (sql: Sql): Promise<PhoneNumber[]> => sql.query<PhoneNumber>(`${NUMBERS} order by n.e164`)

export interface NewNumber {
  e164: string
  /** How people know it; the number itself as it is written in `country` where nothing else is given. */
  label?: string | undefined
  country: Country
  flowId: string | null
  queueId: string | null
}

/** Adds a number. Throws a 409 refusal when it is somebody's, without saying whose. */
export async function insertNumber(tx: Tx, number: NewNumber): Promise<PhoneNumber> {
  const id = newId()
  await tx
    .query(
      'insert into numbers (workspace_id, id, e164, label, flow_id, queue_id) values ($1, $2, $3, $4, $5, $6)',
      row(tx, id, number),
    )
    .catch(error => {
      throw violates(error, 'numbers_e164_key') ? conflict('number_taken', 'This number is in use already.') : error
    })
  return (await findNumber(tx, id))!
}

export async function findNumber(sql: Sql, id: string): Promise<PhoneNumber | null> {
  const [number] = await sql.query<PhoneNumber>(`${NUMBERS} and n.id = $1`, [id])
  return number ?? null
}

/** What can be changed of a number; what is not given stays as it is. */
export interface NumberChange {
  label?: string | undefined
  flowId?: string | null | undefined
  queueId?: string | null | undefined
}

/** Returns the number before and after; null when there is no such number. */
export async function updateNumber(
  tx: Tx,
  id: string,
  { label, flowId, queueId }: NumberChange,
): Promise<{ before: PhoneNumber; after: PhoneNumber } | null> {
  await tx.query('select from numbers where id = $1 for no key update', [id])
  const before = await findNumber(tx, id)
  if (before === null) return null
  await tx.query('update numbers set label = $2, flow_id = $3, queue_id = $4 where id = $1', [
    id,
    label ?? before.label,
    flowId === undefined ? (before.flow?.id ?? null) : flowId,
    queueId === undefined ? (before.queue?.id ?? null) : queueId,
  ])
  return { before, after: (await findNumber(tx, id))! }
}

/** Adds a number unless it is somebody's already; then nothing changes. */
export async function ensureNumber(tx: Tx, number: NewNumber): Promise<void> {
  await tx.query(
    `insert into numbers (workspace_id, id, e164, label, flow_id, queue_id) values ($1, $2, $3, $4, $5, $6)
     on conflict (e164) do nothing`,
    row(tx, newId(), number),
  )
}

const row = (tx: Tx, id: string, { e164, label, country, flowId, queueId }: NewNumber) => [
  tx.workspaceId,
  id,
  e164,
  label ?? formatNumber(e164, country),
  flowId,
  queueId,
]

/** Gives a number up. Null when there is no such number. */
export async function deleteNumber(tx: Tx, id: string): Promise<Named | null> {
  const [row] = await tx.query<Named>('delete from numbers where id = $1 returning id, e164 as name', [id])
  return row ?? null
}
