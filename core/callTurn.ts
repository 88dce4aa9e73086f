import type { Action, Destination } from './action.ts'
import { type Call, type ContactRef, changes, derive, isOver, type Named, newCall, told, wholeSeconds } from './call.ts'
import type { Card } from './card.ts'
import { type Consent, type ConsentAnswer, type ConsentMode, mayRecord } from './consent.ts'
import { alone, type Conversation, left, recorded, taken as takenBy } from './conversation.ts'
import type { CallEvent, DiversionReason } from './event.ts'
import { beginFlow, type FlowEffect, type FlowFacts, type FlowInput, proceed } from './flowRun.ts'
import { mergeReport } from './leg.ts'
import { CallRefusal } from './refusal.ts'
import type { LegSignal } from './signal.ts'
import { parted, type Talk, type TalkEvent, talk } from './talk.ts'

/** What can happen to a call: a provider's report, or what a person asks. One exhaustive switch in {@link advance}. */
export type CallInput =
  | { type: 'signal'; signal: LegSignal }
  /** It is missing from an extension's list of live calls: nobody there has it any more. */
  | { type: 'vanished'; extensionId: string; at: string | null }
  /**
   * `at`: where the agent is reached; null: its media come by a way that we do not know of. `queueId`: whose call it is
   * from now on; null: as before.
   */
  | { type: 'take'; agent: Named; at: Destination | null; queueId: string | null }
  /** Something that moves the call through its flow. `reason`: why, where it is turned away. */
  | { type: 'flow'; input: FlowInput; reason?: DiversionReason }
  /** Somebody sends it to another queue or number; `to` in words. */
  | { type: 'send'; to: Extract<FlowInput, { type: 'sent' }>['to']; name: string; by: Named }
  /** What is asked of the conversation. `by` null: the center itself. */
  | { type: 'talk'; talk: Talk; by: Named | null }
  /** Somebody on our side hangs up. */
  | { type: 'finish'; by: Named }
  | { type: 'settleContact'; contact: ContactRef | null; by: Named }
  | { type: 'dispose'; disposition: string | null; by: Named }
  /** An agent has told or asked the customer about being recorded, in person. */
  | { type: 'consent'; given: boolean; by: Named }
  /** What the customer was shown, and has said, in the page in which it speaks: of a call that others lead. */
  | { type: 'pageConsent'; consent: Consent }

/** Everything one input can need, read in one go before deciding. */
export interface CallFacts {
  /** Id for the call if this is the first that is heard of it. */
  newCallId: string
  /** Both ends as the signal gives them, read in the workspace's country. */
  from: string | null
  to: string | null
  card: Card
  /** The single contact that the caller surely is. */
  contact: ContactRef | null
  /** The flow that a new call to this number begins with; null for numbers without one. */
  startFlow: { id: string; version: number } | null
  /** What the flow can need; null for calls that others control. */
  flow: FlowFacts | null
  greeting: { text: string; language: string }
}

export interface Turn {
  /** The very same object as before when the input said nothing new. */
  call: Call
  events: CallEvent[]
  /** What the provider shall do now; only for calls whose control is ours. */
  actions: Action[]
  /** What the flow asks of the world besides. */
  effects: FlowEffect[]
}

/**
 * One turn of a call: what one input makes of it. Pure: time and facts are handed in, effects come out as data.
 * Throws {@link CallRefusal} when a person asks for what the call's state does not allow; signals never throw.
 */
export function advance(call: Call | null, input: CallInput, facts: CallFacts, now: string): Turn {
  switch (input.type) {
    case 'signal':
      return hear(call, input.signal, facts, now)
    case 'vanished':
      return vanish(call ?? nothingKnown(), input.extensionId, input.at ?? now, facts)
    case 'take':
      return take(call ?? nothingKnown(), input, facts, now)
    case 'flow':
      return walk(call ?? nothingKnown(), input.input, facts, now, input.reason)
    case 'send':
      return send(call ?? nothingKnown(), input, facts, now)
    case 'talk':
      return converse(call ?? nothingKnown(), input.talk, input.by, facts)
    case 'finish':
      return finish(call ?? nothingKnown(), input.by, facts, now)
    case 'dispose':
      return dispose(call ?? nothingKnown(), input.disposition, input.by)
    case 'consent':
      return hearConsent(call ?? nothingKnown(), input, facts, now)
    case 'pageConsent':
      return takePageConsent(call ?? nothingKnown(), input.consent)
    case 'settleContact':
      return settleContact(call ?? nothingKnown(), input.contact, input.by)
    default:
      return input satisfies never
  }
}

function hear(before: Call | null, signal: LegSignal, facts: CallFacts, now: string): Turn {
  const call = before ?? arrive(signal, facts, signal.at ?? now)
  const known = call.legs.find(leg => leg.providerLegId === signal.providerLegId) ?? null
  const leg = mergeReport(known, {
    providerLegId: signal.providerLegId,
    party: signal.party,
    status: signal.status,
    order: signal.order,
    endReason: signal.endReason,
    at: signal.at ?? now,
    durationSeconds: signal.durationSeconds,
    direction: signal.direction,
    from: facts.from,
    to: facts.to,
    callerName: signal.callerName,
    extensionId: signal.extensionId,
  })
  // A report may come before the one that says who calls whom: what is not known yet is taken from whichever says it.
  const learned = {
    control: call.control === 'provider' && signal.control === 'ours' ? ('ours' as const) : call.control,
    contact: call.contact ?? facts.contact,
  }
  if (before && leg === known && nothingLearned(before, learned)) {
    return { call: before, events: [], actions: instructions(before, facts), effects: [] }
  }
  const legs = known ? call.legs.map(other => (other === known ? leg : other)) : [...call.legs, leg]
  const heard = withConversation(derive({ ...call, ...learned, legs }), signal)
  const gone = leg.status === 'ended' ? parted(heard, partyOf(leg.providerLegId)) : null
  const after = gone === null ? heard : { ...heard, conversation: gone.conversation }
  const events: CallEvent[] = before
    ? changes(before, after)
    : [{ type: 'call.arrived', call: told(after), card: facts.card }]
  if (gone !== null) events.push(...gone.events.map(event => asCallEvent(event, after)))
  if (leg.party === 'agent' && after.flow?.asking?.next === null) {
    const turn = walk(after, { type: 'dialling' }, facts, now)
    return { ...turn, events: [...events, ...turn.events] }
  }
  if (after.flow !== null || after.control !== 'ours' || after.direction !== 'inbound' || isOver(after) || !facts.flow)
    return { call: after, events, actions: instructions(after, facts), effects: [] }
  // Begun by whichever report comes first: the one that asks for instructions may be late.
  if (facts.startFlow === null) return { call: after, events, actions: instructions(after, facts), effects: [] }
  const begun = beginFlow(facts.startFlow, facts.flow)
  const turn = follow({ ...after, flow: begun.run }, begun.effects, facts, now)
  return { ...turn, events: [...events, ...turn.events] }
}

/** Where others lead a call over audio that is ours, the conversation begins when the two talk. */
const withConversation = (call: Call, { conversation }: LegSignal): Call =>
  conversation === undefined || call.conversation !== null || call.status !== 'in-progress'
    ? call
    : { ...call, conversation: takenBy(alone(recordingOf(conversation.consent, call)), conversation.agent) }

const recordingOf = (mode: ConsentMode | null, { consent }: Call): Conversation['recording'] =>
  mode !== null && mayRecord(mode, consent) ? 'on' : 'off'

/** One step through the flow. A call that is over, or has no flow, stays as it is. */
function walk(call: Call, input: FlowInput, facts: CallFacts, now: string, reason?: DiversionReason): Turn {
  const unmoved = { call, events: [], actions: instructions(call, facts), effects: [] }
  if (call.flow === null || facts.flow === null) return unmoved
  // But for what a caller left behind who hung up while recording.
  const recorded = input.type === 'input' && input.result.type === 'recorded'
  if (isOver(call) && !recorded) return unmoved
  const ended = isOver(call) ? proceed(call.flow, { type: 'ended' }, facts.flow).run : call.flow
  const { run, effects } = proceed(ended, input, facts.flow)
  if (run === ended && effects.length === 0) return unmoved
  const turn = follow({ ...call, flow: run }, effects, facts, now, reason)
  if (!isOver(call)) return turn
  const after = derive(turn.call)
  return { ...turn, call: after, events: [...turn.events, ...changes(call, after)] }
}

/** What the flow's effects mean for the call itself. */
function follow(before: Call, effects: FlowEffect[], facts: CallFacts, now: string, reason?: DiversionReason): Turn {
  let call = before
  const events: CallEvent[] = []
  for (const effect of effects) {
    switch (effect.type) {
      case 'enqueue': {
        const queue = facts.flow?.findQueue(effect.queueId)
        call = withoutAgent({ ...call, queue: queue ? { id: queue.id, name: queue.name } : null, queuedAt: now })
        events.push({ type: 'call.queued', call: told(call) })
        break
      }
      case 'requeue': {
        const { agent } = call
        call = withoutAgent(call)
        if (agent) events.push({ type: 'call.requeued', call: told(call), agent })
        break
      }
      case 'keepVoicemail':
        call = { ...call, divertedTo: 'voicemail' }
        break
      case 'promiseCallback':
        call = { ...call, divertedTo: 'callback' }
        break
      case 'divert':
        if (effect.reason !== 'budget' && effect.reason !== 'broken-flow' && effect.to !== 'queue')
          call = { ...call, divertedTo: call.divertedTo ?? 'overflowed' }
        events.push({
          type: 'call.diverted',
          call: told(call),
          reason: effect.reason === 'overflow' ? (reason ?? 'max-wait') : effect.reason,
          to: effect.to,
        })
        break
      case 'noteConsent':
        call = noteConsent(
          call,
          { ...effect.said, ...(saidByAgent(call, effect.said) ?? { by: null, at: now }) },
          facts,
        )
        events.push({ type: 'call.consent_noted', call: told(call), given: effect.said.given })
        break
      case 'bar':
        events.push({ type: 'call.barred', call: told(call), number: effect.number, barred: effect.barred })
        break
      case 'leaveQueue':
      case 'fetch':
      case 'sendText':
        break
      default:
        effect satisfies never
    }
  }
  return { call, events, actions: instructions(call, facts), effects }
}

function send(call: Call, { to, name, by }: Extract<CallInput, { type: 'send' }>, facts: CallFacts, now: string): Turn {
  if (isOver(call)) throw new CallRefusal('call_over', 'This call is over.')
  if (call.control !== 'ours' || call.flow === null)
    throw new CallRefusal('not_controllable', 'This call is on another telephone system: transfer it there.')
  const turn = walk(call, { type: 'sent', to }, facts, now)
  // We are hanging up already.
  if (turn.call === call) throw new CallRefusal('call_over', 'This call is over.')
  // Also where it stands in no line: to a number, or to a queue that is closed and takes a message.
  const sent = withoutAgent(turn.call)
  return {
    ...turn,
    call: sent,
    events: [{ type: 'call.transferred', call: told(sent), to: name, by, left: call.agent }, ...turn.events],
  }
}

const nothingLearned = <Part extends Partial<Call>>(call: Call, learned: Part): boolean =>
  (Object.keys(learned) as (keyof Call)[]).every(field => call[field] === learned[field])

function arrive(signal: LegSignal, facts: CallFacts, at: string): Call {
  const { provider, providerCallId, control } = signal
  const known = { id: facts.newCallId, provider, providerCallId, control, contact: facts.contact }
  return newCall({ ...known, direction: 'inbound', startedAt: at })
}

function vanish(call: Call, extensionId: string, at: string, facts: CallFacts): Turn {
  const legs = call.legs.map(leg =>
    leg.extensionId !== extensionId || leg.status === 'ended'
      ? leg
      : { ...leg, status: 'ended' as const, endReason: 'hangup' as const, endedAt: at, durationSeconds: null },
  )
  if (legs.every((leg, index) => leg === call.legs[index])) return { call, events: [], actions: [], effects: [] }
  const after = derive({ ...call, legs })
  return { call: after, events: changes(call, after), actions: instructions(after, facts), effects: [] }
}

function take(
  call: Call,
  { agent, at, queueId }: Extract<CallInput, { type: 'take' }>,
  facts: CallFacts,
  now: string,
): Turn {
  if (call.agent?.id === agent.id) return { call, events: [], actions: [], effects: [] }
  if (call.agent) throw new CallRefusal('call_taken', `${call.agent.name} has already taken this call.`)
  const { flow } = call
  // Where nothing will tell us when the two begin to talk, it is when the agent takes the call.
  const takenAt = flow !== null && at === null && !isOver(call) ? now : call.takenAt
  const found = queueId === null ? null : facts.flow?.findQueue(queueId)
  const queue = found ? { id: found.id, name: found.name } : call.queue
  // Who hears whom is ours to say only where the agent speaks in the browser.
  const conversation =
    call.control === 'ours' && at?.type === 'softphone' && !isOver(call)
      ? takenBy(call.conversation ?? alone(isRecorded({ ...call, queue }, facts) ? 'on' : 'off'), agent)
      : call.conversation
  const assigned = derive({ ...call, queue, agent, takenAt, conversation })
  const turn = walk(assigned, { type: 'taken', at, queueId }, facts, now)
  return { ...turn, events: [{ type: 'call.assigned', call: told(turn.call), agent }, ...turn.events] }
}

/** What is asked of the conversation changes nothing of what the provider plays. */
function converse(call: Call, asked: Talk, by: Named | null, facts: CallFacts): Turn {
  if (isOver(call)) throw new CallRefusal('call_over', 'This call is over.')
  if (isBetweenPages(call) && asked.type !== 'supervise')
    throw new CallRefusal('not_controllable', 'These two speak in pages of their own: what you ask is done there.')
  if (asked.type === 'record' && asked.recording === 'on') checkRecordable(call, facts)
  const { conversation, events } = talk(call, asked, by)
  const agent = events.reduce((at, event) => (event.type === 'call.assigned' ? event.agent : at), call.agent)
  const after = events.length === 0 ? call : { ...call, conversation, agent }
  return {
    call: after,
    events: events.map(event => asCallEvent(event, after)),
    actions: instructions(after, facts),
    effects: [],
  }
}

/** Whether a conversation is recorded from its beginning, or from when the customer knows. */
function isRecorded({ queue, consent }: Pick<Call, 'queue' | 'consent'>, { flow }: CallFacts): boolean {
  if (flow === null || flow.recording !== 'here') return false
  if (queue !== null && flow.findQueue(queue.id)?.recording === false) return false
  return mayRecord(flow.consent.mode, consent)
}

function checkRecordable({ consent }: Call, { flow }: CallFacts): void {
  if (flow === null) return
  if (flow.recording === null)
    throw new CallRefusal('recording_off', 'Conversations are not recorded in this center. An admin can change that.')
  if (mayRecord(flow.consent.mode, consent)) return
  throw consent === null
    ? new CallRefusal('no_consent', 'The customer has not been told of a recording: ask, and note the answer first.')
    : new CallRefusal('consent_refused', 'The customer does not want to be recorded.')
}

/** Whose word it is, and when they gave it, where what the flow notes is still an agent's. */
const saidByAgent = ({ consent }: Call, { how }: ConsentAnswer): Pick<Consent, 'by' | 'at'> | null =>
  how === 'agent' && consent !== null ? { by: consent.by, at: consent.at } : null

/** Whoever talks by now is recorded from here on, or no longer. */
function noteConsent(before: Call, consent: Consent, facts: CallFacts): Call {
  const call = { ...before, consent }
  const { conversation } = call
  return {
    ...call,
    conversation: conversation && recorded(conversation, isRecorded(call, facts) ? 'on' : 'off'),
  }
}

function hearConsent(
  call: Call,
  { given, by }: Extract<CallInput, { type: 'consent' }>,
  facts: CallFacts,
  now: string,
): Turn {
  if (isOver(call)) throw new CallRefusal('call_over', 'This call is over.')
  if (call.agent === null || (call.control === 'provider' && call.status !== 'in-progress'))
    throw new CallRefusal('not_talking', 'Nobody is talking with this caller yet.')
  if (isBetweenPages(call) && given)
    throw new CallRefusal(
      'not_controllable',
      'The customer is asked in the page in which it speaks, and answers there.',
    )
  const { region = null, version = 0 } = facts.flow?.consent ?? {}
  const unheard = { how: 'agent', policy: 'agent', heard: null, language: null, answer: null } as const
  const said = { ...unheard, given, region, version }
  // Wherever the call goes from here, nobody asks again.
  const flow = call.flow && { ...call.flow, consent: said }
  const after = noteConsent({ ...call, flow }, { ...said, by, at: now }, facts)
  const events: CallEvent[] = [{ type: 'call.consent_noted', call: told(after), given }]
  return { call: after, events, actions: instructions(after, facts), effects: [] }
}

/** Told again, and late, it is the same; a no stays, whoever has heard it. */
function takePageConsent(before: Call, consent: Consent): Turn {
  const { consent: known, conversation } = before
  if (known !== null && (!known.given || known.at === consent.at))
    return { call: before, events: [], actions: [], effects: [] }
  const call: Call = {
    ...before,
    consent,
    conversation: conversation && recorded(conversation, consent.given ? 'on' : 'off'),
  }
  const events: CallEvent[] = [{ type: 'call.consent_noted', call: told(call), given: consent.given }]
  return { call, events, actions: [], effects: [] }
}

/** Others lead it, but who hears whom is ours to say. */
const isBetweenPages = ({ control, conversation }: Call): boolean => control === 'provider' && conversation !== null

const asCallEvent = (event: TalkEvent, call: Call): CallEvent => ({ ...event, call: told(call) })

/** Nobody has it any more: who spoke with the caller, or listened, is out of it. */
const withoutAgent = (call: Call): Call => ({
  ...call,
  agent: null,
  conversation: call.conversation && left(call.conversation),
})

/** Sides of a call whose audio is ours are named `<call>/<party>/<how often it has come in>`. */
const partyOf = (providerLegId: string): string => providerLegId.split('/')[1] ?? ''

function finish(call: Call, by: Named, facts: CallFacts, now: string): Turn {
  if (isOver(call)) return { call, events: [], actions: [], effects: [] }
  // It is over when the provider says so; from now on the script says to hang up.
  if (call.control === 'ours' && call.flow !== null) {
    const turn = walk(call, { type: 'ended' }, facts, now)
    // Said twice, it is done once.
    return turn.call === call ? turn : { ...turn, events: [{ type: 'call.hung_up', call: told(turn.call), by }] }
  }
  // Whoever carries it is told, and ends it: as often as somebody asks, until it is over.
  if (isBetweenPages(call))
    return { call, events: [{ type: 'call.hung_up', call: told(call), by }], actions: [], effects: [] }
  if (call.control !== 'nobody') {
    throw new CallRefusal('not_controllable', 'This call is on another telephone system: hang up there.')
  }
  const after: Call = {
    ...call,
    status: 'completed',
    outcome: 'answered',
    answeredAt: call.answeredAt ?? call.startedAt,
    endedAt: now,
    durationSeconds: wholeSeconds(call.answeredAt ?? call.startedAt, now),
  }
  return { call: after, events: changes(call, after), actions: [], effects: [] }
}

function settleContact(call: Call, contact: ContactRef | null, by: Named): Turn {
  // That it is nobody of the candidates is an answer too, though the call had no contact before either.
  if (contact !== null && call.contact?.id === contact.id) return { call, events: [], actions: [], effects: [] }
  const after = { ...call, contact }
  return { call: after, events: [{ type: 'call.contact_settled', call: told(after), by }], actions: [], effects: [] }
}

function dispose(call: Call, disposition: string | null, by: Named): Turn {
  if (call.disposition === disposition) return { call, events: [], actions: [], effects: [] }
  const after = { ...call, disposition }
  return { call: after, events: [{ type: 'call.disposed', call: told(after), by }], actions: [], effects: [] }
}

/**
 * What the provider shall do, from the call's state alone, so that a webhook delivered twice gets the same answer.
 * Callers of numbers without a flow or a queue hear a greeting and wait with music until somebody takes them.
 */
export function instructions(call: Call, { greeting }: Pick<CallFacts, 'greeting'>): Action[] {
  if (call.control !== 'ours') return []
  if (isOver(call)) return [{ type: 'hangUp' }]
  if (call.flow !== null) return call.flow.script
  return [
    { type: 'say', ...greeting },
    { type: 'play', media: 'hold-music', loop: 0 },
  ]
}

function nothingKnown(): never {
  throw new CallRefusal('not_found', 'There is no such call.')
}
