import type { Named } from './call.ts'

/**
 * Who is in a call, and who hears whom. It is stored with the call; whoever carries the audio is told it whole, again
 * and again, and makes it so.
 */
export interface Conversation {
  /** Counts up with every change: an older one that comes later is ignored. */
  revision: number
  parties: Party[]
  /** The customer hears music, and is heard by nobody. */
  held: boolean
  consultation: Consultation | null
  recording: 'off' | 'on' | 'paused'
}

export type Party =
  | { id: string; role: 'customer' }
  /** Whose call it is. */
  | { id: string; role: 'agent'; person: Named; muted: boolean }
  /** Whom the agent asks. */
  | { id: string; role: 'consultant'; person: Named; muted: boolean }
  /** `visible`: whether the agent is told. */
  | { id: string; role: 'supervisor'; person: Named; listening: Listening; visible: boolean }

/** `monitor`: heard by nobody. `whisper`: heard by the agent alone. `barge`: heard by all. */
export type Listening = 'monitor' | 'whisper' | 'barge'

/**
 * The agent asks somebody before, or instead of, going on. `workId`: under which it is offered. `asked`: the agent or the
 * queue. `private`: the two speak while the customer hears music; `three-way`: all three speak.
 */
export interface Consultation {
  workId: string
  asked: { type: 'agent' | 'queue' } & Named
  state: 'asking' | 'private' | 'three-way'
}

export const CUSTOMER = 'customer'
export const partyOfAgent = (agentId: string): string => `agent:${agentId}`
export const partyOfSupervisor = (userId: string): string => `supervisor:${userId}`
/** Also of one that is not in the conversation any more. */
export const isSupervisor = (partyId: string): boolean => partyId.startsWith('supervisor:')

/** The customer, and nobody yet to talk with. */
export const alone = (recording: Conversation['recording'] = 'off'): Conversation => ({
  revision: 0,
  parties: [{ id: CUSTOMER, role: 'customer' }],
  held: false,
  consultation: null,
  recording,
})

type Change = Partial<Omit<Conversation, 'revision'>>

const change = (before: Conversation, changes: Change): Conversation => ({
  ...before,
  ...changes,
  revision: before.revision + 1,
})

export const agentIn = ({ parties }: Conversation) => parties.find(party => party.role === 'agent') ?? null
export const consultantIn = ({ parties }: Conversation) => parties.find(party => party.role === 'consultant') ?? null
export const supervisorsIn = ({ parties }: Conversation) => parties.filter(party => party.role === 'supervisor')

const without = ({ parties }: Conversation, ...roles: Party['role'][]): Party[] =>
  parties.filter(({ role }) => !roles.includes(role))

/** An agent has taken the call, from whomever had it. */
export const taken = (before: Conversation, agent: Named): Conversation =>
  change(before, {
    parties: [
      ...without(before, 'agent', 'consultant'),
      { id: partyOfAgent(agent.id), role: 'agent', person: agent, muted: false },
    ],
    held: false,
    consultation: null,
  })

/** Nobody has it any more: it waits, or goes elsewhere. The very same object where nobody had it. */
export const left = (before: Conversation): Conversation =>
  before.parties.every(({ role }) => role === 'customer')
    ? before
    : change(before, { parties: without(before, 'agent', 'consultant', 'supervisor'), held: false, consultation: null })

export const held = (before: Conversation, is: boolean): Conversation =>
  before.held === is ? before : change(before, { held: is })

export const muted = (before: Conversation, partyId: string, is: boolean): Conversation =>
  change(before, {
    parties: before.parties.map(party => (party.id === partyId && 'muted' in party ? { ...party, muted: is } : party)),
  })

export const recorded = (before: Conversation, recording: Conversation['recording']): Conversation =>
  before.recording === recording ? before : change(before, { recording })

/** The agent asks somebody; the customer waits with music. */
export const asked = (before: Conversation, consultation: Omit<Consultation, 'state'>): Conversation =>
  change(before, { consultation: { ...consultation, state: 'asking' } })

/** Whoever is asked has answered. The very same object where the agent would answer itself. */
export const answered = (before: Conversation, person: Named): Conversation =>
  agentIn(before)?.person.id === person.id
    ? before
    : change(before, {
        parties: [
          ...without(before, 'consultant'),
          { id: partyOfAgent(person.id), role: 'consultant', person, muted: false },
        ],
        consultation: before.consultation && { ...before.consultation, state: 'private' },
      })

/** All three speak, or the two in private again. */
export const merged = (before: Conversation, all: boolean): Conversation =>
  change(before, {
    consultation: before.consultation && { ...before.consultation, state: all ? 'three-way' : 'private' },
    held: false,
  })

/** Nobody is asked any more: the agent has its customer back. */
export const unasked = (before: Conversation): Conversation =>
  before.consultation === null
    ? before
    : change(before, { parties: without(before, 'consultant'), consultation: null, held: false })

/** Somebody listens, or listens otherwise; null: no longer. */
export function supervised(
  before: Conversation,
  person: Named,
  listening: Listening | null,
  visible: boolean,
): Conversation {
  const id = partyOfSupervisor(person.id)
  const others = before.parties.filter(party => party.id !== id)
  return change(before, {
    parties: listening === null ? others : [...others, { id, role: 'supervisor', person, listening, visible }],
  })
}

/** What those may know of it who are not to see who listens. */
export const withoutUnseen = (conversation: Conversation): Conversation => ({
  ...conversation,
  parties: conversation.parties.filter(party => party.role !== 'supervisor' || party.visible),
})

const isApart = ({ held, consultation }: Conversation): boolean =>
  held || (consultation !== null && consultation.state !== 'three-way')

/** Who hears music: the customer, while it is kept waiting by somebody. */
export const hearsMusic = (conversation: Conversation): string[] =>
  agentIn(conversation) !== null && isApart(conversation) ? [CUSTOMER] : []

/** Who hears it ring: the agent, until whoever it asks has answered. */
export const hearsRinging = (conversation: Conversation): string[] => {
  const agent = agentIn(conversation)
  return agent !== null && conversation.consultation?.state === 'asking' ? [agent.id] : []
}

/** Who hears whom, `[listener, speaker]`, by party. Nobody is in it twice, and nobody hears itself. */
export function audibility(conversation: Conversation): [listener: string, speaker: string][] {
  const pairs: [string, string][] = []
  const agent = agentIn(conversation)
  if (agent === null) return pairs
  const consultant = consultantIn(conversation)
  const apart = isApart(conversation)
  /** Those who speak with the customer, or would if it were not kept waiting; and those who speak with the agent. */
  const staff = [agent, ...(consultant === null ? [] : [consultant])]
  for (const one of staff) {
    for (const other of staff) if (one !== other && !other.muted) pairs.push([one.id, other.id])
    if (apart) continue
    pairs.push([one.id, CUSTOMER])
    if (!one.muted) pairs.push([CUSTOMER, one.id])
  }
  const supervisors = supervisorsIn(conversation)
  for (const supervisor of supervisors) {
    for (const one of staff) if (!one.muted) pairs.push([supervisor.id, one.id])
    if (!apart) pairs.push([supervisor.id, CUSTOMER])
    if (supervisor.listening === 'monitor') continue
    pairs.push([agent.id, supervisor.id])
    if (supervisor.listening === 'whisper') continue
    if (consultant !== null) pairs.push([consultant.id, supervisor.id])
    if (!apart) pairs.push([CUSTOMER, supervisor.id])
    for (const other of supervisors) if (other !== supervisor) pairs.push([other.id, supervisor.id])
  }
  return pairs
}

/**
 * Who is recorded in which channel: our side left, the customer right. Nothing that the customer could not hear is in
 * it: no whisper, no private consultation; and nothing of a customer whom nobody hears.
 */
export function recordedLanes(conversation: Conversation): { left: string[]; right: string[] } {
  const pairs = audibility(conversation)
  return {
    left: pairs.filter(([listener]) => listener === CUSTOMER).map(([, speaker]) => speaker),
    right: pairs.some(([, speaker]) => speaker === CUSTOMER) ? [CUSTOMER] : [],
  }
}
