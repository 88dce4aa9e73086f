import type { Signal } from '../../core/signal.ts'
import { lostRace, type TurnResult, takeTurns } from '../calls/turn.ts'
import type { Db, Sql } from '../platform/db.ts'
import { createGroupCommit } from '../platform/groupCommit.ts'

/** A webhook whose sender is known and whose words are read. */
export interface Delivery {
  provider: string
  deliveryKey: string | null
  signals: Signal[]
  receivedAt: Date
  headers: Record<string, string>
  body: Uint8Array
}

/** Takes deliveries; the promise resolves when what they said, and the bytes they said it in, are durable. */
export interface Intake {
  take(workspaceId: string, delivery: Delivery): Promise<TurnResult>
  idle(): Promise<void>
}

export function createIntake(db: Db): Intake {
  const commits = createGroupCommit<Delivery, TurnResult>(async (workspaceId, deliveries) => {
    const commit = () =>
      db.inWorkspace(workspaceId, async tx => {
        const results = await takeTurns(
          tx,
          deliveries.map(delivery => delivery.signals),
        )
        await storeReceipts(tx, deliveries, results)
        return results
      })
    try {
      return await commit()
    } catch (error) {
      if (!lostRace(error)) throw error
      return await commit()
    }
  })
  return { take: commits.push, idle: commits.idle }
}

async function storeReceipts(sql: Sql, deliveries: Delivery[], results: TurnResult[]): Promise<void> {
  await sql.query(
    `insert into webhooks_received (workspace_id, provider, delivery_key, call_id, received_at, headers, body)
     select current_workspace(), *
     from unnest($1::text[], $2::text[], $3::uuid[], $4::timestamptz[], $5::json[], $6::bytea[])`,
    [
      deliveries.map(delivery => delivery.provider),
      deliveries.map(delivery => delivery.deliveryKey),
      results.map(result => result.call?.id ?? null),
      deliveries.map(delivery => delivery.receivedAt),
      deliveries.map(delivery => JSON.stringify(delivery.headers)),
      deliveries.map(delivery => Buffer.from(delivery.body.buffer, delivery.body.byteOffset, delivery.body.byteLength)),
    ],
  )
}
