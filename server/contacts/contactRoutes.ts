import { isDeepStrictEqual } from 'node:util'
import type { FastifyInstance } from 'fastify'
import { v7 as newId } from 'uuid'
import * as contract from '../../client/contract.ts'
import type { Named } from '../../core/call.ts'
import type { Principal } from '../../core/role.ts'
import { actorOf } from '../access/actor.ts'
import type { App } from '../app.ts'
import { listNotes } from '../calls/noteStore.ts'
import { serve } from '../platform/http.ts'
import { invalid, notFound } from '../platform/refusal.ts'
import { countryOf } from '../workspaces/country.ts'
import { importRoute } from './contactImport.ts'
import { listByNumber, listNewest, searchContacts } from './contactSearch.ts'
import {
  type ContactFields,
  deleteContact,
  findContact,
  insertContact,
  lockContact,
  NO_FIELDS,
  readPhones,
  updateContact,
} from './contactStore.ts'

export function contactRoutes(http: FastifyInstance, app: App): void {
  serve(http, app, contract.listContacts, ({ who, query }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const listed = { tag: query.tag ?? null, limit: query.limit, cursor: query.cursor }
      const [q, phone] = [query.q ?? '', query.phone ?? '']
      if (q.trim() !== '' && phone.trim() !== '') {
        throw invalid([{ path: 'phone', message: 'Ask for q or for phone, not for both.' }])
      }
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
      await insertContact(tx, id, { ...NO_FIELDS, ...given(body), name: body.name }, await countryOf(tx), tx.now)
      const contact = await findContact(tx, id)
      if (contact === null) throw new Error('the contact just inserted is not there')
      tx.emit({ type: 'contact.created', contact: { id, name: contact.name }, by: nameOf(who) })
      return { success: true, contact }
    }),
  )

  serve(http, app, contract.updateContact, ({ who, params, body }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const before = await lockContact(tx, params.id)
      if (before === null) throw notFound('contact')
      const phones = body.phones ? readPhones(body.phones, await countryOf(tx)) : null
      const wanted = { ...before, ...given(body), ...(phones && { phones: phones.map(phone => phone.number) }) }
      if (isDeepStrictEqual(before, wanted)) return { success: true, contact: before }
      await updateContact(tx, params.id, wanted, phones, tx.now)
      tx.emit({ type: 'contact.updated', contact: { id: params.id, name: wanted.name }, by: nameOf(who) })
      return { success: true, contact: { ...wanted, updatedAt: tx.now } }
    }),
  )

  serve(http, app, contract.deleteContact, ({ who, params }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const name = await deleteContact(tx, params.id)
      if (name === null) throw notFound('contact')
      tx.emit({ type: 'contact.deleted', contact: { id: params.id, name }, by: nameOf(who) })
      return { success: true }
    }),
  )

  importRoute(http, app)
}

/** The fields that were sent, each tag once. */
function given(body: Partial<{ [Field in keyof ContactFields]: ContactFields[Field] | undefined }>) {
  const sent = Object.entries(body).filter(([, value]) => value !== undefined)
  const fields = Object.fromEntries(sent) as Partial<ContactFields>
  return fields.tags ? { ...fields, tags: [...new Set(fields.tags)] } : fields
}

const nameOf = (who: Principal): Named => {
  const { id, name } = actorOf(who)
  return { id, name }
}
