import { isDeepStrictEqual } from 'node:util'
import { v7 as newId } from 'uuid'
import type { Country } from '../../core/phoneNumber.ts'
import type { Sql, Tx } from '../platform/db.ts'
import type { ContactLine, Rejection } from './contactCsv.ts'
import {
  COLUMNS,
  type ContactFields,
  type ContactRow,
  NO_FIELDS,
  type PhoneRow,
  presentContact,
} from './contactStore.ts'
import { listCustomFields } from './customFieldStore.ts'
import { contactAfter, phoneKey, type SaidOfContact } from './saidOfContact.ts'

/** What became of it: the contact that it belongs to, or why it was not taken, as a sentence. */
export type Written = { id: string; created: boolean } | { problem: string }

/** A contact as it will be after this batch. */
interface Draft {
  id: string
  before: ContactFields | null
  after: ContactFields
  /** Its numbers, where they are given anew. */
  phones: PhoneRow[] | null
}

/**
 * Writes what is said of many contacts at once; each line sees what those before it have done. A line belongs to the
 * contact that goes by its external id; with `byNumber`, else to the one contact that has its number and no other
 * external id. All others are new.
 */
export async function writeContacts(
  tx: Tx,
  said: SaidOfContact[],
  country: Country,
  { byNumber = false } = {},
): Promise<Written[]> {
  // Two batches that bring the same new number at once would each make a contact of it.
  if (byNumber) await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`contacts ${tx.workspaceId}`])
  const numbers = byNumber
    ? said.flatMap(line => numbersOf(line).flatMap(number => phoneKey(number, country) ?? []))
    : []
  const known = await lockKnown(tx, said, numbers)
  const definitions = said.some(line => line.fields !== undefined) ? await listCustomFields(tx) : []
  const drafts: Draft[] = []
  const written = said.map((line): Written => {
    const found = known.find(line.externalId ?? null, byNumber ? numbersOf(line).map(n => phoneKey(n, country)) : [])
    if (found === 'several') {
      return { problem: 'Several contacts have this number: say which one is meant with an external id.' }
    }
    const draft = found ?? { id: newId(), before: null, after: { ...NO_FIELDS, name: '' }, phones: null }
    const then = contactAfter(draft.after, line, definitions, country)
    if ('problem' in then) return then
    draft.after = then.after
    if (then.phones !== null) draft.phones = then.phones
    known.keep(draft)
    drafts.push(draft)
    return { id: draft.id, created: found === null }
  })
  const owners = await save(
    tx,
    [...new Set(drafts)].filter(({ before, after }) => !isDeepStrictEqual(before, after)),
  )
  return written.map(line => ('problem' in line ? line : { ...line, id: owners.get(line.id) ?? line.id }))
}

/** The lines of a file, which gives its reasons line by line. */
export async function importLines(
  tx: Tx,
  lines: ContactLine[],
  country: Country,
): Promise<{ imported: number; updated: number; rejections: Rejection[] }> {
  const written = await writeContacts(
    tx,
    // What a file leaves empty it does not know.
    lines.map(({ source: _, ...line }) => onlyKnown(line)),
    country,
  )
  const rejections = written.flatMap((line, index) =>
    'problem' in line ? [{ ...lines[index]!.source, reason: line.problem }] : [],
  )
  const imported = written.filter(line => 'created' in line && line.created).length
  return { imported, updated: lines.length - rejections.length - imported, rejections }
}

const onlyKnown = (line: Omit<ContactLine, 'source'>): SaidOfContact =>
  Object.fromEntries(
    Object.entries(line).filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0)),
  )

const numbersOf = (line: SaidOfContact): string[] =>
  line.mainPhone === undefined ? (line.phones ?? []) : [line.mainPhone]

/** The contacts that a batch may be about, as they stand in it. */
interface Known {
  /** `several`: the number alone does not tell which. */
  find(externalId: string | null, keys: (string | null)[]): Draft | 'several' | null
  keep(draft: Draft): void
}

/** The contacts that these lines may be about, locked until the transaction ends. */
async function lockKnown(sql: Sql, said: SaidOfContact[], keys: string[]): Promise<Known> {
  const byExternalId = new Map<string, Draft>()
  const byKey = new Map<string, Set<Draft>>()
  const keysOf = new Map<Draft, string[]>()
  const addKey = (key: string, draft: Draft): void => {
    const owners = byKey.get(key)
    if (owners) owners.add(draft)
    else byKey.set(key, new Set([draft]))
    keysOf.set(draft, [...(keysOf.get(draft) ?? []), key])
  }
  const externalIds = said.flatMap(line => line.externalId ?? [])
  if (externalIds.length > 0 || keys.length > 0) {
    for (const row of await selectKnown(sql, externalIds, keys)) {
      const { id, createdAt: _created, updatedAt: _updated, ...fields } = presentContact(row)
      const draft: Draft = { id, before: fields, after: fields, phones: null }
      for (const externalId of [fields.externalId, ...row.aliases]) {
        if (externalId !== null) byExternalId.set(externalId, draft)
      }
      for (const key of row.keys) addKey(key, draft)
    }
  }
  return {
    find(externalId, wanted) {
      const named = externalId === null ? undefined : byExternalId.get(externalId)
      if (named) return named
      const owners = new Set(wanted.flatMap(key => [...(byKey.get(key ?? '') ?? [])]))
      const free = [...owners].filter(({ after }) => externalId === null || after.externalId === null)
      if (free.length <= 1) return free[0] ?? null
      // With an external id of its own it is somebody new on a number that several share.
      return externalId === null ? 'several' : null
    },
    keep(draft) {
      if (draft.after.externalId !== null) byExternalId.set(draft.after.externalId, draft)
      if (draft.phones === null) return
      for (const key of keysOf.get(draft) ?? []) byKey.get(key)?.delete(draft)
      keysOf.delete(draft)
      for (const { key } of draft.phones) addKey(key, draft)
    },
  }
}

/** Of each number two contacts are enough to know that there are several: a switchboard's may be on thousands. */
const selectKnown = (
  sql: Sql,
  externalIds: string[],
  keys: string[],
): Promise<(ContactRow & { aliases: string[]; keys: string[] })[]> =>
  sql.query(
    `with known as (
       select id from contacts where workspace_id = current_workspace() and external_id = any($1::text[])
       union
       select contact_id from contact_aliases
       where workspace_id = current_workspace() and external_id = any($1::text[])
       union
       select phone.contact_id from unnest($2::text[]) as wanted(key)
       cross join lateral (
         select contact_id from contact_phones
         where workspace_id = current_workspace() and key = wanted.key order by contact_id limit 2
       ) phone
     )
     select ${COLUMNS}, array(
         select a.external_id from contact_aliases a
         where a.workspace_id = current_workspace() and a.contact_id = c.id
       ) as aliases, array(
         select p.key from contact_phones p
         where p.workspace_id = current_workspace() and p.contact_id = c.id
       ) as keys
     from contacts c
     where c.workspace_id = current_workspace() and c.id = any(array(select id from known))
     order by c.id for update`,
    [externalIds, [...new Set(keys)]],
  )

/** Gives the ids that turned out to belong to others: another import may just have created the same external id. */
async function save(tx: Tx, drafts: Draft[]): Promise<Map<string, string>> {
  const fresh = drafts.filter(draft => draft.before === null)
  const owners = await insert(tx, fresh)
  await update(
    tx,
    drafts.filter(draft => draft.before !== null),
  )
  const renumbered = drafts
    .filter(draft => draft.phones !== null)
    .map(draft => ({ id: owners.get(draft.id) ?? draft.id, draft }))
  const known = renumbered.filter(({ id, draft }) => draft.before !== null || id !== draft.id)
  if (known.length > 0) {
    await tx.query(
      'delete from contact_phones where workspace_id = current_workspace() and contact_id = any($1::uuid[])',
      [known.map(({ id }) => id)],
    )
  }
  const rows = renumbered.flatMap(({ id, draft }) =>
    draft.phones!.map((phone, position) => ({ ...phone, contact_id: id, position })),
  )
  if (rows.length > 0) await insertPhones(tx, rows)
  return owners
}

const LINES = `json_to_recordset($1) as line(id uuid, name text, email text, company text, type text, tags text[],
  external_id text, fields jsonb, metadata jsonb)`

const linesOf = (drafts: Draft[]): string =>
  JSON.stringify(drafts.map(({ id, after: { externalId, ...after } }) => ({ ...after, id, external_id: externalId })))

async function insert(tx: Tx, drafts: Draft[]): Promise<Map<string, string>> {
  const owners = new Map<string, string>()
  if (drafts.length === 0) return owners
  const rows = await tx.query<{ id: string; external_id: string | null }>(
    `insert into contacts (workspace_id, id, name, email, company, type, tags, external_id, fields, metadata,
       created_at, updated_at)
     select current_workspace(), id, name, email, company, type, tags, external_id, fields, metadata, $2, $2
     from ${LINES}
     on conflict (workspace_id, external_id) do update set name = excluded.name, email = excluded.email,
       company = excluded.company, type = excluded.type, tags = excluded.tags, fields = excluded.fields,
       metadata = excluded.metadata, updated_at = excluded.updated_at
     returning id, external_id`,
    [linesOf(drafts), tx.now],
  )
  const byExternalId = new Map(rows.map(row => [row.external_id, row.id]))
  for (const { id, after } of drafts) {
    const owner = after.externalId === null ? undefined : byExternalId.get(after.externalId)
    if (owner !== undefined && owner !== id) owners.set(id, owner)
  }
  return owners
}

async function update(tx: Tx, drafts: Draft[]): Promise<void> {
  if (drafts.length === 0) return
  await tx.query(
    `update contacts c set name = line.name, email = line.email, company = line.company, type = line.type,
       tags = line.tags, external_id = line.external_id, fields = line.fields, metadata = line.metadata, updated_at = $2
     from ${LINES}
     where c.workspace_id = current_workspace() and c.id = line.id`,
    [linesOf(drafts), tx.now],
  )
}

async function insertPhones(sql: Sql, phones: (PhoneRow & { contact_id: string; position: number })[]): Promise<void> {
  await sql.query(
    `insert into contact_phones (workspace_id, contact_id, position, number, kind, key, last_digits)
     select current_workspace(), contact_id, position, number, kind, key, last_digits
     from json_to_recordset($1) as phone(contact_id uuid, position smallint, number text, kind text, key text,
       last_digits text)`,
    [JSON.stringify(phones)],
  )
}
