import type { Action } from './action.ts'
import type { Skills } from './agent.ts'
import type { FlowDefinition } from './flow.ts'
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
  /** Nodes entered since the caller last did something, and in all. */
  budget: { sinceInput: number; inAll: number }
  /** Nodes entered, in order, the last 200. */
  path: string[]
  /** Counts the scripts: an answer to an earlier one changes nothing and gets the present script again. */
  step: number
  /** Recognises the input that led to the present script, where it carries a key. */
  lastKey: string | null
  /** What the provider plays now. It depends on nothing but the run, so that a repeat gets the same. */
  script: Action[]
  awaiting: Awaiting
}

export type Awaiting =
  | { type: 'input' }
  | { type: 'fetch' }
  /** In line; `announcedAt` is when position and wait were told last, milliseconds since the epoch. */
  | {
      type: 'queue'
      queueId: string
      announcedAt: number | null
      asking: 'callback' | null
      otherwise: string | null | undefined
    }
  /** Ringing at or talking with a person. `queueId`: the line it came from and returns to when nobody answers. */
  | { type: 'bridge'; queueId: string | null; unanswered: string | null }
  /** An agent has taken the call without a telephone of its own: music until media come. */
  | { type: 'agent'; queueId: string }
  | { type: 'voicemail'; queueId: string; next: string | null }
  | { type: 'end' }

/** What can happen to a run. */
export type FlowInput =
  | { type: 'input'; step: number | null; key: string | null; result: InputResult }
  /** The answer to a `fetch`; null: none in time, an error, or no JSON. */
  | { type: 'fetched'; step: number; answer: unknown }
  /** It stands in the line of its queue now. */
  | { type: 'queued' }
  | { type: 'overflowed'; overflow: Overflow }
  /** An agent has accepted. `number`: where to reach it; null: its media do not come by telephone. */
  | { type: 'taken'; number: string | null }
  /** Somebody sends the call elsewhere. */
  | { type: 'sent'; to: { type: 'queue'; queueId: string } | { type: 'number'; number: string } }
  | { type: 'ended' }

/** What the interpreter may ask of the world, answered before or without waiting. */
export interface FlowFacts {
  now: number
  definition(flowId: string, version: number): FlowDefinition | null
  /** A flow by id or name, with its published version. */
  findFlow(idOrName: string): { id: string; version: number } | null
  findQueue(idOrName: string): QueueFacts | null
  findAgent(idOrName: string): { id: string; name: string; number: string | null } | null
  /** Null: there are no such hours. */
  isOpen(hours: string): boolean | null
  /** What is known of caller, called number and contact, by the names of `Condition`; null: not known. */
  lookUp(name: string): string | null
  /** The caller's number where it can be called back, E.164. */
  callerNumber: string | null
  /** The number to show when dialling on behalf of the call, E.164. */
  ownNumber: string | null
  /** Where calls go whose flow does not know what to do. Null only in a center without queues. */
  defaultQueue: string | null
  /** Whether text messages can be sent. */
  canText: boolean
  /** Place in line (1 is next) and estimated wait in whole seconds; null where not known. */
  place: { position: number; waitSeconds: number | null } | null
}

export interface QueueFacts {
  id: string
  name: string
  open: boolean
  afterHours: Overflow
  overflow: Overflow
  music: Extract<Action, { type: 'play' }>['media']
  announcements: Announcements
  waitKeys: WaitKeys
}

/** What a step asks of the world besides the script. */
export type FlowEffect =
  | { type: 'enqueue'; queueId: string; requires: Skills; priority: number }
  /** Out of the line, without an agent. */
  | { type: 'leaveQueue' }
  /** The agent who took it could not be reached: back to its old place. */
  | { type: 'requeue' }
  | { type: 'fetch'; step: number; method: 'GET' | 'POST'; url: string; body: string | null; deadlineMs: number }
  | { type: 'sendText'; to: string; text: string }
  | { type: 'keepVoicemail'; queueId: string; recordingId: string; url: string; seconds: number }
  | { type: 'promiseCallback'; queueId: string; number: string }
  | { type: 'noteConsent'; given: boolean }
  /** It did not reach an agent by the way that it was meant to; why, for the log and the screens. */
  | { type: 'divert'; reason: 'closed' | 'overflow' | 'budget' | 'broken-flow'; to: Overflow['type'] | 'default-queue' }

export interface FlowStep {
  /** The very same object when the input changed nothing. */
  run: FlowRun
  effects: FlowEffect[]
}
