import { v7 as newId } from 'uuid'
import { readConfig } from '../server/config.ts'
import type { Db } from '../server/platform/db.ts'
import { openEnvelopes } from '../server/platform/envelope.ts'
import { createLog } from '../server/platform/log.ts'
import { createCouriers } from '../server/webhooks/couriers.ts'
import { addEndpoint } from '../server/webhooks/endpointChange.ts'
import { callState } from '../server/webhooks/testing.ts'
import { createWorkspace } from '../server/workspaces/workspace.ts'
import { type Server, sleep, table } from './support.ts'

const DELIVERIES = 5000
const CALLS_AT_ONCE = 250
const STEPS = ['initiated', 'ringing', 'in-progress', 'completed'] as const
/** As many as one endpoint is sent at once. */
const LANES = 10

/**
 * From the event log to somebody else's server: signed, in order per call, each outcome durable. Beside it, a bare loop
 * that sends the same body to the same server by `fetch` and keeps nothing.
 */
export async function benchWebhooks(name: string, db: Db, receiver: Server): Promise<void> {
  console.log(`Webhooks to a server on this machine, ${LANES} at once, ${name}.`)
  const rows = [['', 'deliveries/s', 'CPU ms each']]
  const measure = async (what: string, send: () => Promise<void>) => {
    const before = await countAt(receiver)
    const [began, cpu] = [performance.now(), process.cpuUsage()]
    await send()
    while ((await countAt(receiver)) < before + DELIVERIES) await sleep(5)
    const { user, system } = process.cpuUsage(cpu)
    const seconds = (performance.now() - began) / 1000
    rows.push([what, (DELIVERIES / seconds).toFixed(0), ((user + system) / 1000 / DELIVERIES).toFixed(2)])
  }

  const body = JSON.stringify({
    event: 'call.status_update',
    call: callState(),
    business: { id: newId(), name: 'Bench' },
  })
  const bare = async () => {
    let left = DELIVERIES
    const lane = async () => {
      while (left-- > 0)
        await (await fetch(`${receiver.url}/hook`, { method: 'POST', body, headers: JSON_TYPE })).arrayBuffer()
    }
    await Promise.all(Array.from({ length: LANES }, lane))
  }
  await bare() // warm
  await measure('bare: a loop of fetches', bare)

  const config = readConfig({ WEBHOOK_ALLOW_PRIVATE: 'true' })
  const envelopes = await openEnvelopes(config, db)
  const { workspace } = await createWorkspace(db, {
    name: 'Bench',
    adminEmail: `${newId()}@example.com`,
    adminPassword: null,
    supportNumbers: [],
  })
  const by = { id: newId(), name: 'Bench' }
  const fields = { name: 'CRM', url: `${receiver.url}/hook`, types: ['call.status_update' as const], token: 'bench' }
  await db.inWorkspace(workspace.id, tx => addEndpoint(tx, envelopes, fields, by))
  for (let made = 0; made < DELIVERIES; made += CALLS_AT_ONCE * STEPS.length) {
    const calls = Array.from({ length: CALLS_AT_ONCE }, () => callState())
    for (const status of STEPS)
      await db.inWorkspace(workspace.id, async tx =>
        tx.emit(
          ...calls.map(call => ({
            type: 'call.status_changed' as const,
            call: { ...call, status },
            previousStatus: 'initiated' as const,
          })),
        ),
      )
  }
  const couriers = createCouriers({ config, db, log: createLog('silent'), envelopes, addresses: [receiver.url] })
  await measure('Ringside', () => couriers.start())
  couriers.stop()
  await couriers.idle()
  table(rows)
}

const JSON_TYPE = { 'content-type': 'application/json' }
const countAt = async ({ url }: Server): Promise<number> => Number(await (await fetch(`${url}/count`)).text())
