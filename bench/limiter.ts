import { v7 as newId } from 'uuid'
import type { KeyPrincipal } from '../core/role.ts'
import { createAccess } from '../server/access/access.ts'
import { insertKey } from '../server/access/keyStore.ts'
import { createRequestBudgets } from '../server/access/requestBudgets.ts'
import { digest } from '../server/access/secret.ts'
import { readConfig } from '../server/config.ts'
import type { Db } from '../server/platform/db.ts'
import { createLog } from '../server/platform/log.ts'
import { ms, quantile, table } from './support.ts'

const ROUNDS = 5
const REQUESTS = 400
const AT_ONCE = 16
const PATH = '/functions/v1/api-calls-list'

/**
 * What it costs to count the requests of a key: nothing but the look-up of the key, ours (slices of the budget), and a
 * counter that is raised in the very statement of the look-up. In turns, so that all meet the same machine.
 */
export async function benchLimiter(name: string, db: Db): Promise<void> {
  console.log(`A request of an API key until it is known whose it is, ${name}.`)
  const workspaceId = newId()
  await db.asSystem(async sql => {
    await sql.query('insert into workspaces (id, name) values ($1, $2)', [workspaceId, 'Bench'])
    await sql.query('insert into event_heads (workspace_id) values ($1)', [workspaceId])
  })
  const { key } = await db.inWorkspace(workspaceId, tx =>
    insertKey(tx, { name: 'Bench', permissions: ['calls:read'], expiresAt: null, createdBy: null }),
  )
  // As many an hour as are usual, again and again: slices of the size that they have in service.
  const config = readConfig({ API_REQUESTS_PER_HOUR: '1000' })
  const access = createAccess({ config, db })
  const log = createLog('silent')
  let budgets = createRequestBudgets({ config, db, log })
  const headers = { 'x-api-key': key }
  const identify = async () => (await access.identify({ method: 'GET', headers })) as KeyPrincipal
  const hash = digest(key)
  const ways: Record<string, () => Promise<unknown>> = {
    'not counted': identify,
    'in slices': async () => {
      const standing = await budgets.count(await identify(), PATH)
      if (!standing?.allowed) throw new Error('the budget of the bench is spent')
    },
    'in the statement of the look-up': () =>
      db.inWorkspace(workspaceId, tx =>
        tx.query(
          `with counted as (
             update api_key_usage set taken = taken + 1
             where key_id = (select id from api_keys where key_hash = $1) and surface = 'product' returning taken
           )
           select id, name, permissions, taken from api_keys, counted
           where key_hash = $1 and revoked_at is null and (expires_at is null or expires_at > now())`,
          [hash],
        ),
      ),
  }
  await budgets.count(await identify(), '/api/')

  const alone: Record<string, number[]> = {}
  const together: Record<string, number[]> = {}
  for (let round = 0; round < ROUNDS; round++) {
    for (const [way, ask] of Object.entries(ways)) {
      await budgets.stop()
      await db.inWorkspace(workspaceId, tx => tx.query('update api_key_usage set taken = 0, started_at = now()'))
      budgets = createRequestBudgets({ config, db, log })
      alone[way] ??= []
      for (let request = 0; request < REQUESTS; request++) {
        const at = performance.now()
        await ask()
        alone[way].push(performance.now() - at)
      }
      const at = performance.now()
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (let request = 0; request < REQUESTS / AT_ONCE; request++) await ask()
        }),
      )
      together[way] = [...(together[way] ?? []), (REQUESTS * 1000) / (performance.now() - at)]
    }
  }
  await budgets.stop()
  table([
    ['counted', 'p50, ms', 'p99, ms', `a second, ${AT_ONCE} at once`],
    ...Object.keys(ways).map(way => [
      way,
      ms(quantile(alone[way]!, 0.5)),
      ms(quantile(alone[way]!, 0.99)),
      quantile(together[way]!, 0.5).toFixed(0),
    ]),
  ])
}
