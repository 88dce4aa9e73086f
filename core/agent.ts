import { isMissed, MISSED, OFFLINE, type Presence, takesCalls } from './presence.ts'

/** Level per skill. A level is a whole number of 1 or more, higher is better; a skill that is not named is not there. */
export type Skills = Readonly<Record<string, number>>

/** What an agent is able to do, as the admin has set it. */
export interface AgentProfile {
  id: string
  skills: Skills
  /** How many calls at once (offers, conversations and wrap-ups together); 1 for the telephone. */
  capacity: number
}

/**
 * What an agent is doing and has done in this shift. All times are milliseconds since the epoch, all spans milliseconds.
 *
 * Two notions of "who has waited longest" are kept apart, because they answer different questions:
 *
 * - **longest idle** asks who has been free for the longest *stretch*: since the agent last became available after
 *   handled work ({@link AgentState.readySince}). An offer that was missed, declined or withdrawn does not interrupt
 *   the stretch, nor does an absence shorter than {@link BRIEF_ABSENCE_MS}: otherwise a flickering status or a missed
 *   ring would send people to the back of the line.
 * - **most idle** asks who has been free for the longest *time in all* during the shift ({@link totalIdle}). It is the
 *   only rule that gives agents of unequal speed the same occupancy.
 */
export interface AgentState {
  presence: Presence
  /** Live offers, conversations and wrap-ups: together the occupied slots. */
  offered: number
  talking: number
  wrapUp: number
  /** When the present stretch began; null: work was handled and the agent has not been available since. */
  readySince: number | null
  /** Idle time in this shift up to `idleFrom`. */
  idleBefore: number
  /** Since when the agent has been idle without interruption (ringing interrupts); null while it is not idle. */
  idleFrom: number | null
  /** Calls accepted in this shift. */
  callsTaken: number
  /** When the agent last stopped being available; null while it is. */
  awaySince: number | null
  /**
   * Counts how often the agent became ready anew: came back, or finished work. A call that was missed or declined is
   * offered to the same agent again only in a later period.
   */
  readyPeriod: number
}

/**
 * `away`: takes no calls and has none. `ready`: available and free. The others say what occupies a slot; of several,
 * the most pressing one is told: talking before ringing before wrap-up.
 */
export type Activity = 'away' | 'ready' | 'offered' | 'talking' | 'wrap-up'

/** An absence shorter than this keeps the place among the longest idle. */
export const BRIEF_ABSENCE_MS = 60_000

/** An agent at the beginning of a shift: offline, with nothing done. */
export function startShift(now: number): AgentState {
  return {
    presence: OFFLINE,
    offered: 0,
    talking: 0,
    wrapUp: 0,
    readySince: null,
    idleBefore: 0,
    idleFrom: null,
    callsTaken: 0,
    awaySince: now,
    readyPeriod: 0,
  }
}

export const occupiedSlots = (state: AgentState): number => state.offered + state.talking + state.wrapUp

/** Whether one more call may be offered. */
export const isOpen = (profile: AgentProfile, state: AgentState): boolean =>
  takesCalls(state.presence) && occupiedSlots(state) < profile.capacity

export function activity(state: AgentState): Activity {
  if (state.talking > 0) return 'talking'
  if (state.offered > 0) return 'offered'
  if (state.wrapUp > 0) return 'wrap-up'
  return takesCalls(state.presence) ? 'ready' : 'away'
}

/** Idle time in this shift until now: available with nothing to do. */
export const totalIdle = (state: AgentState, now: number): number =>
  state.idleBefore + (state.idleFrom === null ? 0 : now - state.idleFrom)

/** The person has chosen what to be. */
export function choosePresence(state: AgentState, presence: Presence, now: number): AgentState {
  const was = takesCalls(state.presence)
  const is = takesCalls(presence)
  const next = { ...state, presence }
  if (was && !is) next.awaySince = now
  if (!was && is) {
    const kept = isMissed(state.presence) || now - (state.awaySince ?? now) < BRIEF_ABSENCE_MS
    if (next.readySince === null || !kept) next.readySince = now
    next.awaySince = null
    next.readyPeriod++
  }
  return keepIdleClock(next, now)
}

/** It begins to ring. */
export const offerMade = (state: AgentState, now: number): AgentState =>
  keepIdleClock({ ...state, offered: state.offered + 1 }, now)

/** It no longer rings and nobody is to blame: declined, the caller hung up, somebody else was faster. */
export const offerOver = (state: AgentState, now: number): AgentState =>
  keepIdleClock({ ...state, offered: state.offered - 1 }, now)

/** It rang out: the agent is taken out of the line, and keeps its place in it for when it comes back. */
export const offerMissed = (state: AgentState, now: number): AgentState =>
  choosePresence({ ...state, offered: state.offered - 1 }, takesCalls(state.presence) ? MISSED : state.presence, now)

export const callTaken = (state: AgentState, now: number): AgentState =>
  keepIdleClock(
    { ...state, offered: state.offered - 1, talking: state.talking + 1, callsTaken: state.callsTaken + 1 },
    now,
  )

/** Taken by hand, without an offer. */
export const callPicked = (state: AgentState, now: number): AgentState =>
  keepIdleClock({ ...state, talking: state.talking + 1, callsTaken: state.callsTaken + 1 }, now)

/**
 * Nothing came of the conversation, for want of a connection: as after an offer that came to nothing, the stretch and
 * the ready period go on.
 */
export const callReturned = (state: AgentState, now: number): AgentState =>
  keepIdleClock({ ...state, talking: state.talking - 1 }, now)

/** The conversation is over; what is left to write comes next, if the queue allows for any. */
export function callOver(state: AgentState, wrapUp: boolean, now: number): AgentState {
  const next = { ...state, talking: state.talking - 1 }
  if (!wrapUp) return workDone(next, now)
  next.wrapUp++
  return next
}

export const wrapUpOver = (state: AgentState, now: number): AgentState =>
  workDone({ ...state, wrapUp: state.wrapUp - 1 }, now)

/** Takes over the given state: it must be the caller's own copy. */
function workDone(state: AgentState, now: number): AgentState {
  state.readySince = takesCalls(state.presence) ? now : null
  state.readyPeriod++
  return keepIdleClock(state, now)
}

/** Starts or stops the idle clock as the activity asks. Takes over the given state. */
function keepIdleClock(state: AgentState, now: number): AgentState {
  const idle = takesCalls(state.presence) && occupiedSlots(state) === 0
  if (idle && state.idleFrom === null) state.idleFrom = now
  else if (!idle && state.idleFrom !== null) {
    state.idleBefore += now - state.idleFrom
    state.idleFrom = null
  }
  return state
}
