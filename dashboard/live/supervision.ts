import type { Call, CallDetails } from '../../client/contract.ts'
import type { SoftphoneLeg } from '../../client/softphone/softphone.ts'
import { isOver, type QueuedCall } from '../../react/callQueue.ts'

export type Listening = CallDetails['supervisors'][number]['listening']

/** Somebody who listens to a call. */
export interface Listener {
  /** Of a user. */
  id: string
  name: string
  listening: Listening
}

/** Whether there is anything to listen to: somebody talks with the customer, over this server. */
export const isTalkedIn = (call: Pick<Call, 'status' | 'conversation'>): boolean =>
  !isOver(call) && (call.conversation?.parties.some(({ role }) => role === 'agent') ?? false)

/** The calls that one could listen to, the longest first. */
export const conversationsOf = (calls: readonly QueuedCall[]): QueuedCall[] =>
  calls.filter(isTalkedIn).toSorted((a, b) => (begun(a) < begun(b) ? -1 : 1))

const begun = (call: Call): string => call.answeredAt ?? call.startedAt

/**
 * Who listens to a call. The call itself tells those whom its agent may know of; its details, once they have been asked
 * for, also the others.
 */
export function listenersOf(call: Call, details: Pick<CallDetails, 'supervisors'> | undefined): Listener[] {
  if (details) return details.supervisors
  const { parties = [] } = call.conversation ?? {}
  return parties.flatMap(({ role, person, listening }) =>
    role === 'supervisor' && person !== null && listening !== null ? [{ ...person, listening }] : [],
  )
}

/** This page's part in listening to a call. */
export const supervisorLeg = (legs: readonly SoftphoneLeg[], callId: string): SoftphoneLeg | null =>
  legs.find(leg => leg.callId === callId && leg.as === 'supervisor') ?? null
