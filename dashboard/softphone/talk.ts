import type { Call } from '../../client/contract.ts'
import type { SoftphoneLeg, SoftphoneState } from '../../client/softphone/softphone.ts'
import { isOver } from '../../react/callQueue.ts'
import { type Party, speakerIn } from '../../react/conversation.ts'
import type { Tone } from '../../react/StateBadge.tsx'

export type TalkState =
  | 'connecting'
  | 'reconnecting'
  /** Another window of this person has its audio. */
  | 'elsewhere'
  /** We call the customer, who has not answered yet. */
  | 'calling'
  | 'asking'
  | 'private'
  | 'three-way'
  | 'held'
  | 'muted'
  | 'talking'

/** A call whose audio is ours, as somebody who speaks in it sees it. */
export interface Talk {
  role: 'agent' | 'consultant'
  /** Of all that is so just now, what matters most. */
  state: TalkState
  muted: boolean
  held: boolean
  recording: 'off' | 'on' | 'paused'
  /** The other of agent and consultant, or whom or which queue the agent asks, by name. Null: nobody. */
  colleague: string | null
  consultation: 'asking' | 'private' | 'three-way' | null
  /** Who listens, as far as this person is told. */
  supervisors: readonly Party[]
}

/**
 * What this agent's part of a call is. Null: the audio is not ours, it is over, or they do not speak in it, or do so in a
 * page of their CRM.
 *
 * @param leg this page's own part; null where it has none (yet).
 */
export function talkOf(
  call: Pick<Call, 'control' | 'conversation' | 'status' | 'direction' | 'answeredAt'>,
  agentId: string | null,
  leg: SoftphoneLeg | null,
  { first }: Pick<SoftphoneState, 'first'>,
): Talk | null {
  const { conversation } = call
  const me = speakerIn(call, agentId)
  if (!conversation || me === null || call.control !== 'ours' || isOver(call)) return null
  const { held, recording, consultation, parties } = conversation
  const role = me.role === 'consultant' ? 'consultant' : 'agent'
  const other = parties.find(party => party.role === (role === 'agent' ? 'consultant' : 'agent'))
  const muted = me.muted || (leg?.muted ?? false)
  return {
    role,
    state: audioState(leg, first) ?? standOf(call, muted),
    muted,
    held,
    recording,
    colleague: other?.person?.name ?? consultation?.asked.name ?? null,
    consultation: consultation?.state ?? null,
    supervisors: parties.filter(party => party.role === 'supervisor'),
  }
}

type Standing = Pick<Call, 'conversation' | 'direction' | 'answeredAt'>

/** How a conversation stands, apart from its audio. `muted`: its agent, unless somebody else looks at it. */
export function standOf(call: Standing, muted: boolean = isAgentMuted(call)): TalkState {
  const { conversation, direction, answeredAt } = call
  if (conversation?.consultation) return conversation.consultation.state
  if (direction === 'outbound' && answeredAt === null) return 'calling'
  if (conversation?.held) return 'held'
  return muted ? 'muted' : 'talking'
}

const isAgentMuted = ({ conversation }: Standing): boolean =>
  conversation?.parties.some(({ role, muted }) => role === 'agent' && muted) ?? false

/** What is to be said of the audio itself; null: it flows. */
function audioState(leg: SoftphoneLeg | null, first: boolean): TalkState | null {
  if (leg === null) return first ? 'connecting' : 'elsewhere'
  return leg.connection === 'connected' ? null : leg.connection
}

export const TALK_TONES: Record<TalkState, Tone> = {
  connecting: 'ringing',
  reconnecting: 'ringing',
  elsewhere: 'done',
  calling: 'ringing',
  asking: 'waiting',
  private: 'waiting',
  'three-way': 'live',
  held: 'waiting',
  muted: 'missed',
  talking: 'live',
}

/** What has to be said about the telephone of this page, the most pressing first. */
export type PhoneNotice = 'connecting' | 'microphone' | 'silenced' | 'not-first' | 'ready'

/** @param needsMicrophone whether this person speaks by this page, and not by a telephone of their own. */
export function phoneNoticeOf(state: SoftphoneState, needsMicrophone: boolean): PhoneNotice {
  const { registered, first, legs, microphone, silenced } = state
  if (microphone !== null && (needsMicrophone || legs.length > 0)) return 'microphone'
  if (silenced) return 'silenced'
  if (!registered) return 'connecting'
  return first ? 'ready' : 'not-first'
}
