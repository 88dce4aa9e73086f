import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Engine } from '../simulator/center.ts'
import { referee } from '../simulator/referee.ts'
import { occupiedSlots, type Skills } from './agent.ts'
import { AVAILABLE, MISSED, type Presence } from './presence.ts'
import { newQueue, type QueueSettings, STRATEGIES } from './queue.ts'
import { activityOf, createRouting, type QueuedCall, Routing, type RoutingEvent, type TakenUp } from './routing.ts'

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

  test('who fills a line are its callers: work that nobody waits for gets in, and takes nobody’s place', () => {
    const routing = open({ maxLength: 1 }, ['ana'])
    for (const id of ['a', 'b']) routing.arrive({ ...call(id), withoutCaller: true }, 0)
    expect(asked(routing.arrive(call('c'), 0))).toEqual([])
    expect(routing.arrive(call('d'), 0)).toMatchObject([{ type: 'call.overflowed', callId: 'd' }])
    expect(routing.arrive({ ...call('e'), withoutCaller: true }, 0)).toEqual([])
    expect(routing.waitingIn('q')).toBe(3)
  })

  test('wrap-up keeps the agent until it is over', () => {
    const routing = open({ wrapUpMs: 30_000 }, ['ana'])
    routing.arrive(call('a'), 0)
    routing.accept(ringing(routing, 'a'), 0)
    routing.arrive(call('b'), 0)
    const over = routing.endCall('a', 100)
    expect(over).toEqual([{ type: 'wrapUp.started', callId: 'a', agentId: 'ana', until: 30_100 }])
    expect(activityOf(routing, 'ana')).toBe('wrap-up')
    expect(asked(routing.endWrapUp('a', 'ana', 30_100))).toEqual(['b→ana'])
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
    ...(['ready', 'ready', 'ready', 'away', 'endCall', 'endCall', 'endWrapUp', 'skills', 'room', 'overflow'] as const),
    ...(['pass', 'move', 'pick', 'putBack', 'shift', 'dismiss', 'handOver', 'occupy'] as const),
  ),
  pick: fc.nat(20),
  after: fc.constantFrom(0, 0, 10, 5000, 61_000),
})
type Happening = typeof happening extends fc.Arbitrary<infer Value> ? Value : never

const setting = fc.record({
  strategies: fc.tuple(fc.constantFrom(...STRATEGIES), fc.constantFrom(...STRATEGIES)),
  wrapUpMs: fc.constantFrom(0, 10_000),
  afterMissed: fc.constantFrom('away' as const, 'stay' as const),
  relaxed: fc.boolean(),
  capacity: fc.constantFrom(1, 1, 2, 3),
  preferred: fc.boolean(),
  preferredHoldMs: fc.constantFrom(0, 20_000),
})

type Setting = typeof setting extends fc.Arbitrary<infer Value> ? Value : never

const AGENTS = ['ana', 'ben', 'eva', 'luz']

function queuesOf(of: Setting): QueueSettings[] {
  const { wrapUpMs, afterMissed, strategies, preferredHoldMs } = of
  const relaxation = of.relaxed ? [{ afterMs: 10_000, lower: { french: 1, tax: 0 } }] : []
  const both = { wrapUpMs, afterMissed, preferredHoldMs }
  return [
    queue({ ...both, strategy: strategies[0], agents: AGENTS, relaxation, maxLength: 5 }),
    queue({ ...both, id: 'p', strategy: strategies[1], agents: ['luz', 'eva', 'ben'], priority: 1 }),
  ]
}

/** Lets one thing happen; `calls` have come before. Returns what it led to. */
function happen(
  engine: Engine,
  { what, pick }: Happening,
  { capacity, preferred }: Setting,
  calls: number,
  now: number,
): RoutingEvent[] {
  const agentId = AGENTS[pick % AGENTS.length]!
  const callId = String(pick % Math.max(1, calls))
  const live = engine.liveOffers()
  const offer = live[pick % Math.max(1, live.length)]?.id ?? 0
  const skills = SKILLS[pick % 5]!
  switch (what) {
    case 'arrive': {
      const preferredAgentId = preferred && pick % 3 === 0 ? agentId : null
      const queueId = pick % 4 === 0 ? 'p' : 'q'
      const own = { queueId, requires: skills, priority: pick % 2, preferredAgentId, enqueuedAt: now }
      return engine.arrive(call(String(calls), own), now)
    }
    case 'occupy':
      return engine.occupy(call(String(calls), { queueId: pick % 4 === 0 ? 'p' : 'q', enqueuedAt: now }), agentId, now)
    case 'ready':
      return engine.setPresence(agentId, AVAILABLE, now)
    case 'away':
      return engine.setPresence(agentId, BREAK, now)
    case 'shift':
      return engine.beginShift(agentId, now)
    case 'skills':
      return engine.setAgent({ id: agentId, skills, capacity }, now)
    case 'room':
      return engine.setAgent({ id: agentId, skills: SKILLS[AGENTS.indexOf(agentId)]!, capacity: capacity + 1 }, now)
    case 'pass':
      return engine.passTime(now)
    case 'move':
      return engine.move(callId, pick % 3 === 0 ? 'q' : 'p', pick % 2 === 0 ? {} : { enqueuedAt: now }, now)
    case 'pick':
      return engine.pick(callId, AGENTS[(pick >> 2) % AGENTS.length]!, now)
    case 'handOver':
      return engine.handOver(callId, String((pick >> 1) % Math.max(1, calls)), now)
    case 'endWrapUp':
      return AGENTS.flatMap(id => engine.endWrapUp(callId, id, now))
    case 'leave':
    case 'overflow':
    case 'endCall':
    case 'putBack':
    case 'dismiss':
      return engine[what](callId, now)
    default:
      return engine[what](offer, now)
  }
}

function enter(engine: Engine, capacity: number): void {
  for (const [index, id] of AGENTS.entries()) engine.setAgent({ id, skills: SKILLS[index]!, capacity }, 0)
}

test('whatever happens in whatever order, every rule holds after every step', () => {
  fc.assert(
    fc.property(setting, fc.array(happening, { maxLength: 60, size: 'max' }), (of, happenings) => {
      const queues = queuesOf(of)
      const routing = createRouting(queues)
      const { engine, breaches } = referee(routing, queues)
      let now = 0
      let calls = 0
      enter(engine, of.capacity)
      for (const each of happenings) {
        now += each.after
        happen(engine, each, of, calls, now)
        if (each.what === 'arrive' || each.what === 'occupy') calls++
        if (breaches.length > 0) throw new Error(`${breaches.join('\n')}\nafter ${each.what}`)
      }
      // In the end everybody hangs up: no slot outlives its call.
      for (let id = 0; id < calls; id++) {
        engine.leave(String(id), now)
        for (const agentId of AGENTS) engine.endWrapUp(String(id), agentId, now)
      }
      expect(breaches).toEqual([])
      expect(AGENTS.map(id => occupiedSlots(routing.agentState(id)))).toEqual([0, 0, 0, 0])
      expect(routing.liveOffers()).toEqual([])
      expect(routing.snapshot().items).toEqual([])
    }),
    { numRuns: 2000, seed: 20_261 },
  )
})

describe('stored and taken up', () => {
  test('a routing that takes up what another knew goes on as that one would have', () => {
    const history = fc.array(happening, { maxLength: 40, size: 'max' })
    fc.assert(
      fc.property(setting, history, history, (of, past, future) => {
        const original = createRouting(queuesOf(of))
        let now = 0
        let calls = 0
        enter(original, of.capacity)
        const next = (engine: Routing, each: Happening) => happen(engine, each, of, calls, now)
        for (const each of past) {
          now += each.after
          next(original, each)
          if (each.what === 'arrive' || each.what === 'occupy') calls++
        }
        const stored = JSON.parse(JSON.stringify(original.snapshot()))
        const other = Routing.from(queuesOf(of), stored, now)
        expect(other.begin(now)).toEqual([])
        for (const each of future) {
          now += each.after
          expect(next(other, each)).toEqual(next(original, each))
          expect(other.dueAt()).toBe(original.dueAt())
          if (each.what === 'arrive' || each.what === 'occupy') calls++
          const id = String(each.pick)
          expect(other.explain(id)).toEqual(original.explain(id))
          expect(other.positionOf(id)).toBe(original.positionOf(id))
        }
        expect(other.snapshot()).toEqual(original.snapshot())
      }),
      { numRuns: 2000, seed: 20_262 },
    )
  })

  const waiting = (id: string, more: Partial<QueuedCall> = {}): TakenUp => ({
    call: call(id, more),
    passedBy: [],
    stage: { type: 'waiting' },
  })
  const fill = (agents: string[]) => new Routing([queue({ agents })], { turns: {}, nextOfferId: 0 })
  const person = (id: string) => ({ id, skills: {}, capacity: 1 })

  test('nothing is offered before everything is there', () => {
    const routing = fill(['ana', 'ben'])
    const state = open({}, ['ana']).agentState('ana')
    expect(routing.setAgent(person('ana'), 50, state)).toEqual([])
    routing.takeUp(waiting('later', { enqueuedAt: 20 }), 50)
    routing.takeUp(waiting('sooner', { enqueuedAt: 10 }), 50)
    expect(routing.setAgent(person('ben'), 50, state)).toEqual([])
    expect(routing.waitingIn('q')).toBe(2)
    expect(asked(routing.begin(60))).toEqual(['sooner→ana', 'later→ben'])
    expect(() => routing.takeUp(waiting('late'), 70)).toThrow('begun')
    expect(routing.begin(80)).toEqual([])
  })

  test('offers keep their numbers, and no number is given twice', () => {
    const routing = fill(['ana', 'ben'])
    const ready = open({}, ['ana']).agentState('ana')
    routing.setAgent(person('ana'), 50, { ...ready, offered: 1, idleFrom: null })
    routing.setAgent(person('ben'), 50, ready)
    const offer = { id: 7, attempt: 3, agentId: 'ana', madeAt: 40, expiresAt: 20_040 }
    routing.takeUp({ ...waiting('a'), stage: { type: 'offered', offers: [offer] } }, 50)
    expect(routing.begin(50)).toEqual([])
    expect(routing.liveOffers()).toEqual([{ ...offer, callId: 'a', queueId: 'q' }])
    const [, made] = routing.decline(7, 60)
    expect(made).toMatchObject({ type: 'offer.made', offer: { id: 8, agentId: 'ben' } })
  })

  test('what cannot be taken up is refused', () => {
    const routing = fill(['ana'])
    const talking: TakenUp = { ...waiting('a'), stage: { type: 'talking', agentId: 'nobody' } }
    expect(() => routing.takeUp(talking, 0)).toThrow('no agent')
    expect(() => routing.takeUp(waiting('b', { queueId: 'none' }), 0)).toThrow('no queue')
    expect(() => routing.takeUp({ ...waiting('c'), stage: { type: 'offered', offers: [] } }, 0)).toThrow('nowhere')
    routing.takeUp(waiting('d'), 0)
    expect(() => routing.takeUp(waiting('d'), 0)).toThrow('already')
  })

  test('with other settings: who is new in a queue is offered what waits there', () => {
    const routing = open({}, ['ana'])
    routing.setAgent(person('ben'), 5)
    routing.setPresence('ben', AVAILABLE, 5)
    routing.arrive(call('a'), 10)
    routing.arrive(call('b'), 10)
    const changed = Routing.from([queue({ agents: ['ana', 'ben'] })], routing.snapshot(), 20)
    expect(asked(changed.begin(20))).toEqual(['b→ben'])
  })

  test('the turn of round-robin, and who was passed over', () => {
    const routing = open({ strategy: 'round-robin' }, { ana: {}, ben: { french: 1 }, eva: {} })
    expect(routing.turns()).toEqual({ q: { reached: null, passedOver: [] } })
    expect(serve(routing, 'a', 10, { requires: { french: 1 } })).toBe('ben')
    expect(routing.turns()).toEqual({ q: { reached: 'ben', passedOver: ['ana'] } })
    const other = Routing.from(
      [queue({ strategy: 'round-robin', agents: ['ana', 'ben', 'eva'] })],
      routing.snapshot(),
      20,
    )
    other.begin(20)
    expect(['b', 'c', 'd'].map((id, at) => serve(other, id, 30 + at))).toEqual(['ana', 'eva', 'ana'])
  })
})

describe('round-robin with room for several calls', () => {
  test('who was asked is not asked again before the others', () => {
    const routing = open({ strategy: 'round-robin' }, ['ana', 'ben'], 3)
    const events = ['a', 'b', 'c', 'd', 'e'].flatMap(id => routing.arrive(call(id), 10))
    expect(asked(events)).toEqual(['a→ana', 'b→ben', 'c→ana', 'd→ben', 'e→ana'])
  })
})

describe('calls that go elsewhere', () => {
  test('to another queue, keeping the place in line or not', () => {
    const two = createRouting([queue({ agents: [] }), queue({ id: 'p', agents: ['ana'] })])
    two.setAgent({ id: 'ana', skills: {}, capacity: 1 }, 0)
    two.arrive(call('a', { enqueuedAt: 5 }), 5)
    two.arrive(call('b', { enqueuedAt: 6 }), 6)
    two.arrive(call('c', { queueId: 'p', enqueuedAt: 10 }), 10)
    two.move('a', 'p', {}, 20)
    two.move('b', 'p', { enqueuedAt: 20 }, 20)
    expect(['a', 'b', 'c'].map(id => two.positionOf(id))).toEqual([1, 3, 2])
    expect(asked(two.setPresence('ana', AVAILABLE, 30))).toEqual(['a→ana'])
    expect(two.waitingIn('q')).toBe(0)
    expect(() => two.move('b', 'none', {}, 40)).toThrow('no queue')
    expect(two.move('x', 'p', {}, 40)).toEqual([])
  })

  test('while it rings: the offer is canceled, and who is free takes the first in line', () => {
    const routing = createRouting([queue({ agents: ['ana'] }), queue({ id: 'p', agents: ['ana'], maxLength: 0 })])
    routing.setAgent({ id: 'ana', skills: {}, capacity: 1 }, 0)
    routing.setPresence('ana', AVAILABLE, 0)
    routing.arrive(call('a'), 5)
    routing.arrive(call('b', { enqueuedAt: -10 }), 5)
    const events = routing.move('a', 'p', {}, 10)
    expect(ended(events)).toEqual(['ana canceled'])
    expect(asked(events)).toEqual(['b→ana'])
    // There is no room to wait in the other queue.
    expect(events.at(-1)).toMatchObject({ type: 'call.overflowed', callId: 'a' })
  })

  test('from a conversation: its agent writes, and is not the one to be asked', () => {
    const routing = open({ wrapUpMs: 30_000, agents: ['ana', 'ben'] }, ['ana', 'ben'], 2)
    routing.arrive(call('a'), 10)
    routing.accept(ringing(routing, 'a'), 10)
    const events = routing.move('a', 'q', {}, 20)
    expect(events[0]).toEqual({ type: 'wrapUp.started', callId: 'a', agentId: 'ana', until: 30_020 })
    expect(asked(events)).toEqual(['a→ben'])
    routing.accept(ringing(routing, 'a'), 30)
    expect(routing.endCall('a', 40)).toMatchObject([{ type: 'wrapUp.started', agentId: 'ben' }])
    expect([activityOf(routing, 'ana'), activityOf(routing, 'ben')]).toEqual(['wrap-up', 'wrap-up'])
    routing.endWrapUp('a', 'ana', 50)
    expect([activityOf(routing, 'ana'), activityOf(routing, 'ben')]).toEqual(['ready', 'wrap-up'])
    // Ana has finished work since: she may have it again.
    expect(routing.endWrapUp('a', 'ana', 60)).toEqual([])
  })

  test('an agent writes once about a call', () => {
    const routing = open({ wrapUpMs: 30_000 }, ['ana'], 2)
    routing.arrive(call('a'), 10)
    routing.accept(ringing(routing, 'a'), 10)
    routing.move('a', 'q', {}, 20)
    routing.pick('a', 'ana', 30)
    routing.endCall('a', 40)
    expect(routing.agentState('ana')).toMatchObject({ talking: 0, wrapUp: 1 })
    routing.endWrapUp('a', 'ana', 50)
    expect(activityOf(routing, 'ana')).toBe('ready')
  })
})

describe('calls taken by hand', () => {
  test('one that waits, or rings at somebody else', () => {
    const routing = open({ strategy: 'ring-all', agents: ['ana', 'ben'] }, ['ana', 'ben', 'eva'])
    routing.arrive(call('a'), 10)
    const events = routing.pick('a', 'eva', 20)
    expect(ended(events)).toEqual(['ana lost-race', 'ben lost-race'])
    expect(events[0]).toEqual({ type: 'call.accepted', callId: 'a', agentId: 'eva' })
    expect(routing.agentState('eva')).toMatchObject({ talking: 1, offered: 0, callsTaken: 1 })
  })

  test('the one that rings right here is accepted', () => {
    const routing = open({ strategy: 'ring-all' }, ['ana', 'ben'])
    routing.arrive(call('a'), 10)
    expect(ended(routing.pick('a', 'ben', 20))).toEqual(['ben accepted', 'ana lost-race'])
    expect(routing.agentState('ben')).toMatchObject({ talking: 1, offered: 0 })
  })

  test('not without room, nor what is no longer there', () => {
    const routing = open({}, ['ana', 'ben'])
    routing.arrive(call('a'), 10)
    routing.accept(ringing(routing, 'a'), 10)
    routing.arrive(call('b'), 10)
    routing.arrive(call('c'), 10)
    const refused = (callId: string, reason: string) => [{ type: 'pick.refused', callId, agentId: 'ana', reason }]
    expect(routing.pick('b', 'ana', 20)).toEqual(refused('b', 'no-free-slot'))
    expect(routing.pick('c', 'ana', 20)).toEqual(refused('c', 'no-free-slot'))
    expect(routing.pick('a', 'ana', 20)).toEqual(refused('a', 'not-waiting'))
    expect(routing.pick('x', 'ana', 20)).toEqual(refused('x', 'not-waiting'))
  })
})

test('a call whose agent could not be reached goes back to its place and on to others', () => {
  const routing = open({ wrapUpMs: 30_000 }, ['ana', 'ben'])
  routing.arrive(call('a', { enqueuedAt: 1 }), 10)
  routing.accept(ringing(routing, 'a'), 10)
  routing.arrive(call('b', { enqueuedAt: 2 }), 10)
  routing.arrive(call('c', { enqueuedAt: 3 }), 10)
  // Behind the one that rings at Ben.
  expect(routing.positionOf('c')).toBe(2)
  expect(asked(routing.putBack('a', 20))).toEqual(['c→ana'])
  expect([routing.positionOf('a'), routing.ownerOf('a')]).toEqual([1, null])
  expect(asked(routing.leave('b', 30))).toEqual(['a→ben'])
  expect(routing.putBack('a', 40)).toEqual([])
})

test('a colleague who was asked has the call from then on, and only the one who asked has to write', () => {
  const routing = open({ wrapUpMs: 30_000 }, ['ana', 'ben'])
  routing.arrive(call('a'), 10)
  routing.accept(ringing(routing, 'a'), 10)
  routing.arrive(call('question'), 20)
  routing.accept(ringing(routing, 'question'), 20)
  const events = routing.handOver('a', 'question', 30)
  expect(events).toEqual([{ type: 'wrapUp.started', callId: 'a', agentId: 'ana', until: 30_030 }])
  expect([routing.ownerOf('a'), routing.ownerOf('question')]).toEqual(['ben', null])
  expect(activityOf(routing, 'ben')).toBe('talking')
  expect(routing.endCall('a', 40)).toMatchObject([{ type: 'wrapUp.started', agentId: 'ben' }])
})

test('a question that is over leaves nothing to write, and its agent is asked at once', () => {
  const routing = open({ wrapUpMs: 30_000 }, ['ana'])
  routing.arrive(call('question'), 10)
  routing.accept(ringing(routing, 'question'), 10)
  routing.arrive(call('b'), 20)
  expect(asked(routing.dismiss('question', 30))).toEqual(['b→ana'])
  expect(routing.dismiss('question', 40)).toEqual([])
})

test('who talks in what no line has brought is asked nothing until that is over, and writes nothing about it', () => {
  const routing = open({ wrapUpMs: 10_000 }, ['ana'])
  expect(routing.occupy(call('elsewhere'), 'ana', 10)).toEqual([])
  expect(activityOf(routing, 'ana')).toBe('talking')
  expect(asked(routing.arrive(call('a'), 20))).toEqual([])
  expect(() => routing.occupy(call('a'), 'ana', 20)).toThrow('here already')
  expect(asked(routing.dismiss('elsewhere', 30))).toEqual(['a→ana'])
  // It talks, though it rings there already.
  routing.occupy(call('another'), 'ana', 40)
  expect(occupiedSlots(routing.agentState('ana'))).toBe(2)
  routing.accept(ringing(routing, 'a'), 50)
  expect(routing.ownerOf('a')).toBe('ana')
})

test('an agent that is no more: what rings there goes on, what it has at hand must end first', () => {
  const routing = open({}, ['ana', 'ben'])
  routing.arrive(call('a'), 10)
  const events = routing.removeAgent('ana', 20)
  expect(ended(events)).toEqual(['ana rejected'])
  expect(asked(events)).toEqual(['a→ben'])
  expect(routing.agentIds()).toEqual(['ben'])
  routing.accept(ringing(routing, 'a'), 30)
  expect(() => routing.removeAgent('ben', 40)).toThrow('at work')
  expect(() => routing.removeAgent('ana', 40)).toThrow('no agent')
})

test('a call is held for its agent also when that one comes later', () => {
  const routing = open({ preferredHoldMs: 10_000 }, ['ana', 'ben'])
  for (const id of ['ana', 'ben']) routing.setPresence(id, BREAK, 5)
  routing.arrive(call('first', { requires: {}, enqueuedAt: 5 }), 5)
  routing.arrive(call('a', { preferredAgentId: 'ben', enqueuedAt: 6 }), 6)
  expect(asked(routing.setPresence('ben', AVAILABLE, 10))).toEqual(['first→ben'])
  expect(asked(routing.setPresence('ana', AVAILABLE, 20))).toEqual([])
  expect(routing.explain('a')?.hindered[0]).toEqual({
    agentId: 'ana',
    hindrances: [{ type: 'held-for', agentId: 'ben' }],
  })
  expect(asked(routing.leave('first', 30))).toEqual(['a→ben'])
})

test('more room goes to the first in line, not to who waits for this agent', () => {
  const routing = open({ preferredHoldMs: 60_000 }, ['ana'])
  for (const id of ['now', 'first']) routing.arrive(call(id, { enqueuedAt: 1 }), 5)
  routing.arrive(call('hers', { enqueuedAt: 2, preferredAgentId: 'ana' }), 5)
  expect(asked(routing.setAgent({ id: 'ana', skills: {}, capacity: 2 }, 10))).toEqual(['first→ana'])
})

test('most-idle: who has nothing at hand comes before who has room for more', () => {
  const routing = open({ strategy: 'most-idle' }, ['ana', 'ben'], 2)
  routing.arrive(call('a'), 1000)
  routing.setPresence('ben', BREAK, 1000)
  routing.setPresence('ben', AVAILABLE, 2000)
  expect(asked(routing.arrive(call('b'), 2000))).toEqual(['b→ben'])
  // Of those, who has been idle for longer: Ana for a second, Ben a millisecond less.
  expect(asked(routing.arrive(call('c'), 9000))).toEqual(['c→ana'])
})

test('whether a call can ever be taken: by somebody of its queue, at work or not, after all relaxation', () => {
  const relaxation = [{ afterMs: 10_000, lower: { french: 1 } }]
  const settings = { requires: { french: 3 }, relaxation, agents: ['ana', 'gone'] }
  const routing = open(settings, { ana: { french: 1 }, eva: { tax: 1 } })
  routing.setPresence('ana', BREAK, 5)
  routing.arrive(call('a'), 10)
  routing.arrive(call('b', { requires: { tax: 1 } }), 10)
  expect(['a', 'b', 'x'].map(id => routing.canEverBeTaken(id))).toEqual([true, false, false])
})

test('place in line: by priority as served; what rings keeps its place until it is accepted', () => {
  const routing = open({}, ['ana'])
  routing.arrive(call('rings'), 10)
  routing.arrive(call('a', { enqueuedAt: 10 }), 10)
  routing.arrive(call('b', { enqueuedAt: 20, priority: 1 }), 20)
  expect(['rings', 'a', 'b', 'x'].map(id => routing.positionOf(id))).toEqual([2, 3, 1, null])
  expect(['rings', 'a', 'b', 'x'].map(id => routing.ringsAtSomebody(id))).toEqual([true, false, false, false])
  routing.accept(ringing(routing, 'rings'), 30)
  expect(['rings', 'a', 'b'].map(id => routing.positionOf(id))).toEqual([null, 2, 1])
})
