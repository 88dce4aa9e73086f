import type { Contact } from '../../client/contract.ts'

/** What people write into one line: `vip, renewal`. */
export const splitList = (line: string): string[] => [
  ...new Set(
    line
      .split(/[,;\n]/)
      .map(item => item.trim())
      .filter(item => item !== ''),
  ),
]

/** Fields of a contact that are edited as one line of text each. */
export const FIELDS = ['name', 'email', 'phones', 'company', 'type', 'tags', 'externalId'] as const
export type ContactField = (typeof FIELDS)[number]

export function lineOf(contact: Contact, field: ContactField): string {
  const value = contact[field]
  return Array.isArray(value) ? value.join(', ') : (value ?? '')
}

/** What an edited line means: an empty one takes the value away. */
export function readLine(field: ContactField, line: string): string | string[] | null {
  if (field === 'phones' || field === 'tags') return splitList(line)
  return line.trim() || (field === 'name' ? '' : null)
}
