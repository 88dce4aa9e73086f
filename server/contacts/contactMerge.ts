import type { Contact } from '../../client/contract.ts'

import { type Named, told } from '../../core/call.ts'
import type { CenterEvent } from '../../core/event.ts'
import type { Country } from '../../core/phoneNumber.ts'
import { findCalls } from '../calls/callStore.ts'
import type { Sql, Tx } from '../platform/db.ts'
import { conflict, invalid, notFound } from '../platform/refusal.ts'
import { type ContactFields, findContact, lockContact, readPhones, updateContact } from './contactStore.ts'

/** As many numbers and tags as the API takes. */
const MAX_PHONES = 20
const MAX_TAGS = 50

/**
 * Makes two contacts one. What belongs to `fromId` moves to `intoId`; what is empty there is filled from the other.
 * Throws a refusal where one of them is not there, or together they have more numbers or tags than a contact may.
 */
export async function mergeContacts(
  tx: Tx,
  intoId: string,
  fromId: string,
  country: Country,
  by: Named,
): Promise<Contact> {
  if (intoId === fromId) throw invalid([{ path: 'from', message: 'A contact cannot be merged into itself.' }])
  // Turns write the contact of their calls: none may run between what moves here and what is deleted.
  await tx.query('select from routing_heads where workspace_id = current_workspace() for update')
  const locked = new Map<string, Contact | null>()
  for (const id of [intoId, fromId].sort()) locked.set(id, await lockContact(tx, id))
  const [into, from] = [locked.get(intoId), locked.get(fromId)]
  if (!into || !from) throw notFound('contact')

  const phones = readPhones([...into.phones, ...from.phones], country)
  const merged = union(into, from)
  if (phones.length > MAX_PHONES) throw tooMuch(`${MAX_PHONES} numbers`)
  if (merged.tags.length > MAX_TAGS) throw tooMuch(`${MAX_TAGS} tags`)

  const moved = await moveAll(tx, intoId, fromId)
  await tx.query('delete from contacts where workspace_id = current_workspace() and id = $1', [fromId])
  await tx.query(
    `update contact_tombstones set merged_into = $1
     where workspace_id = current_workspace() and (contact_id = $2 or merged_into = $2)`,
    [intoId, fromId],
  )
  // Only now is the other's external id free.
  await updateContact(tx, intoId, merged, phones, tx.now)
  if (from.externalId !== null && from.externalId !== merged.externalId) {
    await tx.query(
      'insert into contact_aliases (workspace_id, external_id, contact_id) values (current_workspace(), $1, $2)',
      [from.externalId, intoId],
    )
  }
  tx.emit({
    type: 'contact.merged',
    contact: { id: intoId, name: merged.name },
    from: { id: fromId, name: from.name },
    by,
  })
  tx.emit(...(await followingCards(tx, moved, by)))
  const contact = await findContact(tx, intoId)
  if (contact === null) throw new Error('the contact just merged is not there')
  return contact
}

const union = (into: Contact, from: Contact): ContactFields => ({
  name: into.name,
  email: into.email ?? from.email,
  phones: [],
  company: into.company ?? from.company,
  type: into.type ?? from.type,
  tags: [...new Set([...into.tags, ...from.tags])],
  externalId: into.externalId ?? from.externalId,
  fields: { ...from.fields, ...into.fields },
  metadata: { ...from.metadata, ...into.metadata },
})

const tooMuch = (what: string) =>
  conflict('too_much_to_merge', `Together these contacts have more than ${what}. Remove some of them first.`)

/** Gives the calls that have moved and are still going on. */
async function moveAll(sql: Sql, intoId: string, fromId: string): Promise<Set<string>> {
  const calls = await sql.query<{ id: string; live: boolean }>(
    `update calls set contact_id = $1 where workspace_id = current_workspace() and contact_id = $2
     returning id, status in ('initiated', 'ringing', 'in-progress') as live`,
    [intoId, fromId],
  )
  for (const table of ['call_notes', 'support_requests', 'contact_aliases', 'participants']) {
    await sql.query(
      `update ${table} set contact_id = $1 where workspace_id = current_workspace() and contact_id = $2`,
      [intoId, fromId],
    )
  }
  // Both records in a connected CRM stay theirs; the first is the one that is written.
  await sql.query(
    `update connection_contacts l set contact_id = $1, main = main and not exists (
       select from connection_contacts o
       where o.workspace_id = current_workspace() and o.connection_id = l.connection_id and o.contact_id = $1)
     where l.workspace_id = current_workspace() and l.contact_id = $2`,
    [intoId, fromId],
  )
  return new Set(calls.flatMap(call => (call.live ? [call.id] : [])))
}

/** Whoever has such a call before them sees who its customer is now. */
async function followingCards(tx: Tx, callIds: Set<string>, by: Named): Promise<CenterEvent[]> {
  if (callIds.size === 0) return []
  const records = await findCalls(tx, [...callIds])
  return records.map(({ call }) => ({ type: 'call.contact_settled', call: told(call), by }))
}
