import type { Action, Destination } from '../../core/action.ts'
import type { Call, Named } from '../../core/call.ts'
import type { CallInput } from '../../core/callTurn.ts'
import type { Conversation, Listening } from '../../core/conversation.ts'
import type { Explanation } from '../../core/explanation.ts'
import type { FlowEffect } from '../../core/flowRun.ts'
import type { Presence } from '../../core/presence.ts'
import type { Signal } from '../../core/signal.ts'
import type { Talk } from '../../core/talk.ts'
import type { Refusal } from '../platform/refusal.ts'
import type { LiveOffer } from '../routing/routingStore.ts'
import type { CallRecord } from './callStore.ts'
import type { Metadata } from './metadataStore.ts'

/** What can be asked of a workspace's calls and people. Everything that decides who talks to whom is one of these. */
export type TurnInput =
  /** What a provider delivered. `answers`: the sender executes the script that it gets back. */
  | { type: 'delivery'; signals: Signal[]; answers: boolean }
  /** What a person asks of a call. `admit` throws when they may not see it. */
  | { type: 'command'; callId: string; admit: (record: CallRecord) => void; input: Command }
  | { type: 'accept' | 'decline'; offerId: string; agentId: string }
  /** `silentSince`: only where nothing has been heard from its desk since then; left out: in any case. */
  | { type: 'choosePresence'; agentId: string; presence: Presence; by: Named | null; silentSince?: Date }
  /** The agent is to take no calls any more: what it has at hand goes on to others. Refused while it talks. */
  | { type: 'standDown'; agentId: string; by: Named }
  /** `seconds` from now on; null: it is over. */
  | { type: 'wrapUp'; agentId: string; callId: string; seconds: number | null }
  /** The answer to an HTTP request of a flow; null: none. `answers`: a delivery waits for the script that it leads to. */
  | { type: 'fetched'; callId: string; step: number; answer: unknown; answers: boolean }
  /** The telephone that a return call begins with could not be dialled, or nobody knows whether it was. */
  | { type: 'undialled'; callId: string }
  /** An agent wants to speak with somebody: it is reached first, by this provider's means. */
  | { type: 'place'; callId: string; agent: Named; to: string; provider: string; metadata: Metadata }
  /** A voicemail or callback is no longer anybody's work. */
  | { type: 'finishWork'; workId: string }
  /** Why does it wait? */
  | { type: 'explain'; callId: string }
  /** Where do these calls stand in line? */
  | { type: 'places'; callIds: string[] }
  /** See whether anything is due, or has become possible by new settings. */
  | { type: 'look' }

export type Command =
  | Extract<CallInput, { type: 'settleContact' | 'dispose' | 'send' | 'consent' | 'pageConsent' }>
  /** `agentId`: whoever is asked about the call leaves it, and the others go on. */
  | { type: 'finish'; agentId: string | null; by: Named }
  | { type: 'take'; agent: Named }
  /** The agent is on this call, which others lead. It is theirs unless it is somebody's already; of theirs there may be more. */
  | { type: 'join'; agent: Named }
  /** To an agent who is free. */
  | { type: 'sendToAgent'; agentId: string; by: Named }
  /** The agent asks a colleague, or whoever is next in a queue, before it goes on. */
  | { type: 'consult'; whom: { type: 'agent' | 'queue'; id: string }; by: Named }
  | { type: 'talk'; talk: Exclude<Talk, { type: 'consult' | 'answerConsultation' | 'supervise' }>; by: Named }
  | { type: 'supervise'; listening: Listening | null; by: Named }

export interface TurnResult {
  /** The call that was spoken of, as it is now; null when none was. */
  call: Call | null
  actions: Action[]
  /** What could not be done, and why. */
  refusal: Refusal | null
  /** The offer that was answered. */
  offer: LiveOffer | null
  /** Where the call stands in line, and who could take it or not. */
  waiting: { since: number; place: { position: number; waitSeconds: number | null }; explanation: Explanation } | null
  /** By call; null: it stands in no line. */
  places: Record<string, { position: number; waitSeconds: number | null } | null>
}

/** An input of which nobody waits to hear. */
export const NOTHING: TurnResult = {
  call: null,
  actions: [],
  refusal: null,
  offer: null,
  waiting: null,
  places: {},
}

/** Work without a caller on the line that an agent has accepted. */
export interface TakenWork {
  kind: 'callback' | 'voicemail'
  workId: string
  agentId: string
  /** The call that returns a callback; null: the agent calls by hand. */
  returnCallId: string | null
}

/** What is to be done once the turns are durable. */
export interface Aftermath {
  fetches: Fetch[]
  commands: ProviderCommand[]
  dueAt: number | null
}

export interface Fetch extends Extract<FlowEffect, { type: 'fetch' }> {
  callId: string
}

/** `ask`: its script has changed, come and get it. `step`: a script that is over, which its coming is the report on. */
export interface ProviderCommand {
  id: string
  callId: string
  provider: string
  command:
    | { type: 'ask'; providerCallId: string; step: number }
    | { type: 'sendText'; to: string; from: string; text: string }
    /** The call is there already, and this is its opening side. It is sent once: see `telephony/outside`. */
    | { type: 'dial'; to: Destination; from: string; ringSeconds: number }
    /** Who is in the call and who hears whom, from now on. */
    | { type: 'arrange'; providerCallId: string; conversation: Conversation }
}
