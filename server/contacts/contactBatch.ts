import { isDeepStrictEqual } from 'node:util'
import { v7 as newId } from 'uuid'
import type { Country } from '../../core/phoneNumber.ts'
import type { Sql, Tx } from '../platform/db.ts'
import type { ContactLine, Rejection } from './contactCsv.ts'
import {
  COLUMNS,
  type ContactFields,
  type ContactRow,
  type PhoneRow,
  presentContact,
  readPhones,
} from './contactStore.ts'

/** A contact as it will be after this batch. */
interface Draft {
  id: string
  before: ContactFields | null
  after: ContactFields
  /** Its numbers, where they are given anew. */
  phones: PhoneRow[] | null
}

/**
 * Writes lines of a file as contacts, many at once. A line with an external id that exists changes that contact; what
 * the line leaves empty stays as it was. All others are new.
 */
export async function writeContacts(
  tx: Tx,
  lines: ContactLine[],
  country: Country,
): Promise<{ imported: number; updated: number; rejections: Rejection[] }> {
  const rejections: Rejection[] = []
  const drafts = await lockKnown(tx, lines)
  let imported = 0
  for (const { source, ...line } of lines) {
    const draft = line.externalId === null ? undefined : drafts.get(line.externalId)
    const name = line.name ?? draft?.after.name ?? null
    if (name === null) {
      rejections.push({ ...source, reason: 'There is no name.' })
      continue
    }
    const phones = readPhones(line.phones, country)
    const said = { ...line, name, phones: phones.map(phone => phone.number) }
    if (draft) {
      draft.after = merge(draft.after, said)
      if (phones.length > 0) draft.phones = phones
    } else {
      const id = newId()
      drafts.set(line.externalId ?? id, { id, before: null, after: said, phones })
      imported++
    }
  }
  await save(
    tx,
    [...drafts.values()].filter(({ before, after }) => !isDeepStrictEqual(before, after)),
  )
  return { imported, updated: lines.length - rejections.length - imported, rejections }
}

const merge = (before: ContactFields, said: ContactFields): ContactFields => ({
  name: said.name,
  email: said.email ?? before.email,
  phones: said.phones.length > 0 ? said.phones : before.phones,
  company: said.company ?? before.company,
  type: said.type ?? before.type,
  tags: said.tags.length > 0 ? said.tags : before.tags,
  externalId: before.externalId,
  metadata: { ...before.metadata, ...said.metadata },
})

/** The contacts that these lines change, by external id, locked until the transaction ends. */
async function lockKnown(sql: Sql, lines: ContactLine[]): Promise<Map<string, Draft>> {
  const externalIds = lines.map(line => line.externalId).filter(id => id !== null)
  if (externalIds.length === 0) return new Map()
  const rows = await sql.query<ContactRow>(
    `select ${COLUMNS} from contacts c
     where c.workspace_id = current_workspace() and c.external_id = any($1::text[]) order by c.id for update`,
    [externalIds],
  )
  return new Map(
    rows
      .map(presentContact)
      .map(({ id, createdAt: _created, updatedAt: _updated, ...fields }) => [
        fields.externalId!,
        { id, before: fields, after: fields, phones: null },
      ]),
  )
}

async function save(tx: Tx, drafts: Draft[]): Promise<void> {
  if (drafts.length === 0) return
  const written = await upsert(tx, drafts)
  const owner = (draft: Draft): string => written.get(draft.after.externalId ?? '') ?? draft.id
  const renumbered = drafts.filter(draft => draft.phones !== null)
  const known = renumbered.filter(draft => draft.before !== null || owner(draft) !== draft.id)
  if (known.length > 0) {
    await tx.query(
      'delete from contact_phones where workspace_id = current_workspace() and contact_id = any($1::uuid[])',
      [known.map(owner)],
    )
  }
  const rows = renumbered.flatMap(draft =>
    draft.phones!.map((phone, position) => ({ ...phone, contact_id: owner(draft), position })),
  )
  if (rows.length > 0) await insertPhones(tx, rows)
}

/** Writes the contacts. Gives the id that each external id belongs to: another import may just have created it. */
async function upsert(tx: Tx, drafts: Draft[]): Promise<Map<string, string>> {
  const rows = await tx.query<{ id: string; external_id: string | null }>(
    `insert into contacts (workspace_id, id, name, email, company, type, tags, external_id, metadata, created_at, updated_at)
     select current_workspace(), id, name, email, company, type, tags, external_id, metadata, $2, $2
     from json_to_recordset($1) as line(id uuid, name text, email text, company text, type text, tags text[],
       external_id text, metadata jsonb)
     on conflict (workspace_id, external_id) do update set name = excluded.name, email = excluded.email,
       company = excluded.company, type = excluded.type, tags = excluded.tags, metadata = excluded.metadata,
       updated_at = excluded.updated_at
     returning id, external_id`,
    [
      JSON.stringify(
        drafts.map(({ id, after: { externalId, ...after } }) => ({ ...after, id, external_id: externalId })),
      ),
      tx.now,
    ],
  )
  return new Map(rows.flatMap(row => (row.external_id === null ? [] : [[row.external_id, row.id] as const])))
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
