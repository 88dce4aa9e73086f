import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type * as contract from '../client/contract.ts'
import { leaveRecording } from '../server/recordings/testing.ts'
import { openOnServer, serverUrl, type TestDatabase } from './support/databases.ts'
import { type RingsideProcess, startProcess, temporaryDirectory } from './support/process.ts'
import { startS3, type TestS3 } from './support/s3.ts'
import { ADMIN, ADMIN_API_KEY, clientOf } from './support/server.ts'

const RECORDINGS = 20
const KILLS = 3
/** A recording that a killed process had claimed is claimed again after half a minute. */
const WITHIN_MS = 60_000

const skipped = serverUrl === null ? ' (skipped: no PostgreSQL at TEST_DATABASE_URL)' : ''
test.skipIf(serverUrl === null)(
  `processes that are killed while they take recordings into the store lose none of them${skipped}`,
  { timeout: 300_000 },
  async () => {
    const left = new Map<string, Buffer>()
    let running: RingsideProcess = await start()
    const { id: workspaceId } = (
      await database.db.asSystem(sql => sql.query<{ id: string }>('select id from workspaces'))
    )[0]!
    const callId = newId()
    await database.db.inWorkspace(workspaceId, tx =>
      tx.query(
        `insert into calls (workspace_id, id, provider, provider_call_id, control, direction, status, match_state, started_at)
         values ($1, $2, 'builtin', $3, 'ours', 'inbound', 'in-progress', 'withheld', now())`,
        [workspaceId, callId, newId()],
      ),
    )
    await running.end()
    for (let i = 0; i < RECORDINGS; i++) {
      const audio = randomBytes(1000 + i * 20_000)
      left.set(await leaveRecording({ db: database.db, dataDir, workspaceId, callId }, audio), audio)
    }

    for (let kill = 0; kill < KILLS; kill++) {
      // Another one each time; by turns before the store has it and when it has, at moments of chance.
      let puts = 2 + Math.floor(Math.random() * 4)
      const killed = new Promise<void>(resolve => {
        s3.interfere = async method => {
          if (method !== 'PUT' || puts-- !== 0) return
          if (kill % 2 === 0) {
            running.child.kill('SIGKILL')
            resolve()
            throw new Error('it is dead')
          }
          void sleep(Math.random() * 30).then(() => {
            running.child.kill('SIGKILL')
            resolve()
          })
        }
      })
      running = await start()
      await killed
      await running.end('SIGKILL')
    }

    s3.interfere = () => {}
    running = await start()
    const server = clientOf(running.url)
    const kept = () =>
      database.db.inWorkspace(workspaceId, tx => tx.query('select 1 from recordings where stored_at is not null'))
    await expect.poll(async () => (await kept()).length, { timeout: WITHIN_MS, interval: 500 }).toBe(RECORDINGS)
    await expect.poll(() => fs.readdirSync(`${dataDir}/recordings/${workspaceId}`)).toEqual([])
    const { recordings } = (await server.api(`/api/calls/${callId}`)).body as contract.CallDetails
    for (const { id, audioUrl } of recordings) {
      const response = await fetch(server.url + audioUrl, { headers: { 'x-api-key': ADMIN_API_KEY } })
      expect(Buffer.from(await response.arrayBuffer()).equals(left.get(id)!)).toBe(true)
    }
    expect(recordings).toHaveLength(RECORDINGS)
    await running.end()
  },
)

let database: TestDatabase
let s3: TestS3
let dataDir: string
beforeAll(async () => {
  if (serverUrl === null) return
  ;[database, s3] = await Promise.all([openOnServer(serverUrl), startS3()])
  dataDir = temporaryDirectory()
})
afterAll(async () => {
  await s3?.close()
  await database?.close()
  if (dataDir) fs.rmSync(dataDir, { recursive: true, force: true })
})

const start = () =>
  startProcess({
    DATABASE_URL: database.url!,
    DATA_DIR: dataDir,
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    ADMIN_API_KEY,
    ...s3.env,
  })
