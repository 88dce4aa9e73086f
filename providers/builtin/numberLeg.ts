import { agentIn, audibility, CUSTOMER } from '../../core/conversation.ts'
import type { DialOutcome } from '../../core/signal.ts'
import type { Departure, Line } from './line.ts'
import { type Draft, letIn, outcomeOf, report, takeOut, update } from './lineDraft.ts'

/**
 * Whoever is reached by number: from an agent's side the customer itself, whom the conversation knows. A customer who is
 * led to a number talks with somebody of whom the conversation knows nothing: the leg `PHONE`.
 */
export const PHONE = 'phone'

const numberLegOf = ({ opener }: Pick<Line, 'opener'>): string => (opener === CUSTOMER ? PHONE : CUSTOMER)

/** With whom the script has the opener talk, or for whom it rings; null: with nobody, or it is not known yet. */
export function partnerOf({ act, conversation, opener }: Line): string | null {
  if (act?.type !== 'ringing' && act?.type !== 'talking') return null
  if (act.to === 'number') return numberLegOf({ opener })
  return conversation === null ? null : (agentIn(conversation)?.id ?? null)
}

/** Rings at a number. Who was there before a restart has been reached already. */
export function ring(draft: Draft, number: string, callerId: string | null, ringSeconds: number): void {
  const leg = numberLegOf(draft.line)
  update(draft, { act: { type: 'ringing', to: 'number', until: null } })
  if (draft.line.legs[leg] !== undefined) return
  const news = letIn(draft, leg, draft.now + ringSeconds * 1000)
  draft.effects.push({ type: 'ring', leg, number, callerId })
  report(draft, 'status', [news])
}

/** The script leads to the number no longer. */
export function hangUpNumber(draft: Draft, departure: Departure): void {
  const leg = numberLegOf(draft.line)
  if (draft.line.legs[leg] !== undefined) report(draft, 'status', [takeOut(draft, leg, departure)])
}

/** What came of calling a number where nobody has answered. */
export const outcomeOfNumber = ({ gone, opener }: Line): DialOutcome =>
  outcomeOf(false, gone[numberLegOf({ opener })] ?? 'failed')

/** Who hears whom: as the conversation says, which leaves out whom a customer has been led to. */
export function pairsOf({ conversation, legs }: Line): [listener: string, speaker: string][] {
  const pairs = conversation === null ? [] : audibility(conversation)
  const isLedOn = legs[PHONE] !== undefined && (conversation === null || agentIn(conversation) === null)
  return isLedOn ? [...pairs, [CUSTOMER, PHONE], [PHONE, CUSTOMER]] : pairs
}
