import fs from 'node:fs'
import path from 'node:path'
import { v7 as newId } from 'uuid'
import { expect, test } from 'vitest'
import type { CallStatus } from '../core/call.ts'
import { readConfig } from '../server/config.ts'
import { createDb, type Db } from '../server/platform/db.ts'
import { openEmbedded } from '../server/platform/embedded.ts'
import { openEnvelopes } from '../server/platform/envelope.ts'
import { createLog } from '../server/platform/log.ts'
import { addEndpoint } from '../server/webhooks/endpointChange.ts'
import { callState, startReceiver } from '../server/webhooks/testing.ts'
import { firstRun } from '../server/workspaces/firstRun.ts'
import { findOldestWorkspace } from '../server/workspaces/workspaceStore.ts'
import { type Cluster, startCluster } from './support/cluster.ts'
import { dataDirectory, openOnServer, serverUrl } from './support/databases.ts'
import { ADMIN, ADMIN_API_KEY } from './support/server.ts'

/** How many deliveries: `WEBHOOK_DELIVERIES=10000` takes a minute longer. */
const DELIVERIES = Number(process.env.WEBHOOK_DELIVERIES ?? 2000)
/** How many of them have come when a process is killed, each time. */
const KILLS = [0.2, 0.5, 0.8]
const STEPS: CallStatus[] = ['initiated', 'ringing', 'in-progress', 'completed']
const CALLS = Math.ceil(DELIVERIES / STEPS.length)
/** Calls that come in meanwhile. */
const LIVE = 20

const admin = { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password, ADMIN_API_KEY }

test('a server killed again and again while it tells the CRM of calls: each at least once, and in order per call', async () => {
  const DATA_DIR = await dataDirectory()
  const db = createDb(await openEmbedded(path.join(DATA_DIR, 'db'), createLog('silent')))
  try {
    await observe(db, 1, { DATA_DIR }, () => db.close())
  } finally {
    fs.rmSync(DATA_DIR, { recursive: true })
  }
}, 300_000)

const skipped = serverUrl === null ? ' (skipped: no PostgreSQL at TEST_DATABASE_URL)' : ''
test.skipIf(serverUrl === null)(
  `so two servers on one database, of which one is killed${skipped}`,
  async () => {
    const database = await openOnServer(serverUrl!)
    try {
      await observe(database.db, 2, { DATABASE_URL: database.url! })
    } finally {
      await database.close()
    }
  },
  300_000,
)

/** @param release gives up the database before the servers begin, where it is one process's alone. */
async function observe(db: Db, size: number, env: Record<string, string>, release = async () => {}): Promise<void> {
  const crm = await startReceiver()
  const config = readConfig({ ...admin, ...env })
  await firstRun(db, config)
  const envelopes = await openEnvelopes(config, db)
  const workspaceId = (await db.asSystem(findOldestWorkspace))!
  await db.inWorkspace(workspaceId, tx =>
    addEndpoint(
      tx,
      envelopes,
      { name: 'CRM', url: crm.url, types: ['call.status_update'], token: null },
      { id: newId(), name: 'Admin' },
    ),
  )
  const told = await history(db, workspaceId)
  await release()

  let cluster: Cluster | null = null
  try {
    cluster = await startCluster(size, { ...admin, ...env, WEBHOOK_ALLOW_PRIVATE: 'true' })
    const live = callIn(cluster)
    live.catch(() => {}) // told below
    for (const [index, share] of KILLS.entries()) {
      await crm.until(share * DELIVERIES, 90_000)
      await cluster.kill(index % size)
    }
    for (const id of await live) told.set(id, ['ringing', 'completed'])
    const accepted = () => byCall(crm.received.map(({ body }) => body.call!))
    const complete = () => {
      const known = accepted()
      return [...told].every(([id, steps]) => new Set(known.get(id)).size === steps.length)
    }
    await expect.poll(complete, { timeout: 120_000, interval: 200 }).toBe(true)

    // Whoever dies between the answer and the commit says it again, before it says anything else of that call.
    for (const [id, steps] of accepted()) expect(withoutRepeats(steps)).toEqual(told.get(id))
    expect(cluster.kills).toHaveLength(KILLS.length)
    const left = await fetch(`${cluster.urls[0]}/api/webhook-deliveries?status=failed`, {
      headers: { 'x-api-key': ADMIN_API_KEY },
    })
    expect(await left.json()).toEqual({ items: [], nextCursor: null })
    console.log(JSON.stringify({ told: CALLS * STEPS.length + LIVE * 2, received: crm.received.length }))
  } finally {
    await cluster?.stop()
    await crm.close()
  }
}

/** What is in the log before anybody is there to tell of it: calls side by side, each in its steps. */
async function history(db: Db, workspaceId: string): Promise<Map<string, CallStatus[]>> {
  const calls = Array.from({ length: CALLS }, () => callState())
  const told = new Map(calls.map(call => [call.id, STEPS]))
  const AT_ONCE = 100
  for (let first = 0; first < CALLS; first += AT_ONCE)
    for (const status of STEPS)
      await db.inWorkspace(workspaceId, async tx =>
        tx.emit(
          ...calls.slice(first, first + AT_ONCE).map(call => ({
            type: 'call.status_changed' as const,
            call: { ...call, status },
            previousStatus: 'initiated' as const,
          })),
        ),
      )
  return told
}

/** Calls that a provider reports while servers die, until each report is acknowledged. Returns their ids. */
async function callIn(cluster: Cluster): Promise<string[]> {
  const ids: string[] = []
  for (let index = 0; index < LIVE; index++) {
    const report = (CallStatus: string) =>
      cluster.ask('/api/webhooks/call/status', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          CallSid: `CAlive${index}`,
          From: `+1415555${1000 + index}`,
          To: '+12025550100',
          Direction: 'inbound',
          CallStatus,
        }),
        first: index,
      })
    await report('ringing')
    await new Promise(resolve => setTimeout(resolve, 200))
    const { body } = await report('completed')
    ids.push((body as { call: { id: string } }).call.id)
  }
  return ids
}

function byCall(calls: { id: string; status: string }[]): Map<string, string[]> {
  const steps = new Map<string, string[]>()
  for (const { id, status } of calls) steps.set(id, [...(steps.get(id) ?? []), status])
  return steps
}

const withoutRepeats = (steps: string[]): string[] => steps.filter((step, index) => step !== steps[index - 1])
