import { v7 as newId } from 'uuid'
import type { Contact } from '../../client/contract.ts'
import type { Named } from '../../core/call.ts'
import { NOTHING_SYNCED, reconcile, type SyncedFields, type SyncMemory, sameFields } from '../../core/contactSync.ts'
import type { CenterEvent } from '../../core/event.ts'
import { type Country, readAddress } from '../../core/phoneNumber.ts'
import { cleanText } from '../../core/text.ts'
import { mergeContacts } from '../contacts/contactMerge.ts'
import {
  deleteContact,
  findContact,
  insertContact,
  lockContact,
  NO_FIELDS,
  readPhones,
  updateContact,
} from '../contacts/contactStore.ts'
import type { Tx } from '../platform/db.ts'
import { countryOf } from '../workspaces/country.ts'
import {
  advanceClaim,
  deleteLink,
  findLink,
  findLinks,
  findSamePerson,
  linksOf,
  promoteLink,
  saveLink,
} from './connectionStore.ts'
import { type RemoteChange, type RemoteContact, SYNCED_PHONES } from './connector.ts'
import { fieldsOf, type SyncRun, withTokens } from './syncRun.ts'

/** From so many changes at once on, the event log tells how many instead of which. */
const MANY = 20

/** What has changed there comes here. */
export async function pull(run: SyncRun): Promise<void> {
  const { db, workspaceId, connector, claim } = run
  let cursor = claim.pullCursor
  // A list that an earlier run has left half read shows how it was then: what has come since is asked for after it.
  let isOld = cursor?.more === true
  for (let more = true; more; ) {
    const page = await withTokens(run, tokens => connector.changes(tokens, cursor))
    await db.inWorkspace(workspaceId, async tx => {
      await advanceClaim(tx, claim, tx.now, { pullCursor: { ...page.cursor, more: page.more } })
      const country = await countryOf(tx)
      const told: CenterEvent[] = []
      for (const change of await unknownOf(tx, run, page.changes, country)) {
        told.push(...(await takeIn(tx, run, change, country)))
      }
      tx.emit(...inSum(told, actor(run)))
    })
    cursor = page.cursor
    more = page.more || isOld
    if (!page.more) isOld = false
  }
}

/** Without what we know already: at the seam of two runs the same is told again, and what we have written ourselves. */
async function unknownOf(tx: Tx, { claim }: SyncRun, told: RemoteChange[], country: Country): Promise<RemoteChange[]> {
  const changes = told.map(change =>
    change.type === 'changed' ? { ...change, contact: tidied(change.contact, country) } : change,
  )
  const idOf = (change: RemoteChange) => (change.type === 'changed' ? change.contact.remoteId : change.remoteId)
  const links = await findLinks(tx, claim.connectionId, changes.map(idOf))
  return changes.filter(change => {
    const link = links.get(idOf(change))
    if (change.type === 'deleted') return link !== undefined
    return link === undefined || !sameFields(change.contact.fields, link.theirs)
  })
}

/** Whom the event log names for what comes from there. */
const actor = ({ connector, claim }: Pick<SyncRun, 'connector' | 'claim'>): Named => ({
  id: claim.connectionId,
  name: connector.name,
})

/** Many that have come or changed are told of as one; whoever is gone is named. */
function inSum(told: CenterEvent[], by: Named): CenterEvent[] {
  const gone = told.filter(event => event.type === 'contact.deleted')
  const imported = told.length - gone.length
  return imported > MANY ? [...gone, { type: 'contact.imported', imported, rejected: 0, by }] : told
}

async function takeIn(tx: Tx, run: SyncRun, change: RemoteChange, country: Country): Promise<CenterEvent[]> {
  const { connectionId } = run.claim
  if (change.type === 'deleted') return takeInDeletion(tx, run, change, country)
  const theirs = change.contact
  const link = await findLink(tx, connectionId, theirs.remoteId)
  // Deleted here: it will be there, too, or is not to be.
  if (link?.contactId === null) return []
  const contactId = link?.contactId ?? (await findSamePerson(tx, connectionId, identityOf(theirs.fields, country)))
  const contact = contactId === null ? null : await lockContact(tx, contactId)
  if (contact === null) return create(tx, run, theirs, country)

  const ours = { fields: fieldsOf(contact), changedAt: contact.updatedAt }
  const { toOurs, toTheirs } = reconcile(ours, theirs, link)
  const events = await apply(tx, contact, toOurs, country, actor(run))
  const after = Object.keys(toOurs).length === 0 ? contact : ((await findContact(tx, contact.id)) ?? contact)
  await saveLink(tx, connectionId, {
    remoteId: theirs.remoteId,
    contactId: contact.id,
    ours: { ...fieldsOf(after), ...stillChanged(toTheirs, link) },
    theirs: theirs.fields,
    pending: Object.keys(toTheirs).length > 0 && (link?.main ?? true),
  })
  return events
}

/** What is still to be written there is remembered as it was before: it remains a change of ours. */
const stillChanged = (toTheirs: Partial<SyncedFields>, memory: SyncMemory | null): Partial<SyncedFields> =>
  Object.fromEntries(
    Object.keys(toTheirs).map(group => [group, (memory?.ours ?? NOTHING_SYNCED)[group as keyof SyncedFields]]),
  )

async function create(tx: Tx, run: SyncRun, theirs: RemoteContact, country: Country): Promise<CenterEvent[]> {
  const { fields, remoteId } = theirs
  const id = newId()
  const name = fields.name || fields.email || fields.phones[0] || run.connector.name
  await insertContact(
    tx,
    id,
    { ...NO_FIELDS, name, email: fields.email || null, company: fields.company || null, phones: [...fields.phones] },
    country,
    tx.now,
  )
  const contact = await findContact(tx, id)
  if (contact === null) throw new Error('the contact just inserted is not there')
  const ours = fieldsOf(contact)
  await saveLink(tx, run.claim.connectionId, { remoteId, contactId: id, ours, theirs: fields, pending: false })
  return [{ type: 'contact.created', contact: { id, name }, by: actor(run) }]
}

async function apply(
  tx: Tx,
  contact: Contact,
  change: Partial<SyncedFields>,
  country: Country,
  by: Named,
): Promise<CenterEvent[]> {
  // A name that somebody there has emptied stays: a contact needs one.
  const name = change.name || contact.name
  if (Object.keys(change).length === 0) return []
  const phones =
    change.phones === undefined ? null : readPhones([...change.phones, ...contact.phones.slice(SYNCED_PHONES)], country)
  await updateContact(
    tx,
    contact.id,
    {
      ...contact,
      name,
      email: change.email === undefined ? contact.email : change.email || null,
      company: change.company === undefined ? contact.company : change.company || null,
    },
    phones,
    tx.now,
  )
  return [{ type: 'contact.updated', contact: { id: contact.id, name }, by }]
}

async function takeInDeletion(
  tx: Tx,
  run: SyncRun,
  { remoteId, mergedInto }: Extract<RemoteChange, { type: 'deleted' }>,
  country: Country,
): Promise<CenterEvent[]> {
  const { connectionId, syncDeletions } = run.claim
  const link = await findLink(tx, connectionId, remoteId)
  if (link === null) return []
  await deleteLink(tx, connectionId, remoteId)
  const { contactId } = link
  if (contactId === null || !syncDeletions) return []
  // Somebody who has another record there is not gone.
  const [other] = await linksOf(tx, connectionId, [contactId])
  if (other !== undefined) {
    if (link.main) await promoteLink(tx, connectionId, other.remoteId)
    return []
  }
  const heir = mergedInto === null ? null : ((await findLink(tx, connectionId, mergedInto))?.contactId ?? null)
  if (heir !== null) {
    await mergeContacts(tx, heir, contactId, country, actor(run))
    return []
  }
  const name = await deleteContact(tx, contactId)
  return name === null ? [] : [{ type: 'contact.deleted', contact: { id: contactId, name }, by: actor(run) }]
}

/** As we would write it ourselves, so that only what means something else is another value. */
function tidied(theirs: RemoteContact, country: Country): RemoteContact {
  const line = (text: string, max: number) => cleanText(text).replace(/\s+/g, ' ').trim().slice(0, max)
  const { name, email, company, phones } = theirs.fields
  const numbers = readPhones(
    phones.map(phone => line(phone, 60)),
    country,
  ).map(phone => phone.number)
  return {
    ...theirs,
    fields: { name: line(name, 200), email: line(email, 254), company: line(company, 200), phones: numbers },
  }
}

const identityOf = ({ email, phones }: SyncedFields, country: Country): { email: string; key: string | null } => ({
  email,
  key: phones[0] === undefined ? null : readAddress(phones[0], country).key,
})
