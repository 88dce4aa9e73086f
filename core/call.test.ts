import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Call, isOver } from './call.ts'
import { advance, type CallFacts, type CallInput, type Turn } from './callTurn.ts'
import type { Consent } from './consent.ts'
import type { CallEvent } from './event.ts'
import type { FlowNode } from './flow.ts'
import type { FlowEffect, FlowFacts, FlowInput } from './flowRun.ts'
import { factsWith, flowOf, heard, queueFacts, words } from './flowTesting.ts'
import { logByHand } from './handLog.ts'
import type { Overflow } from './queue.ts'
import { CallRefusal } from './refusal.ts'
import type { InputResult, LegSignal } from './signal.ts'

const now = '2026-01-01T12:00:00.000Z'
const facts: CallFacts = {
  newCallId: 'call',
  from: '+14155550100',
  to: '+12025550100',
  card: { match: { state: 'unknown', candidates: [] }, lastCalls: [], openRequests: [] },
  contact: null,
  startFlow: null,
  flow: null,
  greeting: { text: 'Welcome.', language: 'en-US' },
}
const ana = { id: 'ana', name: 'Ana' }
const ben = { id: 'ben', name: 'Ben' }

const signal = (more: Partial<LegSignal>): LegSignal => ({
  type: 'leg',
  provider: 'twilio',
  providerCallId: 'CA1',
  providerLegId: 'CA1',
  party: 'customer',
  status: null,
  endReason: null,
  order: null,
  at: null,
  durationSeconds: null,
  direction: 'inbound',
  from: '+14155550100',
  to: '+12025550100',
  callerName: null,
  control: 'provider',
  extensionId: null,
  ...more,
})

function play(signals: LegSignal[]): { call: Call; events: CallEvent[] } {
  const events: CallEvent[] = []
  let call: Call | null = null
  for (const each of signals) {
    const turn = advance(call, { type: 'signal', signal: each }, facts, now)
    call = turn.call
    events.push(...turn.events)
  }
  return { call: call!, events }
}

describe('a call that others lead over audio that is ours', () => {
  const talking = play([
    signal({ status: 'ringing' }),
    signal({ status: 'in-progress', order: 1, conversation: { agent: ana, consent: null } }),
  ]).call
  const ask = (input: CallInput) => advance(talking, input, facts, now)

  test('is listened to like any other', () => {
    const talk = { type: 'supervise', listening: 'whisper', visible: true } as const
    const { call, events } = ask({ type: 'talk', talk, by: ben })
    expect(call.conversation!.parties.at(-1)).toMatchObject({ role: 'supervisor', person: ben })
    expect(events.map(({ type }) => type)).toEqual(['supervision.started'])
  })

  test.each<Extract<CallInput, { type: 'talk' }>['talk']>([
    { type: 'hold', held: true },
    { type: 'mute', muted: true, agentId: ana.id },
    { type: 'record', recording: 'on' },
    { type: 'consult', consultation: { workId: 'w', asked: { type: 'agent', ...ben } } },
  ])('what its people do in pages of their own is not done here: $type', talk => {
    expect(() => ask({ type: 'talk', talk, by: ana })).toThrow('pages of their own')
    expect(() => ask({ type: 'send', to: { type: 'number', number: '+1' }, name: '', by: ana })).toThrow(CallRefusal)
  })

  test('that its customer agrees is said in the page that asks; that it does not may be noted here as well', () => {
    const agreed = { how: 'asked', given: true, at: now } as Consent
    const recorded = advance({ ...talking, agent: ana }, { type: 'pageConsent', consent: agreed }, facts, now).call
    expect([recorded.consent, recorded.conversation!.recording]).toEqual([agreed, 'on'])
    const note = (given: boolean) => advance(recorded, { type: 'consent', given, by: ana }, facts, now)
    expect(() => note(true)).toThrow('answers there')
    const { call, events } = note(false)
    expect([call.consent!.given, call.conversation!.recording]).toEqual([false, 'off'])
    expect(events.map(({ type }) => type)).toEqual(['call.consent_noted'])
  })

  test('is to be hung up as often as somebody says so, until it is over', () => {
    const { call, events } = ask({ type: 'finish', by: ben })
    expect([call, events.map(({ type }) => type)]).toEqual([talking, ['call.hung_up']])
  })
})

describe('what a provider reports', () => {
  test('ringing, answered, ended: one arrival, then each change of status once', () => {
    const { call, events } = play([
      signal({ status: 'ringing' }),
      signal({ status: 'ringing' }),
      signal({ status: 'in-progress', at: '2026-01-01T12:00:05.000Z' }),
      signal({ status: 'ended', endReason: 'completed', durationSeconds: 120, at: '2026-01-01T12:02:05.000Z' }),
      signal({ status: 'ended', endReason: 'completed', durationSeconds: 120, at: '2026-01-01T12:02:05.000Z' }),
    ])
    expect(events.map(event => event.type)).toEqual(['call.arrived', 'call.status_changed', 'call.status_changed'])
    expect(call).toMatchObject({ status: 'completed', outcome: 'answered', durationSeconds: 120 })
  })

  test('a repeat gives back the very same call', () => {
    const { call } = play([signal({ status: 'ringing' })])
    const again = advance(call, { type: 'signal', signal: signal({ status: 'ringing', at: now }) }, facts, now)
    expect(again.call).toBe(call)
    expect(again.events).toEqual([])
  })

  test('a word that nobody knows changes nothing', () => {
    const { call } = play([signal({ status: 'ringing' }), signal({ status: null, at: '2026-01-01T12:30:00.000Z' })])
    expect(call.status).toBe('ringing')
  })

  test.each([
    ['busy', 'failed', 'busy'],
    ['no-answer', 'failed', 'no-answer'],
    ['canceled', 'failed', 'canceled'],
    ['rejected', 'failed', 'rejected'],
    ['failed', 'failed', 'failed'],
    ['hangup', 'completed', 'abandoned'],
    ['completed', 'completed', 'answered'],
  ] as const)('an end by %s is %s, outcome %s', (endReason, status, outcome) => {
    const { call } = play([signal({ status: 'ringing' }), signal({ status: 'ended', endReason })])
    expect(call).toMatchObject({ status, outcome })
  })

  test('where we control the call, our own greeting is no answer', () => {
    const { call } = play([
      signal({ status: 'ringing', control: 'ours' }),
      signal({ status: 'in-progress' }),
      signal({ status: 'ended', endReason: 'completed', durationSeconds: 30 }),
    ])
    expect(call).toMatchObject({ status: 'completed', outcome: 'abandoned', answeredAt: null })
  })

  test('where the provider routes it, the telephone that rings tells, not its menu', () => {
    const { call, events } = play([
      signal({ providerLegId: 'p-1', status: 'ringing' }),
      signal({ providerLegId: 'p-1', status: 'in-progress' }),
      signal({ providerLegId: 'p-2', party: 'agent', status: 'in-progress' }),
      signal({ providerLegId: 'p-2', party: 'agent', status: 'ended', endReason: 'hangup' }),
      signal({ providerLegId: 'p-3', party: 'agent', status: 'ringing' }),
    ])
    expect(call.status).toBe('ringing')
    expect(events.at(-1)).toMatchObject({ type: 'call.status_changed', previousStatus: 'in-progress' })
  })

  test('a call that leaves one extension goes on at the other', () => {
    const { call } = play([
      signal({ providerLegId: 'p-2', party: 'agent', extensionId: '101', status: 'ringing' }),
      signal({ providerLegId: 'p-3', party: 'agent', extensionId: '102', status: 'ringing' }),
      signal({ providerLegId: 'p-3', party: 'agent', extensionId: '102', status: 'in-progress' }),
    ])
    const left = advance(call, { type: 'vanished', extensionId: '101', at: null }, facts, now)
    expect(left.call.status).toBe('in-progress')
    const gone = advance(left.call, { type: 'vanished', extensionId: '102', at: null }, facts, now)
    expect(gone.call).toMatchObject({ status: 'completed', outcome: 'answered' })
  })

  test('a caller who waits with us hears a greeting and music; a repeat of the webhook answers the same', () => {
    const first = advance(null, { type: 'signal', signal: signal({ status: 'ringing', control: 'ours' }) }, facts, now)
    expect(first.actions.map(action => action.type)).toEqual(['say', 'play'])
    const again = advance(
      first.call,
      { type: 'signal', signal: signal({ status: 'ringing', control: 'ours' }) },
      facts,
      now,
    )
    expect(again.actions).toEqual(first.actions)
  })

  test('any order of any reports ends in the same call, and an end stays an end', () => {
    const reports = fc.array(
      fc
        .record({
          status: fc.constantFrom('initiated', 'ringing', 'in-progress', 'ended', null),
          endReason: fc.constantFrom('completed', 'busy', 'no-answer', 'canceled', 'failed'),
          order: fc.option(fc.nat(7)),
          at: fc.nat(600).map(second => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString()),
          durationSeconds: fc.option(fc.nat(600)),
          control: fc.constantFrom('ours', 'provider'),
          direction: fc.constantFrom('inbound', 'outbound', null),
          callerName: fc.constantFrom('Ana', 'Ben', null),
        })
        .map(more => signal(more as Partial<LegSignal>)),
      { minLength: 1, maxLength: 7 },
    )
    fc.assert(
      fc.property(reports, fc.infiniteStream(fc.nat()), (given, dice) => {
        const shuffled = [...given, given[0]!]
          .map(item => ({ item, key: dice.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(({ item }) => item)
        const { call } = play(given)
        expect(play(shuffled).call).toEqual(call)
        if (given.some(report => report.status === 'ended')) expect(isOver(call)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe('what people ask', () => {
  test('the first to take a call has it; the second is told who does', () => {
    const { call } = play([signal({ status: 'ringing' })])
    const taken = advance(call, { type: 'take', agent: ana, at: null, queueId: null }, facts, now)
    expect(taken.events).toMatchObject([{ type: 'call.assigned', agent: ana }])
    expect(() => advance(taken.call, { type: 'take', agent: ben, at: null, queueId: null }, facts, now)).toThrow()
    expect(advance(taken.call, { type: 'take', agent: ana, at: null, queueId: null }, facts, now).events).toEqual([])
  })

  test('saying who it is, or that it is none of the candidates, settles the question once', () => {
    const { call } = play([signal({ status: 'ringing' })])
    const nobody = advance(call, { type: 'settleContact', contact: null, by: ana }, facts, now)
    expect(nobody.events).toMatchObject([{ type: 'call.contact_settled', call: { contact: null } }])
    const contact = { id: 'carla', name: 'Carla', email: null }
    const settled = advance(nobody.call, { type: 'settleContact', contact, by: ana }, facts, now)
    expect(settled.events).toMatchObject([{ type: 'call.contact_settled', call: { contact } }])
    expect(advance(settled.call, { type: 'settleContact', contact, by: ben }, facts, now).events).toEqual([])
  })

  test('a call that is over on another telephone system is not ended from here', () => {
    const { call } = play([signal({ status: 'ringing' })])
    expect(() => advance(call, { type: 'finish', by: ana }, facts, now)).toThrow(/hang up there/)
  })

  test('a call logged while it goes on is ended by whoever logged it', () => {
    const { call } = logByHand(
      {
        id: 'call',
        direction: 'outbound',
        customer: '+14155550100',
        contact: null,
        agent: ana,
        subject: null,
        status: 'in-progress',
        startedAt: '2026-01-01T11:58:00.000Z',
        durationSeconds: null,
      },
      ana,
    )
    const { call: ended } = advance(call, { type: 'finish', by: ana }, facts, now)
    expect(ended).toMatchObject({ status: 'completed', outcome: 'answered', durationSeconds: 120, endedAt: now })
  })
})

/** One call to a number with a flow, and everything that comes of it. */
class Flowing {
  call: Call | null = null
  events: CallEvent[] = []
  effects: FlowEffect[] = []
  facts: CallFacts
  private seconds = 0

  constructor(nodes: Record<string, FlowNode>, flow: Partial<FlowFacts> = {}) {
    const definition = () => flowOf(nodes)
    this.facts = { ...facts, startFlow: { id: 'main', version: 1 }, flow: factsWith({ definition, ...flow }) }
  }

  /** A second later each time; events and effects are those of this input alone. */
  take(input: CallInput): this {
    this.seconds++
    const turn: Turn = advance(this.call, input, this.facts, this.at())
    this.call = turn.call
    this.events = turn.events
    this.effects = turn.effects
    return this
  }

  at = () => new Date(Date.parse(now) + this.seconds * 1000).toISOString()
  hears = (more: Partial<LegSignal> = {}) =>
    this.take({ type: 'signal', signal: signal({ status: 'ringing', control: 'ours', ...more }) })
  walks = (input: FlowInput) => this.take({ type: 'flow', input })
  does = (result: InputResult, key: string | null = null) =>
    this.walks({ type: 'input', step: this.call!.flow!.step, key, result })
  presses = (digits: string) => this.does({ type: 'digits', digits })
  records = (seconds: number, step: number | null = this.call!.flow!.step) =>
    this.walks({ type: 'input', step, key: null, result: { type: 'recorded', recordingId: 'r', url: 'u', seconds } })
  /** By an agent, at this telephone. */
  taken = (number: string | null, agent = ana) =>
    this.take({ type: 'take', agent, at: number === null ? null : { type: 'number', number }, queueId: 'sales' })
  /** The agent's telephone. */
  phone = (more: Partial<LegSignal>) =>
    this.hears({ providerLegId: 'CA2', party: 'agent', direction: 'outbound', ...more })
  hangsUp = () => this.hears({ status: 'ended', endReason: 'completed', order: 9 })
  get told(): string[] {
    return this.events.map(event => event.type)
  }
  get asks(): string[] {
    return this.effects.map(effect => effect.type)
  }
  get plays(): string[] {
    return heard(
      advance(this.call, { type: 'flow', input: { type: 'fetched', step: -1, answer: null } }, this.facts, now).actions,
    )
  }
}

const LINE: Record<string, FlowNode> = { line: { type: 'queue', queue: 'sales' } }
const MENU: Record<string, FlowNode> = {
  menu: {
    type: 'menu',
    prompt: words('Press 1.'),
    options: [{ digits: '1', next: 'line' }],
    timeoutSeconds: 5,
    retries: 1,
    otherwise: null,
  },
  ...LINE,
}
const MESSAGE: Record<string, FlowNode> = {
  message: { type: 'voicemail', queue: 'sales', prompt: words('Speak now.'), maxSeconds: 60, next: null },
}

/** A caller who stands in the line of Sales. */
const waiting = (flow: Partial<FlowFacts> = {}) => new Flowing(LINE, flow).hears().walks({ type: 'queued' })

describe('a call whose number has a flow', () => {
  test('begins with it, and hears what it says', () => {
    const caller = new Flowing(MENU).hears()
    expect(caller.told).toEqual(['call.arrived'])
    expect(caller.call).toMatchObject({ queue: null, queuedAt: null, flow: { flowId: 'main', nodeId: 'menu' } })
    expect(caller.plays).toEqual(['Press 1.', '[gather]'])
  })

  test('begins with it once: a repeat gives back the very same call and the same script', () => {
    const caller = new Flowing(MENU).hears()
    const { call, plays } = caller
    expect(caller.hears().call).toBe(call)
    expect([caller.told, caller.asks, caller.plays]).toEqual([[], [], plays])
  })

  test('begins with it although what asks for instructions comes after the news', () => {
    const caller = new Flowing(MENU).hears({ control: 'provider', status: 'initiated', order: 0 })
    expect(caller.call!.flow).toBeNull()
    caller.hears({ order: 1 })
    expect(caller.call!.flow).toMatchObject({ nodeId: 'menu' })
    expect(caller.told).toEqual(['call.status_changed'])
  })

  test.each<[string, Partial<LegSignal>]>([
    ['that we make ourselves', { direction: 'outbound' }],
    ['that others control', { control: 'provider' }],
    ['that is over before it is heard of', { status: 'ended', endReason: 'completed' }],
  ])('one %s has none', (_name, more) => {
    expect(new Flowing(MENU).hears(more).call!.flow).toBeNull()
  })

  test('joins the line of a queue, and says since when', () => {
    const caller = new Flowing(MENU).hears().presses('1')
    expect(caller.told).toEqual(['call.queued'])
    expect(caller.effects).toEqual([
      { type: 'enqueue', queueId: 'sales', requires: {}, priority: 0, preferredAgentId: null },
    ])
    expect(caller.call).toMatchObject({ queue: { id: 'sales', name: 'sales' }, agent: null, queuedAt: caller.at() })
  })

  test('the same report twice moves it once', () => {
    const caller = new Flowing(MENU).hears().does({ type: 'none' }, 'k1')
    const { call } = caller
    expect(caller.does({ type: 'digits', digits: '1' }, 'k1').call).toBe(call)
    expect([caller.told, caller.asks]).toEqual([[], []])
  })

  test('that is over stays where it is', () => {
    const caller = new Flowing(MENU).hears().hangsUp()
    const { call } = caller
    expect(caller.presses('1').call).toBe(call)
    expect([caller.told, caller.asks, caller.plays]).toEqual([[], [], ['[hangUp]']])
  })

  test('consent is noted', () => {
    const caller = new Flowing({
      ask: { type: 'consent', mode: 'ask', prompt: words('May we record?'), next: 'line' },
      ...LINE,
    }).hears()
    caller.presses('2')
    expect(caller.events).toContainEqual(expect.objectContaining({ type: 'call.consent_noted', given: false }))
  })
})

describe('a call that an agent takes', () => {
  test('rings at the agent’s telephone, and is answered when that is', () => {
    const caller = waiting().taken('+14155550177')
    expect(caller.told).toEqual(['call.assigned'])
    expect(caller.plays).toEqual(['[bridge]'])
    expect(caller.call).toMatchObject({ agent: ana, takenAt: null, answeredAt: null })
    caller.phone({ status: 'ringing' })
    expect(caller.call!.answeredAt).toBeNull()
    caller.phone({ status: 'in-progress', order: 2 })
    const answeredAt = caller.at()
    caller.hangsUp().phone({ status: 'ended', endReason: 'completed', order: 9 })
    expect(caller.call).toMatchObject({ status: 'completed', outcome: 'answered', answeredAt })
  })

  test('without a telephone, is answered there and then', () => {
    const caller = waiting().taken(null)
    const takenAt = caller.at()
    expect(caller.call).toMatchObject({ agent: ana, takenAt, answeredAt: takenAt })
    caller.does({ type: 'none' }).does({ type: 'none' }).hangsUp()
    expect(caller.call).toMatchObject({
      status: 'completed',
      outcome: 'answered',
      answeredAt: takenAt,
      durationSeconds: 3,
    })
  })

  test('and who is not reached, goes back into the line', () => {
    const caller = waiting().taken('+14155550177').does({ type: 'dialled', outcome: 'no-answer' })
    expect(caller.events).toMatchObject([{ type: 'call.requeued', agent: ana, call: { agent: null } }])
    expect(caller.asks).toEqual(['requeue'])
    expect(caller.call).toMatchObject({ agent: null, queue: { id: 'sales' }, answeredAt: null })
    expect(caller.taken(null, ben).call).toMatchObject({ agent: ben })
  })

  test('out of the menu, is not asked for keys any more, and is of that queue', () => {
    const caller = new Flowing(MENU).hears().taken('+14155550177')
    expect(caller.call).toMatchObject({ agent: ana, queue: { id: 'sales' } })
    expect(caller.plays).toEqual(['[bridge]'])
  })

  test('after it is over, is noted as theirs, and was missed all the same', () => {
    const caller = waiting().hangsUp()
    expect(caller.call).toMatchObject({ outcome: 'abandoned' })
    const { endedAt, durationSeconds } = caller.call!
    caller.taken(null)
    expect(caller.told).toEqual(['call.assigned'])
    expect(caller.call).toMatchObject({ agent: ana, outcome: 'abandoned', answeredAt: null, endedAt, durationSeconds })
  })
})

describe('a call that is sent elsewhere', () => {
  const toHr = { type: 'send', to: { type: 'queue', queueId: 'support' }, name: 'Support', by: ana } as const
  const toNumber = { type: 'send', to: { type: 'number', number: '+14155550188' }, name: '+1 415…', by: ana } as const

  test('to a queue, waits there for whoever is next', () => {
    const caller = waiting().taken(null).take(toHr)
    expect(caller.events).toMatchObject([
      { type: 'call.transferred', to: 'Support', by: ana },
      { type: 'call.queued', call: { queue: { id: 'support' } } },
    ])
    expect(caller.call).toMatchObject({ agent: null, queue: { id: 'support' }, queuedAt: caller.at() })
    expect(caller.asks).toEqual(['enqueue'])
  })

  test('out of a line, leaves it first', () => {
    expect(waiting().take(toHr).asks).toEqual(['leaveQueue', 'enqueue'])
  })

  test('to a number, rings there, and nobody here has it', () => {
    const caller = waiting().taken(null).take(toNumber)
    expect(caller.told).toEqual(['call.transferred'])
    expect(caller.call!.agent).toBeNull()
    expect(caller.plays).toEqual(['[bridge]'])
  })

  test('where that cannot be, is refused and stays as it is', () => {
    const foreign = new Flowing(MENU).hears({ control: 'provider' })
    expect(() => foreign.take(toHr)).toThrow(/transfer it there/)
    expect(() => waiting().hangsUp().take(toHr)).toThrow('This call is over.')
    expect(() => waiting().take({ type: 'finish', by: ana }).take(toHr)).toThrow('This call is over.')
  })
})

describe('a call that we hang up', () => {
  test('is told to the provider, and over when the provider says so', () => {
    const caller = waiting().taken(null).take({ type: 'finish', by: ana })
    expect(caller.plays).toEqual(['[hangUp]'])
    expect(caller.call!.status).toBe('ringing')
    const { call } = caller
    expect(caller.take({ type: 'finish', by: ana }).call).toBe(call)
    expect(caller.hangsUp().call).toMatchObject({ status: 'completed', outcome: 'answered' })
    expect(caller.take({ type: 'finish', by: ana }).told).toEqual([])
  })
})

describe('what becomes of a call without an agent', () => {
  const overflow = (to: Overflow, reason: 'max-wait' | 'full' | 'nobody' = 'max-wait') =>
    waiting().take({ type: 'flow', input: { type: 'overflowed', overflow: to }, reason })

  test.each(['max-wait', 'full', 'nobody'] as const)('it is said that it may not wait: %s', reason => {
    expect(overflow({ type: 'voicemail' }, reason).events).toMatchObject([
      { type: 'call.diverted', reason, to: 'voicemail' },
    ])
  })

  test('a queue that is closed says so', () => {
    const closed = queueFacts('sales', { open: false, afterHours: { type: 'message', text: 'Call again.' } })
    const caller = new Flowing(LINE, { findQueue: () => closed }).hears()
    expect(caller.events).toMatchObject([
      { type: 'call.arrived' },
      { type: 'call.diverted', reason: 'closed', to: 'message' },
    ])
    expect(caller.hangsUp().call!.outcome).toBe('overflowed')
  })

  test.each<[string, string, () => Flowing]>([
    ['leaves a message', 'voicemail', () => overflow({ type: 'voicemail' }).records(4)],
    ['records nothing', 'overflowed', () => overflow({ type: 'voicemail' }).does({ type: 'none' })],
    ['is promised a call', 'callback', () => overflow({ type: 'callback' }).presses('1')],
    ['is told goodbye', 'overflowed', () => overflow({ type: 'message', text: 'Sorry.' })],
    [
      'rings at another number in vain',
      'overflowed',
      () => overflow({ type: 'number', number: '+14155550188' }).does({ type: 'dialled', outcome: 'busy' }),
    ],
    [
      'leaves a message and then waits in vain',
      'voicemail',
      () =>
        new Flowing({ message: { ...MESSAGE.message, next: 'line' } as FlowNode, ...LINE })
          .hears()
          .records(4)
          .walks({ type: 'queued' })
          .walks({ type: 'overflowed', overflow: { type: 'hangUp' } }),
    ],
    ['only stands in another line', 'abandoned', () => overflow({ type: 'queue', queueId: 'support' })],
    ['has a broken flow', 'abandoned', () => new Flowing({ lost: { type: 'queue', queue: 'nowhere' } }).hears()],
  ])('a caller who %s: %s', (_name, outcome, caller) => {
    expect(caller().hangsUp().call).toMatchObject({ status: 'completed', outcome })
  })

  test('who reaches somebody at another number is answered', () => {
    const caller = overflow({ type: 'number', number: '+14155550188' }).phone({ status: 'in-progress', order: 2 })
    expect(caller.phone({ status: 'ended', order: 9 }).hangsUp().call!.outcome).toBe('answered')
  })
})

describe('a caller who hangs up while recording', () => {
  test('has left a message, told with the end or after it, once', () => {
    const caller = new Flowing(MESSAGE).hears()
    const step = caller.call!.flow!.step
    expect(caller.hangsUp().call!.outcome).toBe('abandoned')
    caller.records(4, step)
    expect(caller.effects).toMatchObject([{ type: 'keepVoicemail', queueId: 'sales', seconds: 4 }])
    expect(caller.events).toMatchObject([{ type: 'call.updated', call: { outcome: 'voicemail' } }])
    const { call } = caller
    expect(caller.records(4, step).call).toBe(call)
    expect(caller.records(4, null).call).toBe(call)
    expect(caller.asks).toEqual([])
  })

  test('has left a message when the news of it comes first', () => {
    const caller = new Flowing(MESSAGE).hears().records(4)
    expect(caller.asks).toEqual(['keepVoicemail'])
    expect(caller.hangsUp().call!.outcome).toBe('voicemail')
    expect(caller.records(4, null).asks).toEqual([])
  })

  test('has left it although one of us was hanging up', () => {
    const caller = new Flowing(MESSAGE).hears().take({ type: 'finish', by: ana })
    expect(caller.records(4, null).asks).toEqual(['keepVoicemail'])
    expect(caller.hangsUp().call!.outcome).toBe('voicemail')
  })

  test('less than a second is no message', () => {
    const caller = new Flowing(MESSAGE).hears().hangsUp().records(0, null)
    expect([caller.asks, caller.call!.outcome]).toEqual([[], 'abandoned'])
  })

  test('who was not recording leaves none', () => {
    expect(waiting().hangsUp().records(4, null).asks).toEqual([])
  })
})

test('whatever happens to a call in its flow: it is over for good, and until then its caller hears something', () => {
  const by = ana
  const input: fc.Arbitrary<CallInput> = fc.oneof(
    fc
      .record({
        status: fc.constantFrom<LegSignal['status']>('ringing', 'in-progress', 'ended', null),
        party: fc.constantFrom('customer' as const, 'agent' as const),
        order: fc.nat(9),
      })
      .map(({ party, ...more }) => ({
        type: 'signal' as const,
        signal: signal({ ...more, party, control: 'ours', providerLegId: party, endReason: 'completed' }),
      })),
    fc
      .constantFrom<InputResult>(
        { type: 'none' },
        { type: 'digits', digits: '1' },
        { type: 'digits', digits: '7' },
        { type: 'dialled', outcome: 'busy' },
        { type: 'dialled', outcome: 'answered' },
        { type: 'recorded', recordingId: 'r', url: 'u', seconds: 3 },
      )
      .map(result => ({ type: 'flow' as const, input: { type: 'input' as const, step: null, key: null, result } })),
    fc
      .constantFrom<FlowInput>(
        { type: 'queued' },
        { type: 'overflowed', overflow: { type: 'callback' } },
        { type: 'overflowed', overflow: { type: 'queue', queueId: 'support' } },
      )
      .map(input => ({ type: 'flow' as const, input })),
    fc.constantFrom<CallInput>(
      { type: 'take', agent: ana, at: null, queueId: null },
      { type: 'take', agent: ben, at: { type: 'number', number: '+14155550177' }, queueId: 'sales' },
      { type: 'send', to: { type: 'queue', queueId: 'support' }, name: 'Support', by },
      { type: 'send', to: { type: 'number', number: '+14155550188' }, name: 'Carla', by },
      { type: 'finish', by },
    ),
  )
  const endings = new Set(['gather', 'record', 'bridge', 'resume', 'hangUp'])
  fc.assert(
    fc.property(fc.constantFrom(LINE, MENU, MESSAGE), fc.array(input, { maxLength: 25 }), (nodes, inputs) => {
      const caller = new Flowing(nodes).hears()
      for (const each of inputs) {
        const before = caller.call!
        try {
          caller.take(each)
        } catch (error) {
          if (!(error instanceof CallRefusal)) throw error
          continue
        }
        const { call } = caller
        const { actions } = advance(call, { type: 'signal', signal: signal({ control: 'ours' }) }, caller.facts, now)
        expect(endings).toContain(actions.at(-1)!.type)
        if (!isOver(before)) continue
        expect(isOver(call!)).toBe(true)
        if (before.outcome === 'answered') expect(call!.outcome).toBe('answered')
      }
    }),
    { numRuns: 1000 },
  )
})
