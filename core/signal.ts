import type { Named } from './call.ts'
import type { ConsentMode } from './consent.ts'
import type { EndReason, LegStatus } from './leg.ts'

/**
 * What a provider tells us, in our words. `providers/<name>/parse.ts` makes these from what came over the wire;
 * nothing further in knows how a vendor spells anything.
 */
export type Signal = LegSignal | RosterSignal | InputSignal | RecordingSignal

export interface LegSignal {
  type: 'leg'
  provider: string
  /** The provider's id of the whole call. */
  providerCallId: string
  /** The provider's id of the side that is spoken of; equals `providerCallId` where a call has one side. */
  providerLegId: string
  /** Our own id of the call, where the address that this came to says it: the first that is heard of one that we began. */
  callId?: string
  party: 'customer' | 'agent' | 'supervisor'
  /** Null: the provider used a word that is not known here. The call is kept; its status stays. */
  status: LegStatus | null
  endReason: EndReason | null
  /** Place in the provider's own order of reports on this leg; null where it gives none. */
  order: number | null
  /** When it happened by the provider's clock, ISO 8601; null where it does not say. */
  at: string | null
  durationSeconds: number | null
  /** Null where this report does not say. */
  direction: 'inbound' | 'outbound' | null
  from: string | null
  to: string | null
  callerName: string | null
  /** What the caller's own device is set to, BCP 47, where that is known. */
  language?: string | null
  /**
   * Who decides what happens to the call next: `ours` when the provider executes what we answer (TwiML, NCCO),
   * `provider` when it only tells us.
   */
  control: 'ours' | 'provider'
  /** Whose line it rings on, where the provider reports per extension. */
  extensionId: string | null
  /**
   * Only of a call that others lead over audio that is ours: who of the two speaks for us, and what the customer has to
   * know before they are recorded; null: they are not. From when they talk, somebody may listen.
   */
  conversation?: { agent: Named; consent: ConsentMode | null }
}

/** All calls that are alive on one extension just now. A call that was on it and is not in the list has ended. */
export interface RosterSignal {
  type: 'roster'
  provider: string
  extensionId: string
  providerCallIds: string[]
  /** Rises per extension; an older roster than the newest one seen is ignored. */
  order: number | null
  at: string | null
}

/** The provider has played a script to its end, tells what came of it, and asks what next. */
export interface InputSignal {
  type: 'input'
  provider: string
  providerCallId: string
  /** As in {@link LegSignal}. */
  callId?: string
  /** Which script this answers, as the address that it was sent to says; null where the address names none. */
  step: number | null
  /** Makes a repeat of this very report recognisable; null where the provider gives nothing to know it by. */
  key: string | null
  result: InputResult
}

/**
 * - `none`: nothing was entered in time, or there was nothing to enter.
 * - `dialled`: how the attempt to reach the number of a `bridge` ended; `answered` when the conversation is over.
 * - `recorded`: what a `record` made; whole seconds.
 */
export type InputResult =
  | { type: 'none' }
  | { type: 'digits'; digits: string }
  | { type: 'speech'; text: string; confidence: number | null }
  | { type: 'dialled'; outcome: DialOutcome }
  | { type: 'recorded'; recordingId: string; url: string; seconds: number }

export type DialOutcome = 'answered' | 'busy' | 'no-answer' | 'failed' | 'canceled'

/** How far a recording has got at the provider. */
export interface RecordingSignal {
  type: 'recording'
  provider: string
  providerCallId: string
  recordingId: string
  of: 'call' | 'voicemail'
  status: 'in-progress' | 'completed' | 'absent'
  url: string | null
  seconds: number | null
}
