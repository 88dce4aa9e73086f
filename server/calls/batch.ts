import type { Destination } from '../../core/action.ts'
import type { Call, Named } from '../../core/call.ts'
import type { CallFacts, CallInput } from '../../core/callTurn.ts'
import type { Floor } from '../routing/floor.ts'
import type { BatchFacts } from './batchFacts.ts'
import type { CallRecord } from './callStore.ts'
import type { Ledger } from './ledger.ts'

/** What the turns work on and with. */
export interface Means {
  floor: Floor
  /** Milliseconds since the epoch; never earlier than the turn before. */
  now: number
  /** Whether the provider takes commands outside of its own questions. */
  takesCommands(provider: string): boolean
  /** Whether agents speak in the browser on its calls. */
  hasSoftphones(provider: string): boolean
  /** Whether it records conversations by telephone where the script says so. */
  recordsBridges(provider: string): boolean
}

/** The turns that share a transaction: what has been read for them, and what they have led to. */
export interface Batch extends Means {
  facts: BatchFacts
  ledger: Ledger
  /** {@link Means.now} as the transaction writes it, ISO 8601. */
  at: string
}

/** What one part of a turn may set going in the others. */
export interface Turning {
  /** The call hears of something, and whatever follows from it happens. */
  apply(record: CallRecord, input: CallInput, facts?: CallFacts): void
  /** Lets the calls know what has happened on the floor. */
  follow(): void
}

export const agentNamed = ({ settings }: Floor, id: string): Named => ({
  id,
  name: settings.agents.get(id)?.name ?? '',
})

/** Where an agent is reached for this call; null: by a way that we do not know of. */
export function reachOf(
  { floor, hasSoftphones }: Means,
  { provider }: Pick<Call, 'provider'>,
  agentId: string,
): Destination | null {
  if (hasSoftphones(provider)) return { type: 'softphone', agentId }
  const number = floor.settings.agents.get(agentId)?.phone ?? null
  return number === null ? null : { type: 'number', number }
}
