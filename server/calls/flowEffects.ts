import { v7 as newId } from 'uuid'
import { type Call, told } from '../../core/call.ts'
import type { DiversionReason } from '../../core/event.ts'
import type { FlowEffect } from '../../core/flowRun.ts'
import { type Presence, takesCalls } from '../../core/presence.ts'
import type { Work } from '../routing/routingStore.ts'
import type { Batch, Turning } from './batch.ts'
import type { CallRecord } from './callStore.ts'

/** Before live calls, however long it has lain there: nobody is on the line. */
const VOICEMAIL_PRIORITY = -100
export const UNREACHABLE: Presence = { status: 'busy', reason: 'unreachable' }

export interface FlowEffects {
  /** Does what a flow asks of the world. */
  act(record: CallRecord, effect: FlowEffect): void
  /** The call may not wait: its flow, or its queue, says what becomes of it. */
  turnAway(record: CallRecord, reason: DiversionReason): void
}

export function createFlowEffects({ floor, now, at, facts, ledger }: Batch, { apply, follow }: Turning): FlowEffects {
  const { settings } = floor

  function act(record: CallRecord, effect: FlowEffect): void {
    const { call } = record
    switch (effect.type) {
      case 'enqueue':
        enqueue(record, effect)
        return
      case 'leaveQueue':
        floor.leave(call.id, now)
        return
      case 'requeue':
        floor.putBack(call.id, UNREACHABLE, now)
        apply(record, { type: 'flow', input: { type: 'queued' } })
        return
      case 'fetch':
        ledger.fetches.push({ ...effect, callId: call.id })
        return
      case 'sendText': {
        const from = call.direction === 'inbound' ? call.to : call.from
        if (from !== null) ledger.command(call, { type: 'sendText', to: effect.to, from, text: effect.text })
        return
      }
      case 'keepVoicemail': {
        const { queueId, recordingId, url, seconds } = effect
        const id = newId()
        ledger.voicemails.push({ id, callId: call.id, queueId, recordingId, url, seconds, leftAt: at })
        ledger.emit({ type: 'voicemail.left', voicemailId: id, call: told(call), seconds })
        lineUp({ id, kind: 'voicemail', callId: call.id, queueId }, VOICEMAIL_PRIORITY, now)
        return
      }
      case 'promiseCallback': {
        const { queueId, number } = effect
        if (facts.promised.has(number)) return
        facts.promised.add(number)
        const id = newId()
        ledger.callbacks.push({ id, callId: call.id, queueId, number, promisedAt: at })
        ledger.emit({ type: 'callback.promised', callbackId: id, call: told(call), number })
        // The place that the caller had is the place that it keeps.
        const since = call.queuedAt === null ? now : Date.parse(call.queuedAt)
        lineUp({ id, kind: 'callback', callId: call.id, queueId }, 0, since)
        return
      }
      case 'divert':
      case 'bar':
      case 'noteConsent':
        return
      default:
        effect satisfies never
    }
  }

  function enqueue(record: CallRecord, effect: Extract<FlowEffect, { type: 'enqueue' }>): void {
    const { call } = record
    const { queueId, requires, priority, preferredAgentId: asked } = effect
    const queue = settings.queues.get(queueId)!
    const known = facts.acquaintances.get(call.contact?.id ?? '')
    const preferredAgentId = asked ?? (queue.stickyAgent ? (known?.lastAgentId ?? null) : null)
    const work = { id: call.id, kind: 'call' as const, callId: call.id, queueId, requires, priority }
    const only = onlyAgentOf(call)
    if (only !== null && !isFree(only)) {
      turnAway(record, 'nobody')
      return
    }
    floor.arrive({ ...work, preferredAgentId, enqueuedAt: now }, now, only === null ? null : queue.ringMs)
    if (floor.work(call.id) !== null && !floor.canEverBeTaken(call.id)) {
      floor.leave(call.id, now)
      turnAway(record, 'nobody')
    } else if (floor.work(call.id) !== null) apply(record, { type: 'flow', input: { type: 'queued' } })
  }

  /** Work that nobody is on the line for. Where nobody could ever take it, it is listed and waits for a person to see it. */
  function lineUp(work: Pick<Work, 'id' | 'kind' | 'callId' | 'queueId'>, priority: number, enqueuedAt: number): void {
    floor.arrive({ ...work, requires: {}, priority, preferredAgentId: null, enqueuedAt }, now)
    if (!floor.canEverBeTaken(work.id)) floor.leave(work.id, now)
    follow()
  }

  function turnAway(record: CallRecord, reason: DiversionReason): void {
    const awaiting = record.call.flow?.awaiting
    const queue = awaiting?.type === 'queue' ? settings.queues.get(awaiting.queueId) : undefined
    if (queue === undefined) return
    apply(record, { type: 'flow', input: { type: 'overflowed', overflow: queue.overflow }, reason })
  }

  const isFree = (agentId: string): boolean =>
    settings.agents.has(agentId) && takesCalls(floor.routing.agentState(agentId).presence) && floor.hasFreeSlot(agentId)

  return { act, turnAway }
}

/** Whom the flow leads the call to, and nobody else. */
export const onlyAgentOf = ({ flow }: Call): string | null =>
  (flow?.awaiting.type === 'queue' ? flow.awaiting.forAgentId : undefined) ?? null
