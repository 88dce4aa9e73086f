import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { FieldValue } from './customFields.ts'
import { Id, Page, Time, words, ZonedTime } from './words.ts'

/** Contacts as the CRM API calls and spells them (`/functions/v1`, snake_case). */
export const Customer = z.object({
  id: Id,
  external_id: z.string().nullable(),
  name: z.string(),
  email: z.string().nullable(),
  phone: z.string().nullable().describe('The main number, E.164 where it parses, else as given.'),
  phones: z.array(z.string()).describe('All numbers, the main one first.'),
  company: z.string().nullable(),
  type: z.string().nullable(),
  tags: z.array(z.string()),
  fields: z.record(z.string(), FieldValue).describe('Values of custom fields, by name.'),
  metadata: z.record(z.string(), z.unknown()).describe('`crm_id` is the external id.'),
  created_at: Time,
  updated_at: Time,
})
export type Customer = z.infer<typeof Customer>

/** A customer that is gone. */
export const DeletedCustomer = z.object({
  id: Id,
  external_id: z.string().nullable(),
  merged_into: Id.nullable().describe('Who it has become, where it was not deleted but merged.'),
  deleted_at: Time,
})

/** What a CRM says of a customer. Not given: as it was. Null: taken away, but for numbers, of which it says nothing. */
const said = {
  name: words(200).optional(),
  email: z.email().max(254).nullable().optional(),
  phone: words(60).nullish().describe('The main number: it takes the place of the one before. Null says nothing.'),
  phones: z
    .array(words(60))
    .max(20)
    .nullish()
    .describe('All numbers at once, the main one first; an empty list takes them away. Null says nothing.'),
  company: words(200).nullable().optional(),
  type: words(60).nullable().optional(),
  tags: z.array(words(60)).max(50).optional(),
  fields: z.record(z.string().max(60), FieldValue.nullable()).optional(),
  metadata: z
    .record(z.string().max(200), z.unknown())
    .optional()
    .describe('Anything; added to what is there, null takes a key away. `crm_id` is the external id.'),
}

/** One line of {@link bulkCreateCustomers}. */
export const CustomerLine = z.object({
  ...said,
  external_id: words(200)
    .nullish()
    .describe('The id in the CRM; the same as `metadata.crm_id`, which counts where this is not given.'),
})
export type CustomerLine = z.infer<typeof CustomerLine>

export const MAX_CUSTOMERS = 10_000

export const bulkCreateCustomers = defineRoute({
  method: 'POST',
  path: '/functions/v1/api-customers-bulk-create',
  summary:
    `Create or change up to ${MAX_CUSTOMERS} customers at once. A line belongs to the customer with its external id, else ` +
    'to the one with its number; otherwise it is a new one. Each line stands for itself. 201: all were taken, some of ' +
    'them new; 200: all were taken, none new; 207: some were not taken, and `results` says why.',
  may: 'import contacts',
  body: z.object({
    // Each line is read by itself, so that a bad one does not take the others with it; this shows its shape all the same.
    customers: z
      .array(z.union([CustomerLine, z.unknown()]))
      .min(1)
      .max(MAX_CUSTOMERS),
  }),
  answer: z.object({
    success: z.literal(true).describe('The request was carried out; `failed` says how many lines were not taken.'),
    created: z.number().int(),
    updated: z.number().int(),
    failed: z.number().int(),
    results: z
      .array(z.object({ index: z.number().int(), id: Id.optional(), error: z.string().optional() }))
      .describe('Of each line, in order: the id of its customer, or why it was not taken.'),
  }),
  maxBytes: 20 * 1024 * 1024,
  otherStatuses: { 201: 'All were taken, and some are new.', 207: 'Some were not taken; `results` says why.' },
})

export const listCustomers = defineRoute({
  method: 'GET',
  path: '/functions/v1/api-customers',
  summary:
    'Customers in the order of their latest change. With `updated_since`, those that have changed since, and those that are ' +
    'gone as `{id, external_id, merged_into, deleted_at}`.',
  may: 'see contacts',
  query: z.object({
    ...Page,
    updated_since: ZonedTime.optional().describe('The `synced_until` of the last time.'),
  }),
  answer: z.object({
    success: z.literal(true),
    customers: z.array(z.union([Customer, DeletedCustomer])),
    count: z.number().int().describe('Of this page.'),
    next_cursor: z.string().nullable(),
    synced_until: Time.nullable().describe(
      'On the last page: the `updated_since` of the next time. A little is told twice, nothing is missed.',
    ),
  }),
})

export const updateCustomer = defineRoute({
  method: 'PUT',
  path: '/functions/v1/api-customers-update',
  summary: 'Change a customer, named by `customer_id` or `external_id`. Fields not given stay.',
  may: 'edit contacts',
  body: z.object({
    ...said,
    customer_id: Id.optional(),
    external_id: words(200).nullish().describe('Beside `customer_id`: the external id that the customer gets.'),
  }),
  answer: z.object({ success: z.literal(true), customer: Customer }),
  refuses: [404],
})
