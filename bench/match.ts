import { v7 as newId } from 'uuid'
import { readAddress } from '../core/phoneNumber.ts'
import { findMatches } from '../server/contacts/contactMatch.ts'
import type { Db } from '../server/platform/db.ts'
import { ms, quantile, table } from './support.ts'

const SIZES = [10_000, 100_000, 1_000_000]
const LOOKUPS = 300
const REGEX_LOOKUPS = 8
const SLICE = 20_000

/** Who is calling, among more and more contacts: by our key, and by a regular expression over what was typed. */
export async function benchMatch(name: string, db: Db): Promise<void> {
  console.log(`Caller match, one lookup in its own transaction, ${name}. Milliseconds.`)
  const workspaceId = newId()
  await db.asSystem(async sql => {
    await sql.query('insert into workspaces (id, name) values ($1, $2)', [workspaceId, 'Bench'])
    await sql.query('insert into event_heads (workspace_id) values ($1)', [workspaceId])
  })
  const rows = [['contacts', 'ours p50', 'ours p99', 'regular expression p50', 'times']]
  let have = 0
  for (const size of SIZES) {
    for (; have < size; have += Math.min(SLICE, size - have))
      await fill(db, workspaceId, have, Math.min(SLICE, size - have))
    await db.asOwner(sql => sql.query('analyze contacts, contact_phones'))
    const callers = Array.from({ length: LOOKUPS }, () => numberOf(Math.floor(Math.random() * size * 1.2)))
    await time(db, workspaceId, callers.slice(0, 20), ours)
    const mine = await time(db, workspaceId, callers, ours)
    const theirs = await time(db, workspaceId, callers.slice(0, REGEX_LOOKUPS), regularExpression)
    const [a, b] = [quantile(mine, 0.5), quantile(theirs, 0.5)]
    rows.push([size.toLocaleString('en'), ms(a), ms(quantile(mine, 0.99)), ms(b), (b / a).toFixed(0)])
  }
  table(rows)
}

const numberOf = (index: number): string => `+1${2_000_000_000 + index * 7}`

function fill(db: Db, workspaceId: string, from: number, count: number): Promise<unknown> {
  const indexes = Array.from({ length: count }, (_, offset) => from + offset)
  const ids = indexes.map(() => newId())
  const addresses = indexes.map(index => readAddress(numberOf(index), 'US'))
  return db.inWorkspace(workspaceId, async tx => {
    await tx.query('insert into contacts (workspace_id, id, name) select $1, * from unnest($2::uuid[], $3::text[])', [
      workspaceId,
      ids,
      indexes.map(index => `Contact ${index}`),
    ])
    await tx.query(
      `insert into contact_phones (workspace_id, contact_id, position, number, kind, key, last_digits)
       select $1, id, 0, number, 'phone', number, right(number, 9) from unnest($2::uuid[], $3::text[]) as p(id, number)`,
      [workspaceId, ids, addresses.map(address => address.text)],
    )
  })
}

type Lookup = (db: Db, workspaceId: string, number: string) => Promise<unknown>

const ours: Lookup = (db, workspaceId, number) =>
  db.inWorkspace(workspaceId, tx => findMatches(tx, [readAddress(number, 'US')]))

/** “Phone number is cleaned, query searches customer records”: everything that is no digit goes, the rest is compared. */
const regularExpression: Lookup = (db, workspaceId, number) =>
  db.inWorkspace(workspaceId, tx =>
    tx.query(
      `select c.id, c.name, c.email from contact_phones p
       join contacts c on c.workspace_id = p.workspace_id and c.id = p.contact_id
       where p.workspace_id = current_workspace() and regexp_replace(p.number, '\\D', '', 'g') like $1 limit 1`,
      [`%${number.slice(2)}`],
    ),
  )

async function time(db: Db, workspaceId: string, numbers: string[], lookup: Lookup): Promise<number[]> {
  const times: number[] = []
  for (const number of numbers) {
    const began = performance.now()
    await lookup(db, workspaceId, number)
    times.push(performance.now() - began)
  }
  return times
}
