import type { Action, Destination, Prompt } from '../../core/action.ts'
import { type Conversation, CUSTOMER, type Party } from '../../core/conversation.ts'
import { ask, type Draft, legNews, newLeg, report, SETUP_MS, update } from './lineDraft.ts'
import {
  settleRecording,
  stopCallRecording,
  takeWritten,
  tellRecording,
  type Written,
  writtenSoon,
} from './lineRecording.ts'
import { giveUpListening, interrupt, NOTHING_TYPED, played, press, receive, takeMessage } from './performance.ts'
import type { News } from './report.ts'
import { arrange, depart, end, giveUpRinging, isCaller, move, settleBridge, settleSounds } from './room.ts'

/**
 * One call on our own exchange, decided without doing anything: who is connected, what the customer is played, what is
 * waited for. Time is handed in, what is to be done comes out as {@link Effect}s. Times are milliseconds since the epoch.
 *
 * At most one script is performed. While the exchange asks for the next one (`asking`), none is.
 */
export interface Line {
  readonly room: string
  /** The leg that opened the call, for which scripts are performed: the customer's, or the agent's where we began it. */
  readonly opener: string
  /** Our own id of a call that we began; null: it came in. */
  readonly callId: string | null
  /** Who is in it, by leg, the opener too. */
  readonly legs: Readonly<Record<string, Leg>>
  /** How often each leg has come in, and how those left whom the conversation still names. */
  readonly entries: Readonly<Record<string, number>>
  readonly gone: Readonly<Record<string, Departure>>
  readonly conversation: Conversation | null
  readonly script: { readonly step: number; readonly rest: readonly Action[]; readonly since: number } | null
  /** What is being done with the script; null: nothing can be, for the opener cannot hear it just now. */
  readonly act: Act | null
  /** The present script is being fetched. An answer with a step up to `after` was given before what we came for. */
  readonly asking: { readonly after: number; readonly tries: number } | null
  /** Keys that nobody has asked for yet. */
  readonly typed: { readonly keys: string; readonly at: number }
  readonly recordings: readonly Recording[]
  /** A recording could not be written: when the next may begin; null: at any time. */
  readonly recordAgainAt: number | null
  /** Numbers what is played and recorded, so that what comes late of an earlier one is known. */
  readonly counter: number
  /** The opener is gone: what is left to be told when its message is written. */
  readonly farewell: { readonly message: string; readonly news: readonly News[] } | null
  readonly over: boolean
  /** The exchange stops: what is being recorded is told of, and whoever adopts the call goes on with it. */
  readonly suspended: boolean
}

export interface Caller {
  from: string | null
  to: string
  name: string | null
  /** BCP 47; left out where it is not known. */
  language?: string | null
}

export interface Leg {
  /** Whether its page is there. */
  readonly attached: boolean
  readonly media: 'new' | 'connected' | 'lost'
  /** Whether it was ever connected. */
  readonly answered: boolean
  /** Nothing comes over its connection. */
  readonly silent: boolean
  /** When it is given up unless it connects; null: all is well. */
  readonly until: number | null
  readonly hears: Sounding | null
}

/** What a leg is being played, besides the others. */
export interface Sounding {
  readonly id: string
  readonly what: 'script' | 'ringing' | 'music'
  readonly sounds: readonly Sound[]
  /** 0: for ever. */
  readonly times: 0 | 1
}

export type Sound = Prompt | Tone
export interface Tone {
  type: 'tone'
  tone: 'beep' | 'ringback'
}

export type Act =
  /** `of`: what follows; `rest`: prompts that do. */
  | { readonly type: 'playing'; readonly of: 'prompts' | 'gather' | 'beep'; readonly rest: readonly Prompt[] }
  | { readonly type: 'listening'; readonly until: number }
  | { readonly type: 'recording'; readonly id: string }
  | { readonly type: 'ringing'; readonly to: 'softphone'; readonly until: number }
  /** As long as the leg of the number may take. */
  | { readonly type: 'ringing'; readonly to: 'number'; readonly until: null }
  | { readonly type: 'talking'; readonly to: Destination['type'] }
  | { readonly type: 'pausing'; readonly until: number }
  /** The script says to hang up. */
  | { readonly type: 'done' }

export interface Recording {
  readonly id: string
  readonly of: 'call' | 'voicemail'
  /** The script that it belongs to. */
  readonly step: number
  readonly paused: boolean
  readonly lanes: Lanes
  /** When it is given up; null: it runs. */
  readonly until: number | null
}

export interface Lanes {
  left: string[]
  right: string[]
}

/** `declined`: its person would not. `dismissed`: it is not a party any more. `unanswered`: nobody came in time. */
export type Departure = 'hung-up' | 'declined' | 'lost' | 'dismissed' | 'unanswered' | 'failed'

export type LineInput =
  /** The answer to a report that asked: what is to be played now. */
  | { type: 'script'; step: number; actions: readonly Action[] }
  /** No answer can be had. */
  | { type: 'unanswered' }
  /** The script has changed: whatever is played up to `step` is over. */
  | { type: 'ask'; step: number }
  | { type: 'arrange'; conversation: Conversation }
  | LegInput
  /** Keys of the opener. */
  | { type: 'digits'; digits: string }
  | { type: 'played'; leg: string; id: string }
  /** `silent`: nobody has said anything. `failed`: it could not be written any further. */
  | { type: 'recorded'; id: string; silent: boolean; failed: boolean; milliseconds: number; url: string }
  | { type: 'hangUp' }
  | { type: 'suspend' }
  /** See whether anything is due. */
  | { type: 'look' }

/**
 * Its page is there, is gone; its media flow, are silent, are gone; its person hangs up, or would not answer; there is
 * nobody where it was to ring.
 */
export interface LegInput {
  type: 'attached' | 'detached' | 'connected' | 'silent' | 'lost' | 'left' | 'unreachable'
  leg: string
}

export type Effect =
  /** `asks`: the answer is to be given back as `script`. */
  | {
      type: 'report'
      purpose: 'incoming' | 'input' | 'status' | 'recording'
      step: number
      news: News[]
      asks: boolean
    }
  /** These will be played soon. */
  | { type: 'prepare'; sounds: Sound[] }
  | { type: 'play'; leg: string; id: string; sounds: readonly Sound[]; times: 0 | 1 }
  | { type: 'stop'; leg: string }
  | { type: 'hear'; pairs: [listener: string, speaker: string][] }
  | {
      type: 'record'
      id: string
      channels: 'mono' | 'stereo'
      lanes: Lanes
      limits: { maxSeconds: number; silenceSeconds: number } | null
    }
  | { type: 'recordLegs'; id: string; lanes: Lanes }
  | { type: 'pauseRecording'; id: string; paused: boolean }
  | { type: 'stopRecording'; id: string }
  /** Nobody will ask for it. */
  | { type: 'discard'; id: string }
  /** Somebody may come in. */
  | { type: 'invite'; leg: string; party: Party }
  /** Somebody is called at a number (as the script has it), and may come in. `callerId`: our number. */
  | { type: 'ring'; leg: string; number: string; callerId: string | null }
  /** Its media are gone: connect anew. */
  | { type: 'again'; leg: string }
  /** It is out of the room for good. */
  | { type: 'leave'; leg: string; departure: Departure }
  /** Nothing will come of this line any more. */
  | { type: 'over' }

/** `newId`: for the recording that may begin. */
export interface Moment {
  now: number
  newId: string
}

export interface Decided {
  line: Line
  effects: Effect[]
}

/** Somebody calls. */
export function begin(room: string, caller: Caller, moment: Moment): Decided {
  const line = emptyLine(room, CUSTOMER, { [CUSTOMER]: newLeg(true, moment.now + SETUP_MS) })
  const draft: Draft = { line, effects: [], ...moment }
  ask(draft, 'incoming', 0, [{ ...legNews(line, CUSTOMER, 'ringing'), call: { direction: 'inbound', ...caller } }])
  return { line: draft.line, effects: draft.effects }
}

/** We call an agent, who is then led on by a script. `from`: our number. */
export function dial(
  room: string,
  { callId, agent, from, ringSeconds }: { callId: string | null; agent: Party; from: string; ringSeconds: number },
  moment: Moment,
): Decided {
  const leg = newLeg(false, moment.now + ringSeconds * 1000)
  const draft: Draft = { line: { ...emptyLine(room, agent.id, { [agent.id]: leg }), callId }, effects: [], ...moment }
  draft.effects.push({ type: 'invite', leg: agent.id, party: agent })
  const call = { direction: 'outbound' as const, from, to: null, name: null }
  report(draft, 'status', [{ ...legNews(draft.line, agent.id, 'ringing'), call }])
  return { line: draft.line, effects: draft.effects }
}

/**
 * A call that lived when the server was stopped. `sides`: who was in it and how often each had come in, the opener first.
 * `recordings`: of which the end is still to be told. Whoever comes back in time goes on with it.
 */
export function adopt(room: string, { sides, conversation, recordings }: Adopted, now: number): Line {
  const leg: Leg = { ...newLeg(false, now + SETUP_MS), media: 'lost', answered: true }
  return {
    ...emptyLine(room, sides[0]?.leg ?? CUSTOMER, Object.fromEntries(sides.map(side => [side.leg, leg]))),
    entries: Object.fromEntries(sides.map(side => [side.leg, side.entry])),
    conversation,
    recordings: recordings.map(id => writtenSoon(id, now)),
  }
}

export interface Adopted {
  sides: readonly { leg: string; entry: number }[]
  conversation: Conversation | null
  recordings: readonly string[]
}

const emptyLine = (room: string, opener: string, legs: Line['legs']): Line => ({
  room,
  opener,
  callId: null,
  legs,
  entries: {},
  gone: {},
  conversation: null,
  script: null,
  act: null,
  asking: null,
  typed: NOTHING_TYPED,
  recordings: [],
  recordAgainAt: null,
  counter: 0,
  farewell: null,
  over: false,
  suspended: false,
})

/** One thing that happens to a line. Never throws. What comes late of something earlier changes nothing. */
export function advance(line: Line, input: LineInput, moment: Moment): Decided {
  const draft: Draft = { line, effects: [], ...moment }
  const isLive = () => !draft.line.over && !draft.line.suspended
  // Of any other call only its recordings are waited for.
  if (isLive() || input.type === 'recorded' || (input.type === 'look' && line.over)) react(draft, input)
  if (isLive()) {
    settleBridge(draft)
    if (draft.line.act?.type === 'done') end(draft, 'completed', 'dismissed')
  }
  if (isLive()) {
    settleSounds(draft)
    settleRecording(draft)
  }
  if (isSettled(draft.line) && !isSettled(line)) draft.effects.push({ type: 'over' })
  return { line: draft.line, effects: draft.effects }
}

/** Whether nothing will come of it any more. */
const isSettled = ({ over, recordings }: Line): boolean => over && recordings.length === 0

/** When something is due though nothing happens; null: nothing is. */
export function dueAt({ legs, act, recordings, recordAgainAt }: Line): number | null {
  const times = [
    ...Object.values(legs).map(({ until }) => until),
    act !== null && 'until' in act ? act.until : null,
    ...recordings.map(({ until }) => until),
    recordAgainAt,
  ].filter(time => time !== null)
  return times.length === 0 ? null : Math.min(...times)
}

function react(draft: Draft, input: LineInput): void {
  switch (input.type) {
    case 'script':
      receive(draft, input)
      break
    case 'unanswered':
      if (draft.line.asking !== null) end(draft, 'failed', 'failed')
      break
    case 'ask':
      interrupt(draft, input.step)
      break
    case 'arrange':
      arrange(draft, input.conversation)
      break
    case 'attached':
    case 'detached':
    case 'connected':
    case 'silent':
    case 'lost':
    case 'left':
    case 'unreachable':
      move(draft, input)
      break
    case 'digits':
      press(draft, input.digits)
      break
    case 'played':
      if (draft.line.legs[input.leg]?.hears?.id === input.id) played(draft, input.leg)
      break
    case 'recorded':
      written(draft, input)
      break
    case 'hangUp':
      end(draft, 'completed', 'dismissed')
      break
    case 'suspend':
      stopCallRecording(draft)
      update(draft, { suspended: true })
      break
    case 'look':
      look(draft)
      break
    default:
      input satisfies never
  }
}

function written(draft: Draft, told: Written): void {
  const recording = takeWritten(draft, told.id)
  if (recording?.of === 'call') tellRecording(draft, told)
  else if (recording?.of === 'voicemail') takeMessage(draft, recording.step, told)
}

/** What is due: recordings that nobody tells the end of, legs that do not come back, keys that are not pressed. */
function look(draft: Draft): void {
  const isDue = ({ until }: { until: number | null }): boolean => until !== null && until <= draft.now
  for (const { id } of draft.line.recordings.filter(isDue)) {
    draft.effects.push({ type: 'stopRecording', id })
    written(draft, { id, url: '', milliseconds: 0, silent: true, failed: true })
  }
  const { recordAgainAt } = draft.line
  if (recordAgainAt !== null && recordAgainAt <= draft.now) update(draft, { recordAgainAt: null })
  for (const [id, leg] of Object.entries(draft.line.legs)) {
    if (!isDue(leg) || draft.line.over) continue
    depart(draft, id, leg.answered ? 'lost' : isCaller(draft.line, id) ? 'failed' : 'unanswered')
  }
  const { act } = draft.line
  if (act === null || !('until' in act) || !isDue(act)) return
  if (act.type === 'ringing') giveUpRinging(draft)
  else giveUpListening(draft)
}
