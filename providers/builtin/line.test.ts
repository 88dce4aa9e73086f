import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Action } from '../../core/action.ts'
import { alone, type Conversation, CUSTOMER, held, left, recorded, taken } from '../../core/conversation.ts'
import { advance, begin, dial, dueAt, type Effect, type Line, type LineInput } from './line.ts'
import { PHONE } from './numberLeg.ts'
import type { News } from './report.ts'

const ANA = { id: 'ana', name: 'Ana' }
const AGENT = 'agent:ana'
const say: Action = { type: 'say', text: 'Hello.', language: 'en-US' }
const SCRIPTS: Action[][] = [
  [say, { type: 'gather', prompts: [say as never], digits: 2, timeoutSeconds: 5, speech: null }],
  [{ type: 'gather', prompts: [], digits: 1, timeoutSeconds: 5, speech: null }],
  [say, { type: 'record', maxSeconds: 20, silenceSeconds: 5 }],
  [{ type: 'bridge', to: { type: 'softphone', agentId: 'ana' }, callerId: null, ringSeconds: 20 }],
  [{ type: 'bridge', to: { type: 'number', number: '+12025550199' }, callerId: null, ringSeconds: 20 }],
  [{ type: 'play', media: 'hold-music', loop: 1 }, { type: 'resume' }],
  [{ type: 'play', media: 'hold-music', loop: 0 }],
  [{ type: 'resume' }],
  [],
]

const BRIDGE = 3
const NUMBER = 4

type Step =
  | { do: 'input'; input: LineInput }
  | { do: 'change the script'; script: number }
  /** The flow's answer to what was reported comes. */
  | { do: 'answer'; script: number | null }
  | { do: 'arrange'; how: number }
  /** The engine says that what is played, or what is recorded, is over. */
  | { do: 'hear out' | 'end a recording' }
  | { do: 'wait'; seconds: number }

const leg = fc.constantFrom(CUSTOMER, AGENT, PHONE)
const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('input' as const),
      input: fc.oneof(
        fc.record({ type: fc.constantFrom('attached', 'detached', 'connected', 'connected', 'lost', 'silent'), leg }),
        fc.record({ type: fc.constant('digits'), digits: fc.constantFrom('1', '#', '12', '*', '9'.repeat(70)) }),
      ) as fc.Arbitrary<LineInput>,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('input' as const),
      input: fc.constantFrom<LineInput>(
        { type: 'left', leg: AGENT },
        { type: 'left', leg: PHONE },
        { type: 'unreachable', leg: PHONE },
        { type: 'left', leg: CUSTOMER },
        { type: 'hangUp' },
      ),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      script: fc.option(fc.nat(SCRIPTS.length - 1), { freq: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('change the script' as const), script: fc.nat(SCRIPTS.length - 1) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('arrange' as const), how: fc.nat(4) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('hear out' as const, 'end a recording' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(0, 1, 5, 15, 30, 61) }),
  },
)

/** One line, the flow that it asks, and what is true of the two whatever happens. */
class History {
  private now = 0
  private ids = 0
  private line: Line
  private conversation: Conversation = alone('on')
  /** The flow's present script, and the answers that are on their way. */
  private flow = { step: 1, script: 0 }
  private questions: number[] = []
  /** How often each script was answered. */
  readonly answers = new Map<number, number>()
  private readonly recordings = new Set<string>()
  private readonly toldOf = new Map<string, number>()
  private readonly ended = new Map<string, number>()
  private over = 0

  private readonly opener: string

  /** Somebody calls us, or we have an agent call somebody. */
  constructor(opener = CUSTOMER) {
    this.opener = opener
    const agent = { id: AGENT, role: 'agent', person: ANA, muted: false } as const
    const { line, effects } =
      opener === CUSTOMER
        ? begin('room', { from: null, to: '+1', name: null }, this.moment())
        : dial('room', { callId: null, agent, from: '+1', ringSeconds: 30 }, this.moment())
    this.line = line
    this.see(effects)
  }

  private get atNumber(): string {
    return this.opener === CUSTOMER ? PHONE : CUSTOMER
  }

  private moment = () => ({ now: this.now, newId: `id-${this.ids++}` })

  take(step: Step): void {
    switch (step.do) {
      case 'input':
        this.advance(step.input)
        break
      case 'change the script':
        this.flow = { step: this.flow.step + 1, script: step.script }
        this.advance({ type: 'ask', step: this.flow.step - 1 })
        break
      case 'answer': {
        const answered = this.questions.shift()
        if (answered === undefined) break
        if (step.script !== null && answered === this.flow.step)
          this.flow = { step: this.flow.step + 1, script: step.script }
        this.advance({ type: 'script', step: this.flow.step, actions: SCRIPTS[this.flow.script]! })
        break
      }
      case 'arrange': {
        const { conversation } = this
        this.conversation = [
          conversation,
          taken(conversation, ANA),
          left(conversation),
          held(conversation, !conversation.held),
          recorded(conversation, conversation.recording === 'on' ? 'paused' : 'on'),
        ][step.how]!
        this.advance({ type: 'arrange', conversation: this.conversation })
        break
      }
      case 'hear out':
        for (const [id, { hears }] of Object.entries(this.line.legs))
          if (hears !== null && hears.times === 1) this.advance({ type: 'played', leg: id, id: hears.id })
        break
      case 'end a recording': {
        const [id] = this.recordings
        if (id === undefined) break
        this.recordings.delete(id)
        const failed = this.ids % 2 === 0
        this.advance({ type: 'recorded', id, failed, silent: false, milliseconds: 3000, url: 'recording:1' })
        break
      }
      case 'wait':
        this.pass(step.seconds * 1000)
        break
      default:
        step satisfies never
    }
  }

  /** Whatever is due on the way is done when it is due. */
  private pass(milliseconds: number): void {
    const until = this.now + milliseconds
    for (let turns = 0; ; turns++) {
      expect(turns, 'nothing spins').toBeLessThan(1000)
      const due = dueAt(this.line)
      if (due === null || due > until) break
      this.now = Math.max(this.now, due)
      this.advance({ type: 'look' })
    }
    this.now = until
  }

  private advance(input: LineInput): void {
    const { line, effects } = advance(this.line, input, this.moment())
    this.line = line
    this.see(effects)
    this.check()
  }

  private see(effects: Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'record') this.recordings.add(effect.id)
      if (effect.type === 'over') this.over += 1
      if (effect.type === 'play') expect(this.line.legs[effect.leg] ?? this.line.over).toBeTruthy()
      if (effect.type !== 'report') continue
      expect(effect.news.length).toBeGreaterThan(0)
      if (effect.asks) this.questions.push(effect.step)
      for (const news of effect.news) this.count(effect.step, news)
    }
  }

  private count(step: number, news: News): void {
    if (news.type === 'input' && news.result.type !== 'none') {
      const key = news.result.type === 'recorded' ? news.result.recordingId : step
      if (typeof key === 'string') this.toldOf.set(key, (this.toldOf.get(key) ?? 0) + 1)
      else this.answers.set(step, (this.answers.get(step) ?? 0) + 1)
    }
    if (news.type === 'leg' && news.status === 'ended') this.ended.set(news.leg, (this.ended.get(news.leg) ?? 0) + 1)
  }

  private check(): void {
    const { script, act, asking, typed, legs, over } = this.line
    // At most one script is performed, and none while the next is asked for.
    expect(script !== null && asking !== null).toBe(false)
    expect(act === null || script !== null).toBe(true)
    if (asking === null && !over) expect(this.questions).toEqual([])
    expect(typed.keys.length).toBeLessThanOrEqual(64)
    if (act?.type === 'talking') expect(Object.keys(legs)).toContain(act.to === 'softphone' ? AGENT : this.atNumber)
    // Whoever was called at a number is not left alone there.
    if (legs[this.atNumber] !== undefined) expect(act).toMatchObject({ to: 'number' })
    // Nothing is waited for without an end.
    for (const { attached, media, until } of Object.values(legs))
      expect(until !== null || (attached && media === 'connected')).toBe(true)
    if (over) expect([legs, act, script]).toEqual([{}, null, null])
  }

  /** Who has opened the call is gone in any case; what is true then. */
  end(): void {
    this.advance({ type: 'left', leg: this.opener })
    // Even where nobody tells of what was being recorded.
    this.pass(120_000)
    expect(this.line.over).toBe(true)
    expect(this.over, 'its end is told once').toBe(1)
    expect(dueAt(this.line)).toBeNull()
    expect(Math.max(0, ...this.toldOf.values()), 'a message is told of once').toBeLessThanOrEqual(1)
    expect(Math.max(0, ...this.ended.values()), 'a side ends once').toBeLessThanOrEqual(1)
    expect(this.ended.get('room')).toBe(1)
  }
}

/** So that most histories come to something: the caller is connected, and half of them talk with the agent. */
const OPENING: Step[] = [{ do: 'input', input: { type: 'connected', leg: CUSTOMER } }]
const TALKING: Step[] = [
  ...OPENING,
  { do: 'arrange', how: 1 },
  { do: 'change the script', script: BRIDGE },
  { do: 'answer', script: null },
  ...(['attached', 'connected'] as const).map(type => ({ do: 'input' as const, input: { type, leg: AGENT } })),
]
/** The caller is led to a number, where somebody answers. */
const LED_ON: Step[] = [
  ...OPENING,
  { do: 'change the script', script: NUMBER },
  { do: 'answer', script: null },
  ...(['attached', 'connected'] as const).map(type => ({ do: 'input' as const, input: { type, leg: PHONE } })),
]
const STEPS = fc
  .tuple(fc.constantFrom([], OPENING, TALKING, TALKING, LED_ON), fc.array(STEP, { maxLength: 50 }))
  .map(steps => steps.flat())

test('whatever happens in whatever order: one script at a time, each end told once, nothing waited for without an end', () => {
  fc.assert(
    fc.property(STEPS, steps => {
      const history = new History()
      for (const step of steps) history.take(step)
      history.end()
    }),
    { numRuns: 3000 },
  )
})

/** The agent is there, and led to the customer, who answers. */
const OUTBOUND: Step[] = [
  ...(['attached', 'connected'] as const).map(type => ({ do: 'input' as const, input: { type, leg: AGENT } })),
  { do: 'change the script', script: NUMBER },
  { do: 'answer', script: null },
  ...(['attached', 'connected'] as const).map(type => ({ do: 'input' as const, input: { type, leg: CUSTOMER } })),
]

test('the same where we have begun the call', () => {
  /** Nobody has an agent talk with itself. */
  const led = (step: Step): Step => ('script' in step && step.script === BRIDGE ? { ...step, script: NUMBER } : step)
  const steps = fc
    .tuple(fc.constantFrom([], OUTBOUND, OUTBOUND), fc.array(STEP, { maxLength: 50 }))
    .map(all => all.flat())
  fc.assert(
    fc.property(steps, steps => {
      const history = new History(AGENT)
      for (const step of steps) history.take(led(step))
      history.end()
    }),
    { numRuns: 3000 },
  )
})

test('a script is answered once, whatever happens while it is performed', () => {
  fc.assert(
    fc.property(STEPS, steps => {
      const history = new History()
      // Every answer leads on: no script comes twice.
      for (const step of steps) history.take(step.do === 'answer' ? { ...step, script: step.script ?? 0 } : step)
      expect(Math.max(0, ...history.answers.values())).toBeLessThanOrEqual(1)
    }),
    { numRuns: 3000 },
  )
})
