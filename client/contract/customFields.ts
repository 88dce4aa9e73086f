import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { Success, words } from './words.ts'

export const FieldType = z.enum(['text', 'number', 'date', 'choice', 'boolean'])
export const FieldValue = z.union([z.string().max(2000), z.number(), z.boolean()])

const FieldName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,59}$/, 'Has to be small letters, digits and _, such as account_tier.')

/** A field that the workspace adds to its contacts. */
export const CustomField = z.object({
  name: FieldName,
  label: z.string(),
  type: FieldType.describe('`date`: YYYY-MM-DD.'),
  choices: z.array(z.string()).describe('What a `choice` is among; empty for all others.'),
  onCard: z.boolean().describe('Whether it is shown to whoever may take a call.'),
})
export type CustomField = z.infer<typeof CustomField>

const changeable = {
  label: words(60).optional(),
  choices: z.array(words(200)).max(100).optional(),
  onCard: z.boolean().optional(),
}
const FieldParams = z.object({ name: FieldName })
const OneField = z.object({ success: z.literal(true), field: CustomField })

export const listCustomFields = defineRoute({
  method: 'GET',
  path: '/api/custom-fields',
  summary: 'The fields that this workspace adds to its contacts, in their order.',
  may: 'see contacts',
  answer: z.object({ items: z.array(CustomField), nextCursor: z.null() }),
})
export const createCustomField = defineRoute({
  method: 'POST',
  path: '/api/custom-fields',
  summary: 'Add a field to the contacts, at the end. At most 50.',
  may: 'manage settings',
  body: z.object({ ...changeable, name: FieldName, label: words(60), type: FieldType }),
  answer: OneField,
  status: 201,
})
export const updateCustomField = defineRoute({
  method: 'PATCH',
  path: '/api/custom-fields/:name',
  summary: 'Change a field; its name and type stay. Values that are no choice any more stay until they are changed.',
  may: 'manage settings',
  params: FieldParams,
  body: z.object(changeable),
  answer: OneField,
})
export const deleteCustomField = defineRoute({
  method: 'DELETE',
  path: '/api/custom-fields/:name',
  summary: 'Remove a field, and its values from all contacts.',
  may: 'manage settings',
  params: FieldParams,
  answer: Success,
})
