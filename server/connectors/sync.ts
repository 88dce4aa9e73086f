import { logCalls } from './callLog.ts'
import { pull } from './pull.ts'
import { push } from './push.ts'
import { Refusals, type SyncRun } from './syncRun.ts'

/**
 * One run: what has changed there comes here, what has changed here goes there, and calls that have ended are logged. Each
 * step is committed with the place that it has reached, so that whoever comes after a crash goes on from there; doing a
 * step twice is doing it once.
 *
 * @returns what it had to leave out, as a sentence; null: nothing. Throws a `ConnectorError` when it could not go
 * on, and ClaimLost when it is no longer its business.
 */
export async function syncConnection(run: SyncRun): Promise<string | null> {
  const refused = new Refusals()
  await pull(run)
  await push(run, refused)
  await logCalls(run, refused)
  return refused.told()
}
