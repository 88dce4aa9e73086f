import type { Contact } from '../../client/contract.ts'
import { NOTHING_SYNCED, type SyncedFields, sameFields } from '../../core/contactSync.ts'
import { listChanges } from '../contacts/contactChanges.ts'
import { findContact } from '../contacts/contactStore.ts'
import {
  advanceClaim,
  deleteLink,
  isAddressTaken,
  type Link,
  linksOf,
  saveLink,
  unfinishedLinks,
} from './connectionStore.ts'
import { type Connector, ConnectorError } from './connector.ts'
import { fieldsOf, type Refusals, type SyncRun, withTokens } from './syncRun.ts'

const PAGE = 100

/** What has changed here goes there. */
export async function push(run: SyncRun, refused: Refusals): Promise<void> {
  const { db, workspaceId, claim } = run
  await finishLinks(run, refused)
  let { since = null, page }: { since?: string | null; page?: string } = claim.pushCursor
  for (let more = true; more; ) {
    const changed = await db.inWorkspace(workspaceId, tx => listChanges(tx, { since, limit: PAGE, cursor: page }))
    const contacts = changed.items.flatMap(change => ('contact' in change ? [change.contact] : []))
    const ids = contacts.map(({ id }) => id)
    const links = await db.inWorkspace(workspaceId, tx => linksOf(tx, claim.connectionId, ids))
    for (const contact of contacts) {
      const link = links.find(({ contactId }) => contactId === contact.id)
      await refused.unlessRefused(() => (link ? write(run, contact, link) : introduce(run, contact)))
    }
    more = changed.nextCursor !== null
    page = changed.nextCursor ?? undefined
    if (changed.syncedUntil !== null) since = changed.syncedUntil
    const pushCursor = { ...(since !== null && { since }), ...(page !== undefined && { page }) }
    await db.inWorkspace(workspaceId, tx => advanceClaim(tx, claim, tx.now, { pushCursor }))
  }
}

/** What is left from before: contacts that have been deleted here, and those that reading has found to be written. */
async function finishLinks(run: SyncRun, refused: Refusals): Promise<void> {
  const { db, workspaceId, claim, connector } = run
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
        if (contact !== null) await refused.unlessRefused(() => write(run, contact, link))
      } else if (claim.syncDeletions) {
        await refused.unlessRefused(async () => {
          await withTokens(run, tokens => connector.remove(tokens, link.remoteId))
          await db.inWorkspace(workspaceId, tx => deleteLink(tx, claim.connectionId, link.remoteId))
        })
      }
    }
    if (links.length < PAGE) return
  }
}

/** Somebody whom they do not have yet. Of two with the same e-mail address only one is there: they go by it. */
async function introduce(run: SyncRun, contact: Contact): Promise<void> {
  const { db, workspaceId, claim } = run
  if (await db.inWorkspace(workspaceId, tx => isAddressTaken(tx, claim.connectionId, contact))) return
  const ours = fieldsOf(contact)
  const fields = writable(run.connector, ours, () => true)
  const remoteId = await withTokens(run, tokens =>
    run.connector.save(tokens, { remoteId: null, contactId: contact.id, fields }),
  )
  await keep(run, { remoteId, contactId: contact.id, ours, theirs: { ...NOTHING_SYNCED, ...fields }, pending: false })
}

/** Writes what has changed here since, and nothing else. */
async function write(run: SyncRun, contact: Contact, link: Link): Promise<void> {
  const ours = fieldsOf(contact)
  const differs = (one: SyncedFields, group: keyof SyncedFields): boolean =>
    JSON.stringify(ours[group]) !== JSON.stringify(one[group])
  if (!link.pending && sameFields(ours, link.ours)) return
  const fields = writable(run.connector, ours, group => differs(link.ours, group) && differs(link.theirs, group))
  try {
    if (Object.keys(fields).length > 0) {
      const { remoteId, contactId } = link
      await withTokens(run, tokens => run.connector.save(tokens, { remoteId, contactId: contactId!, fields }))
    }
  } catch (error) {
    // Reading will tell us that it has been deleted there.
    if (!(error instanceof ConnectorError) || error.kind !== 'gone') throw error
  }
  await keep(run, { ...link, ours, theirs: { ...link.theirs, ...fields }, pending: false })
}

const writable = (
  { writes }: Connector,
  fields: SyncedFields,
  wanted: (group: keyof SyncedFields) => boolean,
): Partial<SyncedFields> => Object.fromEntries(writes.filter(wanted).map(group => [group, fields[group]]))

const keep = ({ db, workspaceId, claim }: SyncRun, link: Omit<Link, 'main'>): Promise<void> =>
  db.inWorkspace(workspaceId, async tx => {
    await advanceClaim(tx, claim, tx.now)
    await saveLink(tx, claim.connectionId, link)
  })
