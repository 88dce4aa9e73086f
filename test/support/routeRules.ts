import fs from 'node:fs'
import { z } from 'zod'
import * as contract from '../../client/contract.ts'
import type { Route } from '../../client/route.ts'
import type { Ability } from '../../core/role.ts'

/** Who may ask: a sentence of core/role.ts, or one of the words of client/route.ts. */
export type Rule = Ability | 'anyone' | 'anybody signed in' | 'the operator' | 'a participant'

const isRoute = (value: unknown): value is Route => typeof value === 'object' && value !== null && 'may' in value

/** The operations of the contract, as `METHOD /path`. */
const OPERATIONS = new Map(
  Object.values<unknown>(contract)
    .filter(isRoute)
    .map(route => [`${route.method} ${route.path}`, route]),
)
export const operationOf = (name: string): Route | undefined => OPERATIONS.get(name)

/** Operations whose body or answer is no JSON, and so are none of the contract: the sentence that each of them asks. */
const BESIDES: Record<string, Rule> = {
  'GET /api/recordings/:id/audio': 'hear recordings',
  'GET /api/prompts/:id/audio': 'see queues',
  'GET /api/audit.csv': 'see the audit log',
  'POST /api/contacts/import': 'import contacts',
  'GET /api/ringcentral/active-calls': 'see calls',
  'GET /api/ringcentral/call-stream': 'see calls',
  'GET /api/voip/events': 'a participant',
}

/** They answer for as long as somebody listens. */
export const STREAMS = ['GET /api/ringcentral/call-stream', 'GET /api/voip/events']

/** What anybody may ask without credentials, and why. */
export const PUBLIC: Record<string, string> = {
  'GET /api/connectors/:crm/callback':
    'a browser comes back from the CRM: whoever it is must be signed in, but is told what is wrong on our page',
  'GET /healthz': 'whoever watches the process has no account, and learns nothing but that it lives',
  'GET /readyz': 'a load balancer has no account',
  'POST /api/auth/sign-in/email': 'this is where credentials come from',
  'POST /api/auth/sign-in/link': 'the link is the credential',
  'POST /api/auth/sign-in/enrolment': 'the challenge that a right password has given is the credential',
  'POST /api/auth/sign-in/code': 'the challenge that a right password has given is the credential',
  'POST /api/auth/sign-out': 'whoever has no session any more is signed out',
  'POST /api/customer/support-request': 'customers have no account; limited per address',
  'GET /api/phone': 'the phone page is for customers: it says our name and number, nothing else',
  'GET /media/hold-music.wav': 'providers fetch what callers hear',
  'GET /media/prompts/:name': 'providers fetch what callers hear, by a name that cannot be guessed',
  'GET /media/privacy-exports/:sealed': 'the sealed name is the credential, for one export and a time',
  'GET /media/recordings/:workspaceId/:recordingId': 'the signature is the credential, for one recording and one hour',
  'GET /api/webhooks/call/incoming': 'providers sign what they send',
  'POST /api/webhooks/call/incoming': 'providers sign what they send',
  'POST /api/webhooks/call/status': 'providers sign what they send',
  'POST /api/webhooks/ringcentral': 'RingCentral sends the token that it was given',
  'POST /api/twilio/incoming-call': 'Twilio signs what it sends',
  'POST /api/twilio/call-status': 'Twilio signs what it sends',
  'POST /api/twilio/recording-status': 'Twilio signs what it sends',
  'POST /api/twilio/ivr-input': 'Twilio signs what it sends',
  'POST /api/vonage/recording': 'Vonage signs what it sends',
  'POST /api/vonage/input': 'Vonage signs what it sends',
  'GET /openapi.json': 'the contract is no secret',
  'GET /docs': 'the contract, to be read',
  'GET /docs/*': 'the contract, to be read',
  'GET /docs/style.css': 'the contract, to be read',
  'GET /phone': 'a page without data',
  'GET /*': 'pages without data: what they show they ask for with the credentials of whoever looks',
}

/** A file of the built dashboard, the same for everybody. Those that have a hash in their name come and go with a build. */
const isPage = (url: string): boolean =>
  /^\/assets\/[\w.-]+-[\w-]{8}\.\w+(\.gz|\.br)?$/.test(url) ||
  (!url.includes('..') &&
    fs.statSync(new URL(`../../dist/dashboard${url}`, import.meta.url), { throwIfNoEntry: false })?.isFile() === true)

/** Who may ask this route; undefined for one of which nobody has said it. */
export function ruleOf(method: string, url: string): Rule | undefined {
  const name = `${method} ${url}`
  if (name in PUBLIC || isPage(url)) return 'anyone'
  return BESIDES[name] ?? (OPERATIONS.get(name)?.may as Rule | undefined)
}

/** A body that has what it must have and no more: `id` wherever there is to be an id. */
export function sampleBody(route: Route | undefined, id: string): unknown {
  if (route?.body === undefined) return undefined
  const schema = z.toJSONSchema(route.body, { io: 'input', unrepresentable: 'any' }) as Schema
  return sample(schema, id, schema.$defs ?? {})
}

/** One body for each place in which it could name another thing, with this id there and else what it must have. */
export function bodiesNaming(route: Route | undefined, id: string): unknown[] {
  if (route?.body === undefined) return []
  const schema = z.toJSONSchema(route.body, { io: 'input', unrepresentable: 'any' }) as Schema
  return [...naming(schema, '', id, schema.$defs ?? {})]
}

/** Fields that take a name as well as an id. */
const NAMES_A_THING = /^(queue|agent|contact|user|flow|hours|prompt|music|from|team)s?(Id)?$/i
const DEEP = 8

function* naming(
  schema: Schema,
  field: string,
  id: string,
  defs: Record<string, Schema>,
  depth = 0,
): Generator<unknown> {
  if (depth > DEEP) return
  const inner = (part: Schema, name = field) => naming(part, name, id, defs, depth + 1)
  if (schema.$ref !== undefined) return yield* inner(defs[schema.$ref.split('/').at(-1)!] ?? {})
  for (const choice of schema.anyOf ?? schema.oneOf ?? schema.allOf ?? []) yield* inner(choice)
  if (schema.type === 'object') {
    const needed = sample(schema, id, defs) as object
    for (const [name, part] of Object.entries(schema.properties ?? {}))
      for (const value of inner(part, name)) yield { ...needed, [name]: value }
  } else if (schema.type === 'array') {
    for (const value of inner(schema.items ?? {})) yield [value]
  } else if (schema.type === 'string' && (schema.format === 'uuid' || NAMES_A_THING.test(field))) yield id
}

interface Schema {
  $ref?: string
  $defs?: Record<string, Schema>
  type?: string
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  minItems?: number
  minLength?: number
  minimum?: number
  format?: string
}

function sample(schema: Schema, id: string, defs: Record<string, Schema>): unknown {
  const inner = (part: Schema) => sample(part, id, defs)
  if (schema.$ref !== undefined) return inner(defs[schema.$ref.split('/').at(-1)!] ?? {})
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return schema.enum[0]
  const [choice] = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? []
  if (choice !== undefined) return inner(choice)
  switch (schema.type) {
    case 'object':
      return Object.fromEntries((schema.required ?? []).map(name => [name, inner(schema.properties?.[name] ?? {})]))
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => inner(schema.items ?? {}))
    case 'string':
      if (schema.format === 'uuid') return id
      if (schema.format === 'date-time') return '2026-01-01T00:00:00.000Z'
      if (schema.format === 'email') return 'somebody@example.com'
      if (schema.format === 'uri') return 'https://example.com/'
      return 'x'.repeat(Math.max(1, schema.minLength ?? 1))
    case 'number':
    case 'integer':
      return Math.max(1, schema.minimum ?? 1)
    case 'boolean':
      return false
    default:
      return null
  }
}
