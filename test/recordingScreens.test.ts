import fs from 'node:fs'
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type * as contract from '../client/contract.ts'
import { leaveRecording, tellCompleted } from '../server/recordings/testing.ts'
import { encodeSound } from '../voice/sound.ts'
import { tone } from '../voice/tones.ts'
import { barriers, chromiumPath, openBrowser, openPage } from './support/browser.ts'
import { temporaryDirectory } from './support/process.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const named = chromiumPath === null ? 'in a browser (skipped: no Chromium found)' : 'in a browser'

describe.skipIf(chromiumPath === null)(named, { timeout: 120_000 }, () => {
  let server: TestServer
  let browser: Browser
  let dataDir: string
  let callId: string
  let workspaceId: string

  beforeAll(async () => {
    dataDir = temporaryDirectory()
    server = await startTestServer({ DATA_DIR: dataDir })
    browser = await openBrowser()
    const json = { customerPhone: '+12025550143', direction: 'inbound' }
    const { body } = await server.api('/api/admin/customer-service/calls', { json })
    callId = (body as { call: contract.Call }).call.id
    const sound = path.join(dataDir, 'sound.opus')
    await encodeSound(tone([440], 3, 0.5), sound)
    const { db } = server.app
    workspaceId = (await db.asSystem(sql => sql.query<{ id: string }>('select id from workspaces')))[0]!.id
    const id = await leaveRecording({ db, dataDir, workspaceId, callId }, fs.readFileSync(sound))
    await tellCompleted({ db, workspaceId, callId }, id)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    fs.rmSync(dataDir, { recursive: true, force: true })
  })

  test('a recording out of the store is drawn, played, held and released; who has listened is shown', async () => {
    const page = await openPage(browser, server)
    page.setDefaultTimeout(15_000)
    await page.goto(`/calls/${callId}`)
    const recordings = page.getByRole('region', { name: 'Recordings' })
    await recordings.getByRole('slider').waitFor()
    await expect.poll(() => fs.readdirSync(path.join(dataDir, 'store', 'objects', 'recordings'))).toHaveLength(1)
    await recordings.getByText('Who has listened').click()
    await recordings.getByText('Nobody yet.').waitFor()

    await recordings.getByRole('button', { name: 'Play' }).click()
    await recordings.getByRole('button', { name: 'Pause' }).waitFor()
    // The log says so, and the page hears of it.
    await recordings.getByRole('listitem').filter({ hasText: 'Admin' }).last().waitFor()

    await recordings.getByRole('button', { name: 'Put under legal hold' }).click()
    await page.getByRole('dialog').getByLabel('Why').fill('Case 17')
    await page.keyboard.press('Enter')
    await recordings.getByText('by Admin: Case 17').waitFor()
    expect(await barriers(page)).toEqual([])
    await recordings.getByRole('button', { name: 'Lift the legal hold' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Lift the legal hold' }).click()
    await recordings.getByRole('button', { name: 'Put under legal hold' }).waitFor()
    await page.context().close()
  })

  test('what was said is searched among the calls, by keyboard, in both languages', async () => {
    await server.app.db.inWorkspace(workspaceId, tx =>
      tx.query("update recordings set transcript_masked = 'Hello. I would like my refund, my number is [phone].'"),
    )
    const page = await openPage(browser, server)
    page.setDefaultTimeout(15_000)
    await page.goto('/calls')
    await page.getByLabel('Search in').selectOption('In what was said')
    await page.keyboard.press('/')
    await page.keyboard.type('REFUN')
    const list = page.getByRole('list', { name: 'In what was said' })
    await list.locator('mark').getByText('refund', { exact: true }).waitFor()
    expect(await list.getByRole('listitem').innerText()).toContain('my number is [phone]')
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ q: 'REFUN', in: 'said' })
    expect(await barriers(page)).toEqual([])
    await list.getByRole('link').focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/calls/${callId}`)
    await page.goBack()
    await page.getByLabel('Words that were said').fill('unheard')
    await page.getByText('Nobody has said this').waitFor()
    expect(page.problems).toEqual([])
    await page.context().close()

    const spanish = await openPage(browser, server, { locale: 'es-ES', viewport: { width: 390, height: 844 } })
    spanish.setDefaultTimeout(15_000)
    await spanish.request.patch('/api/me', { data: { locale: 'es' } })
    await spanish.goto('/calls?q=refund&in=said')
    await spanish.getByRole('list', { name: 'En lo que se dijo' }).locator('mark').waitFor()
    expect(await spanish.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
    expect(await barriers(spanish)).toEqual([])
    await spanish.request.patch('/api/me', { data: { locale: 'en' } })
    await spanish.context().close()
  })

  test('who hears recordings is set', async () => {
    const page = await openPage(browser, server)
    page.setDefaultTimeout(15_000)
    await page.goto('/settings/compliance')
    const panel = page.getByRole('region', { name: 'Who hears recordings' })
    await panel.getByRole('combobox').selectOption('team-leaders')
    await panel.getByRole('button', { name: 'Save' }).click()
    await panel.getByText('Saved.').waitFor()
    const { body } = await server.api('/api/settings/calls')
    expect(body).toMatchObject({ recordings_heard_by: 'team-leaders' })
    await page.context().close()
  })
})
