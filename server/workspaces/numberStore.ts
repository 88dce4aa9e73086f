import { v7 as newId } from 'uuid'
import type { PhoneNumber } from '../../client/contract.ts'
import type { Named } from '../../core/call.ts'
import { type Country, formatNumber, readAddress } from '../../core/phoneNumber.ts'
import { type Sql, type Tx, violates } from '../platform/db.ts'
import { conflict } from '../platform/refusal.ts'

const NUMBERS = `select n.id, n.e164 as number, n.label,
    case when q.id is not null then json_build_object('id', q.id, 'name', q.display_name) end as queue
  from numbers n left join queues q on q.workspace_id = n.workspace_id and q.id = n.queue_id
  where n.workspace_id = current_workspace()`

/** Our own numbers, in the order of their digits. */
export const listNumbers = (sql: Sql): Promise<PhoneNumber[]> => sql.query<PhoneNumber>(`${NUMBERS} order by n.e164`)

/** A number of ours in E.164; null for what is no telephone number. */
export function readOwnNumber(text: string, country: Country): string | null {
  const { kind, e164 } = readAddress(text, country)
  return kind === 'phone' ? e164 : null
}

export interface NewNumber {
  e164: string
  /** How people know it; the number itself as it is written in `country` where nothing else is given. */
  label?: string | undefined
  country: Country
  queueId: string | null
}

/** Adds a number. Throws a 409 refusal when it is somebody's, without saying whose. */
export async function insertNumber(tx: Tx, number: NewNumber): Promise<PhoneNumber> {
  const id = newId()
  await tx
    .query(
      'insert into numbers (workspace_id, id, e164, label, queue_id) values ($1, $2, $3, $4, $5)',
      row(tx, id, number),
    )
    .catch(error => {
      throw violates(error, 'numbers_e164_key') ? conflict('number_taken', 'This number is in use already.') : error
    })
  const [inserted] = await tx.query<PhoneNumber>(`${NUMBERS} and n.id = $1`, [id])
  return inserted!
}

/** Adds a number unless it is somebody's already; then nothing changes. */
export async function ensureNumber(tx: Tx, number: NewNumber): Promise<void> {
  await tx.query(
    `insert into numbers (workspace_id, id, e164, label, queue_id) values ($1, $2, $3, $4, $5)
     on conflict (e164) do nothing`,
    row(tx, newId(), number),
  )
}

const row = (tx: Tx, id: string, { e164, label, country, queueId }: NewNumber) => [
  tx.workspaceId,
  id,
  e164,
  label ?? formatNumber(e164, country),
  queueId,
]

/** Gives a number up. Null when there is no such number. */
export async function deleteNumber(tx: Tx, id: string): Promise<Named | null> {
  const [row] = await tx.query<Named>('delete from numbers where id = $1 returning id, e164 as name', [id])
  return row ?? null
}
