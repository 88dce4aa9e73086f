import {
  type Barred,
  type DiallingRules,
  type DiallingSettings,
  dialling,
  diallingRules,
  sayBarred,
  USUAL_DIALLING,
} from '../../core/dialling.ts'
import type { Sql, Tx } from '../platform/db.ts'
import { invalid, Refusal } from '../platform/refusal.ts'
import { countryOf, readPhone } from '../workspaces/country.ts'

/** Where calls of this workspace may go. */
export async function readDiallingRules(sql: Sql): Promise<DiallingRules> {
  const [row] = await sql.query<{ country: string; dialling: Partial<DiallingSettings> | null; numbers: string[] }>(
    `select w.default_country as country, s.dialling,
       array(select e164 from numbers n where n.workspace_id = w.id) as numbers
     from workspaces w left join call_settings s on s.workspace_id = w.id where w.id = current_workspace()`,
  )
  return diallingRules({ ...USUAL_DIALLING, ...row!.dialling }, row!.country, row!.numbers)
}

export async function writeDialling(tx: Tx, settings: DiallingSettings): Promise<void> {
  await tx.query(
    `insert into call_settings (workspace_id, dialling) values (current_workspace(), $1)
     on conflict (workspace_id) do update set dialling = excluded.dialling`,
    [JSON.stringify(settings)],
  )
}

/**
 * The telephone number that calls are to go to, E.164. Throws a 400 refusal, about `path`, where it is none, and where
 * calls may not go there.
 */
export async function readCallable(sql: Sql, text: string, path: string): Promise<string> {
  const number = readPhone(text, await countryOf(sql))
  if (number === null) throw invalid([{ path, message: 'This is no telephone number.' }])
  const { barred } = dialling(number, await readDiallingRules(sql))
  if (barred !== null) throw refusalOf(barred, path)
  return number
}

/** Throws the refusal for a number, as somebody has left it, to which calls may not go; for what is none, nobody is called. */
export async function mustBeCallable(sql: Sql, text: string | null): Promise<void> {
  const { barred } = dialling(text ?? '', await readDiallingRules(sql))
  if (barred !== null && barred.because !== 'unreadable') throw refusalOf(barred, '')
}

function refusalOf(barred: Barred, path: string): Refusal {
  const said = sayBarred(barred)
  return new Refusal(400, 'call_barred', said.message, { fields: [{ path, ...said }] })
}
