import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { CenterEvent } from './calls.ts'
import { Page, pageOf, Time, ZonedTime } from './words.ts'

export const ActorKind = z.enum(['user', 'key', 'provider', 'participant', 'link', 'visitor', 'center'])
export const Channel = z.enum(['web', 'api', 'webhook', 'public'])

export const AuditEntry = z.object({
  event: CenterEvent,
  actor: z
    .object({ kind: ActorKind, id: z.string().nullable(), name: z.string() })
    .nullable()
    .describe('Who made it happen; null for what was written before this was known.'),
  origin: z
    .object({ ip: z.string(), userAgent: z.string().nullable(), channel: Channel })
    .nullable()
    .describe('From where; null where nothing came from outside.'),
  redactedAt: Time.nullable().describe('When an erasure took personal data out of it.'),
  hash: z.string().describe('SHA-256, hexadecimal, that seals it to all entries before it.'),
})
export type AuditEntry = z.infer<typeof AuditEntry>

/** What all have in common that are asked for. */
export const AuditFilter = z.object({
  who: z.string().trim().max(200).optional().describe('The id of whoever did it, or any part of the name.'),
  kind: ActorKind.optional().describe('What did it: a user, a key, a provider …'),
  type: z.string().trim().max(60).optional().describe('An event type, or how it begins: `user`, `user.sign`.'),
  object: z.string().trim().max(200).optional().describe('The id of what it was done to: a call, a user, a number …'),
  ip: z.string().trim().max(60).optional().describe('An IP address, or how it begins.'),
  text: z.string().trim().max(100).optional().describe('Anything that stands in it.'),
  since: ZonedTime.optional(),
  until: ZonedTime.optional(),
})
export type AuditFilter = z.infer<typeof AuditFilter>

export const listAudit = defineRoute({
  method: 'GET',
  path: '/api/audit',
  summary: 'The audit log: everything that happened, who made it happen, and from where; newest first.',
  may: 'see the audit log',
  query: AuditFilter.extend(Page),
  answer: pageOf(AuditEntry),
})

export const verifyAudit = defineRoute({
  method: 'GET',
  path: '/api/audit/verify',
  summary: 'Whether the audit log is whole: no entry missing, none changed.',
  may: 'see the audit log',
  query: z.object({
    seq: z.coerce.number().int().min(1).optional().describe('`head.seq` of an earlier answer, kept elsewhere …'),
    hash: z.string().max(64).optional().describe('… and its `head.hash`: still the same?'),
  }),
  answer: z.object({
    valid: z.boolean(),
    entries: z.number().int(),
    redacted: z.number().int().describe('Entries out of which an erasure took personal data.'),
    head: z
      .object({ seq: z.number().int(), hash: z.string() })
      .nullable()
      .describe(
        'The newest entry. Kept outside of this database, it shows later whether the whole log was written anew.',
      ),
    problems: z
      .array(z.object({ seq: z.number().int(), problem: z.enum(['missing', 'changed', 'unlike-before']) }))
      .describe('The first hundred.'),
  }),
})
