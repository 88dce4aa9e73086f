import type { Queue } from '../../client/contract.ts'
import type { AgentNow } from '../../react/agents.ts'
import { callState, inLine, type QueuedCall } from '../../react/callQueue.ts'
import { freeIn } from '../desk/transfer.ts'

/** A queue as a supervisor looks at it. */
export interface QueueNow {
  id: string
  name: string
  waiting: number
  /** Since when the one who has waited longest waits, ISO 8601; null while nobody does. */
  longestSince: string | null
  /** Calls of the queue that somebody is on. */
  talking: number
  /** Its agents who would be asked for the next call. */
  ready: number
}

/** The queues in the order given, from the calls that are going on and what the agents do. */
export const queuesNow = (
  queues: readonly Pick<Queue, 'id' | 'displayName'>[],
  calls: readonly QueuedCall[],
  agents: readonly AgentNow[],
): QueueNow[] =>
  queues.map(({ id, displayName }) => {
    const mine = calls.filter(call => call.queue?.id === id)
    const waiting = mine.filter(inLine)
    return {
      id,
      name: displayName,
      waiting: waiting.length,
      longestSince: waiting.map(({ queuedAt, startedAt }) => queuedAt ?? startedAt).toSorted()[0] ?? null,
      talking: mine.filter(call => call.agent !== null && callState(call) === 'live').length,
      ready: freeIn(agents, id),
    }
  })

/** Those who have to do with a call first, then the free, then the absent; among equals by name. */
const RANK: Record<AgentNow['activity'], number> = { talking: 0, offered: 1, 'wrap-up': 2, ready: 3, away: 4 }

export const agentsInOrder = (agents: readonly AgentNow[]): AgentNow[] =>
  agents.toSorted((a, b) => RANK[a.activity] - RANK[b.activity] || a.name.localeCompare(b.name))
