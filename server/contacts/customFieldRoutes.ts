import type { FastifyInstance } from 'fastify'
import * as contract from '../../client/contract.ts'
import type { CustomField } from '../../core/customField.ts'
import { authorOf } from '../access/actor.ts'
import type { App } from '../app.ts'
import { serve } from '../platform/http.ts'
import { conflict, invalid, notFound } from '../platform/refusal.ts'
import { deleteCustomField, insertCustomField, listCustomFields, updateCustomField } from './customFieldStore.ts'

const MAX_FIELDS = 50

export function customFieldRoutes(http: FastifyInstance, app: App): void {
  serve(http, app, contract.listCustomFields, ({ who }) =>
    app.db.inWorkspace(who.workspaceId, async tx => ({ items: await listCustomFields(tx), nextCursor: null })),
  )

  serve(http, app, contract.createCustomField, ({ who, body }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const { name, label, type, choices = [], onCard = false } = body
      const field = checked({ name, label, type, choices, onCard })
      if ((await listCustomFields(tx)).length >= MAX_FIELDS) {
        throw conflict('too_many_fields', `There are ${MAX_FIELDS} fields already. Remove one first.`)
      }
      if (!(await insertCustomField(tx, field))) throw conflict('name_taken', 'There is a field of this name already.')
      tx.emit({ type: 'custom_field.created', field: { id: name, name: label }, by: authorOf(who) })
      return { success: true, field }
    }),
  )

  serve(http, app, contract.updateCustomField, ({ who, params, body }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const before = (await listCustomFields(tx)).find(({ name }) => name === params.name)
      if (before === undefined) throw notFound('field')
      const { label = before.label, choices = before.choices, onCard = before.onCard } = body
      const field = checked({ ...before, label, choices, onCard })
      await updateCustomField(tx, field)
      tx.emit({ type: 'custom_field.updated', field: { id: field.name, name: field.label }, by: authorOf(who) })
      return { success: true, field }
    }),
  )

  serve(http, app, contract.deleteCustomField, ({ who, params }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const field = await deleteCustomField(tx, params.name, tx.now)
      if (field === null) throw notFound('field')
      tx.emit({ type: 'custom_field.deleted', field: { id: field.name, name: field.label }, by: authorOf(who) })
      return { success: true }
    }),
  )
}

/** Throws a 400 refusal for a choice among nothing, and for choices of what is none. */
function checked(field: CustomField): CustomField {
  const choices = [...new Set(field.choices)]
  if (field.type === 'choice' && choices.length === 0) {
    throw invalid([{ path: 'choices', message: 'Say what can be chosen.' }])
  }
  if (field.type !== 'choice' && choices.length > 0) {
    throw invalid([{ path: 'choices', message: 'Only a field of type choice has choices.' }])
  }
  return { ...field, choices }
}
