import type { Skills } from '../core/agent.ts'
import { AVAILABLE } from '../core/presence.ts'
import { newQueue, type QueueSettings, type Strategy } from '../core/queue.ts'
import { createRouting, type Routing, type RoutingEvent } from '../core/routing.ts'
import { Calendar } from './calendar.ts'
import { exponential, lognormal, randomStream } from './random.ts'
import { type Figures, Tally } from './tally.ts'

/** An invented center: who calls, who answers, how calls wait. Spans in seconds. */
export interface Scenario {
  /** How many calls arrive and count. All of them are followed to their end. */
  calls: number
  /** Calls that arrive before these and do not count, so that the empty beginning leaves no trace. */
  warmUp: number
  seed: number
  types: CallType[]
  agents: SimulatedAgent[]
  strategy: Strategy
  /** Time from the offer to its acceptance: a constant, or evenly spread between two bounds. */
  ring: number | [number, number]
  wrapUp: number
  maxWait: number | null
  /** How many may wait; 0: nobody (a loss system), null: no bound. */
  capacity: number | null
  /** An answer within this time counts for the service level; 20 unless said otherwise. */
  within?: number
  /** How conversations spread around their mean: exponentially, or lognormally with this squared coefficient of variation. */
  talk: 'exponential' | { cv2: number }
}

export interface CallType {
  name: string
  callsPerHour: number
  requires: Skills
  priority: number
  /** Mean of the exponentially distributed patience; null: nobody gives up. */
  patience: number | null
}

export interface SimulatedAgent {
  id: string
  skills: Skills
  /** Mean length of a conversation. */
  talk: number
}

/** The matchmaker as its driver sees it, storing aside: what tests put something else in the place of. */
export type Engine = Omit<Pick<Routing, keyof Routing>, 'snapshot' | 'turns' | 'takeUp' | 'begin'>

const QUEUE = 'queue'
const ARRIVAL = 0
const PATIENCE = 1
const MAX_WAIT = 2
const ANSWER = 3
const TALK_OVER = 4
const WRAP_UP_OVER = 5

interface Caller {
  id: string
  type: number
  arrivedAt: number
  /** Length of the conversation in means of whoever takes it. */
  talk: number
  counts: boolean
  accepted: boolean
}

/** A priority this much higher goes first whatever the wait: the tables know absolute priorities only. */
const ABSOLUTE_MS = 1e9

/** The queue of a scenario, as the routing is told it. */
export function queueOf(scenario: Scenario): QueueSettings {
  return {
    ...newQueue(QUEUE, 'Queue'),
    strategy: scenario.strategy,
    agents: scenario.agents.map(agent => agent.id),
    priorityWorthMs: ABSOLUTE_MS,
    maxWaitMs: scenario.maxWait === null ? null : scenario.maxWait * 1000,
    maxLength: scenario.capacity,
    ringMs: Number.MAX_SAFE_INTEGER / 4,
    wrapUpMs: scenario.wrapUp * 1000,
  }
}

/**
 * Lets the calls of a scenario come in, on an invented clock, and tells what became of them. The decisions are those of
 * `core/routing.ts`, which also keeps the agents (`core/agent.ts`): here is only what people do, that is call, lose
 * patience, answer and talk. The same scenario gives the same figures, to the last bit.
 */
export function simulate(
  scenario: Scenario,
  open: (queues: QueueSettings[]) => Engine = createRouting,
  afterwards: (engine: Engine, now: number) => void = () => {},
): Figures {
  return new Center(scenario, open([queueOf(scenario)]), afterwards).run()
}

class Center {
  private readonly scenario: Scenario
  private readonly engine: Engine
  private readonly afterwards: (engine: Engine, now: number) => void
  private readonly calendar = new Calendar()
  private readonly tally: Tally
  private readonly callers = new Map<number, Caller>()
  private readonly agents = new Map<string, number>()
  private readonly arrivals
  private readonly types
  private readonly service
  private readonly patience
  private readonly ringing
  private readonly meanGap: number
  private readonly total: number
  private arrived = 0

  constructor(scenario: Scenario, engine: Engine, afterwards: (engine: Engine, now: number) => void) {
    this.scenario = scenario
    this.engine = engine
    this.afterwards = afterwards
    this.arrivals = randomStream(scenario.seed, 'arrival')
    this.types = randomStream(scenario.seed, 'type')
    this.service = randomStream(scenario.seed, 'service')
    this.patience = randomStream(scenario.seed, 'patience')
    this.ringing = randomStream(scenario.seed, 'ring')
    this.meanGap = 3_600_000 / scenario.types.reduce((sum, type) => sum + type.callsPerHour, 0)
    this.total = scenario.warmUp + scenario.calls
    this.tally = new Tally(scenario.types.length, scenario.agents.length, (scenario.within ?? 20) * 1000)
    scenario.agents.forEach((agent, index) => {
      this.agents.set(agent.id, index)
      engine.setAgent({ id: agent.id, skills: agent.skills, capacity: 1 }, 0)
      engine.setPresence(agent.id, AVAILABLE, 0)
    })
  }

  run(): Figures {
    const { calendar } = this
    calendar.enter(exponential(this.arrivals, this.meanGap), ARRIVAL, 0)
    while (calendar.next()) {
      this.happen(calendar.kind, calendar.subject, calendar.time)
      this.afterwards(this.engine, calendar.time)
    }
    return this.tally.figures()
  }

  private happen(kind: number, subject: number, now: number): void {
    const { engine } = this
    if (kind === ARRIVAL) this.arrive(now)
    else if (kind === ANSWER) this.follow(engine.accept(subject, now), now)
    else this.happenTo(kind, subject, now)
  }

  private happenTo(kind: number, subject: number, now: number): void {
    const { engine } = this
    const caller = this.callers.get(subject)
    if (caller === undefined) return
    if (kind === TALK_OVER) {
      this.follow(engine.endCall(caller.id, now), now)
      if (this.scenario.wrapUp === 0) this.release(subject, now)
    } else if (kind === WRAP_UP_OVER) {
      this.follow(engine.endWrapUp(caller.id, this.scenario.agents[this.owners.get(subject)!]!.id, now), now)
      this.release(subject, now)
    } else if (!caller.accepted) {
      if (kind === PATIENCE) this.lose(caller, subject, 'abandoned', now)
      this.follow(kind === PATIENCE ? engine.leave(caller.id, now) : engine.overflow(caller.id, now), now)
    }
  }

  private arrive(now: number): void {
    const { scenario, calendar } = this
    const index = this.arrived++
    if (index === scenario.warmUp) this.tally.open(now)
    const type = this.pickType()
    const { patience, requires, priority } = scenario.types[type]!
    const caller: Caller = {
      id: String(index),
      type,
      arrivedAt: now,
      talk:
        scenario.talk === 'exponential' ? exponential(this.service, 1) : lognormal(this.service, 1, scenario.talk.cv2),
      counts: index >= scenario.warmUp,
      accepted: false,
    }
    const patienceMs = patience === null ? null : exponential(this.patience, patience * 1000)
    this.callers.set(index, caller)
    const call = { id: caller.id, queueId: QUEUE, requires, priority, preferredAgentId: null, enqueuedAt: now }
    const events = this.engine.arrive(call, now)
    const served = events.some(event => event.type === 'offer.made' && event.offer.callId === caller.id)
    if (caller.counts) this.tally.offered(type, !served)
    this.follow(events, now)
    if (this.callers.has(index) && !caller.accepted) {
      if (patienceMs !== null) calendar.enter(now + patienceMs, PATIENCE, index)
      if (scenario.maxWait !== null) calendar.enter(now + scenario.maxWait * 1000, MAX_WAIT, index)
    }
    if (this.arrived < this.total) calendar.enter(now + exponential(this.arrivals, this.meanGap), ARRIVAL, 0)
    else this.tally.close(now)
  }

  private pickType(): number {
    const { types } = this.scenario
    if (types.length === 1) return 0
    let rest = (this.types() * 3_600_000) / this.meanGap
    for (let type = 0; type < types.length - 1; type++) {
      rest -= types[type]!.callsPerHour
      if (rest < 0) return type
    }
    return types.length - 1
  }

  /** People do what the routing asks of them, in the order in which it asks. */
  private follow(events: RoutingEvent[], now: number): void {
    for (let i = 0; i < events.length; i++) {
      const event = events[i]!
      switch (event.type) {
        case 'offer.made': {
          this.tally.busy(this.agents.get(event.offer.agentId)!, now)
          const seconds = this.ringTime()
          if (seconds > 0) this.calendar.enter(now + seconds * 1000, ANSWER, event.offer.id)
          else for (const next of this.engine.accept(event.offer.id, now)) events.push(next)
          break
        }
        case 'offer.ended':
          if (event.outcome !== 'accepted') this.tally.idle(this.agents.get(event.offer.agentId)!, now)
          break
        case 'call.accepted':
          this.answered(Number(event.callId), event.agentId, now)
          break
        case 'wrapUp.started':
          this.calendar.enter(event.until, WRAP_UP_OVER, Number(event.callId))
          break
        case 'call.overflowed': {
          const subject = Number(event.callId)
          this.lose(this.callers.get(subject)!, subject, 'overflowed', now)
          break
        }
        default:
      }
    }
  }

  private ringTime(): number {
    const { ring } = this.scenario
    return typeof ring === 'number' ? ring : ring[0] + this.ringing() * (ring[1] - ring[0])
  }

  private answered(subject: number, agentId: string, now: number): void {
    const caller = this.callers.get(subject)!
    const agent = this.agents.get(agentId)!
    caller.accepted = true
    if (caller.counts) this.tally.answered(caller.type, now - caller.arrivedAt)
    this.calendar.enter(now + caller.talk * this.scenario.agents[agent]!.talk * 1000, TALK_OVER, subject)
    this.owners.set(subject, agent)
  }

  private readonly owners = new Map<number, number>()

  private release(subject: number, now: number): void {
    const agent = this.owners.get(subject)!
    this.owners.delete(subject)
    this.callers.delete(subject)
    // Who was free for no time at all has had no idle period: the routing's own account decides, not the clock.
    const { id } = this.scenario.agents[agent]!
    if (this.engine.agentState(id).idleFrom !== null) this.tally.idle(agent, now)
  }

  private lose(caller: Caller, subject: number, how: 'abandoned' | 'overflowed', now: number): void {
    this.callers.delete(subject)
    if (caller.counts) this.tally.lost(caller.type, how, now - caller.arrivedAt)
  }
}
