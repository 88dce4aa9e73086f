import type { Agent, Call } from '../client/contract.ts'
import type { LiveEvent } from '../client/live.ts'
import { isOver, type QueuedCall } from './callQueue.ts'
import { occupies } from './conversation.ts'

export type Activity = Agent['activity']

/** An agent as it is now, with what occupies it by id, so that each event can be told apart from its repetition. */
export interface AgentNow extends Agent {
  offers: readonly string[]
  calls: readonly string[]
  /** Since when it does what it does, ISO 8601; null: since before anybody looked. */
  activeSince: string | null
}

/** Occupies an agent, but what it is has not been told. */
const UNTOLD = ''

/** An agent as fetched, joined with the calls that are going on. */
export function agentNow(agent: Agent, calls: readonly QueuedCall[]): AgentNow {
  const mine = calls.filter(call => occupies(call, agent.id) && !isOver(call))
  const talking = agent.activity === 'talking'
  return {
    ...agent,
    offers: agent.activity === 'offered' ? [UNTOLD] : [],
    calls: mine.length > 0 ? mine.map(({ id }) => id) : talking ? [UNTOLD] : [],
    activeSince: sinceOf(agent, mine),
  }
}

function sinceOf(agent: Agent, mine: readonly QueuedCall[]): string | null {
  switch (agent.activity) {
    case 'talking':
      return mine.map(call => call.answeredAt ?? call.startedAt).toSorted()[0] ?? null
    // Presence is older than the last work done; how long it has been idle is not told.
    case 'ready':
    case 'offered':
    case 'wrap-up':
      return null
    case 'away':
      return agent.presence.since
  }
}

/** The agent after one more event; the same object when the event is not about it. */
export function agentAfter(agent: AgentNow, event: LiveEvent): AgentNow {
  const next = told(agent, event)
  if (next === agent) return agent
  const activity = activityOf(next)
  if (activity === agent.activity && event.type !== 'agent.presence_changed') return next
  return { ...next, activity, activeSince: activity === agent.activity ? agent.activeSince : event.at }
}

/** Talking before ringing before wrap-up: of several, the most pressing is told. */
function activityOf({ calls, offers, wrapUps, presence }: AgentNow): Activity {
  if (calls.length > 0) return 'talking'
  if (offers.length > 0) return 'offered'
  if (wrapUps.length > 0) return 'wrap-up'
  return presence.status === 'available' ? 'ready' : 'away'
}

function told(agent: AgentNow, event: LiveEvent): AgentNow {
  if ('offer' in event) {
    if (event.offer.agent.id !== agent.id) return agent
    const { id } = event.offer
    return { ...agent, offers: event.type === 'offer.made' ? adding(agent.offers, id) : removing(agent.offers, id) }
  }
  switch (event.type) {
    case 'agent.presence_changed':
      if (event.agent.id !== agent.id) return agent
      return { ...agent, presence: { ...event.presence, since: event.at } }
    case 'agent.wrap_up_started':
      if (event.agent.id !== agent.id) return agent
      return {
        ...agent,
        calls: removing(agent.calls, event.call.id),
        wrapUps: withWrapUp(agent.wrapUps, event.call.id, event.until),
      }
    case 'agent.wrap_up_extended':
      if (event.agent.id !== agent.id) return agent
      return { ...agent, wrapUps: withWrapUp(agent.wrapUps, event.callId, event.until) }
    case 'agent.wrap_up_ended':
      if (event.agent.id !== agent.id) return agent
      return { ...agent, wrapUps: agent.wrapUps.filter(({ callId }) => callId !== event.callId) }
    default:
      return 'call' in event ? onCall(agent, event.call) : agent
  }
}

function onCall(agent: AgentNow, call: Call): AgentNow {
  const occupied = occupies(call, agent.id)
  if (occupied && !isOver(call))
    return agent.calls.includes(call.id) ? agent : { ...agent, calls: adding(agent.calls, call.id) }
  const had = agent.calls.includes(call.id) || (occupied && agent.calls.includes(UNTOLD))
  return had ? { ...agent, calls: removing(agent.calls, call.id) } : agent
}

const adding = (ids: readonly string[], id: string): string[] => [...removing(ids, id), id]
const removing = (ids: readonly string[], id: string): string[] => ids.filter(each => each !== id && each !== UNTOLD)
const withWrapUp = (wrapUps: Agent['wrapUps'], callId: string, until: string): Agent['wrapUps'] => [
  ...wrapUps.filter(wrapUp => wrapUp.callId !== callId),
  { callId, until },
]
