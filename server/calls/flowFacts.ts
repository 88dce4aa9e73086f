import type { Call } from '../../core/call.ts'
import { demandOf } from '../../core/consent.ts'
import { dialling } from '../../core/dialling.ts'
import type { FlowDefinition } from '../../core/flow.ts'
import type { FlowFacts } from '../../core/flowRun.ts'
import { isOpen } from '../../core/hours.ts'
import { countryOfNumber, readAddress } from '../../core/phoneNumber.ts'
import type { Sql } from '../platform/db.ts'
import type { Floor } from '../routing/floor.ts'
import { findQueue, type Settings, versionKey } from '../routing/settings.ts'
import { outboundFlow } from './outboundCall.ts'

/** A contact as flows may ask about it. */
export interface Acquaintance {
  /** By the names of `Condition`, without `contact.`. */
  fields: Map<string, string>
  /** Who spoke with it last. */
  lastAgentId: string | null
}

/** Numbers without a flow of their own lead to their queue by this one. */
const DIRECT = 'queue:'

/** What a call to this number of ours begins with; null: it has neither flow nor queue. */
export function startFlowOf(settings: Settings, key: string | null): { id: string; version: number } | null {
  const number = settings.numbers.get(key ?? '')
  if (number === undefined) return null
  const flow = settings.flows.get(number.flowId ?? '')
  if (flow?.publishedVersion != null) return { id: flow.id, version: flow.publishedVersion }
  return number.queueId === null ? null : { id: `${DIRECT}${number.queueId}`, version: 0 }
}

function directFlow(settings: Settings, queueId: string): FlowDefinition {
  const { text, language } = settings.greeting
  return {
    start: 'greeting',
    language,
    nodes: {
      greeting: { type: 'say', prompt: { text: { [language]: text } }, next: 'queue' },
      queue: { type: 'queue', queue: queueId },
    },
  }
}

/** What the flow of this call can need. */
export function flowFacts(
  floor: Floor,
  call: Pick<Call, 'id' | 'direction' | 'from' | 'to' | 'callerName' | 'contact'>,
  {
    contact,
    canText,
    softphones,
    recordsBridges,
    language = null,
    now,
  }: {
    contact: Acquaintance | null
    canText: boolean
    softphones: boolean
    /** Whether the provider records conversations by telephone. */
    recordsBridges: boolean
    /** The caller's, BCP 47; null: not known. */
    language?: string | null
    now: number
  },
): FlowFacts {
  const { settings } = floor
  const from = readAddress(call.from, settings.country)
  const to = readAddress(call.to, settings.country)
  const [caller, own] = call.direction === 'inbound' ? [from, to] : [to, from]
  return {
    now,
    definition: (flowId, version) =>
      flowId.startsWith(DIRECT)
        ? directFlow(settings, flowId.slice(DIRECT.length))
        : (outboundFlow(flowId, settings.greeting.language) ??
          settings.versions.get(versionKey(flowId, version)) ??
          null),
    findFlow(idOrName) {
      const flow = settings.flows.get(idOrName) ?? [...settings.flows.values()].find(({ name }) => name === idOrName)
      return flow?.publishedVersion == null ? null : { id: flow.id, version: flow.publishedVersion }
    },
    findQueue(idOrName) {
      const queue = findQueue(settings, idOrName)
      if (queue === null) return null
      const { id, name, enabled, hoursId, afterHours, overflow, recording, music, announcements, waitKeys } = queue
      const hours = settings.hours.get(hoursId ?? '')
      const open = enabled && (hours === undefined || isOpen(hours, now))
      return { id, name, open, afterHours, overflow, recording, music, announcements, waitKeys }
    },
    findAgent(idOrName) {
      const agent = settings.agents.get(idOrName) ?? [...settings.agents.values()].find(({ name }) => name === idOrName)
      if (agent === undefined) return null
      const { id, name, phone } = agent
      const queueId = [...settings.queues.values()].find(({ agents }) => agents.includes(id))?.id ?? null
      const telephone = phone === null ? null : { type: 'number' as const, number: phone }
      return { id, name, at: softphones ? { type: 'softphone', agentId: id } : telephone, queueId }
    },
    isOpen(idOrName) {
      const hours = settings.hours.get(idOrName) ?? [...settings.hours.values()].find(({ name }) => name === idOrName)
      return hours === undefined ? null : isOpen(hours, now)
    },
    lookUp(name) {
      switch (name) {
        case 'caller.number':
          return call.from
        case 'caller.country':
          return countryOfNumber(caller.e164)
        case 'caller.name':
          return call.callerName
        case 'called.number':
          return call.to
        case 'language':
          return language
        case 'contact.known':
          return String(call.contact !== null)
        default:
          return name.startsWith('contact.') ? (contact?.fields.get(name.slice('contact.'.length)) ?? null) : null
      }
    },
    // Few steps of a flow ask, and every webhook of a call would pay for it.
    get callerNumber() {
      return caller.e164 === null ? null : dialling(caller.e164, settings.dialling).number
    },
    dial: number => dialling(number, settings.dialling),
    ownNumber: own.kind === 'phone' ? own.e164 : null,
    defaultQueue: (findQueue(settings, 'support') ?? [...settings.queues.values()][0])?.id ?? null,
    canText,
    place: floor.placeOf(call.id),
    consent: demandOf(settings.consent, own.e164, caller.e164),
    recording: !settings.recordingEnabled ? null : softphones ? 'here' : recordsBridges ? 'provider' : null,
  }
}

interface ContactRow {
  id: string
  name: string
  email: string | null
  company: string | null
  type: string | null
  tags: string[]
  metadata: Record<string, unknown>
  last_agent_id: string | null
}

/** Contacts as flows and sticky queues may ask about them, by id. */
export async function loadAcquaintances(
  sql: Sql,
  settings: Settings,
  ...lists: (string | null)[][]
): Promise<Map<string, Acquaintance>> {
  const ids = [...new Set(lists.flat().filter(id => id !== null))]
  if (ids.length === 0) return new Map()
  const sticky = [...settings.queues.values()].some(queue => queue.stickyAgent)
  const rows = await sql.query<ContactRow>(
    `select k.id, k.name, k.email, k.company, k.type, k.tags, k.metadata,
       ${
         sticky
           ? `(select c.agent_id from calls c where c.workspace_id = k.workspace_id and c.contact_id = k.id
                and c.agent_id is not null and c.answered_at is not null order by c.started_at desc limit 1)`
           : 'null::uuid'
       } as last_agent_id
     from contacts k where k.workspace_id = current_workspace() and k.id = any($1::uuid[])`,
    [ids],
  )
  return new Map(rows.map(row => [row.id, { fields: fieldsOf(row), lastAgentId: row.last_agent_id }]))
}

function fieldsOf({ name, email, company, type, tags, metadata }: ContactRow): Map<string, string> {
  const fields = new Map<string, string>()
  for (const [field, value] of Object.entries(metadata))
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      fields.set(field, String(value))
  for (const [field, value] of Object.entries({ name, email, company, type, tags: tags.join(',') }))
    if (value !== null) fields.set(field, value)
  return fields
}
