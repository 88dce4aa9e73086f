import type { Destination, Prompt } from './action.ts'
import type { Skills } from './agent.ts'
import type { Next, Spoken } from './flow.ts'
import { askForKey, type Draft, hangUp, holdOn, lookUpIn, type Onward, say, wait, within } from './flowDraft.ts'
import type { Awaiting, FlowEffect, Line, QueueFacts, Unanswered } from './flowRun.ts'
import { phrase, positionPhrase, waitPhrase } from './phrase.ts'
import { fill } from './prompt.ts'
import type { Overflow } from './queue.ts'
import type { DialOutcome, InputResult } from './signal.ts'
import { cleanLine } from './text.ts'

/** How long an agent's telephone, or one that calls overflow to, rings. Whole seconds. */
const RING_SECONDS = 20
/** A queue may overflow into another one, and that into the first: after this often, a message is taken. */
const MAX_OVERFLOWS = 5
/** Whole seconds after a question of the center's own. */
export const ANSWER_SECONDS = 5
const SILENCE_SECONDS = 5
const VOICEMAIL_SECONDS = 120

type Await<Type extends Awaiting['type']> = Extract<Awaiting, { type: Type }>

interface Demand {
  requires: Skills
  priority: number
  otherwise: Line['otherwise']
  preferredAgentId: string | null
}

const ANYBODY: Demand = { requires: {}, priority: 0, otherwise: null, preferredAgentId: null }

/** Into the line of a queue, or where its calls go while it is closed. */
export function enqueue(
  draft: Draft,
  idOrName: string,
  { requires, priority, otherwise, preferredAgentId }: Demand = ANYBODY,
): Onward {
  const queue = draft.facts.findQueue(idOrName)
  if (queue === null) return divert(draft, 'broken-flow')
  const line: Line = { queueId: queue.id, otherwise }
  if (!queue.open && preferredAgentId === null)
    return overflow(draft, { ...line, otherwise: null }, queue.afterHours, 'closed')
  draft.effects.push({ type: 'enqueue', queueId: queue.id, requires, priority, preferredAgentId })
  return join(draft, line)
}

/** One agent is asked, in the name of its queue but whether that is open or not; where it does not answer, `next` follows. */
export function askAgent(draft: Draft, agent: { id: string; queueId: string | null }, next: Next): Onward {
  const { id: forAgentId, queueId } = agent
  if (queueId === null || draft.facts.findQueue(queueId) === null) return next
  draft.effects.push({ type: 'enqueue', queueId, requires: {}, priority: 0, preferredAgentId: forAgentId })
  return join(draft, { queueId, otherwise: { next }, forAgentId })
}

/** `queued` follows within the same turn as a rule, before anything of this script is heard: it is kept for then. */
function join(draft: Draft, line: Line): Onward {
  const unheard = [...draft.prompts]
  const music = draft.facts.findQueue(line.queueId)?.music ?? 'hold-music'
  return holdOn(draft, music, { ...line, type: 'queue', announcedAt: null, asking: null, unheard })
}

/** It stands in the line. Said twice, it changes nothing: the caller is listening to the announcement already. */
export function stand(draft: Draft): Onward | undefined {
  const { awaiting } = draft.run
  if (awaiting.type === 'queue' && awaiting.announcedAt === null) {
    draft.prompts.push(...awaiting.unheard)
    return waitInLine(draft, awaiting)
  }
  if (awaiting.type !== 'agent') return undefined
  const { queueId, otherwise } = awaiting
  return waitInLine(draft, { type: 'queue', queueId, otherwise, announcedAt: null, asking: null, unheard: [] })
}

/** The next stretch of waiting: the announcement when it is due, and music. */
function waitInLine(draft: Draft, line: Await<'queue'>): Onward {
  const { now } = draft.facts
  const queue = draft.facts.findQueue(line.queueId)
  const due = line.announcedAt === null || (queue !== null && now - line.announcedAt >= queue.announcements.everyMs)
  // Who is led to one agent is in nobody's line.
  const isAlone = line.forAgentId !== undefined
  const announced = queue !== null && due && !isAlone ? announcement(draft, queue) : []
  const awaiting: Awaiting = { ...line, announcedAt: due ? now : line.announcedAt, asking: null, unheard: [] }
  const music = queue?.music ?? 'hold-music'
  if (queue === null || isAlone || offers(draft, queue).length === 0) {
    draft.prompts.push(...announced)
    return holdOn(draft, music, awaiting)
  }
  return askForKey(draft, [...announced, { type: 'play', media: music, loop: 1 }], 1, awaiting)
}

function announcement(draft: Draft, queue: QueueFacts): Prompt[] {
  const { language } = draft.run
  const { place } = draft.facts
  const position = place && queue.announcements.position ? positionPhrase(place.position, language) : null
  const time = place && queue.announcements.wait ? waitPhrase(place.waitSeconds, language) : null
  const keys = offers(draft, queue).map(({ kind, key }) => phrase(`key-${kind}`, language, { key }))
  return [position, time, ...keys].filter(prompt => prompt !== null)
}

/** The keys that end the wait. Who shows no number cannot be called back. */
function offers({ facts }: Draft, { waitKeys }: QueueFacts) {
  const callback = facts.callerNumber === null ? null : waitKeys.callback
  return [
    { kind: 'voicemail' as const, key: waitKeys.voicemail ?? '' },
    { kind: 'callback' as const, key: callback ?? '' },
  ].filter(({ key }) => /^[0-9*#]$/.test(key))
}

export function answerLine(draft: Draft, line: Await<'queue'>, result: InputResult): Onward | undefined {
  if (result.type !== 'none' && result.type !== 'digits') return undefined
  // Prompts of the way here have been heard, although the place in line is not confirmed yet.
  if (line.announcedAt === null) return result.type === 'none' ? join(draft, line) : undefined
  if (line.asking === 'callback') {
    const number = promised(draft, result)
    if (number === null) return waitInLine(draft, line)
    draft.effects.push({ type: 'leaveQueue' })
    return promiseCallback(draft, line.queueId, number)
  }
  const queue = draft.facts.findQueue(line.queueId)
  const offered = queue === null || line.forAgentId !== undefined ? [] : offers(draft, queue)
  if (result.type === 'digits' && offered.length === 0) return undefined
  const chosen = result.type === 'digits' ? offered.find(({ key }) => key === result.digits) : undefined
  if (chosen === undefined) return waitInLine(draft, line)
  if (chosen.kind === 'callback') return offerCallback(draft, { ...line, asking: 'callback' })
  draft.effects.push({ type: 'leaveQueue' })
  return takeMessage(draft, line.queueId)
}

/** Where a call goes that may not wait. What the queue says holds for good: it does not come back to the flow. */
export function overflow(draft: Draft, line: Line, action: Overflow, reason: 'closed' | 'overflow'): Onward {
  if (line.otherwise !== null) {
    draft.effects.push({ type: 'divert', reason, to: kindOf(draft, line.otherwise.next) })
    return line.otherwise.next
  }
  const { budget } = draft.run
  const overflows = budget.overflows + 1
  draft.run = { ...draft.run, stack: [], budget: { ...budget, overflows } }
  const to: Overflow = overflows > MAX_OVERFLOWS ? { type: 'voicemail' } : action
  draft.effects.push({ type: 'divert', reason, to: to.type })
  switch (to.type) {
    case 'voicemail':
      return takeMessage(draft, line.queueId)
    case 'queue':
      if (draft.facts.findQueue(to.queueId) === null) return takeMessage(draft, line.queueId)
      return enqueue(draft, to.queueId)
    case 'number':
      return bridge(draft, to, { type: 'voicemail', queueId: line.queueId })
    case 'callback':
      if (draft.facts.callerNumber === null) return takeMessage(draft, line.queueId)
      return offerCallback(draft, { type: 'callback', queueId: line.queueId })
    case 'message': {
      const text = cleanLine(fill(to.text, lookUpIn(draft)), 1000)
      if (text !== null) draft.prompts.push({ type: 'say', text, language: draft.run.language })
      return hangUp(draft)
    }
    case 'hangUp':
      return hangUp(draft)
    default:
      return to satisfies never
  }
}

/** What the flow's own way out amounts to, in the words of the queues' settings. */
function kindOf({ run, facts }: Draft, next: string | null): Overflow['type'] {
  const nodes = facts.definition(run.flowId, run.version)?.nodes ?? {}
  if (next === null || !Object.hasOwn(nodes, next)) return 'hangUp'
  const { type } = nodes[next]!
  if (type === 'ring') return 'number'
  return type === 'queue' || type === 'voicemail' || type === 'callback' || type === 'hangUp' ? type : 'message'
}

/** The flow does not know what to do: its caller gets to people all the same. */
export function divert(draft: Draft, reason: 'budget' | 'broken-flow'): Onward {
  const { defaultQueue } = draft.facts
  const queue = defaultQueue === null ? null : draft.facts.findQueue(defaultQueue)
  draft.effects.push({ type: 'divert', reason, to: queue === null ? 'hangUp' : 'default-queue' })
  say(draft, null, queue === null ? 'sorry-goodbye' : 'sorry')
  return queue === null ? hangUp(draft) : enqueue(draft, queue.id)
}

/** An agent has accepted. */
export function take(draft: Draft, { queueId, otherwise }: Line, at: Destination | null): Onward {
  if (at !== null) return bridge(draft, at, { type: 'queue', queueId, otherwise })
  say(draft, null, 'connecting')
  return answerAgent(draft, { type: 'agent', queueId, otherwise })
}

export const answerAgent = (draft: Draft, awaiting: Await<'agent'>): Onward =>
  holdOn(draft, draft.facts.findQueue(awaiting.queueId)?.music ?? 'hold-music', awaiting)

/** Rings there: the only way in which a script leads to a telephone. `ringSeconds`: 5 to 60. */
export function bridge(draft: Draft, to: Destination, unanswered: Unanswered, ringSeconds = RING_SECONDS): Onward {
  if (to.type === 'number' && to.number.trim() === '') return notReached(draft, unanswered)
  const dialled = to.type === 'number' ? draft.facts.dial(to.number) : null
  if (to.type === 'number' && dialled?.barred) {
    draft.effects.push({ type: 'bar', number: to.number, barred: dialled.barred })
    return notReached(draft, unanswered)
  }
  const action = {
    type: 'bridge' as const,
    // What has been judged is what is dialled, whatever others might read in the way it was written.
    to: dialled?.number != null ? { type: 'number' as const, number: dialled.number } : to,
    callerId: draft.facts.ownNumber,
    ringSeconds: within(ringSeconds, 5, 60),
  }
  return wait(draft, action, { type: 'bridge', unanswered })
}

export const answerBridge = (draft: Draft, { unanswered }: Await<'bridge'>, outcome: DialOutcome): Onward =>
  outcome === 'answered' ? hangUp(draft) : notReached(draft, unanswered)

function notReached(draft: Draft, unanswered: Unanswered): Onward {
  switch (unanswered.type) {
    case 'queue':
      draft.effects.push({ type: 'requeue' })
      say(draft, null, 'back-in-line')
      return join(draft, unanswered)
    case 'voicemail':
      return takeMessage(draft, unanswered.queueId)
    case 'node':
      if (unanswered.next === null) say(draft, null, 'unreachable')
      return unanswered.next
    default:
      return unanswered satisfies never
  }
}

function takeMessage(draft: Draft, queueId: string): Onward {
  say(draft, null, 'voicemail')
  return record(draft, VOICEMAIL_SECONDS, { type: 'voicemail', queueId, next: null })
}

/** `maxSeconds`: 5 to 600. */
export const record = (draft: Draft, maxSeconds: number, awaiting: Await<'voicemail'>): Onward =>
  wait(draft, { type: 'record', maxSeconds: within(maxSeconds, 5, 600), silenceSeconds: SILENCE_SECONDS }, awaiting)

export function answerVoicemail(draft: Draft, awaiting: Await<'voicemail'>, result: InputResult): Onward | undefined {
  const { queueId, next } = awaiting
  const kept = keptVoicemail(queueId, result)
  if (kept === null && result.type !== 'none' && result.type !== 'recorded') return undefined
  if (kept !== null) draft.effects.push(kept)
  if (kept === null) say(draft, null, 'nothing-recorded')
  else if (next === null && draft.run.stack.length === 0) say(draft, null, 'voicemail-kept')
  return next
}

/** What was recorded, where that is a message at all: null for less than a second. */
export function keptVoicemail(queueId: string, result: InputResult): FlowEffect | null {
  if (result.type !== 'recorded' || !(result.seconds >= 1)) return null
  const { recordingId, url, seconds } = result
  return { type: 'keepVoicemail', queueId, recordingId, url, seconds }
}

const offerCallback = (draft: Draft, awaiting: Awaiting): Onward =>
  askForKey(draft, [phrase('callback-offer', draft.run.language)], ANSWER_SECONDS, awaiting)

export function answerCallbackOffer(
  draft: Draft,
  { queueId }: Await<'callback'>,
  result: InputResult,
): Onward | undefined {
  if (result.type !== 'digits' && result.type !== 'none') return undefined
  const number = promised(draft, result)
  return number === null ? takeMessage(draft, queueId) : promiseCallback(draft, queueId, number)
}

/** The number to call back, where the answer was yes. */
export const promised = ({ facts }: Draft, result: InputResult): string | null =>
  result.type === 'digits' && result.digits === '1' ? facts.callerNumber : null

export function promiseCallback(
  draft: Draft,
  queueId: string,
  number: string,
  confirmed: Spoken | null = null,
): Onward {
  draft.effects.push({ type: 'promiseCallback', queueId, number })
  say(draft, confirmed, 'callback-promised')
  return hangUp(draft)
}
