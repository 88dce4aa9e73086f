import type { CrmCall, CrmCallDetails } from '../../client/contract.ts'
import type { Call, Named } from '../../core/call.ts'
import type { CenterEvent } from '../../core/event.ts'
import type { StoredEvent } from '../platform/eventLog.ts'
import type { CrmFacts } from './crmCallStore.ts'

/** A call as CRM systems know it. `recordingUrl`: signed. */
export const crmCallView = (call: Call, facts: CrmFacts, recordingUrl: string | null): CrmCall => ({
  id: call.id,
  twilio_call_sid: call.providerCallId,
  direction: call.direction,
  from_number: call.from,
  to_number: call.to,
  caller_name: call.callerName ?? call.contact?.name ?? null,
  status: call.status,
  duration_seconds: call.durationSeconds,
  recording_url: recordingUrl,
  transcript: facts.transcript,
  started_at: call.startedAt,
  ended_at: call.endedAt,
  agent: facts.agent && { id: facts.agent.id, full_name: facts.agent.name, email: facts.agent.email },
  metadata: facts.metadata,
})

export const departmentRef = (queue: Named) => ({ queue_id: queue.id, display_name: queue.name })

export const personRef = ({ id, name }: Named) => ({ id, full_name: name })

/** The call itself, who the caller is and why an agent was asked are told elsewhere, once. */
const TOLD_ELSEWHERE = ['type', 'call', 'card', 'explanation']

/** What happened to a call, in order. */
export const crmEventViews = (events: StoredEvent[]): CrmCallDetails['events'] =>
  events.flatMap(({ seq, at, event }) =>
    'call' in event ? { seq, type: event.type, at, status: event.call.status, details: detailsOf(event) } : [],
  )

const detailsOf = (event: CenterEvent): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(event)
      .filter(([field]) => !TOLD_ELSEWHERE.includes(field))
      .map(([field, value]) => [snakeCase(field), snakeDeep(value)]),
  )

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

function snakeDeep(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(snakeDeep)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [snakeCase(key), snakeDeep(inner)]))
}
