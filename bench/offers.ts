import type { CenterEvent } from '../core/event.ts'
import { AVAILABLE, OFFLINE } from '../core/presence.ts'
import type { LegSignal } from '../core/signal.ts'
import { type Center, createCenter, demand } from '../server/calls/center.ts'
import type { Db } from '../server/platform/db.ts'
import { createLog } from '../server/platform/log.ts'
import { furnishLargeCenter } from '../test/support/largeCenter.ts'
import { ms, quantile, randomCaller, table } from './support.ts'

const SIZE = { agents: 200, queues: 40 }
const WAITING = 500
const WARM_UP = 20
const MOST_OFFERS = 1000
const LIMIT_MS = 10_000

type OfferMade = Extract<CenterEvent, { type: 'offer.made' }>

/**
 * From an agent who becomes available to its offer, committed; in turn with a transaction that inserts one row. Further
 * databases are further connections to the same one, each with a center of its own as another process would have: used
 * in turn, each finds that the other has decided since, and reads the whole floor anew.
 */
export async function benchOffers(title: string, databases: [Db, ...Db[]]): Promise<void> {
  const [db] = databases
  console.log(
    `Free agent → offer committed: ${SIZE.agents} agents, ${SIZE.queues} queues, ${WAITING} calls waiting, ${title}. Milliseconds.`,
  )
  const floor = await openFloor(databases)
  await db.asOwner(sql => sql.query('create table if not exists bare_rows (id bigserial primary key, body text)'))
  const rows = [['', 'offers', 'p50', 'p99', 'one insert p50', 'p99', 'times']]
  for (let processes = 1; processes <= databases.length; processes++) {
    const name = processes === 1 ? 'one process' : `${processes} processes in turn`
    process.stderr.write(`  ${name} …\n`)
    const { offers, inserts } = await measure(db, floor, processes)
    const [a, b] = [quantile(offers, 0.5), quantile(inserts, 0.5)]
    const p99s = [offers, inserts].map(times => ms(quantile(times, 0.99)))
    rows.push([name, String(offers.length), ms(a), p99s[0]!, ms(b), p99s[1]!, (a / b).toFixed(1)])
  }
  floor.close()
  table(rows)
}

async function measure(db: Db, floor: Floor, processes: number) {
  const offers: number[] = []
  const inserts: number[] = []
  const until = performance.now() + LIMIT_MS
  for (let turn = 0; turn < MOST_OFFERS + WARM_UP && performance.now() < until; turn++) {
    const delay = await floor.offer(turn % processes, turn)
    const began = performance.now()
    await db.asOwner(sql => sql.query('insert into bare_rows (body) values ($1)', [`row ${turn}`]))
    if (turn < WARM_UP) continue
    inserts.push(performance.now() - began)
    if (delay !== null) offers.push(delay)
  }
  return { offers, inserts }
}

interface Floor {
  /**
   * Somebody becomes available, is offered a call, and has done with it; another caller takes its place in line.
   * @returns milliseconds; null: none of those who wait is for this agent.
   */
  offer(process: number, turn: number): Promise<number | null>
  close(): void
}

/** All agents offline, every queue with its share of the callers. */
async function openFloor(databases: Db[]): Promise<Floor> {
  const [db] = databases as [Db]
  const { workspaceId, agents, queues } = await furnishLargeCenter(db, SIZE)
  // Nothing becomes due while the clock runs.
  await db.inWorkspace(workspaceId, tx =>
    tx.query(`update queues set settings = settings || '{"maxWaitMs": null, "ringMs": 3600000, "wrapUpMs": 0}'`),
  )
  const centers = databases.map(each => openCenter(each))
  let made: { at: number; event: OfferMade } | null = null
  for (const each of databases)
    each.onCommitted(events => {
      const found = events.map(({ event }) => event).find(event => event.type === 'offer.made')
      if (found) made = { at: performance.now(), event: found }
    })

  const legs = new Map<string, LegSignal>()
  const call = async (center: Center, to: string) => {
    const signal = newLeg(to)
    const { call } = await center.take(workspaceId, { type: 'delivery', signals: [signal], answers: true })
    legs.set(call!.id, signal)
  }
  await Promise.all(
    Array.from({ length: WAITING }, (_, index) => call(centers[0]!, queues[index % queues.length]!.number)),
  )

  return {
    async offer(process, turn) {
      const center = centers[process]!
      const agentId = agents[turn % agents.length]!.id
      made = null
      const began = performance.now()
      await center.take(workspaceId, { type: 'choosePresence', agentId, presence: AVAILABLE, by: null })
      const offered = made as { at: number; event: OfferMade } | null
      const rest: Promise<unknown>[] = []
      if (offered) {
        const { offer, call: taken } = offered.event
        const leg = legs.get(taken.id)!
        const ended: LegSignal = { ...leg, status: 'ended', endReason: 'completed', order: 1, durationSeconds: 1 }
        rest.push(
          demand(center, workspaceId, { type: 'accept', offerId: offer.id, agentId }),
          center.take(workspaceId, { type: 'choosePresence', agentId, presence: OFFLINE, by: null }),
          center.take(workspaceId, { type: 'delivery', signals: [ended], answers: true }),
          call(center, leg.to!),
        )
        legs.delete(taken.id)
      } else rest.push(center.take(workspaceId, { type: 'choosePresence', agentId, presence: OFFLINE, by: null }))
      await Promise.all(rest)
      return offered && offered.at - began
    },
    close() {
      for (const center of centers) center.stop()
    },
  }
}

const openCenter = (db: Db): Center =>
  createCenter({ db, log: createLog('silent'), takesCommands: () => false, hasSoftphones: () => false, carryOut() {} })

let legsMade = 0

function newLeg(to: string): LegSignal {
  const id = `CA${String(++legsMade).padStart(32, '0')}`
  return {
    type: 'leg',
    provider: 'twilio',
    providerCallId: id,
    providerLegId: id,
    party: 'customer',
    status: 'ringing',
    endReason: null,
    order: null,
    at: new Date().toISOString(),
    durationSeconds: null,
    direction: 'inbound',
    from: randomCaller(),
    to,
    callerName: null,
    control: 'ours',
    extensionId: null,
  }
}
