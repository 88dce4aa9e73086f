import type { Call, Card, Match } from '../client/contract.ts'

export type Candidate = Match['candidates'][number]

/** Who is calling, as far as is known; one way to show it for each. */
export type Caller =
  | {
      kind: 'known'
      contactId: string
      name: string
      email: string | null
      company: string | null
      /** What the workspace wants to be shown when they call. */
      fields: NonNullable<Candidate['fields']>
    }
  /** One of these, or nobody of them: a person says. */
  | { kind: 'candidates'; candidates: Candidate[] }
  | { kind: 'unknown' }
  | { kind: 'withheld' }
  /** Nothing has been looked up. */
  | { kind: 'unsought' }

export function callerOf(call: Pick<Call, 'contact'>, card: Pick<Card, 'match'> | null): Caller {
  const match = card?.match
  if (call.contact) {
    const { id, name, email } = call.contact
    const candidate = match?.candidates.find(({ contactId }) => contactId === id)
    return {
      kind: 'known',
      contactId: id,
      name,
      email,
      company: candidate?.company ?? null,
      fields: candidate?.fields ?? [],
    }
  }
  if (!match) return { kind: 'unsought' }
  switch (match.state) {
    case 'withheld':
      return { kind: 'withheld' }
    case 'ambiguous':
      return match.candidates.length > 0 ? { kind: 'candidates', candidates: match.candidates } : { kind: 'unsought' }
    // Matched or settled and yet without a contact: it has been deleted since, or it is none of the candidates.
    case 'matched':
    case 'settled':
    case 'unknown':
      return { kind: 'unknown' }
  }
}
