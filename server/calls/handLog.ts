import { v7 as newId } from 'uuid'
import type { Call, CallStatus, ContactRef, Direction, Named } from '../../core/call.ts'
import { decideMatch } from '../../core/contact.ts'
import { logByHand } from '../../core/handLog.ts'
import { readAddress } from '../../core/phoneNumber.ts'
import { findMatches } from '../contacts/contactMatch.ts'
import type { Sql, Tx } from '../platform/db.ts'
import { invalid, notFound } from '../platform/refusal.ts'
import { countryOf } from '../workspaces/country.ts'
import { findContactRef, saveCalls } from './callStore.ts'

interface HandLog {
  customerPhone: string | null
  contactId: string | null
  direction: Direction
  subject: string | null
  status: CallStatus
  startedAt: string | null
  durationSeconds: number | null
  requestId: string | null
}

/** Clocks differ, and nobody's differs by more. */
const AHEAD_MS = 24 * 3600_000

/**
 * Enters a call by hand. The customer is the given contact, or whoever surely has the given number.
 * Throws a 404 refusal for a contact that does not exist, and a 400 for a time at which nobody can have called.
 */
export async function logCall(tx: Tx, said: HandLog, agent: Named | null, by: Named): Promise<Call> {
  const startedMs = said.startedAt === null ? 0 : Date.parse(said.startedAt)
  if (startedMs < 0 || startedMs > Date.parse(tx.now) + AHEAD_MS) {
    throw invalid([
      { path: 'startedAt', message: 'This has to be a time since 1970, and not one that is yet to come.' },
    ])
  }
  const given = said.contactId === null ? null : await findContactRef(tx, said.contactId)
  if (said.contactId !== null && given === null) throw notFound('contact')
  const number = said.customerPhone ?? (given && (await mainNumber(tx, given.id)))
  const customer = readAddress(number, await countryOf(tx))
  const match = decideMatch(customer.kind, (await findMatches(tx, [customer])).get(customer.key ?? '') ?? [])
  const [candidate] = match.candidates
  const matched: ContactRef | null =
    match.state === 'matched' && candidate
      ? { id: candidate.contactId, name: candidate.name, email: candidate.email }
      : null
  const { call, events } = logByHand(
    {
      id: newId(),
      direction: said.direction,
      customer: customer.text,
      contact: given ?? matched,
      agent,
      subject: said.subject,
      status: said.status,
      startedAt: said.startedAt === null ? tx.now : new Date(startedMs).toISOString(),
      durationSeconds: said.durationSeconds,
    },
    by,
  )
  await saveCalls(tx, [
    { call, customerKey: customer.key, matchState: given ? 'settled' : match.state, requestId: said.requestId },
  ])
  tx.emit(...events)
  return call
}

async function mainNumber(sql: Sql, contactId: string): Promise<string | null> {
  const [row] = await sql.query<{ number: string }>(
    `select number from contact_phones where workspace_id = current_workspace() and contact_id = $1
     order by position limit 1`,
    [contactId],
  )
  return row?.number ?? null
}
