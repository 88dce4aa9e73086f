import type { Action } from './action.ts'
import { DEFAULT_CONSENT, demandOf } from './consent.ts'
import type { FlowDefinition } from './flow.ts'
import type { Known } from './flowCheck.ts'
import { beginFlow, type FlowFacts, type FlowInput, type FlowRun, type FlowStep, proceed } from './flowRun.ts'
import { newQueue } from './queue.ts'
import type { DialOutcome, InputResult } from './signal.ts'

/** Given these inputs, this happens: run before a flow is published, and from the command line. */
export interface FlowTest {
  name: string
  given?: {
    /** Empty: withheld. Left out: some number. */
    callerNumber?: string
    /** By the names of `Condition`, without `contact.`. Left out: the caller is not known. */
    contact?: Record<string, string>
    /** Business hours by id or name; those that are not named here are open. */
    open?: Record<string, boolean>
    /** Queues that are closed, by id or name: their callers leave a message. */
    closedQueues?: string[]
    /** To the requests of the flow, in order; null or none: it fails. */
    answers?: unknown[]
    language?: string
  }
  inputs: TestInput[]
  expect: {
    /** Nodes in the order in which they are entered; others may come between, unless `exact`. */
    path?: string[]
    exact?: boolean
    /** Pieces of what is said, in order. */
    says?: string[]
    endsIn?: TestEnding
  }
}

/** Text: keys. Numbers of `recorded`: seconds. */
export type TestInput =
  | string
  | { speech: string }
  | { nothing: true }
  | { dialled: DialOutcome }
  | { recorded: number }

/** Agents are reached at a number that is their name. */
export type TestEnding =
  | { type: 'queue'; queue: string }
  | { type: 'voicemail' }
  | { type: 'callback' }
  | { type: 'number'; number: string }
  | { type: 'hangUp' }

export interface FlowTestResult {
  name: string
  passed: boolean
  /** Everything that was not as expected, in sentences. */
  problems: string[]
  path: string[]
  said: string[]
}

/** A flow with what it does, as tests play it. */
export interface PlayableFlow {
  id: string
  name: string
  definition: FlowDefinition
}

/**
 * Plays the first of the flows; the others are there for it to lead to. Without `known`, whatever queues, hours and
 * agents are named are taken to be there.
 */
export function runFlowTest(test: FlowTest, flows: readonly PlayableFlow[], known?: Known): FlowTestResult {
  const { name, inputs, expect, given = {} } = test
  const answers = [...(given.answers ?? [])]
  const facts = factsOf(given, flows, known)
  const problems: string[] = []
  const said: string[] = []
  const seen = { number: '', callback: false, voicemail: false, answered: false }

  /** What the world does by itself: requests are answered, and who is sent to a line stands in it. */
  const settle = (first: FlowStep): FlowRun => {
    let { run } = first
    const pending = [...first.effects]
    for (let effect = pending.shift(); effect !== undefined; effect = pending.shift()) {
      seen.callback ||= effect.type === 'promiseCallback'
      seen.voicemail ||= effect.type === 'keepVoicemail'
      if (effect.type === 'divert' && effect.reason === 'broken-flow')
        problems.push(`After “${run.nodeId}” it leads to something that is not there.`)
      if (effect.type === 'divert' && effect.reason === 'budget') problems.push('It goes round without end.')
      const input = consequence(effect, answers)
      if (input === null) continue
      const next = proceed(run, input, facts)
      run = next.run
      pending.push(...next.effects)
    }
    said.push(...run.script.flatMap(spokenIn))
    const last = run.script.at(-1)
    if (last?.type === 'bridge') seen.number = last.to.type === 'number' ? last.to.number : last.to.agentId
    return run
  }

  let run = settle(beginFlow({ id: flows[0]?.id ?? '', version: 0 }, facts))
  for (const [index, input] of inputs.entries()) {
    const result = toResult(input, run.step)
    const next = proceed(run, { type: 'input', step: run.step, key: null, result }, facts)
    if (next.run === run) {
      problems.push(`Input ${index + 1} (${JSON.stringify(input)}) does not fit: ${whereIs(run)}.`)
      break
    }
    seen.answered = result.type === 'dialled' && result.outcome === 'answered'
    run = settle(next)
  }

  problems.push(...pathProblems(expect, run.path), ...speechProblems(expect.says ?? [], said))
  const ending = endingOf(run, seen)
  if (expect.endsIn && !sameEnding(expect.endsIn, ending, facts))
    problems.push(
      `It should end in ${inWords(expect.endsIn)}, but ${ending ? `ends in ${inWords(ending)}` : whereIs(run)}.`,
    )
  return { name, passed: problems.length === 0, problems, path: run.path, said }
}

function consequence(effect: FlowStep['effects'][number], answers: unknown[]): FlowInput | null {
  if (effect.type === 'fetch') return { type: 'fetched', step: effect.step, answer: answers.shift() ?? null }
  return effect.type === 'enqueue' || effect.type === 'requeue' ? { type: 'queued' } : null
}

function factsOf(given: NonNullable<FlowTest['given']>, flows: readonly PlayableFlow[], known?: Known): FlowFacts {
  const find = <T extends { id: string; name: string }>(list: readonly T[] | undefined, idOrName: string) =>
    list?.find(({ id }) => id === idOrName) ?? list?.find(({ name }) => name === idOrName) ?? null
  const named = (list: Known['queues'] | undefined, idOrName: string) =>
    known === undefined ? { id: idOrName, name: idOrName } : find(list, idOrName)
  const { callerNumber = '+12025550123', contact, open = {}, closedQueues = [], language } = given
  const number = callerNumber === '' ? null : callerNumber
  const findQueue: FlowFacts['findQueue'] = idOrName => {
    const queue = named(known?.queues, idOrName)
    if (queue === null) return null
    const closed = closedQueues.includes(queue.id) || closedQueues.includes(queue.name)
    return { ...newQueue(queue.id, queue.name), open: !closed }
  }
  return {
    now: 0,
    definition: flowId => flows.find(({ id }) => id === flowId)?.definition ?? null,
    findFlow(idOrName) {
      const flow = find(flows, idOrName)
      return flow && { id: flow.id, version: 0 }
    },
    findQueue,
    findAgent(idOrName) {
      const agent = named(known?.agents, idOrName)
      return agent && { ...agent, at: { type: 'number', number: agent.name }, queueId: null }
    },
    isOpen(idOrName) {
      const hours = named(known?.hours, idOrName)
      if (hours === null) return null
      return [hours.id, hours.name].every(name => !Object.hasOwn(open, name) || open[name]!)
    },
    lookUp(name) {
      if (name === 'language') return language ?? null
      if (name === 'caller.number') return number
      if (name === 'contact.known') return String(contact !== undefined)
      const field = name.startsWith('contact.') ? name.slice('contact.'.length) : null
      return field !== null && contact !== undefined && Object.hasOwn(contact, field) ? contact[field]! : null
    },
    callerNumber: number,
    // Where calls may go is looked at when the flow is published, and again when it is played.
    dial: number => ({ number, barred: null }),
    ownNumber: null,
    // A test must not pass because a broken flow was caught by the queue that it was meant to lead to.
    defaultQueue: null,
    canText: true,
    place: null,
    // What callers are told before they are recorded is not the flow's.
    consent: demandOf({ ...DEFAULT_CONSENT, mode: 'none' }, null, null),
    recording: null,
  }
}

function toResult(input: TestInput, step: number): InputResult {
  if (typeof input === 'string') return { type: 'digits', digits: input }
  if ('speech' in input) return { type: 'speech', text: input.speech, confidence: null }
  if ('dialled' in input) return { type: 'dialled', outcome: input.dialled }
  if ('recorded' in input) return { type: 'recorded', recordingId: `test-${step}`, url: '', seconds: input.recorded }
  return { type: 'none' }
}

/** Texts, and the addresses of recordings. Music is nothing that is said. */
function spokenIn(action: Action): string[] {
  if (action.type === 'say') return [action.text]
  if (action.type === 'gather') return action.prompts.flatMap(spokenIn)
  return action.type === 'play' && action.media !== 'hold-music' ? [action.media] : []
}

function pathProblems({ path, exact }: FlowTest['expect'], entered: readonly string[]): string[] {
  if (path === undefined) return []
  let reached = 0
  for (const node of entered) if (node === path[reached]) reached++
  const passed = exact ? path.join() === entered.join() : reached === path.length
  return passed ? [] : [`The path should be ${path.join(' → ')}, but is ${entered.join(' → ') || 'empty'}.`]
}

function speechProblems(expected: readonly string[], said: readonly string[]): string[] {
  const speech = said.join('\n')
  let from = 0
  for (const text of expected) {
    const at = speech.indexOf(text, from)
    if (at === -1) return [`“${text}” should be said${from > 0 ? ' after what was said before' : ''}, but is not.`]
    from = at + text.length
  }
  return []
}

function endingOf(
  { awaiting }: FlowRun,
  seen: { number: string; callback: boolean; voicemail: boolean; answered: boolean },
): TestEnding | null {
  switch (awaiting.type) {
    case 'queue':
      return { type: 'queue', queue: awaiting.queueId }
    case 'voicemail':
      return { type: 'voicemail' }
    case 'bridge':
      return { type: 'number', number: seen.number }
    case 'end':
      if (seen.callback) return { type: 'callback' }
      if (seen.voicemail) return { type: 'voicemail' }
      return seen.answered ? { type: 'number', number: seen.number } : { type: 'hangUp' }
    case 'input':
    case 'fetch':
    case 'agent':
    case 'callback':
      return null
    default:
      return awaiting satisfies never
  }
}

function sameEnding(expected: TestEnding, ending: TestEnding | null, facts: FlowFacts): boolean {
  if (expected.type === 'queue' && ending?.type === 'queue') return facts.findQueue(expected.queue)?.id === ending.queue
  if (expected.type === 'number' && ending?.type === 'number') return expected.number === ending.number
  return expected.type === ending?.type
}

function inWords(ending: TestEnding): string {
  if (ending.type === 'queue') return `the queue “${ending.queue}”`
  return ending.type === 'number'
    ? `a call to ${ending.number}`
    : { voicemail: 'a voicemail', callback: 'a callback', hangUp: 'the end of the call' }[ending.type]
}

const whereIs = ({ awaiting, nodeId }: FlowRun): string =>
  awaiting.type === 'end' ? 'the call is over' : `it is at “${nodeId}”, awaiting ${AWAITED[awaiting.type]}`

const AWAITED: Record<Exclude<FlowRun['awaiting']['type'], 'end'>, string> = {
  input: 'a key or a word',
  fetch: 'an answer from the web',
  queue: 'its turn',
  bridge: 'how the call to a number ends',
  agent: 'an agent',
  callback: 'whether to call back',
  voicemail: 'a recording',
}
