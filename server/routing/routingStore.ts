import type { Tx } from '../platform/db.ts'

/** Says that queues, agents, flows, hours or numbers have changed: every process reads them anew before it decides again. */
export async function bumpSettings(tx: Tx): Promise<void> {
  await tx.query('update routing_heads set settings_version = settings_version + 1 where workspace_id = $1', [
    tx.workspaceId,
  ])
}
