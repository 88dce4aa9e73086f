import { setImmediate as nextTurn } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import type { Contact, Customer, CustomerLine } from '../../client/contract.ts'
import * as contract from '../../client/contract.ts'
import type { Country } from '../../core/phoneNumber.ts'
import { authorOf } from '../access/actor.ts'
import type { App } from '../app.ts'
import { type Written, writeContacts } from '../contacts/contactBatch.ts'
import { type ContactChange, listChanges } from '../contacts/contactChanges.ts'
import { findByExternalId, lockContact, updateContact } from '../contacts/contactStore.ts'
import { listCustomFields } from '../contacts/customFieldStore.ts'
import { watchGrowth } from '../contacts/growth.ts'
import { contactAfter, type SaidOfContact } from '../contacts/saidOfContact.ts'
import type { Tx } from '../platform/db.ts'
import { serve } from '../platform/http.ts'
import { inWords } from '../platform/inWords.ts'
import { invalid, notFound } from '../platform/refusal.ts'
import { countryOf } from '../workspaces/country.ts'
import { customerView } from './customerView.ts'

/** Lines that are written at once: on the embedded engine nobody else is served meanwhile. */
const BATCH = 100

export function customerRoutes(http: FastifyInstance, app: App): void {
  serve(http, app, contract.bulkCreateCustomers, async ({ who, body, reply }) => {
    const country = await app.db.inWorkspace(who.workspaceId, countryOf)
    const results: Written[] = []
    const growth = watchGrowth(app)
    try {
      for (let from = 0; from < body.customers.length; from += BATCH) {
        const lines = body.customers.slice(from, from + BATCH)
        results.push(...(await app.db.inWorkspace(who.workspaceId, tx => writeLines(tx, lines, country))))
        await growth.grownTo(countsOf(results).created)
        // Calls come first: whatever has arrived meanwhile gets its turn before the next batch.
        await nextTurn()
      }
    } finally {
      // What has been written stays, also where we could not go on.
      const { created, updated, failed } = countsOf(results)
      if (created + updated > 0) {
        await app.db.inWorkspace(who.workspaceId, async tx =>
          tx.emit({ type: 'contact.imported', imported: created + updated, rejected: failed, by: authorOf(who) }),
        )
      }
      await growth.end()
    }
    const counts = countsOf(results)
    if (counts.failed > 0) reply.code(207)
    else if (counts.created > 0) reply.code(201)
    return {
      success: true as const,
      ...counts,
      results: results.map(presentWritten),
    }
  })

  serve(http, app, contract.listCustomers, ({ who, query }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const { limit, cursor, updated_since: since = null } = query
      const { items, nextCursor, syncedUntil } = await listChanges(tx, { since, limit, cursor })
      const customers = items.map(presentChange)
      return {
        success: true,
        customers,
        count: customers.length,
        next_cursor: nextCursor,
        synced_until: syncedUntil,
      }
    }),
  )

  serve(http, app, contract.updateCustomer, ({ who, body }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const { customer_id, ...line } = body
      const said = readLine(line)
      if (customer_id === undefined && said.externalId === undefined) {
        throw invalid([{ path: 'customer_id', message: 'Say which customer: customer_id, or external_id.' }])
      }
      const id = customer_id ?? (await findByExternalId(tx, said.externalId ?? ''))
      const before = id === null ? null : await lockContact(tx, id)
      if (before === null) throw notFound('customer')
      const then = contactAfter(before, said, await listCustomFields(tx), await countryOf(tx))
      if ('problem' in then) throw invalid([{ path: '', message: then.problem }])
      const externalId = customer_id === undefined ? before.externalId : (said.externalId ?? before.externalId)
      const wanted = { ...before, ...then.after, externalId }
      if (isDeepStrictEqual(before, wanted)) return { success: true, customer: presentCustomer(before) }
      await updateContact(tx, before.id, wanted, then.phones, tx.now)
      tx.emit({ type: 'contact.updated', contact: { id: before.id, name: wanted.name }, by: authorOf(who) })
      return { success: true, customer: presentCustomer({ ...wanted, updatedAt: tx.now }) }
    }),
  )
}

/** Writes the lines that can be read; the others say why not. */
async function writeLines(tx: Tx, lines: unknown[], country: Country): Promise<Written[]> {
  const read = lines.map(readable)
  const written = await writeContacts(
    tx,
    read.flatMap(line => ('said' in line ? [line.said] : [])),
    country,
    { byNumber: true },
  )
  return read.map(line => ('said' in line ? written.shift()! : line))
}

function readable(line: unknown): { said: SaidOfContact } | { problem: string } {
  const result = contract.CustomerLine.safeParse(line, { error: inWords })
  if (!result.success) {
    return {
      problem: result.error.issues.map(({ path, message }) => `${path.join('.') || 'line'}: ${message}`).join(' '),
    }
  }
  const said = readLine(result.data)
  if ((said.externalId ?? said.mainPhone ?? said.phones?.[0] ?? said.name) === undefined) {
    return { problem: 'There is neither a number nor an external id nor a name.' }
  }
  return { said }
}

/** A number and a name as a CRM gives them; its id is ours in `metadata.crm_id` or in `external_id`. */
function readLine({ phone, phones, external_id, metadata, ...line }: CustomerLine): SaidOfContact {
  const { crm_id, ...rest } = metadata ?? {}
  const externalId =
    external_id ?? (typeof crm_id === 'string' || typeof crm_id === 'number' ? String(crm_id).trim() : '')
  return {
    ...given(line),
    ...(phone != null && { mainPhone: phone }),
    ...(phones != null && { phones }),
    ...(externalId !== '' && { externalId }),
    ...(metadata !== undefined && { metadata: rest }),
  }
}

const given = (line: Omit<CustomerLine, 'phone' | 'phones' | 'external_id' | 'metadata'>): SaidOfContact =>
  Object.fromEntries(Object.entries(line).filter(([, value]) => value !== undefined))

function countsOf(results: Written[]): { created: number; updated: number; failed: number } {
  const failed = results.filter(line => 'problem' in line).length
  const created = results.filter(line => 'created' in line && line.created).length
  return { created, updated: results.length - failed - created, failed }
}

const presentWritten = (line: Written, index: number): { index: number; id?: string; error?: string } =>
  'problem' in line ? { index, error: line.problem } : { index, id: line.id }

const presentChange = (change: ContactChange): z.input<typeof contract.listCustomers.answer>['customers'][number] =>
  'contact' in change
    ? presentCustomer(change.contact)
    : {
        id: change.deleted.id,
        external_id: change.deleted.externalId,
        merged_into: change.deleted.mergedInto,
        deleted_at: change.deleted.deletedAt,
      }

/** Its id in the CRM is among the metadata as well, where the CRM API has always had it. */
const presentCustomer = (contact: Contact): Customer => ({
  ...customerView(contact),
  metadata: { ...(contact.externalId !== null && { crm_id: contact.externalId }), ...contact.metadata },
})
