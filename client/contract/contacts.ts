import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { Note } from './calls.ts'
import { FieldValue } from './customFields.ts'
import { ErrorBody, Id, IdParams, Page, pageOf, Success, Time, words } from './words.ts'

export const Contact = z.object({
  id: Id,
  name: z.string(),
  email: z.string().nullable(),
  phones: z.array(z.string()).describe('E.164 where it parses, else as given; the first is the main one.'),
  company: z.string().nullable(),
  type: z.string().nullable(),
  tags: z.array(z.string()),
  externalId: z.string().nullable(),
  fields: z.record(z.string(), FieldValue).describe('Values of the custom fields of the workspace, by name.'),
  metadata: z.record(z.string(), z.unknown()),
  createdAt: Time,
  updatedAt: Time,
})
export type Contact = z.infer<typeof Contact>

const contactFields = {
  name: words(200),
  email: z.email().max(254).nullable().optional(),
  phones: z.array(words(60)).max(20).optional(),
  company: words(200).nullable().optional(),
  type: words(60).nullable().optional(),
  tags: z.array(words(60)).max(50).optional(),
  externalId: words(200).nullable().optional(),
  fields: z
    .record(z.string().max(60), FieldValue.nullable())
    .optional()
    .describe('Values of custom fields, by name; those not given stay, null takes one away.'),
  metadata: z.record(z.string().max(200), z.unknown()).optional(),
}
/** A contact that is gone, for whoever keeps a copy of it. */
export const DeletedContact = z.object({
  id: Id,
  externalId: z.string().nullable(),
  mergedInto: Id.nullable().describe('Who it has become, where it was not deleted but merged.'),
  deletedAt: Time,
})
export type DeletedContact = z.infer<typeof DeletedContact>

export const listContacts = defineRoute({
  method: 'GET',
  path: '/api/contacts',
  summary:
    'Contacts; with `q`, those whose name, e-mail, company or number contains it, best first; with `updatedSince`, ' +
    'those that have changed since, in the order of their changes.',
  may: 'see contacts',
  query: z.object({
    q: z.string().max(100).optional(),
    phone: z.string().max(60).optional().describe('A whole number in any spelling: who would be matched.'),
    tag: z.string().max(60).optional(),
    updatedSince: Time.optional().describe('The `syncedUntil` of the last time; then alone with limit and cursor.'),
    ...Page,
  }),
  answer: pageOf(Contact).extend({
    deleted: z.array(DeletedContact).optional().describe('With `updatedSince`: who has gone since.'),
    syncedUntil: Time.optional().describe(
      'With `updatedSince`, on the last page: ask from here the next time. A little is told twice, nothing is missed.',
    ),
  }),
})
export const getContact = defineRoute({
  method: 'GET',
  path: '/api/contacts/:id',
  summary: 'One contact with its notes.',
  may: 'see contacts',
  params: IdParams,
  answer: Contact.extend({ notes: z.array(Note) }),
})
export const createContact = defineRoute({
  method: 'POST',
  path: '/api/contacts',
  summary: 'Create a contact.',
  may: 'edit contacts',
  body: z.object(contactFields),
  answer: z.object({ success: z.literal(true), contact: Contact }),
  status: 201,
})
export const updateContact = defineRoute({
  method: 'PATCH',
  path: '/api/contacts/:id',
  summary: 'Change fields of a contact; those not given stay.',
  may: 'edit contacts',
  params: IdParams,
  body: z.object({ ...contactFields, name: contactFields.name.optional() }),
  answer: z.object({ success: z.literal(true), contact: Contact }),
})
export const upsertContact = defineRoute({
  method: 'PUT',
  path: '/api/contacts/by-external-id/:externalId',
  summary: 'Create the contact with this external id, or change it: fields not given stay. 201 where it is new.',
  may: 'edit contacts',
  params: z.object({ externalId: words(200) }),
  body: z.object({ ...contactFields, name: contactFields.name.optional(), externalId: z.undefined().optional() }),
  answer: z.object({ success: z.literal(true), created: z.boolean(), contact: Contact }),
  otherStatuses: { 201: 'It is new.' },
})
export const mergeContacts = defineRoute({
  method: 'POST',
  path: '/api/contacts/:id/merge',
  summary:
    'Make two contacts one: what belongs to `from` (calls, notes, requests, numbers, tags) moves here, what is empty here ' +
    'is filled from there, and `from` is gone. Its external id is found here from then on.',
  may: 'merge contacts',
  params: IdParams,
  body: z.object({ from: Id }),
  answer: z.object({ success: z.literal(true), contact: Contact }),
})
export const deleteContact = defineRoute({
  method: 'DELETE',
  path: '/api/contacts/:id',
  summary: 'Delete a contact; its calls stay, without it.',
  may: 'delete contacts',
  params: IdParams,
  answer: Success,
})
/** `POST /api/contacts/import` takes a CSV file as the body (`text/csv`) and answers line by line as it goes (NDJSON). */
export const ImportProgress = z.object({
  type: z.literal('progress'),
  read: z.number(),
  imported: z.number(),
  rejected: z.number(),
})
export const ImportReport = z.object({
  type: z.literal('done'),
  success: z.literal(true),
  imported: z.number().int(),
  updated: z.number().int(),
  rejected: z.number().int(),
  rejections: z
    .array(z.object({ line: z.number().int(), reason: z.string(), text: z.string() }))
    .describe('The first 1,000 lines that were not taken, each with its reason.'),
})
/** The last line instead, when the import had to stop: what was imported until then stays. */
export const ImportFailure = z.object({
  type: z.literal('failed'),
  success: z.literal(false),
  error: ErrorBody.shape.error,
  imported: z.number().int(),
  updated: z.number().int(),
  rejected: z.number().int(),
})
export type ImportReport = z.infer<typeof ImportReport>
