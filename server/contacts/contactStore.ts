import type { Contact } from '../../client/contract.ts'
import type { FieldValues } from '../../core/customField.ts'
import { type Country, lastDigits, readAddress } from '../../core/phoneNumber.ts'
import { type Sql, violates } from '../platform/db.ts'
import { conflict, type Refusal } from '../platform/refusal.ts'

/** What people say of a contact; the rest is ours. Telephone numbers in any spelling. */
export type ContactFields = Pick<
  Contact,
  'name' | 'email' | 'phones' | 'company' | 'type' | 'tags' | 'externalId' | 'fields' | 'metadata'
>

export const NO_FIELDS: Omit<ContactFields, 'name'> = {
  email: null,
  phones: [],
  company: null,
  type: null,
  tags: [],
  externalId: null,
  fields: {},
  metadata: {},
}

export interface ContactRow {
  id: string
  name: string
  email: string | null
  company: string | null
  type: string | null
  tags: string[]
  external_id: string | null
  fields: FieldValues
  metadata: Record<string, unknown>
  created_at: Date
  updated_at: Date
  phones: string[]
}

/** The columns of a {@link ContactRow}, from `contacts c`. */
export const COLUMNS = `c.id, c.name, c.email, c.company, c.type, c.tags, c.external_id, c.fields, c.metadata,
  c.created_at, c.updated_at, array(
    select p.number from contact_phones p
    where p.workspace_id = current_workspace() and p.contact_id = c.id order by p.position
  ) as phones`

/** A contact as everybody outside sees it. */
export const presentContact = (row: ContactRow): Contact => ({
  id: row.id,
  name: row.name,
  email: row.email,
  phones: row.phones,
  company: row.company,
  type: row.type,
  tags: row.tags,
  externalId: row.external_id,
  fields: row.fields,
  metadata: row.metadata,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
})

/** One telephone number of a contact, as it is stored. */
export interface PhoneRow {
  number: string
  kind: string
  key: string
  last_digits: string | null
}

/** Numbers as they are stored: each once, in their order, with what callers are recognised by. */
export function readPhones(numbers: string[], country: Country): PhoneRow[] {
  const phones = new Map<string, PhoneRow>()
  for (const given of numbers) {
    const { text, kind, key } = readAddress(given, country)
    if (text === null) continue
    // What is no number at all is kept as given and is never a caller's.
    const phone = { number: text, kind, key: key ?? text, last_digits: lastDigits(key) }
    if (!phones.has(phone.key)) phones.set(phone.key, phone)
  }
  return [...phones.values()]
}

/** Throws a 409 refusal when another contact has the external id. */
export async function insertContact(
  sql: Sql,
  id: string,
  contact: ContactFields,
  country: Country,
  now: string,
): Promise<void> {
  await refuseAlias(sql, id, contact.externalId)
  await sql
    .query(
      `insert into contacts (workspace_id, id, name, email, company, type, tags, external_id, metadata, fields,
         created_at, updated_at)
       values (current_workspace(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`,
      [...valuesOf(id, contact), now],
    )
    .catch(refuseTaken)
  await insertPhones(sql, id, readPhones(contact.phones, country))
}

/** Writes all fields of a contact; its numbers only when they are given anew. Throws a 409 refusal like insertContact. */
export async function updateContact(
  sql: Sql,
  id: string,
  contact: ContactFields,
  phones: PhoneRow[] | null,
  now: string,
): Promise<void> {
  await refuseAlias(sql, id, contact.externalId)
  await sql
    .query(
      `update contacts set name = $2, email = $3, company = $4, type = $5, tags = $6, external_id = $7, metadata = $8,
         fields = $9, updated_at = $10
       where workspace_id = current_workspace() and id = $1`,
      [...valuesOf(id, contact), now],
    )
    .catch(refuseTaken)
  if (phones === null) return
  await sql.query('delete from contact_phones where workspace_id = current_workspace() and contact_id = $1', [id])
  await insertPhones(sql, id, phones)
}

const valuesOf = (id: string, contact: ContactFields): unknown[] => [
  id,
  contact.name,
  contact.email,
  contact.company,
  contact.type,
  contact.tags,
  contact.externalId,
  JSON.stringify(contact.metadata),
  JSON.stringify(contact.fields),
]

async function insertPhones(sql: Sql, contactId: string, phones: PhoneRow[]): Promise<void> {
  if (phones.length === 0) return
  await sql.query(
    `insert into contact_phones (workspace_id, contact_id, position, number, kind, key, last_digits)
     select current_workspace(), $1, p.position - 1, p.number, p.kind, p.key, p.last_digits
     from unnest($2::text[], $3::text[], $4::text[], $5::text[])
       with ordinality as p(number, kind, key, last_digits, position)`,
    [
      contactId,
      phones.map(phone => phone.number),
      phones.map(phone => phone.kind),
      phones.map(phone => phone.key),
      phones.map(phone => phone.last_digits),
    ],
  )
}

function refuseTaken(error: unknown): never {
  throw violates(error, 'contacts_external_id_key') ? taken() : error
}

/** Throws when somebody else goes by this external id since a merge. */
async function refuseAlias(sql: Sql, id: string, externalId: string | null): Promise<void> {
  if (externalId === null) return
  const rows = await sql.query(
    `select from contact_aliases
     where workspace_id = current_workspace() and external_id = $1 and contact_id <> $2`,
    [externalId, id],
  )
  if (rows.length > 0) throw taken()
}

const taken = (): Refusal =>
  conflict('external_id_taken', 'Another contact has this external id. Change that one, or leave the id out.')

/** The contact that goes by this external id, its own or one that a merge has brought; null: nobody does. */
export async function findByExternalId(sql: Sql, externalId: string): Promise<string | null> {
  const [row] = await sql.query<{ id: string }>(
    `select id from contacts where workspace_id = current_workspace() and external_id = $1
     union all
     select contact_id from contact_aliases where workspace_id = current_workspace() and external_id = $1`,
    [externalId],
  )
  return row?.id ?? null
}

export async function findContact(sql: Sql, id: string): Promise<Contact | null> {
  const [row] = await sql.query<ContactRow>(
    `select ${COLUMNS} from contacts c where c.workspace_id = current_workspace() and c.id = $1`,
    [id],
  )
  return row ? presentContact(row) : null
}

/** One contact, locked until the transaction ends. */
export async function lockContact(sql: Sql, id: string): Promise<Contact | null> {
  const [row] = await sql.query<ContactRow>(
    `select ${COLUMNS} from contacts c where c.workspace_id = current_workspace() and c.id = $1 for update`,
    [id],
  )
  return row ? presentContact(row) : null
}

/** The name that the contact had, or null when there is none with this id. Its calls and notes stay, without it. */
export async function deleteContact(sql: Sql, id: string): Promise<string | null> {
  const [row] = await sql.query<{ name: string }>(
    'delete from contacts where workspace_id = current_workspace() and id = $1 returning name',
    [id],
  )
  return row?.name ?? null
}
