import { z } from 'zod'
import type { Contact } from '../../client/contract.ts'
import { type Country, lastDigits, numberVariants, readAddress } from '../../core/phoneNumber.ts'
import { pageOf, readCursor } from '../platform/cursor.ts'
import type { Sql } from '../platform/db.ts'
import { COLUMNS, type ContactRow, presentContact } from './contactStore.ts'

interface Listed {
  /** Only contacts with this tag. */
  tag: string | null
  limit: number
  cursor: string | undefined
}

export interface ContactPage {
  items: Contact[]
  nextCursor: string | null
}

/** All contacts, newest first. */
export async function listNewest(sql: Sql, { tag, limit, cursor }: Listed): Promise<ContactPage> {
  const [before] = readCursor(z.tuple([z.uuid()]), cursor) ?? [null]
  const rows =
    tag === null ? await selectNewest(sql, before, limit + 1) : await selectTagged(sql, tag, before, limit + 1)
  return pageOf(rows, limit, presentContact, row => [row.id])
}

const selectNewest = (sql: Sql, before: string | null, limit: number): Promise<ContactRow[]> =>
  sql.query<ContactRow>(
    `select ${COLUMNS} from contacts c
     where c.workspace_id = current_workspace() and c.id < coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
     order by c.id desc limit $2`,
    [before, limit],
  )

const selectTagged = (sql: Sql, tag: string, before: string | null, limit: number): Promise<ContactRow[]> =>
  sql.query<ContactRow>(
    `select ${COLUMNS}
     from contacts_tagged($1, $2, $3) as tagged(id)
     join contacts c on c.workspace_id = current_workspace() and c.id = tagged.id
     order by c.id desc`,
    [tag, before, limit],
  )

interface RankedRow extends ContactRow {
  rank: number
  name_key: string
}

const RankedPlace = z.tuple([z.int(), z.string(), z.uuid()])

/**
 * Everybody who would be matched with this number, surest first: those who have it, then those who have it in another
 * spelling; where there are none, those whose number ends alike.
 */
export async function listByNumber(
  sql: Sql,
  number: string,
  country: Country,
  { tag, limit, cursor }: Listed,
): Promise<ContactPage> {
  const { key, e164 } = readAddress(number, country)
  const after = readCursor(RankedPlace, cursor)
  if (key === null) return { items: [], nextCursor: null }
  const spellings = e164 === null ? [key] : numberVariants(e164)
  const rows = await sql.query<RankedRow>(
    `with sure as materialized (
       select contact_id, min(case when key = $1 then 0 else 1 end) as rank from contact_phones
       where workspace_id = current_workspace() and key = any($2::text[]) group by contact_id
     ), found as (
       select * from sure
       union all
       select distinct contact_id, 2 from contact_phones
       where workspace_id = current_workspace() and last_digits = $3 and not exists (select from sure)
     )
     select ${COLUMNS}, found.rank, c.name_key
     from found join contacts c on c.workspace_id = current_workspace() and c.id = found.contact_id
     where ($4::text is null or c.tags @> array[$4])
       and ($5::int is null or (found.rank, c.name_key collate "C", c.id) > ($5, $6::text, $7::uuid))
     order by found.rank, c.name_key collate "C", c.id limit $8`,
    [key, spellings, lastDigits(key), tag, ...(after ?? [null, null, null]), limit + 1],
  )
  return pageOf(rows, limit, presentContact, row => [row.rank, row.name_key, row.id])
}

/** Of each way of being found, as many contacts as anybody looks through: who is not among them needs more letters. */
const MOST = 500

/**
 * Contacts whose name, e-mail address, company or number contains these words, best first: the very number, address or
 * name; names that begin so; other fields, words and numbers that begin so; the rest. With one or two letters only what
 * begins so is found.
 */
export async function searchContacts(
  sql: Sql,
  q: string,
  country: Country,
  { tag, limit, cursor }: Listed,
): Promise<ContactPage> {
  const after = readCursor(RankedPlace, cursor)
  const { key, e164 } = readAddress(q, country)
  const spellings = e164 !== null ? numberVariants(e164) : key !== null ? [key] : []
  const rows = await sql.query<RankedRow>(
    `with found as (
       (select id from contacts
        where workspace_id = current_workspace()
          and name_key collate "C" >= fold($1) and name_key collate "C" < fold($1) || chr(1114111)
          and ($4::text is null or tags @> array[$4])
        order by name_key collate "C", id limit ${MOST})
       union
       (select id from contacts
        where workspace_id = current_workspace()
          and email_key collate "C" >= lower($1) and email_key collate "C" < lower($1) || chr(1114111)
          and ($4::text is null or tags @> array[$4])
        order by email_key collate "C" limit ${MOST})
       union
       (select id from contacts
        where workspace_id = current_workspace()
          and company_key collate "C" >= fold($1) and company_key collate "C" < fold($1) || chr(1114111)
          and ($4::text is null or tags @> array[$4])
        order by company_key collate "C" limit ${MOST})
       union
       (select contact_id from contact_phones
        where workspace_id = current_workspace() and key = any($5::text[])
        order by contact_id desc limit ${MOST})
       union
       select * from contacts_containing($2::text[], $3, $4, ${MOST})
     ), ranked as (
       select c.*, case
         when c.name_key = fold($1) or c.email_key = lower($1) or exists (
           select from contact_phones p
           where p.workspace_id = current_workspace() and p.contact_id = c.id and p.key = any($5::text[])) then 0
         when starts_with(c.name_key, fold($1)) then 1
         when strpos(translate(E'\\n' || c.search_text, E'\\n', ' '), ' ' || fold($1)) > 0 or exists (
           select from contact_phones p
           where p.workspace_id = current_workspace() and p.contact_id = c.id and starts_with(p.digits, $3)) then 2
         else 3 end as rank
       from found join contacts c on c.workspace_id = current_workspace() and c.id = found.id
       where ($4::text is null or c.tags @> array[$4])
     )
     select ${COLUMNS}, c.rank, c.name_key from ranked c
     where ($6::int is null or (c.rank, c.name_key collate "C", c.id) > ($6, $7::text, $8::uuid))
     order by c.rank, c.name_key collate "C", c.id limit $9`,
    [q.trim(), wordsOf(q), digitsOf(q), tag, spellings, ...(after ?? [null, null, null]), limit + 1],
  )
  return pageOf(rows, limit, presentContact, row => [row.rank, row.name_key, row.id])
}

/**
 * The words that a contact has to contain, the one to look up first. Null when none of them has three letters or
 * digits in a row: there is no index of anything shorter.
 */
function wordsOf(q: string): string[] | null {
  const words = q.trim().split(/\s+/)
  const weight = (word: string): number =>
    Math.max(0, ...[...word.matchAll(/[\p{L}\p{Nd}]{3,}/gu)].map(([run]) => run.length))
  words.sort((a, b) => weight(b) - weight(a))
  return weight(words[0]!) === 0 ? null : words
}

/** The part of a number that was typed, without the zeros that stand in for a country code; null below three digits. */
function digitsOf(q: string): string | null {
  if (!/^[\d\s()+./,#*-]+$/.test(q)) return null
  const digits = q.replace(/\D/g, '').replace(/^0+/, '')
  return digits.length >= 3 ? digits : null
}
