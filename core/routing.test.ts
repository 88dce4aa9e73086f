import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { referee } from '../simulator/referee.ts'
import { occupiedSlots, type Skills } from './agent.ts'
import { AVAILABLE, MISSED, type Presence } from './presence.ts'
import { newQueue, type QueueSettings, STRATEGIES } from './queue.ts'
import { activityOf, createRouting, type QueuedCall, type Routing, type RoutingEvent } from './routing.ts'

const BREAK: Presence = { status: 'break', reason: 'lunch' }

const queue = (more: Partial<QueueSettings>): QueueSettings => ({ ...newQueue('q', 'Queue'), ...more })

const call = (id: string, more: Partial<QueuedCall> = {}): QueuedCall => ({
  id,
  queueId: 'q',
  requires: {},
  priority: 0,
  preferredAgentId: null,
  enqueuedAt: 0,
  ...more,
})

/** A routing in which these agents are available from the beginning on, each since one millisecond later. */
function open(settings: Partial<QueueSettings>, people: Record<string, Skills> | string[], capacity = 1): Routing {
  const skills = Array.isArray(people) ? Object.fromEntries(people.map(id => [id, {}])) : people
  const routing = createRouting([queue({ agents: Object.keys(skills), ...settings })])
  Object.entries(skills).forEach(([id, has], index) => {
    routing.setAgent({ id, skills: has, capacity }, index)
    routing.setPresence(id, AVAILABLE, index)
  })
  return routing
}

const asked = (events: RoutingEvent[]): string[] =>
  events.flatMap(event => (event.type === 'offer.made' ? [`${event.offer.callId}→${event.offer.agentId}`] : []))

const ended = (events: RoutingEvent[]): string[] =>
  events.flatMap(event => (event.type === 'offer.ended' ? [`${event.offer.agentId} ${event.outcome}`] : []))

/** The offer that rings for a call. */
const ringing = (routing: Routing, callId: string): number =>
  routing.liveOffers().find(offer => offer.callId === callId)!.id

/** Has a call arrive, be accepted and end at once; returns who took it. */
function serve(routing: Routing, id: string, now: number, more: Partial<QueuedCall> = {}): string {
  routing.arrive(call(id, { enqueuedAt: now, ...more }), now)
  routing.accept(ringing(routing, id), now)
  const owner = routing.ownerOf(id)!
  routing.endCall(id, now)
  return owner
}

describe('who is asked', () => {
  test('longest-idle: who has been free for the longest stretch, and a missed call does not change that', () => {
    const routing = open({}, ['ana', 'ben', 'eva'])
    expect(serve(routing, 'one', 10)).toBe('ana')
    routing.arrive(call('two'), 20)
    routing.timeOut(ringing(routing, 'two'), 40)
    expect(routing.agentState('ben').presence).toEqual(MISSED)
    routing.decline(ringing(routing, 'two'), 50)
    routing.leave('two', 60)
    routing.setPresence('ben', AVAILABLE, 200_000)
    expect(['a', 'b', 'c'].map(id => serve(routing, id, 200_000))).toEqual(['ben', 'eva', 'ana'])
  })

  test('most-idle: who has been free for the longest time in all', () => {
    const routing = open({ strategy: 'most-idle' }, ['ana', 'ben'])
    routing.arrive(call('long'), 1000)
    routing.accept(ringing(routing, 'long'), 1000)
    routing.arrive(call('short', { enqueuedAt: 5000 }), 5000)
    routing.accept(ringing(routing, 'short'), 5000)
    routing.endCall('long', 9000)
    routing.endCall('short', 9500)
    // Ana has been free for the longer stretch, but Ben for longer in all.
    expect(serve(routing, 'next', 10_000)).toBe('ben')
  })

  test('round-robin goes round the list; who was passed over for want of a skill goes first', () => {
    const routing = open({ strategy: 'round-robin' }, { ana: {}, ben: { french: 1 }, eva: {} })
    const takers = ['a', 'b', 'c', 'd'].map((id, at) => serve(routing, id, at))
    expect(takers).toEqual(['ana', 'ben', 'eva', 'ana'])
    expect(serve(routing, 'e', 10, { requires: { french: 1 } })).toBe('ben')
    expect(serve(routing, 'f', 11)).toBe('eva')
    expect(serve(routing, 'g', 12, { requires: { french: 1 } })).toBe('ben')
    expect(serve(routing, 'h', 13)).toBe('ana')
  })

  test('in-order: always the first who is free', () => {
    const routing = open({ strategy: 'in-order', agents: ['eva', 'ana', 'ben'] }, ['ana', 'ben', 'eva'])
    expect([serve(routing, 'a', 1), serve(routing, 'b', 2)]).toEqual(['eva', 'eva'])
    routing.setPresence('eva', BREAK, 3)
    expect(serve(routing, 'c', 4)).toBe('ana')
  })

  test('fewest-calls: who has taken the fewest; of several the longest idle', () => {
    const routing = open({ strategy: 'fewest-calls' }, ['ana', 'ben'])
    expect(['a', 'b', 'c'].map((id, at) => serve(routing, id, at + 5))).toEqual(['ana', 'ben', 'ana'])
  })

  test('skill-based: the best skilled; lower levels are asked once the required level has come down', () => {
    const people = { ana: { french: 2 }, ben: { french: 5 }, eva: {} }
    const relaxation = [
      { afterMs: 30_000, lower: { french: 2 } },
      { afterMs: 60_000, lower: { french: 0 } },
    ]
    const routing = open({ strategy: 'skill-based', requires: { french: 3 }, relaxation }, people)
    expect(asked(routing.arrive(call('a'), 0))).toEqual(['a→ben'])
    expect(asked(routing.arrive(call('b'), 0))).toEqual([])
    expect(asked(routing.arrive(call('c', { enqueuedAt: 5000 }), 5000))).toEqual([])
    expect(routing.dueAt()).toBe(30_000)
    expect(asked(routing.passTime(29_999))).toEqual([])
    expect(asked(routing.passTime(30_000))).toEqual(['b→ana'])
    expect(routing.explain('c')?.hindered.find(each => each.agentId === 'eva')?.hindrances).toEqual([
      { type: 'skill', skill: 'french', needs: 3, has: 0 },
    ])
    // Any input catches up with what is due.
    expect(asked(routing.setPresence('ana', AVAILABLE, 65_000))).toEqual(['c→eva'])
    expect(routing.dueAt()).toBeNull()
  })

  test('ring-all: everybody; the first has it, for the others it is gone', () => {
    const routing = open({ strategy: 'ring-all' }, ['ana', 'ben', 'eva'])
    expect(asked(routing.arrive(call('a'), 0))).toEqual(['a→ana', 'a→ben', 'a→eva'])
    const [ana, ben] = routing.liveOffers()
    expect(new Set(routing.liveOffers().map(offer => offer.attempt)).size).toBe(1)
    expect(asked(routing.arrive(call('b', { enqueuedAt: 1 }), 1))).toEqual([])
    const events = routing.accept(ben!.id, 2)
    expect(ended(events)).toEqual(['ben accepted', 'ana lost-race', 'eva lost-race'])
    expect(asked(events)).toEqual(['b→ana', 'b→eva'])
    expect(routing.accept(ana!.id, 3)).toEqual([{ type: 'accept.refused', offerId: ana!.id }])
    expect(routing.ownerOf('a')).toBe('ben')
    const missed = routing.timeOut(ringing(routing, 'b'), 20_000)
    expect(ended(missed)).toEqual(['ana timed-out', 'eva timed-out'])
    expect(routing.waitingIn('q')).toBe(1)
  })

  test('a preferred agent is asked first, and waited for as long as the queue says', () => {
    const first = open({}, ['ana', 'ben'])
    expect(asked(first.arrive(call('a', { preferredAgentId: 'ben' }), 5))).toEqual(['a→ben'])
    expect(asked(first.arrive(call('b', { preferredAgentId: 'ben' }), 5))).toEqual(['b→ana'])

    const held = open({ preferredHoldMs: 10_000, maxLength: 1 }, ['ana', 'ben'])
    held.arrive(call('a', { preferredAgentId: 'ben' }), 5)
    expect(asked(held.arrive(call('b', { preferredAgentId: 'ben' }), 5))).toEqual([])
    expect(held.explain('b')?.hindered.map(each => each.hindrances.at(-1)?.type)).toEqual(['held-for', 'no-free-slot'])
    expect(held.dueAt()).toBe(10_000)
    expect(asked(held.passTime(10_000))).toEqual(['b→ana'])

    const returned = open({ preferredHoldMs: 10_000 }, ['ana', 'ben'])
    returned.arrive(call('a', { preferredAgentId: 'ben' }), 5)
    returned.arrive(call('b', { preferredAgentId: 'ben' }), 5)
    expect(asked(returned.leave('a', 50))).toEqual(['b→ben'])

    const gone = open({ preferredHoldMs: 10_000 }, ['ana', 'ben'])
    gone.arrive(call('a', { preferredAgentId: 'ben' }), 5)
    gone.arrive(call('b', { preferredAgentId: 'ben' }), 5)
    expect(asked(gone.setPresence('ben', BREAK, 50))).toEqual(['a→ana'])
    expect(gone.waitingIn('q')).toBe(1)
  })
})

describe('who waits', () => {
  test('priority is worth so much waiting and no more', () => {
    const routing = open({ priorityWorthMs: 60_000 }, ['ana'])
    routing.arrive(call('now'), 0)
    routing.arrive(call('early', { enqueuedAt: 0 }), 0)
    routing.arrive(call('urgent soon', { enqueuedAt: 59_000, priority: 1 }), 59_000)
    routing.arrive(call('urgent late', { enqueuedAt: 61_000, priority: 1 }), 61_000)
    const order = ['now', 'urgent soon', 'early'].map(id => asked(routing.leave(id, 70_000))[0])
    expect(order).toEqual(['urgent soon→ana', 'early→ana', 'urgent late→ana'])
  })

  test('a missed call keeps its place and goes to somebody else; who missed it may have it when ready anew', () => {
    const routing = open({}, ['ana', 'ben'])
    routing.arrive(call('a'), 0)
    routing.arrive(call('b', { enqueuedAt: 1 }), 1)
    routing.arrive(call('c', { enqueuedAt: 2 }), 2)
    const missed = routing.timeOut(ringing(routing, 'a'), 20_000)
    expect(asked(missed)).toEqual([])
    expect(missed.at(-1)).toEqual({ type: 'agent.missed', agentId: 'ana', callId: 'a', presence: MISSED })
    expect(asked(routing.leave('b', 21_000))).toEqual(['a→ben'])
    expect(asked(routing.decline(ringing(routing, 'a'), 22_000))).toEqual(['c→ben'])
    expect(asked(routing.setPresence('ana', AVAILABLE, 23_000))).toEqual(['a→ana'])
  })

  test('a queue that is full, and one that has waited too long, overflow', () => {
    const routing = open({ maxLength: 1 }, ['ana'])
    routing.arrive(call('a'), 0)
    routing.arrive(call('b'), 0)
    const full = [{ type: 'call.overflowed', callId: 'c', overflow: { type: 'voicemail' } }]
    expect(routing.arrive(call('c'), 0)).toEqual(full)
    expect(routing.overflow('b', 10)[0]).toMatchObject({ type: 'call.overflowed', callId: 'b' })
    expect(ended(routing.overflow('a', 10))).toEqual(['ana canceled'])
    expect(routing.waitingIn('q')).toBe(0)
  })

  test('wrap-up keeps the agent until it is over', () => {
    const routing = open({ wrapUpMs: 30_000 }, ['ana'])
    routing.arrive(call('a'), 0)
    routing.accept(ringing(routing, 'a'), 0)
    routing.arrive(call('b'), 0)
    const over = routing.endCall('a', 100)
    expect(over).toEqual([{ type: 'wrapUp.started', callId: 'a', agentId: 'ana', until: 30_100 }])
    expect(activityOf(routing, 'ana')).toBe('wrap-up')
    expect(asked(routing.endWrapUp('a', 30_100))).toEqual(['b→ana'])
    expect(activityOf(routing, 'ana')).toBe('offered')
  })

  test('who goes away while it rings passes it on', () => {
    const routing = open({}, ['ana', 'ben'])
    routing.arrive(call('a'), 0)
    const events = routing.setPresence('ana', BREAK, 10)
    expect(ended(events)).toEqual(['ana rejected'])
    expect(asked(events)).toEqual(['a→ben'])
  })

  test('a new skill is put to use at once', () => {
    const routing = open({}, ['ana'])
    expect(asked(routing.arrive(call('a', { requires: { french: 1 } }), 0))).toEqual([])
    expect(asked(routing.setAgent({ id: 'ana', skills: { french: 1 }, capacity: 1 }, 5))).toEqual(['a→ana'])
  })

  test('several calls at once where there is room for them', () => {
    const routing = open({}, ['ana'], 2)
    const events = ['a', 'b', 'c'].flatMap(id => routing.arrive(call(id), 0))
    expect(asked(events)).toEqual(['a→ana', 'b→ana'])
  })

  test('a new shift counts anew', () => {
    const routing = open({}, ['ana'])
    serve(routing, 'a', 1000)
    routing.beginShift('ana', 5000)
    expect(routing.agentState('ana')).toMatchObject({ callsTaken: 0, idleBefore: 0, idleFrom: 5000, readySince: 5000 })
  })
})

test('a choice is explained: who was asked, who else could have been, who could not and why', () => {
  const routing = open(
    { requires: { french: 2 }, agents: ['ana', 'ben', 'eva', 'luz', 'tom', 'zoe'] },
    {
      ana: { french: 2 },
      ben: { french: 1 },
      eva: { french: 3 },
      luz: { french: 2 },
      tom: { french: 2 },
    },
  )
  routing.setPresence('luz', BREAK, 10)
  routing.arrive(call('a'), 20)
  expect(routing.explain('a')).toEqual({
    callId: 'a',
    queueId: 'q',
    strategy: 'longest-idle',
    requires: { french: 2 },
    offeredTo: ['ana'],
    eligible: ['eva', 'tom'],
    hindered: [
      { agentId: 'ben', hindrances: [{ type: 'skill', skill: 'french', needs: 2, has: 1 }] },
      { agentId: 'luz', hindrances: [{ type: 'presence', presence: BREAK }] },
      { agentId: 'zoe', hindrances: [{ type: 'unknown' }] },
    ],
  })
  routing.accept(ringing(routing, 'a'), 30)
  expect(routing.explain('a')).toBeNull()
})

test('what cannot be is refused', () => {
  expect(() => createRouting([queue({ ringMs: -1 })])).toThrow('ringMs must be 0 or more')
  expect(() => createRouting([queue({}), queue({})])).toThrow('same id')
  const routing = open({}, ['ana'])
  expect(() => routing.arrive(call('a', { queueId: 'none' }), 0)).toThrow('no queue')
  routing.arrive(call('a'), 0)
  expect(() => routing.arrive(call('a'), 0)).toThrow('already')
  expect(() => routing.setPresence('nobody', AVAILABLE, 0)).toThrow('no agent')
  // What comes late about calls and offers that are over is no error.
  expect([...routing.leave('x', 1), ...routing.endCall('x', 1), ...routing.timeOut(99, 1)]).toEqual([])
})

const SKILLS: Skills[] = [{}, { french: 1 }, { french: 3 }, { french: 2, tax: 1 }, { tax: 1 }]

/** Anything that can happen, with whom or what it happens picked from what is there. */
const happening = fc.record({
  what: fc.constantFrom(
    ...(['arrive', 'arrive', 'arrive', 'leave', 'accept', 'accept', 'accept', 'decline', 'timeOut', 'fail'] as const),
    ...(['ready', 'ready', 'away', 'endCall', 'endCall', 'endWrapUp', 'skills', 'overflow', 'pass'] as const),
  ),
  pick: fc.nat(20),
  after: fc.constantFrom(0, 0, 10, 5000, 61_000),
})

const settings = fc.record({
  strategies: fc.tuple(fc.constantFrom(...STRATEGIES), fc.constantFrom(...STRATEGIES)),
  wrapUpMs: fc.constantFrom(0, 10_000),
  afterMissed: fc.constantFrom('away' as const, 'stay' as const),
  relaxed: fc.boolean(),
  capacity: fc.constantFrom(1, 1, 2),
  preferred: fc.boolean(),
})

test('whatever happens in whatever order, every rule holds after every step', () => {
  fc.assert(
    fc.property(settings, fc.array(happening, { maxLength: 60, size: 'max' }), (setting, happenings) => {
      const agents = ['ana', 'ben', 'eva', 'luz']
      const { wrapUpMs, afterMissed, capacity, strategies } = setting
      const relaxation = setting.relaxed ? [{ afterMs: 10_000, lower: { french: 1, tax: 0 } }] : []
      const queues = [
        queue({ strategy: strategies[0], agents, wrapUpMs, afterMissed, relaxation, maxLength: 5 }),
        queue({ id: 'p', strategy: strategies[1], agents: ['luz', 'eva', 'ben'], wrapUpMs, priority: 1, afterMissed }),
      ]
      const routing = createRouting(queues)
      const { engine, breaches } = referee(routing, queues)
      let now = 0
      let calls = 0
      for (const [index, id] of agents.entries()) engine.setAgent({ id, skills: SKILLS[index]!, capacity }, now)
      for (const { what, pick, after } of happenings) {
        now += after
        const agentId = agents[pick % agents.length]!
        const callId = String(pick % Math.max(1, calls))
        const offer = routing.liveOffers()[pick % Math.max(1, routing.liveOffers().length)]?.id ?? 0
        if (what === 'arrive') {
          const id = String(calls++)
          const preferredAgentId = setting.preferred && pick % 3 === 0 ? agentId : null
          const queueId = pick % 4 === 0 ? 'p' : 'q'
          engine.arrive(
            call(id, { queueId, requires: SKILLS[pick % 5]!, priority: pick % 2, preferredAgentId, enqueuedAt: now }),
            now,
          )
        } else if (what === 'ready') engine.setPresence(agentId, AVAILABLE, now)
        else if (what === 'away') engine.setPresence(agentId, BREAK, now)
        else if (what === 'skills') engine.setAgent({ id: agentId, skills: SKILLS[pick % 5]!, capacity }, now)
        else if (what === 'pass') engine.passTime(now)
        else if (what === 'leave' || what === 'overflow' || what === 'endCall' || what === 'endWrapUp')
          engine[what](callId, now)
        else engine[what](offer, now)
        if (breaches.length > 0) throw new Error(`${breaches.join('\n')}\nafter ${what}`)
      }
      // In the end everybody hangs up: no slot outlives its call.
      for (let id = 0; id < calls; id++) {
        engine.leave(String(id), now)
        engine.endWrapUp(String(id), now)
      }
      expect(breaches).toEqual([])
      expect(agents.map(id => occupiedSlots(routing.agentState(id)))).toEqual([0, 0, 0, 0])
      expect(routing.liveOffers()).toEqual([])
    }),
    { numRuns: 2000, seed: 20_261 },
  )
}, 60_000)
