import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findOldestWorkspace } from '../server/workspaces/workspaceStore.ts'
import { barriers, chromiumPath, openBrowser, openPage } from './support/browser.ts'
import { ADMIN, startTestServer, type TestServer } from './support/server.ts'

const named = chromiumPath === null ? 'in a browser (skipped: no Chromium found)' : 'in a browser'

describe.skipIf(chromiumPath === null)(`the audit log, ${named}`, () => {
  let server: TestServer
  let browser: Browser
  beforeAll(async () => {
    server = await startTestServer()
    browser = await openBrowser()
    await server.api('/api/queues', { json: { name: 'gold' } })
    const { items } = (await server.api('/api/queues')).body as { items: { id: string; name: string }[] }
    const { id } = items.find(({ name }) => name === 'gold')!
    await server.api(`/api/queues/${id}`, { method: 'PATCH', json: { ringSeconds: 45 } })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  test('is searched, tells what a setting was, verifies, and is exported as it was searched', async () => {
    const page = await openPage(browser, server, { viewport: { width: 1360, height: 860 } })
    page.setDefaultTimeout(8000)
    await page.goto('/settings/audit')
    const log = page.getByRole('list', { name: 'Audit log' })
    await log.getByText('signed in').first().waitFor()

    await page.getByLabel('What').selectOption('Queues')
    await page.getByLabel('Contains').fill('gold')
    await page.keyboard.press('Enter')
    await log.getByText('signed in').first().waitFor({ state: 'detached' })
    const changed = log.getByRole('listitem').filter({ hasText: /changed the queue/ })
    await changed.locator('summary').focus()
    await page.keyboard.press('Enter')
    await changed.getByText('ringSeconds: 20 → 45').waitFor()
    await changed.getByText('Operator (API key)').waitFor()
    expect(await barriers(page)).toEqual([])

    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Export as CSV' }).click()
    const saved = await download
    expect(saved.suggestedFilename()).toMatch(/^audit-.*\.csv$/)
    const chunks: Buffer[] = []
    for await (const chunk of await saved.createReadStream()) chunks.push(chunk as Buffer)
    const lines = Buffer.concat(chunks).toString().trim().split('\r\n')
    expect(lines.slice(1).map(line => line.split(',')[2])).toEqual(['queue.updated', 'queue.created'])

    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByText(/All \d+ entries are there and unchanged/).waitFor()
    expect(page.problems).toEqual([])

    // Whoever has not shown for long who they are is asked, and then has the file.
    const workspaceId = await server.app.db.asSystem(findOldestWorkspace)
    await server.app.db.inWorkspace(workspaceId!, tx =>
      tx.query("update sessions set proven_at = now() - interval '1 hour'"),
    )
    await page.getByRole('link', { name: 'Export as CSV' }).click()
    const again = page.waitForEvent('download')
    await page.getByRole('dialog').getByLabel('Password').fill(ADMIN.password)
    await page.keyboard.press('Enter')
    expect((await again).suggestedFilename()).toMatch(/^audit-.*\.csv$/)
  })

  test('is in Spanish for whoever reads Spanish, on a telephone, too', async () => {
    const page = await openPage(browser, server, { viewport: { width: 390, height: 844 }, locale: 'es-ES' })
    await page.request.patch('/api/me', { data: { locale: 'es' } })
    await page.goto('/settings/audit')
    await page.getByRole('list', { name: 'Registro de auditoría' }).waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
    expect(await barriers(page)).toEqual([])
  })
})
