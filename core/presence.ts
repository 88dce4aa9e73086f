/**
 * What a person has chosen to be. It is stored and changes only by choice, with one exception: an offer that rang out
 * sets it to {@link MISSED}, so that the next caller does not ring at an empty chair. What somebody is doing just now
 * (ringing, talking) is never stored here; it is derived, see `activity` in `agent.ts`.
 */
export interface Presence {
  status: PresenceStatus
  /** Why, in the person's or the admin's words ("lunch", "training"); null where none was given. */
  reason: string | null
}

/**
 * `available`: takes calls. `busy`: at work, but takes none. `break`: pauses. `offline`: not at work.
 */
export type PresenceStatus = 'available' | 'busy' | 'break' | 'offline'

export const PRESENCE_STATUSES: readonly PresenceStatus[] = ['available', 'busy', 'break', 'offline']

export const AVAILABLE: Presence = { status: 'available', reason: null }
export const OFFLINE: Presence = { status: 'offline', reason: null }

/** What an unanswered offer leaves behind: at work, takes no calls, until the person says otherwise. */
export const MISSED: Presence = { status: 'busy', reason: 'missed' }

/** Whether new calls may be offered to somebody of this presence, as far as presence goes. */
export const takesCalls = (presence: Presence): boolean => presence.status === 'available'

export const isMissed = (presence: Presence): boolean =>
  presence.status === MISSED.status && presence.reason === MISSED.reason
