import type { Tx } from '../platform/db.ts'
import type { ProviderCommand } from './turnInput.ts'

/** Whoever wrote a command carries it out at once; only when that process is gone does another take it up. */
export const COMMAND_LEASE_MS = 10_000

export async function storeCommands(tx: Tx, commands: ProviderCommand[]): Promise<void> {
  if (commands.length === 0) return
  await tx.query(
    `insert into provider_commands (workspace_id, id, call_id, provider, command, due_at)
     select current_workspace(), n.id, n.call_id, n.provider, n.command, $2::timestamptz
     from json_to_recordset($1) as n(id uuid, call_id uuid, provider text, command jsonb)`,
    [
      JSON.stringify(commands.map(({ id, callId, provider, command }) => ({ id, call_id: callId, provider, command }))),
      new Date(Date.parse(tx.now) + COMMAND_LEASE_MS).toISOString(),
    ],
  )
}
