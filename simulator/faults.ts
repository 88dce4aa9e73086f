import { AVAILABLE, type Presence } from '../core/presence.ts'
import type { QueueSettings } from '../core/queue.ts'
import { createRouting, type QueuedCall, type Routing, type RoutingEvent } from '../core/routing.ts'
import type { Engine } from './center.ts'
import { randomStream } from './random.ts'

/**
 * What goes wrong in other call centers, on request: a matchmaker with one fault. The tests show that each of them would be
 * found; `npm run simulate -- --fault` shows what it costs.
 */
export interface Fault {
  meaning: string
  open(queues: QueueSettings[]): Engine
}

function faulty(routing: Routing, faults: (routing: Routing) => Partial<Engine>): Engine {
  const replaced = faults(routing)
  return new Proxy(routing as Engine, {
    get: (_, name) => replaced[name as keyof Engine] ?? (routing[name as keyof Engine] as () => unknown).bind(routing),
  })
}

const dice = () => randomStream(5, 'fault')
const later = (pending: { call: string | null }, routing: Routing, now: number): RoutingEvent[] => {
  if (pending.call === null) return []
  const { call } = pending
  pending.call = null
  return routing.endCall(call, now)
}
const lifo = (routing: Routing): Partial<Engine> => ({
  arrive: (call, now) => routing.arrive({ ...call, enqueuedAt: -call.enqueuedAt }, now),
})
const random = (routing: Routing): Partial<Engine> => {
  const roll = dice()
  return { arrive: (call, now) => routing.arrive({ ...call, enqueuedAt: roll() }, now) }
}
const lostWakeUp = (routing: Routing): Partial<Engine> => {
  const pending: { call: string | null } = { call: null }
  return {
    endCall: (callId, now) => {
      const events = later(pending, routing, now)
      pending.call = callId
      return events
    },
    arrive: (call, now) => [...later(pending, routing, now), ...routing.arrive(call, now)],
  }
}
const wrongReset = (routing: Routing): Partial<Engine> => {
  const away: Presence = { status: 'break', reason: null }
  return {
    arrive: (call, now) => {
      const idle = routing.agentIds().find(id => routing.agentState(id).idleFrom !== null)
      if (idle !== undefined) {
        routing.setPresence(idle, away, now - 61_000)
        routing.setPresence(idle, AVAILABLE, now)
      }
      return routing.arrive(call, now)
    },
  }
}
const stillOffered = (routing: Routing): Partial<Engine> => ({ leave: () => routing.passTime(0) })
const twoOwners = (routing: Routing): Partial<Engine> => ({
  accept: (offerId, now) =>
    routing
      .accept(offerId, now)
      .flatMap((event): RoutingEvent[] =>
        event.type === 'call.accepted' ? [event, { ...event, agentId: 'agent-1' }] : [event],
      ),
})
/** What happens is noticed only so much later. */
const delayed = (due: (now: number) => number) => (routing: Routing) => {
  const pending: { at: number; call: QueuedCall | null; say: () => RoutingEvent[] }[] = []
  const notice = (now: number) => {
    const events: RoutingEvent[] = []
    while (pending[0] !== undefined && pending[0].at <= now) events.push(...pending.shift()!.say())
    return events
  }
  const faults: Partial<Engine> = {
    arrive: (call, now) => {
      const at = due(now)
      pending.push({ at, call, say: () => routing.arrive(call, at) })
      return notice(now)
    },
    endCall: (callId, now) => {
      const at = due(now)
      pending.push({ at, call: null, say: () => routing.endCall(callId, at) })
      return notice(now)
    },
    leave: (callId, now) => {
      const events = notice(now)
      const unnoticed = pending.findIndex(({ call }) => call?.id === callId)
      if (unnoticed >= 0) pending.splice(unnoticed, 1)
      return [...events, ...routing.leave(callId, now)]
    },
  }
  return faults
}
const polling = (every: number) => delayed(now => Math.ceil(now / every) * every)
const stuck = (routing: Routing): Partial<Engine> => {
  const roll = dice()
  const pending: { at: number; callId: string }[] = []
  const release = (now: number) => {
    const events: RoutingEvent[] = []
    while (pending[0] !== undefined && pending[0].at <= now) {
      const { callId, at } = pending.shift()!
      events.push(...routing.endCall(callId, at))
    }
    return events
  }
  return {
    arrive: (call, now) => [...release(now), ...routing.arrive(call, now)],
    endCall: (callId, now) => {
      if (roll() >= 0.01) return [...release(now), ...routing.endCall(callId, now)]
      pending.push({ at: now + 60_000, callId })
      return release(now)
    },
  }
}
const anybody = (routing: Routing): Partial<Engine> => {
  const roll = dice()
  return {
    arrive: (call, now) => {
      const idle = routing.agentIds().filter(id => routing.agentState(id).idleFrom !== null)
      return routing.arrive({ ...call, preferredAgentId: idle[Math.floor(roll() * idle.length)] ?? null }, now)
    },
  }
}

const fault = (meaning: string, faults: (routing: Routing) => Partial<Engine>): Fault => ({
  meaning,
  open: queues => faulty(createRouting(queues), faults),
})

export const FAULTS = {
  lifo: fault('last come, first served', lifo),
  'random-order': fault('served in random order', random),
  'lost-wake-up': fault('an agent becomes free and nobody notices until the next event', lostWakeUp),
  'idle-reset': fault('a brief absence sends an agent to the back of the line', wrongReset),
  'still-offered': fault('who has hung up is still offered', stillOffered),
  'two-owners': fault('two agents have the same call', twoOwners),
  'late-100': fault(
    'everything is noticed 100 ms later',
    delayed(now => now + 100),
  ),
  'late-500': fault(
    'everything is noticed 500 ms later',
    delayed(now => now + 500),
  ),
  'poll-1000': fault('somebody looks every second', polling(1000)),
  'poll-2000': fault('somebody looks every two seconds', polling(2000)),
  'stuck-agents': fault('one agent in a hundred is stuck for a minute', stuck),
  'any-agent': fault('any agent that is free', anybody),
} satisfies Record<string, Fault>
