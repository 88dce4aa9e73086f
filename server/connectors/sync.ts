import { v7 as newId } from 'uuid'
import type { Contact } from '../../client/contract.ts'
import type { Named } from '../../core/call.ts'
import { NOTHING_SYNCED, reconcile, type SyncedFields, type SyncMemory, sameFields } from '../../core/contactSync.ts'
import type { CenterEvent } from '../../core/event.ts'
import { type Country, readAddress } from '../../core/phoneNumber.ts'
import { cleanText } from '../../core/text.ts'
import type { App } from '../app.ts'
import { findCall } from '../calls/callStore.ts'
import { listNotes } from '../calls/noteStore.ts'
import { listChanges } from '../contacts/contactChanges.ts'
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
  type Claim,
  callsTouched,
  deleteLink,
  findEntry,
  findLink,
  findLinks,
  findSamePerson,
  isAddressTaken,
  type Link,
  linksOf,
  promoteLink,
  saveEntry,
  saveLink,
  unfinishedLinks,
} from './connectionStore.ts'
import {
  type CallEntry,
  type Connector,
  ConnectorError,
  type RemoteChange,
  type RemoteContact,
  SYNCED_PHONES,
  type Tokens,
} from './connector.ts'

const PAGE = 100
/** From so many changes at once on, the event log tells how many instead of which. */
const MANY = 20
/** After so many refusals one after the other it is not the contacts that are wrong. */
const MAX_REFUSED = 10

/** A connection's secret, opened, and how to keep a new one. */
export interface Session {
  tokens: Tokens
  save(tokens: Tokens): Promise<void>
}

/** What a run works with. */
interface Means extends Pick<App, 'db' | 'addresses'> {
  workspaceId: string
  connector: Connector
  claim: Claim
  session: Session
  /** Ends it before its next request. */
  signal: AbortSignal
}

/**
 * One run: what has changed there comes here, what has changed here goes there, and calls that have ended are logged. Each
 * step is committed with the place that it has reached, so that whoever comes after a crash goes on from there; doing a
 * step twice is doing it once.
 *
 * @returns what it had to leave out, as a sentence; null: nothing. Throws a {@link ConnectorError} when it could not go
 * on, and ClaimLost when it is no longer its business.
 */
export async function syncConnection(means: Means): Promise<string | null> {
  const refused = new Refusals()
  await pull(means)
  await push(means, refused)
  await logCalls(means, refused)
  return refused.told()
}

/** Does it with the tokens that we have, or with new ones where those have expired. */
async function withTokens<T>({ connector, session, signal }: Means, work: (tokens: Tokens) => Promise<T>): Promise<T> {
  const renew = async () => {
    session.tokens = await connector.renew(session.tokens)
    await session.save(session.tokens)
  }
  signal.throwIfAborted()
  const { expiresAt } = session.tokens
  if (expiresAt !== null && Date.parse(expiresAt) < Date.now() + 60_000) await renew()
  try {
    return await work(session.tokens)
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind !== 'expired') throw error
    await renew()
    return work(session.tokens)
  }
}

/** What a CRM does not take does not hold up the rest. */
class Refusals {
  private total = 0
  private inARow = 0
  private last = ''

  async unlessRefused(work: () => Promise<void>): Promise<void> {
    try {
      await work()
      this.inARow = 0
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.kind !== 'refused') throw error
      this.total++
      this.inARow++
      this.last = error.message
      if (this.inARow >= MAX_REFUSED) throw error
    }
  }

  told(): string | null {
    return this.total === 0 ? null : `${this.total} × ${this.last}`
  }
}

// ---------------------------------------------------------------------------------------------------------------
// From there to here
// ---------------------------------------------------------------------------------------------------------------

async function pull(means: Means): Promise<void> {
  const { db, workspaceId, connector, claim } = means
  let cursor = claim.pullCursor
  for (let more = true; more; ) {
    const page = await withTokens(means, tokens => connector.changes(tokens, cursor))
    await db.inWorkspace(workspaceId, async tx => {
      await advanceClaim(tx, claim, tx.now, { pullCursor: page.cursor })
      const country = await countryOf(tx)
      const told: CenterEvent[] = []
      for (const change of await unknownOf(tx, means, page.changes, country)) {
        told.push(...(await takeIn(tx, means, change, country)))
      }
      tx.emit(...inSum(told, actor(means)))
    })
    cursor = page.cursor
    more = page.more
  }
}

/** Without what we know already: at the seam of two runs the same is told again, and what we have written ourselves. */
async function unknownOf(tx: Tx, { claim }: Means, told: RemoteChange[], country: Country): Promise<RemoteChange[]> {
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
const actor = ({ connector, claim }: Pick<Means, 'connector' | 'claim'>): Named => ({
  id: claim.connectionId,
  name: connector.name,
})

/** Many that have come or changed are told of as one; whoever is gone is named. */
function inSum(told: CenterEvent[], by: Named): CenterEvent[] {
  const gone = told.filter(event => event.type === 'contact.deleted')
  const imported = told.length - gone.length
  return imported > MANY ? [...gone, { type: 'contact.imported', imported, rejected: 0, by }] : told
}

async function takeIn(tx: Tx, means: Means, change: RemoteChange, country: Country): Promise<CenterEvent[]> {
  const { connectionId } = means.claim
  if (change.type === 'deleted') return takeInDeletion(tx, means, change, country)
  const theirs = change.contact
  const link = await findLink(tx, connectionId, theirs.remoteId)
  // Deleted here: it will be there, too, or is not to be.
  if (link?.contactId === null) return []
  const contactId = link?.contactId ?? (await findSamePerson(tx, connectionId, identityOf(theirs.fields, country)))
  const contact = contactId === null ? null : await lockContact(tx, contactId)
  if (contact === null) return create(tx, means, theirs, country)

  const ours = { fields: fieldsOf(contact), changedAt: contact.updatedAt }
  const { toOurs, toTheirs } = reconcile(ours, theirs, link)
  const events = await apply(tx, contact, toOurs, country, actor(means))
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

async function create(tx: Tx, means: Means, theirs: RemoteContact, country: Country): Promise<CenterEvent[]> {
  const { fields, remoteId } = theirs
  const id = newId()
  const name = fields.name || fields.email || fields.phones[0] || means.connector.name
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
  await saveLink(tx, means.claim.connectionId, { remoteId, contactId: id, ours, theirs: fields, pending: false })
  return [{ type: 'contact.created', contact: { id, name }, by: actor(means) }]
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
  means: Means,
  { remoteId, mergedInto }: Extract<RemoteChange, { type: 'deleted' }>,
  country: Country,
): Promise<CenterEvent[]> {
  const { connectionId, syncDeletions } = means.claim
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
    await mergeContacts(tx, heir, contactId, country, actor(means))
    return []
  }
  const name = await deleteContact(tx, contactId)
  return name === null ? [] : [{ type: 'contact.deleted', contact: { id: contactId, name }, by: actor(means) }]
}

/** As the other side holds it. */
const fieldsOf = (contact: Contact): SyncedFields => ({
  name: contact.name,
  email: contact.email ?? '',
  company: contact.company ?? '',
  phones: contact.phones.slice(0, SYNCED_PHONES),
})

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

// ---------------------------------------------------------------------------------------------------------------
// From here to there
// ---------------------------------------------------------------------------------------------------------------

async function push(means: Means, refused: Refusals): Promise<void> {
  const { db, workspaceId, claim } = means
  await finishLinks(means, refused)
  let { since = null, page }: { since?: string | null; page?: string } = claim.pushCursor
  for (let more = true; more; ) {
    const changed = await db.inWorkspace(workspaceId, tx => listChanges(tx, { since, limit: PAGE, cursor: page }))
    const contacts = changed.items.flatMap(change => ('contact' in change ? [change.contact] : []))
    const ids = contacts.map(({ id }) => id)
    const links = await db.inWorkspace(workspaceId, tx => linksOf(tx, claim.connectionId, ids))
    for (const contact of contacts) {
      const link = links.find(({ contactId }) => contactId === contact.id)
      await refused.unlessRefused(() => (link ? write(means, contact, link) : introduce(means, contact)))
    }
    more = changed.nextCursor !== null
    page = changed.nextCursor ?? undefined
    if (changed.syncedUntil !== null) since = changed.syncedUntil
    const pushCursor = { ...(since !== null && { since }), ...(page !== undefined && { page }) }
    await db.inWorkspace(workspaceId, tx => advanceClaim(tx, claim, tx.now, { pushCursor }))
  }
}

/** What is left from before: contacts that have been deleted here, and those that reading has found to be written. */
async function finishLinks(means: Means, refused: Refusals): Promise<void> {
  const { db, workspaceId, claim, connector } = means
  for (let after = ''; ; ) {
    const links = await db.inWorkspace(workspaceId, async tx => {
      await advanceClaim(tx, claim, tx.now)
      return unfinishedLinks(tx, claim.connectionId, after, PAGE)
    })
    for (const link of links) {
      after = link.remoteId
      const { contactId } = link
      if (contactId !== null) {
        const contact = await db.inWorkspace(workspaceId, tx => findContact(tx, contactId))
        if (contact !== null) await refused.unlessRefused(() => write(means, contact, link))
      } else if (claim.syncDeletions) {
        await refused.unlessRefused(async () => {
          await withTokens(means, tokens => connector.remove(tokens, link.remoteId))
          await db.inWorkspace(workspaceId, tx => deleteLink(tx, claim.connectionId, link.remoteId))
        })
      }
    }
    if (links.length < PAGE) return
  }
}

/** Somebody whom they do not have yet. Of two with the same e-mail address only one is there: they go by it. */
async function introduce(means: Means, contact: Contact): Promise<void> {
  const { db, workspaceId, claim } = means
  if (await db.inWorkspace(workspaceId, tx => isAddressTaken(tx, claim.connectionId, contact))) return
  const ours = fieldsOf(contact)
  const fields = writable(means.connector, ours, () => true)
  const remoteId = await withTokens(means, tokens =>
    means.connector.save(tokens, { remoteId: null, contactId: contact.id, fields }),
  )
  await keep(means, { remoteId, contactId: contact.id, ours, theirs: { ...NOTHING_SYNCED, ...fields }, pending: false })
}

/** Writes what has changed here since, and nothing else. */
async function write(means: Means, contact: Contact, link: Link): Promise<void> {
  const ours = fieldsOf(contact)
  const differs = (one: SyncedFields, group: keyof SyncedFields): boolean =>
    JSON.stringify(ours[group]) !== JSON.stringify(one[group])
  if (!link.pending && sameFields(ours, link.ours)) return
  const fields = writable(means.connector, ours, group => differs(link.ours, group) && differs(link.theirs, group))
  try {
    if (Object.keys(fields).length > 0) {
      const { remoteId, contactId } = link
      await withTokens(means, tokens => means.connector.save(tokens, { remoteId, contactId: contactId!, fields }))
    }
  } catch (error) {
    // Reading will tell us that it has been deleted there.
    if (!(error instanceof ConnectorError) || error.kind !== 'gone') throw error
  }
  await keep(means, { ...link, ours, theirs: { ...link.theirs, ...fields }, pending: false })
}

const writable = (
  { writes }: Connector,
  fields: SyncedFields,
  wanted: (group: keyof SyncedFields) => boolean,
): Partial<SyncedFields> => Object.fromEntries(writes.filter(wanted).map(group => [group, fields[group]]))

const keep = ({ db, workspaceId, claim }: Means, link: Omit<Link, 'main'>): Promise<void> =>
  db.inWorkspace(workspaceId, async tx => {
    await advanceClaim(tx, claim, tx.now)
    await saveLink(tx, claim.connectionId, link)
  })

// ---------------------------------------------------------------------------------------------------------------
// Calls
// ---------------------------------------------------------------------------------------------------------------

async function logCalls(means: Means, refused: Refusals): Promise<void> {
  const { db, workspaceId, claim } = means
  let seq = claim.eventSeq
  for (let more = true; more; ) {
    const touched = await db.inWorkspace(workspaceId, tx => callsTouched(tx, seq, 500))
    for (const callId of touched.callIds) await refused.unlessRefused(() => logCall(means, callId))
    await db.inWorkspace(workspaceId, tx => advanceClaim(tx, claim, tx.now, { eventSeq: touched.seq }))
    seq = touched.seq
    more = touched.more
  }
}

async function logCall(means: Means, callId: string): Promise<void> {
  const { db, workspaceId, claim, connector } = means
  const found = await db.inWorkspace(workspaceId, async tx => {
    const known = await describe(tx, callId, means.addresses[0] ?? '')
    if (known === null) return null
    const [link] = await linksOf(tx, claim.connectionId, [known.contactId])
    if (link === undefined) return null
    const before = await findEntry(tx, claim.connectionId, callId)
    await advanceClaim(tx, claim, tx.now)
    // Written before it is done: whoever finds it so looks there first.
    if (before === undefined) await saveEntry(tx, claim.connectionId, callId, null)
    return { entry: known.entry, remoteId: link.remoteId, before }
  })
  if (found === null) return
  const { entry, remoteId, before } = found
  const known =
    before === null ? await withTokens(means, tokens => connector.findCall(tokens, callId)) : (before ?? null)
  const entryId = await withTokens(means, tokens => connector.logCall(tokens, entry, remoteId, known)).catch(error => {
    // Somebody there has deleted the contact, or the entry: that is their business.
    if (error instanceof ConnectorError && error.kind === 'gone') return null
    throw error
  })
  if (entryId !== null) await db.inWorkspace(workspaceId, tx => saveEntry(tx, claim.connectionId, callId, entryId))
}

/** The call as it is logged; null while it goes on, and where nobody knows whose it was. */
async function describe(
  tx: Tx,
  callId: string,
  address: string,
): Promise<{ entry: CallEntry; contactId: string } | null> {
  const call = (await findCall(tx, callId))?.call
  if (!call?.contact || call.outcome === null) return null
  const notes = await listNotes(tx, { callId })
  const recordings = await tx.query(
    `select from recordings where workspace_id = current_workspace() and call_id = $1 and status = 'completed' limit 1`,
    [callId],
  )
  const callUrl = `${address}/calls/${callId}`
  const lines = [
    call.outcome,
    call.agent && `Agent: ${call.agent.name}`,
    call.queue && `Queue: ${call.queue.name}`,
    call.disposition,
    ...notes.map(note => `${note.author}: ${note.text}`),
  ]
  const direction = call.direction === 'inbound' ? 'Inbound call' : 'Outbound call'
  return {
    contactId: call.contact.id,
    entry: {
      callId,
      direction: call.direction,
      from: call.from,
      to: call.to,
      startedAt: call.startedAt,
      durationSeconds: call.durationSeconds ?? 0,
      outcome: call.outcome,
      title: [direction, call.subject].filter(Boolean).join(': '),
      lines: lines.flatMap(line => line || []),
      callUrl,
      recordingUrl: recordings.length > 0 ? callUrl : null,
    },
  }
}
