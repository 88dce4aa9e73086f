import * as contract from '../../client/contract.ts'
import { type Country, readAddress } from '../../core/phoneNumber.ts'
import { cleanText } from '../../core/text.ts'
import { inWords } from '../platform/inWords.ts'
import { Refusal } from '../platform/refusal.ts'
import type { ContactFields } from './contactStore.ts'
import { type CsvRecord, isSeparatorLine, readCsv } from './csv.ts'

/** One line of a file, read as a contact. What the file does not say is null or empty. */
export interface ContactLine extends Omit<ContactFields, 'name' | 'fields'> {
  /** Null only beside an external id, whose contact may have a name already. */
  name: string | null
  source: Source
}

/** Where in the file something stands. */
export interface Source {
  line: number
  text: string
}

export interface Rejection extends Source {
  reason: string
}

/** Lines of the file, some of them taken and some not. */
export interface ContactBatch {
  contacts: ContactLine[]
  rejections: Rejection[]
}

/**
 * Reads a CSV file of contacts as it arrives. Numbers without a country code are read in `country`.
 * Throws a 400 refusal that says what is expected when the first line has no heading that we know.
 */
export async function readContacts(
  file: AsyncIterable<Buffer>,
  country: Country,
): Promise<AsyncGenerator<ContactBatch>> {
  const batches = readCsv(file)
  try {
    for (;;) {
      const first = await batches.next()
      if (first.done) throw noHeading()
      const [heading, ...records] = first.value.filter(record => !isSeparatorLine(record))
      if (heading) return readOn(records, batches, readHeading(heading), country)
    }
  } catch (error) {
    await batches.return(undefined)
    throw error
  }
}

async function* readOn(
  first: CsvRecord[],
  more: AsyncIterable<CsvRecord[]>,
  columns: Column[],
  country: Country,
): AsyncGenerator<ContactBatch> {
  yield* batchesOf(first, columns, country)
  for await (const records of more) yield* batchesOf(records, columns, country)
}

/** Lines that are read and written at once: on the embedded engine nobody else is served meanwhile. */
const BATCH = 100

function* batchesOf(records: CsvRecord[], columns: Column[], country: Country): Generator<ContactBatch> {
  for (let from = 0; from < records.length; from += BATCH) {
    yield readBatch(records.slice(from, from + BATCH), columns, country)
  }
}

function readBatch(records: CsvRecord[], columns: Column[], country: Country): ContactBatch {
  const batch: ContactBatch = { contacts: [], rejections: [] }
  for (const record of records) {
    const source = { line: record.line, text: cleanText(record.raw.slice(0, MAX_SHOWN)) }
    try {
      if (record.cells === null) throw new Unreadable('A quotation mark is never closed, or the line never ends.')
      if (record.cells.every(cell => cell.trim() === '')) continue
      batch.contacts.push({ ...readLine(record.cells, columns, country), source })
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      batch.rejections.push({ ...source, reason: error.message })
    }
  }
  return batch
}

/** How much of a rejected line is shown, in characters. */
const MAX_SHOWN = 200

/** Why a line is not taken, as a sentence for whoever sent the file. */
class Unreadable extends Error {}

// ---------------------------------------------------------------------------------------------------------------
// The heading
// ---------------------------------------------------------------------------------------------------------------

type Meaning = 'name' | 'firstName' | 'lastName' | 'email' | 'phone' | 'company' | 'type' | 'tags' | 'externalId'

/** What a column holds; those that we do not know go to the metadata under their heading, those without one nowhere. */
type Column = { meaning: Meaning } | { heading: string } | null

const NAMES: Record<Exclude<Meaning, 'phone'>, string> = {
  name: `name, full name, display name, contact, contact name, customer, customer name, client name,
    nombre, nombre completo, nombre y apellido, nombre y apellidos, contacto, cliente, nombre del cliente`,
  firstName: 'first name, given name, first, forename, nombre de pila, primer nombre, nombres',
  lastName: 'last name, surname, family name, last, apellido, apellidos, primer apellido',
  email: `email, e mail, mail, email address, e mail address, email 1, email 1 value, e mail 1 value,
    correo, correo electronico, correo e, direccion de correo, direccion de correo electronico`,
  company: `company, company name, organization, organisation, organization name, account, account name, business,
    business name, employer, empresa, compania, organizacion, nombre de la empresa, negocio`,
  type: 'type, contact type, customer type, tipo, tipo de contacto, tipo de cliente',
  tags: 'tags, tag, labels, label, etiquetas, etiqueta',
  externalId: `external id, externalid, id, crm id, customer id, contact id, client id,
    id externo, identificador, identificador externo, id de cliente, id cliente, id de contacto`,
}
const MEANINGS = new Map(
  Object.entries(NAMES).flatMap(([meaning, names]) =>
    names.split(',').map(name => [name.trim(), meaning as Meaning] as const),
  ),
)
const PHONE = /\b(phones?|telephones?|tel|mobile|cell|cellphone|whatsapp|telefonos?|movil|celular)\b/
/** “Phone 1 - Type” says something of a number and is none. */
const ABOUT_PHONE =
  /\b(type|label|ext|extension|fax|country|code|tipo|etiqueta|pais|codigo|provider|carrier|verified)\b/

function readHeading(heading: CsvRecord): Column[] {
  const taken = new Set<Meaning>()
  const columns = (heading.cells ?? []).map((cell): Column => {
    const meaning = meaningOf(cell)
    if (meaning !== null && (meaning === 'phone' || !taken.has(meaning))) {
      taken.add(meaning)
      return { meaning }
    }
    const title = cleanText(cell).trim().slice(0, 200)
    return title === '' ? null : { heading: title }
  })
  if (!['name', 'firstName', 'lastName', 'email', 'phone', 'company'].some(known => taken.has(known as Meaning))) {
    throw noHeading()
  }
  return columns
}

function meaningOf(cell: string): Meaning | null {
  const words = cleanText(cell)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .normalize('NFD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
  return MEANINGS.get(words) ?? (PHONE.test(words) && !ABOUT_PHONE.test(words) ? 'phone' : null)
}

const noHeading = (): Refusal =>
  new Refusal(
    400,
    'no_heading',
    'The first line has to name the columns, in English or Spanish and in any order: name (or first name and last ' +
      'name), email, phone (any number of columns), company, type, tags, external id. Other columns are kept as metadata.',
  )

// ---------------------------------------------------------------------------------------------------------------
// A line
// ---------------------------------------------------------------------------------------------------------------

function readLine(cells: string[], columns: Column[], country: Country): Omit<ContactLine, 'source'> {
  if (cells.slice(columns.length).some(cell => cell.trim() !== '')) {
    throw new Unreadable(`The line has ${cells.length} columns, the heading ${columns.length}.`)
  }
  const said: Partial<Record<Meaning, string>> = {}
  const phones: string[] = []
  const metadata: [string, string][] = []
  columns.forEach((column, index) => {
    const text = cleanText(cells[index] ?? '').trim()
    if (text === '' || column === null) return
    if ('heading' in column) metadata.push([column.heading, text])
    else if (column.meaning === 'phone') phones.push(...readPhoneCell(text, country))
    else said[column.meaning] = text
  })
  const name = nameOf(said)
  if (name === null && said.externalId === undefined) throw new Unreadable('There is no name.')
  const fields = {
    email: said.email ?? null,
    phones,
    company: said.company ?? null,
    type: said.type ?? null,
    tags: [...new Set(said.tags?.split(/[;,|]/).map(tag => tag.trim()) ?? [])].filter(tag => tag !== ''),
    externalId: said.externalId ?? null,
    metadata: Object.fromEntries(metadata),
  }
  // The rules of the API itself, so that what came in by file can be edited by hand.
  const checked = contract.createContact.body!.safeParse({ ...fields, name: name ?? 'as before' }, { error: inWords })
  if (!checked.success) {
    throw new Unreadable(checked.error.issues.map(issue => `${issue.path[0] as string}: ${issue.message}`).join(' '))
  }
  return { ...fields, name }
}

/** “Nombre” is the first name where there is a column for the last; a company without a person goes by its own name. */
function nameOf({ name, firstName, lastName, company }: Partial<Record<Meaning, string>>): string | null {
  const first = firstName ?? name
  if (first !== undefined && lastName !== undefined && !first.endsWith(lastName)) return `${first} ${lastName}`
  return name ?? first ?? lastName ?? company ?? null
}

/** The numbers in one cell: one as a rule, several between separators, none where it says that there is none. */
function readPhoneCell(text: string, country: Country): string[] {
  if (text.length > 500) throw new Unreadable('phone: There is more in the cell than telephone numbers.')
  if (/^\d(\.\d+)?E\+\d+$/i.test(text)) {
    throw new Unreadable(`phone: A spreadsheet has shortened the number to ${text}. Format that column as text.`)
  }
  const whole = readAddress(text, country).kind
  if (whole === 'withheld' || /^[^\p{L}\p{N}]+$/u.test(text)) return []
  if (whole === 'phone') return [text]
  const parts = text.split(/\s*(?:[;|\n,]|:::|\s\/\s|\s(?:or|and|o|y|&)\s)\s*/).filter(part => part !== '')
  if (parts.every(part => readAddress(part, country).kind === 'phone')) return parts
  if (whole === 'name') throw new Unreadable(`phone: “${text.slice(0, 60)}” is not a telephone number.`)
  return [text]
}
