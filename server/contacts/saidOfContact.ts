import { type CustomField, setFields } from '../../core/customField.ts'
import { type Country, readAddress } from '../../core/phoneNumber.ts'
import { type ContactFields, type PhoneRow, readPhones } from './contactStore.ts'

/** What somebody says of a contact. What is left out stays as it was; metadata and fields are added, null takes away. */
export interface SaidOfContact extends Partial<Omit<ContactFields, 'fields'>> {
  /** The number that comes first: it takes the place of the one before. */
  mainPhone?: string
  fields?: Record<string, unknown>
}

/** The contact as it is then, with its numbers as they are stored where they are given anew; or what is wrong. */
export type ContactThen = { after: ContactFields; phones: PhoneRow[] | null } | { problem: string }

/** The external id of a contact that has one stays: it may have been found by another one that a merge has brought. */
export function contactAfter(
  before: ContactFields,
  said: SaidOfContact,
  definitions: readonly CustomField[],
  country: Country,
): ContactThen {
  const name = said.name ?? before.name
  if (name === '') return { problem: 'There is no name.' }
  const set = setFields(definitions, before.fields, said.fields ?? {})
  if ('problems' in set)
    return { problem: set.problems.map(({ name, message }) => `fields.${name}: ${message}`).join(' ') }
  const phones = phonesAfter(before.phones, said, country)
  const after: ContactFields = {
    name,
    email: said.email === undefined ? before.email : said.email,
    phones: phones?.map(phone => phone.number) ?? before.phones,
    company: said.company === undefined ? before.company : said.company,
    type: said.type === undefined ? before.type : said.type,
    tags: said.tags === undefined ? before.tags : [...new Set(said.tags)],
    externalId: before.externalId ?? said.externalId ?? null,
    fields: set.values,
    metadata: withoutNulls({ ...before.metadata, ...said.metadata }),
  }
  return { after, phones }
}

/** The numbers as they are then; null: as they were. */
function phonesAfter(before: string[], { mainPhone, phones }: SaidOfContact, country: Country): PhoneRow[] | null {
  if (mainPhone === undefined) return phones === undefined ? null : readPhones(phones, country)
  if (phones !== undefined) return readPhones([mainPhone, ...phones], country)
  const key = phoneKey(mainPhone, country)
  const has = before.some(number => phoneKey(number, country) === key)
  return readPhones([mainPhone, ...(has ? before : before.slice(1))], country)
}

/** What contacts with this number are found by; null where nobody can be. */
export const phoneKey = (number: string, country: Country): string | null => readAddress(number, country).key

const withoutNulls = (metadata: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null))
