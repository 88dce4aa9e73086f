import { nameOf, type Schema } from './schemas.ts'

/** What a field of this name is called in examples: a request that somebody could have sent. */
const BY_NAME: Record<string, unknown> = {
  adminEmail: 'ada@example.com',
  adminPassword: 'correct horse battery',
  callerName: 'Ada Lovelace',
  calleeSupabaseId: 'f3b2a7c4-portal-user',
  code: '123456',
  company: 'Analytical Engines',
  crm_webhook_url: 'https://crm.example.com/webhooks/calls',
  customerPhone: '+12025550143',
  default_country: 'US',
  description: 'The new headset has no sound.',
  direction: 'inbound',
  displayName: 'Sales',
  display_name: 'Sales',
  email: 'ada@example.com',
  firstName: 'Ada',
  label: 'Main number',
  language: 'en-US',
  lastName: 'Lovelace',
  locale: 'en',
  name: 'Ada Lovelace',
  number: '+12025550100',
  password: 'correct horse battery',
  phone: '+12025550143',
  phones: ['+12025550143'],
  phone_number: '+12025550100',
  reason: 'Requested by the customer.',
  subject: 'Headset',
  supervisor_id: '+12025550177',
  tags: ['vip'],
  text: 'Calls back tomorrow.',
  to: '+12025550143',
  timeZone: 'America/New_York',
  url: 'https://crm.example.com/webhooks/calls',
  userEmail: 'ada@example.com',
}

/** Where the required fields alone are no request: what somebody would send. */
const BY_OPERATION: Record<string, unknown> = {
  actOnCrmCall: { call_sid: 'CA0123456789abcdef0123456789abcdef', action: 'monitor', supervisor_id: 'ada@example.com' },
  consult: { queue: 'support' },
  createContact: { name: 'Ada Lovelace', phones: ['+12025550143'], email: 'ada@example.com', externalId: 'crm-815' },
  createCustomField: { name: 'plan', label: 'Plan', type: 'choice', choices: ['basic', 'premium'] },
  createDepartment: { name: 'billing', display_name: 'Billing', routing_strategy: 'longest-idle', max_wait_time: 300 },
  createHours: { name: 'Office', timeZone: 'America/New_York', weekly: [{ weekday: 1, from: '09:00', to: '17:00' }] },
  createQueue: { name: 'billing', displayName: 'Billing', strategy: 'longest-idle', maxWaitSeconds: 300 },
  logCall: { customerPhone: '+12025550143', direction: 'inbound', subject: 'Headset', durationSeconds: 180 },
  rotateApiKey: { overlapHours: 24 },
  transferCall: { queue: 'support' },
  updateContact: { tags: ['vip'] },
  updateHours: { exceptions: [{ name: 'New Year', from: '2027-01-01', to: '2027-01-01', intervals: [] }] },
  updateMe: { locale: 'es' },
  updateQueue: { maxWaitSeconds: 600 },
  upsertContact: { name: 'Ada Lovelace', phones: ['+12025550143'], email: 'ada@example.com' },
}

const BY_FORMAT: Record<string, unknown> = {
  uuid: '0198a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b',
  'date-time': '2026-01-05T09:00:00Z',
  date: '2026-01-05',
  email: 'ada@example.com',
  uri: 'https://crm.example.com/',
}

/** A body that this operation takes: the required fields, or all there are where none is. */
export const exampleOf = (operationId: string, schema: Schema, components: Record<string, Schema>): unknown =>
  BY_OPERATION[operationId] ?? exampleFor('', schema, components)

function exampleFor(name: string, schema: Schema, components: Record<string, Schema>): unknown {
  if (schema.$ref) return exampleFor(name, components[nameOf(schema.$ref)]!, components)
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type !== 'object' && BY_NAME[name] !== undefined) return BY_NAME[name]
  const [first] = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? []
  if (first) return exampleFor(name, first, components)
  if (type === 'object') {
    const fields = Object.entries(schema.properties ?? {})
    const required = fields.filter(([field]) => schema.required?.includes(field))
    return Object.fromEntries(
      (required.length > 0 || name !== '' ? required : fields).map(([field, inner]) => [
        field,
        exampleFor(field, inner, components),
      ]),
    )
  }
  if (type === 'array') return schema.items ? [exampleFor(name.replace(/s$/, ''), schema.items, components)] : []
  if (type === 'integer' || type === 'number') return schema.default ?? Math.max(schema.minimum ?? 1, 1)
  if (type === 'boolean') return schema.default ?? true
  return BY_FORMAT[schema.format ?? ''] ?? schema.default ?? 'text'
}
