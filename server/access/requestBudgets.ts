import type { FastifyInstance, FastifyRequest } from 'fastify'
import { giveBack, HOUR_MS, type Tally, takeSlice, UNUSED } from '../../core/budget.ts'
import type { Principal } from '../../core/role.ts'
import type { App } from '../app.ts'
import type { Tx } from '../platform/db.ts'
import { tooMany } from '../platform/refusal.ts'

/**
 * Our own API under `/api` is also what scripts and consoles ask all the time: its limit, twenty requests a second all
 * hour, only stops programs that run away. `/functions/v1` keeps the promise that it is documented with.
 */
const PRODUCT_REQUESTS_PER_HOUR = 72_000
const CRM_API = '/functions/v1/'

/** Of several processes, one that has not counted a request of a key for so long gives back what it holds of its budget. */
const IDLE_MS = 1000
/** So long an exhausted budget is not asked again: another process may have given back something by then. */
const EXHAUSTED_MS = 1000

/** How much of its budget a key has left, after the request that is being answered. */
export interface Standing {
  /** Whether there was enough for this request. */
  allowed: boolean
  limit: number
  /** At least so many; what other processes hold and give back comes on top. */
  remaining: number
  /** Whole seconds until the budget is full again. */
  resetSeconds: number
}

/** Counts the requests of API keys, exactly and across all processes (core/budget.ts). People are not counted. */
export interface RequestBudgets {
  /** Counts one request to this path. Null: nobody counts it. */
  count(who: Principal, path: string): Promise<Standing | null>
  /** Gives back what this process holds, and ends. */
  stop(): Promise<void>
}

type Surface = 'crm' | 'product'

/** What this process holds of one key's budget. Times are `performance.now()`: no clock that is set moves them. */
interface Holding {
  workspaceId: string
  keyId: string
  surface: Surface
  limit: number
  left: number
  unclaimed: number
  /** When the window began, by the database's clock. */
  startedAt: number
  endsAt: number
  usedAt: number
  exhaustedUntil: number
  taking: Promise<void> | null
}

export function createRequestBudgets({ config, db, log }: Pick<App, 'config' | 'db' | 'log'>): RequestBudgets {
  const holdings = new Map<string, Holding>()
  let sweeping: NodeJS.Timeout | undefined
  // A process that is alone has nobody to give anything back to.
  const idleMs = db.shared ? IDLE_MS : HOUR_MS

  async function take(holding: Holding): Promise<void> {
    // Before the question: so that the window never seems to last longer here than it does in the database.
    const askedAt = performance.now()
    const { tally, slice, limit } = await db.inWorkspace(holding.workspaceId, async tx => {
      const { before, now, requestsPerHour } = await lockTally(tx, holding)
      const limit =
        holding.surface === 'crm' ? (requestsPerHour ?? config.apiRequestsPerHour) : PRODUCT_REQUESTS_PER_HOUR
      const taken = takeSlice(before, limit, now)
      await writeTally(tx, holding, taken.tally)
      return { ...taken, limit }
    })
    holding.limit = limit
    holding.left = slice.granted
    holding.unclaimed = slice.unclaimed
    holding.startedAt = tally.startedAt
    holding.endsAt = askedAt + slice.endsInMs
    holding.exhaustedUntil = slice.granted === 0 ? Math.min(askedAt + EXHAUSTED_MS, holding.endsAt) : 0
  }

  async function giveBackAll(idle: Holding[]): Promise<void> {
    for (const holding of idle) {
      const { startedAt, left } = holding
      holding.left = 0
      holdings.delete(nameOf(holding))
      if (left === 0 || performance.now() >= holding.endsAt) continue
      // What cannot be given back is void when its hour ends.
      await db
        .inWorkspace(holding.workspaceId, async tx => {
          const { before } = await lockTally(tx, holding)
          await writeTally(tx, holding, giveBack(before, startedAt, left))
        })
        .catch(error => log.warn({ err: error }, 'an unspent part of an API key’s budget could not be given back'))
    }
  }

  function sweepLater(): void {
    sweeping ??= setTimeout(async () => {
      const now = performance.now()
      await giveBackAll([...holdings.values()].filter(({ usedAt, taking }) => !taking && now - usedAt >= idleMs))
      sweeping = undefined
      if (holdings.size > 0) sweepLater()
    }, IDLE_MS).unref()
  }

  return {
    async count(who, path) {
      if (who.kind !== 'key') return null
      const surface = path.startsWith(CRM_API) ? 'crm' : 'product'
      // What the CRM API promises of every key holds for the operator's; it sets up the rest as fast as it can.
      if (who.operator && surface === 'product') return null
      const holding = holdingOf(who.workspaceId, who.keyId, surface)
      for (;;) {
        const now = performance.now()
        holding.usedAt = now
        if (now >= holding.endsAt) holding.left = 0
        if (holding.left > 0) {
          holding.left--
          return standingOf(holding, now, true)
        }
        if (now < holding.exhaustedUntil) return standingOf(holding, now, false)
        holding.taking ??= take(holding).finally(() => {
          holding.taking = null
        })
        await holding.taking
      }
    },
    async stop() {
      clearTimeout(sweeping)
      await giveBackAll([...holdings.values()])
    },
  }

  function holdingOf(workspaceId: string, keyId: string, surface: Surface): Holding {
    const fresh = { limit: 0, left: 0, unclaimed: 0, endsAt: 0, usedAt: 0, exhaustedUntil: 0, taking: null }
    const holding = holdings.get(`${keyId} ${surface}`) ?? { workspaceId, keyId, surface, ...UNUSED, ...fresh }
    holdings.set(nameOf(holding), holding)
    sweepLater()
    return holding
  }
}

const nameOf = ({ keyId, surface }: Holding): string => `${keyId} ${surface}`

const standingOf = ({ limit, left, unclaimed, endsAt }: Holding, now: number, allowed: boolean): Standing => ({
  allowed,
  limit,
  remaining: left + unclaimed,
  resetSeconds: Math.max(1, Math.ceil((endsAt - now) / 1000)),
})

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once the request of an API key is counted. */
    standing?: Standing | null
  }
}

/** Counts the request. Throws a 429 refusal when the hour's budget is spent. */
export async function countRequest(app: Pick<App, 'budgets'>, who: Principal, request: FastifyRequest): Promise<void> {
  const standing = await app.budgets.count(who, request.url)
  request.standing = standing
  if (standing === null || standing.allowed) return
  throw tooMany(
    standing.resetSeconds,
    `This API key has made the ${standing.limit} requests of its hour. Wait until the next one begins.`,
  )
}

/** Says with every answer to a counted request, errors included, how much of the budget is left. */
export function tellStanding(http: FastifyInstance): void {
  http.addHook('onSend', (request, reply, _payload, done) => {
    if (request.standing) {
      const { limit, remaining, resetSeconds } = request.standing
      reply.headers({ 'ratelimit-limit': limit, 'ratelimit-remaining': remaining, 'ratelimit-reset': resetSeconds })
    }
    done()
  })
}

/** Reads the tally for this transaction alone, making it on first use. `now` is the database's clock, in milliseconds. */
async function lockTally(tx: Tx, { keyId, surface }: Holding) {
  const [row] = await tx.query<{ started_at: Date; taken: number; now: Date; requests_per_hour: number | null }>(
    `insert into api_key_usage as usage (workspace_id, key_id, surface, started_at, taken)
     values ($1, $2, $3, 'epoch', 0)
     on conflict (workspace_id, key_id, surface) do update set taken = usage.taken
     returning started_at, taken, clock_timestamp() as now,
       (select requests_per_hour from api_keys where id = usage.key_id) as requests_per_hour`,
    [tx.workspaceId, keyId, surface],
  )
  const { started_at, taken, now, requests_per_hour } = row!
  const before: Tally = { startedAt: started_at.getTime(), taken }
  return { before, now: now.getTime(), requestsPerHour: requests_per_hour }
}

const writeTally = (tx: Tx, { keyId, surface }: Holding, tally: Tally) =>
  tx.query('update api_key_usage set started_at = $3, taken = $4 where key_id = $1 and surface = $2', [
    keyId,
    surface,
    new Date(tally.startedAt),
    tally.taken,
  ])
