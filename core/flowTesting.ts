import type { Action } from './action.ts'
import { DEFAULT_CONSENT, demandOf } from './consent.ts'
import type { FlowDefinition, FlowNode, Spoken } from './flow.ts'
import {
  beginFlow,
  type FlowEffect,
  type FlowFacts,
  type FlowInput,
  type FlowRun,
  proceed,
  type QueueFacts,
} from './flowRun.ts'
import { newQueue } from './queue.ts'
import type { InputResult } from './signal.ts'

/** What the tests of flows share: a center without a world around it. */

export const words = (text: string): Spoken => ({ text: { 'en-US': text } })

export const flowOf = (nodes: Record<string, FlowNode>, start = Object.keys(nodes)[0] ?? ''): FlowDefinition => ({
  start,
  language: 'en-US',
  nodes,
})

export const queueFacts = (id: string, more: Partial<QueueFacts> = {}): QueueFacts => ({
  ...newQueue(id, id),
  open: true,
  ...more,
})

export const factsWith = (more: Partial<FlowFacts> = {}): FlowFacts => ({
  now: 0,
  definition: () => null,
  findFlow: () => null,
  findQueue: id => (['sales', 'support'].includes(id) ? queueFacts(id) : null),
  findAgent: () => null,
  isOpen: () => null,
  lookUp: () => null,
  callerNumber: '+12025550123',
  dial: number => ({ number, barred: null }),
  ownNumber: '+12025550100',
  defaultQueue: 'support',
  canText: true,
  place: null,
  consent: demandOf({ ...DEFAULT_CONSENT, mode: 'none' }, null, null),
  recording: null,
  ...more,
})

/** What is heard, in one line per prompt; the ending in brackets. */
export const heard = (script: readonly Action[]): string[] =>
  script.flatMap(action => {
    if (action.type === 'say') return [action.text]
    if (action.type === 'play') return [`♪ ${action.media}`]
    return action.type === 'gather' ? [...heard(action.prompts), '[gather]'] : [`[${action.type}]`]
  })

export class Caller {
  run: FlowRun
  effects: FlowEffect[]
  facts: FlowFacts

  constructor(definition: FlowDefinition | Record<string, FlowNode>, facts: Partial<FlowFacts> = {}) {
    const flow =
      'start' in definition && typeof definition.start === 'string' ? definition : flowOf(definition as never)
    this.facts = factsWith({ definition: id => (id === 'main' ? (flow as FlowDefinition) : null), ...facts })
    const { run, effects } = beginFlow({ id: 'main', version: 1 }, this.facts)
    this.run = run
    this.effects = effects
  }

  /** What is heard now. */
  get hears(): string[] {
    return heard(this.run.script)
  }

  get path(): string {
    return this.run.path.join(' ')
  }

  take(input: FlowInput): this {
    const { run, effects } = proceed(this.run, input, this.facts)
    this.run = run
    this.effects = effects
    return this
  }

  does(result: InputResult, step: number | null = this.run.step, key: string | null = null): this {
    return this.take({ type: 'input', step, key, result })
  }

  presses = (digits: string): this => this.does({ type: 'digits', digits })
  says = (text: string): this => this.does({ type: 'speech', text, confidence: null })
  waits = (): this => this.does({ type: 'none' })
  records = (seconds: number): this =>
    this.does({ type: 'recorded', recordingId: `r${this.run.step}`, url: 'https://r', seconds })
  dialled = (outcome: 'answered' | 'busy'): this => this.does({ type: 'dialled', outcome })
  knows = (facts: Partial<FlowFacts>): this => {
    this.facts = { ...this.facts, ...facts }
    return this
  }
}
