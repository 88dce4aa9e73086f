import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { Id, Success, Time } from './words.ts'

const Crm = z.enum(['hubspot', 'salesforce'])
export type Crm = z.infer<typeof Crm>

/** A CRM that can be connected, and how it stands with it. */
export const Connector = z.object({
  crm: Crm,
  name: z.string(),
  available: z.boolean().describe('Whether this installation is set up for it.'),
  connection: z
    .object({
      id: Id,
      account: z.string().describe('Whose CRM it is, as its people call it.'),
      status: z
        .enum(['active', 'paused', 'broken'])
        .describe('`broken`: its permission was taken back; connect it anew.'),
      syncDeletions: z.boolean(),
      syncedAt: Time.nullable(),
      dueAt: Time,
      problem: z.string().nullable().describe('Why the last run ended early, or what it had to leave out.'),
      contacts: z.number().int().describe('Contacts that are the same here and there.'),
      calls: z.number().int().describe('Calls that are logged there.'),
    })
    .nullable(),
})
export type Connector = z.infer<typeof Connector>

const CrmParams = z.object({ crm: Crm })

export const listConnectors = defineRoute({
  method: 'GET',
  path: '/api/connectors',
  summary: 'The CRMs that can be connected, and how it stands with each.',
  may: 'manage settings',
  answer: z.object({ items: z.array(Connector), nextCursor: z.null() }),
})
export const connectCrm = defineRoute({
  method: 'POST',
  path: '/api/connectors/:crm/connect',
  summary:
    'Begin to connect a CRM: open `url` in the browser within ten minutes, allow it there, and you come back connected.',
  may: 'manage settings',
  params: CrmParams,
  answer: z.object({ success: z.literal(true), url: z.url() }),
})
export const updateConnector = defineRoute({
  method: 'PATCH',
  path: '/api/connectors/:crm',
  summary: 'Pause a connected CRM or go on, or change what is synced.',
  may: 'manage settings',
  params: CrmParams,
  body: z.object({ paused: z.boolean().optional(), syncDeletions: z.boolean().optional() }),
  answer: Success,
})
export const syncNow = defineRoute({
  method: 'POST',
  path: '/api/connectors/:crm/sync',
  summary: 'Sync a connected CRM now rather than when it is due.',
  may: 'manage settings',
  params: CrmParams,
  answer: Success,
})
export const disconnectCrm = defineRoute({
  method: 'DELETE',
  path: '/api/connectors/:crm',
  summary: 'Disconnect a CRM: its permission is given back, and contacts stay on both sides as they are.',
  may: 'manage settings',
  params: CrmParams,
  answer: Success,
})
