import { describe, expect, test } from 'vitest'
import type { Db } from '../server/platform/db.ts'
import { randomStream } from '../simulator/random.ts'
import { type Cluster, startCluster } from './support/cluster.ts'
import { AUTH_TOKEN, createCrowd, PUBLIC_URL } from './support/crowd.ts'
import { openOnServer, serverUrl } from './support/databases.ts'
import { HISTORY, INVARIANTS, inspect, watchInvariants } from './support/invariants.ts'
import { furnishLargeCenter } from './support/largeCenter.ts'
import { Observer } from './support/observer.ts'
import { ADMIN_API_KEY } from './support/server.ts'

/** `CHAOS_SECONDS` and `CHAOS_SEED` make it longer, or another one. */
const durationMs = Number(process.env.CHAOS_SECONDS ?? 65) * 1000
const seed = Number(process.env.CHAOS_SEED ?? 1)

const STORM_MS = 15_000
const CALM_MS = 9000
/** How long after a kill things may take longer. */
const AFTERMATH_MS = 5000

const name = serverUrl
  ? 'two processes of which one is killed again and again'
  : 'two processes of which one is killed again and again (skipped: no PostgreSQL at TEST_DATABASE_URL)'
describe.skipIf(serverUrl === null)(name, () => {
  test(
    'lose no call, give none to two agents, and leave nobody waiting beside a free agent',
    async () => {
      const database = await openOnServer(serverUrl!)
      const center = await furnishLargeCenter(database.db, { queues: 40, agents: 200 })
      const cluster = await startCluster(2, {
        DATABASE_URL: database.url!,
        ADMIN_API_KEY,
        PUBLIC_URL,
        TWILIO_AUTH_TOKEN: AUTH_TOKEN,
      })
      try {
        const observer = new Observer()
        const calls = Math.round((500 * durationMs) / 65_000)
        const crowd = createCrowd({ cluster, center, observer, apiKey: ADMIN_API_KEY, seed, calls, durationMs })
        const unfollow = observer.follow(cluster, ADMIN_API_KEY, crowd.hear)
        const recentKill = () => Date.now() - (cluster.kills.at(-1) ?? 0) < AFTERMATH_MS
        const watch = watchInvariants(database.db, () => (recentKill() ? AFTERMATH_MS : 2000))

        const killer = killAgainAndAgain(cluster)
        await crowd.run().finally(killer.stop)
        const { calls: listed, agents } = await crowd.settle()
        await watch.end()
        unfollow()

        observer.conclude(listed, agents)
        const { broken } = await inspect(database.db, [...INVARIANTS, ...HISTORY])
        console.log(
          JSON.stringify({
            seed,
            ...(await figuresOf(database.db)),
            kills: cluster.kills.length,
            retries: cluster.retries,
            webhooks: crowd.webhooks,
            accepts: observer.accepted,
            samples: watch.samples,
            mostWaiting: watch.mostWaiting,
          }),
        )
        expect(observer.wrong).toEqual([])
        expect(watch.broken).toEqual([])
        expect(broken).toEqual([])
        expect(await leftOver(database.db)).toEqual({ entries: 0, slots: 0, offers: 0 })
        expect(await receiptsMissing(database.db, observer)).toEqual([])
        expect(cluster.complaints()).toEqual([])
        // It was not idle.
        expect(cluster.kills.length).toBeGreaterThan(durationMs / 20_000)
        expect(observer.accepted).toBeGreaterThan(calls / 4)
        expect(watch.mostWaiting).toBeGreaterThan(20)
      } finally {
        await cluster.stop()
        await database.close()
      }
    },
    durationMs + 120_000,
  )
})

/** One process at a time, every two to four seconds or as soon as the last one is back, in storms with calm between them. */
function killAgainAndAgain(cluster: Cluster): { stop(): Promise<void> } {
  const random = randomStream(seed, 'kills')
  let stopping = false
  const stormy = (at: number) => (at - began) % (STORM_MS + CALM_MS) < STORM_MS
  const began = Date.now()
  const running = (async () => {
    for (let next = began + 2000; !stopping; ) {
      while (!stopping && (Date.now() < next || !stormy(Date.now()))) await new Promise(done => setTimeout(done, 50))
      if (stopping) return
      next = Date.now() + 2000 + random() * 2000
      await cluster.kill(Math.floor(random() * cluster.urls.length))
    }
  })()
  running.catch(() => {}) // told by stop()
  return {
    stop() {
      stopping = true
      return running
    },
  }
}

/** What came of it all, and by how much the latest deadline was late, in milliseconds. */
const figuresOf = async (db: Db) =>
  (
    await db.asOwner(sql =>
      sql.query(
        `select (select count(*)::int from calls) as calls,
           (select json_object_agg(outcome, n) from (select coalesce(outcome, status) as outcome, count(*) as n from calls group by 1) c) as outcomes,
           (select json_object_agg(outcome, n) from (select coalesce(outcome, 'live') as outcome, count(*) as n from offers group by 1) o) as offers,
           (select count(*)::int from events) as events,
           (select max(extract(epoch from ended_at - expires_at) * 1000)::int from offers where outcome = 'timed-out')
             as "latestRing",
           (select max(extract(epoch from ended.at - (began.data ->> 'until')::timestamptz) * 1000)::int
             from events began join events ended on ended.type = 'agent.wrap_up_ended'
               and ended.data ->> 'callId' = began.data -> 'call' ->> 'id'
             where began.type = 'agent.wrap_up_started') as "latestWrapUp"`,
      ),
    )
  )[0]!

const leftOver = async (db: Db) =>
  (
    await db.asOwner(sql =>
      sql.query(
        `select (select count(*)::int from queue_entries) as entries, (select count(*)::int from slots) as slots,
           (select count(*)::int from offers where outcome is null) as offers`,
      ),
    )
  )[0]

/** Calls of which fewer webhooks are kept than were acknowledged. */
async function receiptsMissing(db: Db, observer: Observer): Promise<string[]> {
  const rows = await db.asOwner(sql =>
    sql.query<{ id: string; n: number }>(
      `select c.provider_call_id as id, count(*)::int as n from webhooks_received w
       join calls c on c.workspace_id = w.workspace_id and c.id = w.call_id group by 1`,
    ),
  )
  const kept = new Map(rows.map(({ id, n }) => [id, n]))
  return [...observer.calls.values()]
    .filter(call => (kept.get(call.providerCallId) ?? 0) < call.acknowledged)
    .map(call => call.providerCallId)
}
