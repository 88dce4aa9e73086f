import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath } from './support/browser.ts'
import { openOnServer, serverUrl, type TestDatabase } from './support/databases.ts'
import { hire, must, type Person } from './support/people.ts'
import { type RingsideProcess, startProcess } from './support/process.ts'
import { ADMIN, ADMIN_API_KEY, clientOf } from './support/server.ts'
import { acceptCall, askOf, dial, visit } from './support/talking.ts'
import { openTalkingBrowser, untilHeard } from './support/tones.ts'

const lack =
  chromiumPath === null ? 'no Chromium found' : serverUrl === null ? 'no PostgreSQL at TEST_DATABASE_URL' : null
const named = lack === null ? 'voices over two processes' : `voices over two processes (skipped: ${lack})`

describe.skipIf(lack !== null)(named, () => {
  let database: TestDatabase
  let browser: Browser
  let processes: RingsideProcess[]
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-voices-'))

  beforeAll(async () => {
    database = await openOnServer(serverUrl!)
    const env = {
      DATABASE_URL: database.url!,
      DATA_DIR: folder,
      ADMIN_API_KEY,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      VOICE_PROCESSES: '1',
      VOICE_UDP_PORT: '0',
    }
    // The first one has the lock before the second one looks.
    const first = await startProcess(env)
    await untilHost(first)
    processes = [first, await startProcess(env)]
    browser = await openTalkingBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await Promise.all((processes ?? []).map(each => each.end('SIGTERM')))
    await database?.close()
    fs.rmSync(folder, { recursive: true, force: true })
  })

  /** Waits until it is this one that carries calls. */
  async function untilHost({ url }: RingsideProcess): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      const rows = await database.db.asSystem(sql => sql.query<{ address: string }>('select address from voice_host'))
      if (rows[0]?.address === new URL(url).host) return
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    throw new Error(`${url} does not carry calls`)
  }

  test('a call is carried by one, whichever its people are at; when that dies, the other goes on with it', {
    timeout: 90_000,
  }, async () => {
    const [host, other] = [clientOf(processes[0]!.url), clientOf(processes[1]!.url)]
    const ana: Person = await hire(other, 'Ana', ['sales'])
    const [phone, desk] = await Promise.all([
      visit(browser, other, { voice: 'customer', path: '/phone', as: null }),
      visit(browser, other, { voice: 'agent', path: '/desk', as: ana.credentials }),
    ])
    await dial(phone, '1')
    await ana.be('available')
    const { callId } = await acceptCall(ana)
    const together = () => Promise.all([untilHeard(phone, ['agent'], 20_000), untilHeard(desk, ['customer'], 20_000)])
    await together()
    // Asked of the one that does not carry it, and of the one that does.
    await askOf(ana, callId)('hold')
    await Promise.all([untilHeard(phone, ['sound']), untilHeard(desk, [])])
    await must(host.api(`/api/calls/${callId}/resume`, { method: 'POST' }))
    await together()

    await processes[0]!.end('SIGKILL')
    await untilHost(processes[1]!)
    await together()
    await askOf(ana, callId)('hang-up')
    await phone.getByRole('button', { name: 'Call again' }).waitFor()
    await expect
      .poll(async () => ((await must(other.api(`/api/calls/${callId}`))).body as { status: string }).status)
      .toBe('completed')
  })
})
