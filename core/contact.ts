import type { ShownField } from './customField.ts'
import type { AddressKind } from './phoneNumber.ts'

/** A person or company that calls or is called. Times are ISO 8601 in UTC. */
export interface Contact {
  id: string
  name: string
  email: string | null
  company: string | null
  type: string | null
  phones: ContactPhone[]
  tags: string[]
  externalId: string | null
  metadata: Record<string, unknown>
  createdAt: string
  updatedAt: string
}

export interface ContactPhone {
  /** E.164 where it parses, else as given. */
  number: string
  kind: AddressKind
}

/**
 * Why a contact may be the caller, surest first. `exact`: the number is the contact's own. `variant`: the same
 * subscriber in another spelling of the country. `similar`: only the last nine digits agree.
 */
export type MatchReason = 'exact' | 'variant' | 'similar'

export interface MatchCandidate {
  contactId: string
  name: string
  email: string | null
  company: string | null
  /** Custom fields that are to be shown when they call; events that were written before there were any have none. */
  fields?: ShownField[]
  reason: MatchReason
}

/**
 * Who is calling, as far as numbers tell.
 *
 * - `matched`: one contact, surely. `contactId` is set on the call.
 * - `ambiguous`: several, or one that only may be: a person settles it with one click.
 * - `unknown`: nobody has this number.
 * - `withheld`: the caller shows no number.
 * - `settled`: a person has said who it is.
 */
export type MatchState = 'matched' | 'ambiguous' | 'unknown' | 'withheld' | 'settled'

export interface Match {
  state: MatchState
  candidates: MatchCandidate[]
}

const SUREST: MatchReason[] = ['exact', 'variant', 'similar']

/** Decides from the contacts that share the caller's number: only a single exact or variant match is taken as known. */
export function decideMatch(kind: AddressKind, found: MatchCandidate[]): Match {
  if (kind === 'withheld') return { state: 'withheld', candidates: [] }
  for (const reason of SUREST) {
    const candidates = found.filter(candidate => candidate.reason === reason)
    if (candidates.length === 0) continue
    const sure = candidates.length === 1 && reason !== 'similar'
    return { state: sure ? 'matched' : 'ambiguous', candidates: candidates.slice(0, MAX_CANDIDATES) }
  }
  return { state: 'unknown', candidates: [] }
}

/** More than this many people on one number is a switchboard: the list is cut, and search finds the rest. */
export const MAX_CANDIDATES = 5
