import type { Action, Destination, Media, Prompt } from './action.ts'
import type { Skills } from './agent.ts'
import type { ConsentAnswer, ConsentDemand } from './consent.ts'
import type { Barred, Dialling } from './dialling.ts'
import { type FlowDefinition, languagesOf, type Next } from './flow.ts'
import { hearOut } from './flowConsent.ts'
import { type Draft, draftOf, holdOn, type Onward, READY, wait } from './flowDraft.ts'
import { answerNode, saveAnswer, walk } from './flowNode.ts'
import {
  answerAgent,
  answerBridge,
  answerCallbackOffer,
  answerLine,
  answerVoicemail,
  bridge,
  enqueue,
  keptVoicemail,
  overflow,
  stand,
  take,
} from './flowQueue.ts'
import { pickLanguage } from './prompt.ts'
import type { Announcements, Overflow, WaitKeys } from './queue.ts'
import type { InputResult } from './signal.ts'

/**
 * Where a call is in its flow. It is stored with the call, so that any process can go on with it, on the versions it
 * began with.
 */
export interface FlowRun {
  flowId: string
  version: number
  nodeId: string
  /** Where to go on when the present sub-flow has come to its end; the innermost last. */
  stack: { flowId: string; version: number; next: string | null }[]
  /** The version of every flow that this call has entered: it stays with them. */
  versions: Record<string, number>
  language: string
  variables: Record<string, string>
  /** How often the present menu has been tried in vain. */
  attempts: number
  /** Nodes entered since the caller last did something, and in all; and how often no queue would have it since then. */
  budget: { sinceInput: number; inAll: number; overflows: number }
  /** Nodes entered, in order. The budget bounds them. */
  path: string[]
  /** Counts the scripts: an answer to an earlier one changes nothing and gets the present script again. */
  step: number
  /** Recognises the input that led to the present script, where it carries a key. */
  lastKey: string | null
  /** Ids of the recordings that were heard of: each is told of more than once, by the script and by the recorder. */
  recordings: string[]
  /** What the provider plays now. It depends on nothing but the run, so that a repeat gets the same. */
  script: Action[]
  awaiting: Awaiting
  /**
   * The caller hears that it is recorded, or is asked: what follows (null: the rest of the script), and how often it was
   * asked in vain.
   */
  asking?: { next: Action[] | null; attempts: number } | null
  /** What has come of it last; left out: nothing has been said about recording yet. */
  consent?: ConsentAnswer
}

export type Awaiting =
  /** The node `nodeId` has asked something. */
  | { type: 'input' }
  /** `step`: the one of the `fetch` that is under way; when nothing has come of it `until` then, nothing will. */
  | { type: 'fetch'; step: number; until: number; unheard: Prompt[] }
  /**
   * In line. `announcedAt`: when position and wait were told last, milliseconds since the epoch; null: it is not sure
   * to stand in the line yet. `asking`: whether it has been asked if it wants to be called back.
   */
  | (Line & { type: 'queue'; announcedAt: number | null; asking: 'callback' | null; unheard: Prompt[] })
  /** Ringing at or talking with a person. */
  | { type: 'bridge'; unanswered: Unanswered }
  /** An agent has taken the call without a telephone of its own: music until media come. */
  | (Line & { type: 'agent' })
  /** Out of line, and asked whether to be called back. */
  | { type: 'callback'; queueId: string }
  | { type: 'voicemail'; queueId: string; next: Next }
  /** `voicemailOf`: whose voicemail the caller was recording when it hung up; what came of it may be told after the end. */
  | { type: 'end'; voicemailOf: string | null }

/**
 * A line that a call stands in, or came from. `otherwise`: where it goes instead of what the queue says. `forAgentId`: it is
 * for this agent alone, who is asked once; null: for anybody of the queue.
 */
export interface Line {
  queueId: string
  otherwise: { next: Next } | null
  forAgentId?: string
}

/** What follows when nobody answers: back to the line it came from, a message, or the next node. */
export type Unanswered =
  | (Line & { type: 'queue' })
  | { type: 'voicemail'; queueId: string }
  | { type: 'node'; next: Next }

/** `agentId`: who of the queue is asked first, be the queue closed or not. */
export type SentTo = { type: 'queue'; queueId: string; agentId?: string } | { type: 'number'; number: string }

/** What can happen to a run. */
export type FlowInput =
  | { type: 'input'; step: number | null; key: string | null; result: InputResult }
  /** The answer to a `fetch`; null: none in time, an error, or no JSON. */
  | { type: 'fetched'; step: number; answer: unknown }
  /** It stands in the line of its queue now. */
  | { type: 'queued' }
  | { type: 'overflowed'; overflow: Overflow }
  /**
   * An agent has accepted, or taken the call by hand. `at`: where to reach it; null: its media come by a way that we do
   * not know of. `queueId`: whose line the call joins if the agent is not reached, where it stood in none; null: none.
   */
  | { type: 'taken'; at: Destination | null; queueId: string | null }
  /** The number that the script leads to is being dialled: whatever stands before it has been heard. */
  | { type: 'dialling' }
  /** Somebody sends the call elsewhere. */
  | { type: 'sent'; to: SentTo }
  | { type: 'ended' }

/** What the interpreter may ask of the world, answered before or without waiting. */
export interface FlowFacts {
  now: number
  definition(flowId: string, version: number): FlowDefinition | null
  /** A flow by id or name, with its published version. */
  findFlow(idOrName: string): { id: string; version: number } | null
  findQueue(idOrName: string): QueueFacts | null
  /** `queueId`: in whose name a softphone rings; null: it takes calls of no queue. */
  findAgent(idOrName: string): { id: string; name: string; at: Destination | null; queueId: string | null } | null
  /** Null: there are no such hours. */
  isOpen(hours: string): boolean | null
  /**
   * What is known of caller, called number and contact, by the names of `Condition`; null: not known. `language` is
   * the caller's own: the call begins in it where the flow speaks it.
   */
  lookUp(name: string): string | null
  /** The caller's number where it can, and may, be called back, E.164. */
  callerNumber: string | null
  /** What is dialled to reach a telephone number in any spelling, or why it must not be. */
  dial(number: string): Dialling
  /** The number to show when dialling on behalf of the call, E.164. */
  ownNumber: string | null
  /** Where calls go whose flow does not know what to do. Null only in a center without queues. */
  defaultQueue: string | null
  /** Whether text messages can be sent. */
  canText: boolean
  /** Place in line (1 is next) and estimated wait in whole seconds; null where not known. */
  place: { position: number; waitSeconds: number | null } | null
  /** What the caller has to know before anything is recorded. */
  consent: ConsentDemand
  /** Who records conversations: `here`, where the audio is ours, or the provider on demand; null: nobody. */
  recording: 'here' | 'provider' | null
}

export interface QueueFacts {
  id: string
  name: string
  open: boolean
  afterHours: Overflow
  overflow: Overflow
  /** Whether conversations are recorded where the recording is ours. */
  recording: boolean
  music: Media
  announcements: Announcements
  waitKeys: WaitKeys
}

/** What a step asks of the world besides the script. */
export type FlowEffect =
  /** `preferredAgentId`: who is asked first; null: as the queue has it. */
  | { type: 'enqueue'; queueId: string; requires: Skills; priority: number; preferredAgentId: string | null }
  /** Out of the line, without an agent. */
  | { type: 'leaveQueue' }
  /** The agent who took it could not be reached: back to its old place. */
  | { type: 'requeue' }
  | { type: 'fetch'; step: number; method: 'GET' | 'POST'; url: string; body: string | null; deadlineMs: number }
  | { type: 'sendText'; to: string; text: string }
  | { type: 'keepVoicemail'; queueId: string; recordingId: string; url: string; seconds: number }
  | { type: 'promiseCallback'; queueId: string; number: string }
  | { type: 'noteConsent'; said: ConsentAnswer }
  /** Calls may not go there: it goes on as if nobody had answered. `number` as it was given. */
  | { type: 'bar'; number: string; barred: Barred }
  /** It did not reach an agent by the way that it was meant to; why, for the log and the screens. */
  | { type: 'divert'; reason: 'closed' | 'overflow' | 'budget' | 'broken-flow'; to: Overflow['type'] | 'default-queue' }

export interface FlowStep {
  /** The very same object when the input changed nothing. */
  run: FlowRun
  effects: FlowEffect[]
}

/** A call enters its flow. Never throws: a flow that cannot be played leads to the default queue. */
export function beginFlow({ id, version }: { id: string; version: number }, facts: FlowFacts): FlowStep {
  const draft = draftOf(
    {
      flowId: id,
      version,
      nodeId: '',
      stack: [],
      versions: { [id]: version },
      language: languageFor(facts.lookUp('language'), facts.definition(id, version)),
      variables: {},
      attempts: 0,
      budget: { sinceInput: 0, inAll: 0, overflows: 0 },
      path: [],
      step: 0,
      lastKey: null,
      recordings: [],
      script: [],
      awaiting: { type: 'end', voicemailOf: null },
    },
    facts,
  )
  walk(draft, facts.definition(id, version)?.start ?? '')
  return { run: draft.run, effects: draft.effects }
}

/** The caller's language in the form that the flow speaks it; where it does not, that of the flow. */
function languageFor(wanted: string | null, definition: FlowDefinition | null): string {
  const usual = definition?.language ?? 'en-US'
  if (wanted === null || definition === null) return usual
  return pickLanguage([...languagesOf(definition), usual], wanted, usual)!
}

/**
 * Something has happened to a call in its flow. A repeat, a report on an earlier script and what does not fit what is
 * awaited give back the very same run without effects: its script is the answer. Never throws.
 */
export function proceed(run: FlowRun, input: FlowInput, facts: FlowFacts): FlowStep {
  const draft = draftOf(run, facts)
  const onward = react(draft, input)
  if (onward === undefined) return { run, effects: [] }
  walk(draft, onward)
  return { run: draft.run, effects: draft.effects }
}

/** Undefined: it changes nothing. */
function react(draft: Draft, input: FlowInput): Onward | undefined {
  const { awaiting } = draft.run
  switch (input.type) {
    case 'input':
      return isLate(draft.run, input) ? undefined : answer(draft, input)
    case 'fetched':
      if (awaiting.type !== 'fetch' || awaiting.step !== input.step) return undefined
      draft.prompts.push(...awaiting.unheard)
      return saveAnswer(draft, input.answer)
    case 'queued':
      return stand(draft)
    case 'overflowed':
      if (awaiting.type !== 'queue') return undefined
      draft.prompts.push(...awaiting.unheard)
      return overflow(draft, awaiting, input.overflow, 'overflow')
    case 'taken': {
      const line = lineOf(awaiting, input.queueId)
      return line === null ? undefined : take(draft, line, input.at)
    }
    case 'dialling':
      return settleWhileDialling(draft)
    case 'sent':
      return send(draft, input.to)
    case 'ended':
      return end(draft)
    default:
      return input satisfies never
  }
}

/** The line out of which a call can be taken; null: it cannot be taken, or stands in none. */
function lineOf(awaiting: Awaiting, queueId: string | null): Line | null {
  switch (awaiting.type) {
    case 'queue':
      return awaiting
    case 'input':
    case 'fetch':
    case 'callback':
    case 'voicemail':
      return queueId === null ? null : { queueId, otherwise: null }
    case 'bridge':
    case 'agent':
    case 'end':
      return null
    default:
      return awaiting satisfies never
  }
}

function isLate(run: FlowRun, { step, key, result }: Extract<FlowInput, { type: 'input' }>): boolean {
  if (result.type === 'recorded' && run.recordings.includes(result.recordingId)) return true
  // What a caller was recording when it hung up answers the script before the last.
  if (run.awaiting.type === 'end' && run.awaiting.voicemailOf !== null && result.type === 'recorded') return false
  return (step !== null && step !== run.step) || (key !== null && key === run.lastKey)
}

function answer(draft: Draft, { key, result }: Extract<FlowInput, { type: 'input' }>): Onward | undefined {
  const { awaiting, asking } = draft.run
  if (key !== null) draft.run = { ...draft.run, lastKey: key }
  if (result.type === 'recorded')
    draft.run = { ...draft.run, recordings: [...draft.run.recordings, result.recordingId] }
  if (isOfTheCaller(result)) draft.run = { ...draft.run, budget: { ...draft.run.budget, sinceInput: 0, overflows: 0 } }
  if (asking && isHeardOut(asking, result)) {
    settleAsked(draft, result)
    if (asking.next !== null) return READY
  }
  switch (awaiting.type) {
    case 'input':
      return result.type === 'dialled' || result.type === 'recorded' ? undefined : answerNode(draft, result)
    case 'fetch':
      if (result.type !== 'none') return undefined
      // Whoever was to ask may have died meanwhile.
      if (draft.facts.now > awaiting.until) return saveAnswer(draft, null)
      return holdOn(draft, 'hold-music', { ...awaiting, unheard: [] })
    case 'queue':
      return answerLine(draft, awaiting, result)
    case 'callback':
      return answerCallbackOffer(draft, awaiting, result)
    case 'bridge':
      return result.type === 'dialled' ? answerBridge(draft, awaiting, result.outcome) : undefined
    case 'agent':
      return result.type === 'none' ? answerAgent(draft, awaiting) : undefined
    case 'voicemail':
      return answerVoicemail(draft, awaiting, result)
    case 'end':
      return keepLate(draft, awaiting.voicemailOf, result)
    default:
      return awaiting satisfies never
  }
}

/** Whether it is the end of what had to be said: of a script of its own, or of one that went on to a number. */
const isHeardOut = ({ next }: NonNullable<FlowRun['asking']>, { type }: InputResult): boolean =>
  next === null ? type === 'dialled' : type !== 'dialled' && type !== 'recorded'

function settleWhileDialling(draft: Draft): Onward | undefined {
  if (draft.run.asking?.next !== null) return undefined
  settleAsked(draft, { type: 'none' })
  return READY
}

/** Whether it may be recorded is settled, or asked once more. */
function settleAsked(draft: Draft, result: InputResult): void {
  const { run, said } = hearOut(draft.run, draft.facts, result)
  draft.run = run
  if (said !== null) draft.effects.push({ type: 'noteConsent', said })
}

const isOfTheCaller = (result: InputResult): boolean =>
  result.type === 'digits' || result.type === 'speech' || (result.type === 'recorded' && result.seconds >= 1)

/** A call that is sent away does not come back to its flow. */
function send(draft: Draft, to: SentTo): Onward | undefined {
  const { awaiting } = draft.run
  if (awaiting.type === 'end') return undefined
  if (awaiting.type === 'queue') draft.effects.push({ type: 'leaveQueue' })
  draft.run = { ...draft.run, stack: [], budget: { ...draft.run.budget, sinceInput: 0, overflows: 0 } }
  if (to.type === 'queue')
    return enqueue(draft, to.queueId, {
      requires: {},
      priority: 0,
      otherwise: null,
      preferredAgentId: to.agentId ?? null,
    })
  return bridge(draft, to, { type: 'node', next: null })
}

function end(draft: Draft): Onward | undefined {
  const { awaiting } = draft.run
  if (awaiting.type === 'end') return undefined
  const voicemailOf = awaiting.type === 'voicemail' ? awaiting.queueId : null
  return wait(draft, { type: 'hangUp' }, { type: 'end', voicemailOf })
}

/** A caller who hung up while recording has left a message all the same. */
function keepLate(draft: Draft, queueId: string | null, result: InputResult): Onward | undefined {
  const kept = queueId === null ? null : keptVoicemail(queueId, result)
  if (kept === null) return undefined
  draft.effects.push(kept)
  draft.run = { ...draft.run, awaiting: { type: 'end', voicemailOf: null } }
  return READY
}
