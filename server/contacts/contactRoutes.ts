import { isDeepStrictEqual } from 'node:util'
import type { FastifyInstance } from 'fastify'
import { v7 as newId } from 'uuid'
import type { z } from 'zod'
import * as contract from '../../client/contract.ts'
import { type FieldValues, setFields } from '../../core/customField.ts'
import { authorOf } from '../access/actor.ts'
import type { App } from '../app.ts'
import { listNotes } from '../calls/noteStore.ts'
import type { Tx } from '../platform/db.ts'
import { serve } from '../platform/http.ts'
import { invalid, notFound } from '../platform/refusal.ts'
import { countryOf } from '../workspaces/country.ts'
import { writeContacts } from './contactBatch.ts'
import { listChanges } from './contactChanges.ts'
import { importRoute } from './contactImport.ts'
import { mergeContacts } from './contactMerge.ts'
import { listByNumber, listNewest, searchContacts } from './contactSearch.ts'
import {
  deleteContact,
  findContact,
  insertContact,
  lockContact,
  NO_FIELDS,
  readPhones,
  updateContact,
} from './contactStore.ts'
import { listCustomFields } from './customFieldStore.ts'

export function contactRoutes(http: FastifyInstance, app: App): void {
  serve(http, app, contract.listContacts, ({ who, query }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const listed = { tag: query.tag ?? null, limit: query.limit, cursor: query.cursor }
      const [q, phone] = [query.q ?? '', query.phone ?? '']
      if (q.trim() !== '' && phone.trim() !== '') {
        throw invalid([{ path: 'phone', message: 'Ask for q or for phone, not for both.' }])
      }
      if (query.updatedSince !== undefined) return changesSince(tx, query.updatedSince, query)
      if (phone.trim() !== '') return listByNumber(tx, phone, await countryOf(tx), listed)
      if (q.trim() !== '') return searchContacts(tx, q, await countryOf(tx), listed)
      return listNewest(tx, listed)
    }),
  )

  serve(http, app, contract.getContact, ({ who, params }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const contact = await findContact(tx, params.id)
      if (contact === null) throw notFound('contact')
      return { ...contact, notes: await listNotes(tx, { contactId: contact.id }) }
    }),
  )

  serve(http, app, contract.createContact, ({ who, body }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const id = newId()
      const fields = await fieldsAfter(tx, {}, body.fields)
      const wanted = { ...NO_FIELDS, ...given(body), name: body.name, fields }
      await insertContact(tx, id, wanted, await countryOf(tx), tx.now)
      const contact = await findContact(tx, id)
      if (contact === null) throw new Error('the contact just inserted is not there')
      tx.emit({ type: 'contact.created', contact: { id, name: contact.name }, by: authorOf(who) })
      return { success: true, contact }
    }),
  )

  serve(http, app, contract.updateContact, ({ who, params, body }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const before = await lockContact(tx, params.id)
      if (before === null) throw notFound('contact')
      const phones = body.phones ? readPhones(body.phones, await countryOf(tx)) : null
      const fields = await fieldsAfter(tx, before.fields, body.fields)
      const wanted = { ...before, ...given(body), fields, ...(phones && { phones: phones.map(phone => phone.number) }) }
      if (isDeepStrictEqual(before, wanted)) return { success: true, contact: before }
      await updateContact(tx, params.id, wanted, phones, tx.now)
      tx.emit({ type: 'contact.updated', contact: { id: params.id, name: wanted.name }, by: authorOf(who) })
      return { success: true, contact: { ...wanted, updatedAt: tx.now } }
    }),
  )

  serve(http, app, contract.upsertContact, ({ who, params, body, reply }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const [written] = await writeContacts(
        tx,
        [{ ...given(body), externalId: params.externalId }],
        await countryOf(tx),
      )
      if (written === undefined || 'problem' in written) {
        throw invalid([{ path: '', message: written?.problem ?? 'Nothing was said.' }])
      }
      const contact = await findContact(tx, written.id)
      if (contact === null) throw new Error('the contact just written is not there')
      const type = written.created ? 'contact.created' : 'contact.updated'
      // Whoever says again what is known already has changed nothing.
      if (contact.updatedAt === tx.now)
        tx.emit({ type, contact: { id: contact.id, name: contact.name }, by: authorOf(who) })
      if (written.created) reply.code(201)
      return { success: true, created: written.created, contact }
    }),
  )

  serve(http, app, contract.mergeContacts, ({ who, params, body }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const contact = await mergeContacts(tx, params.id, body.from, await countryOf(tx), authorOf(who))
      return { success: true, contact }
    }),
  )

  serve(http, app, contract.deleteContact, ({ who, params }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const name = await deleteContact(tx, params.id)
      if (name === null) throw notFound('contact')
      tx.emit({ type: 'contact.deleted', contact: { id: params.id, name }, by: authorOf(who) })
      return { success: true }
    }),
  )

  importRoute(http, app)
}

/** Throws a 400 refusal where the question is also one for search: changes are told all of them, in their order. */
async function changesSince(
  tx: Tx,
  since: string,
  { q, phone, tag, limit, cursor }: z.output<NonNullable<typeof contract.listContacts.query>>,
): Promise<z.input<typeof contract.listContacts.answer>> {
  if ([q, phone, tag].some(given => given !== undefined && given.trim() !== '')) {
    throw invalid([{ path: 'updatedSince', message: 'Goes with limit and cursor only.' }])
  }
  const { items, nextCursor, syncedUntil } = await listChanges(tx, { since, limit, cursor })
  return {
    items: items.flatMap(change => ('contact' in change ? [change.contact] : [])),
    deleted: items.flatMap(change => ('deleted' in change ? [change.deleted] : [])),
    nextCursor,
    ...(syncedUntil !== null && { syncedUntil }),
  }
}

/** The custom fields as they are then. Throws a 400 refusal that names each that is wrong. */
async function fieldsAfter(
  tx: Tx,
  before: FieldValues,
  given: Record<string, unknown> | undefined,
): Promise<FieldValues> {
  if (given === undefined) return before
  const set = setFields(await listCustomFields(tx), before, given)
  if ('values' in set) return set.values
  throw invalid(set.problems.map(({ name, message }) => ({ path: `fields.${name}`, message })))
}

/** The fields that were sent, each tag once. */
function given<Body extends object>(body: Body): { [Field in keyof Body]?: Exclude<Body[Field], undefined> } {
  const sent = Object.entries(body).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    sent.map(([field, value]) => [field, field === 'tags' ? [...new Set(value)] : value]),
  ) as never
}
