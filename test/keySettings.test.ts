import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ApiKey } from '../client/contract.ts'
import { barriers, chromiumPath, focused, openBrowser, openPage } from './support/browser.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const named = chromiumPath === null ? 'API keys (skipped: no Chromium found)' : 'API keys'

describe.skipIf(chromiumPath === null)(named, () => {
  let server: TestServer
  let browser: Browser
  beforeAll(async () => {
    server = await startTestServer()
    browser = await openBrowser()
  })
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  const keys = async () => ((await server.api('/api/api-keys')).body as { items: ApiKey[] }).items
  const status = async (key: string) =>
    (await fetch(`${server.url}/api/queues`, { headers: { 'x-api-key': key } })).status

  test('are created with an expiry, replaced with an overlap, and revoked', async () => {
    const page = await openPage(browser, server)
    page.setDefaultTimeout(15_000)
    await page.goto('/settings/keys')
    await page.getByRole('button', { name: 'Create API key' }).click()
    await page.getByLabel('What it is for').fill('CRM')
    await page.getByLabel('Expires').selectOption('In 90 days')
    await page.getByRole('dialog').getByRole('button', { name: 'Create API key' }).click()
    const shown = page.getByRole('dialog', { name: 'Your new API key' })
    const text = async () => (await shown.getByText(/^rs_[\w-]{43}$/).textContent())!
    await shown.waitFor()
    const old = await text()
    await page.keyboard.press('Escape')
    expect(await focused(page)).toBe('Create API key')
    expect(Date.parse((await keys())[0]!.expiresAt!) - Date.now()).toBeGreaterThan(89 * 86_400_000)
    expect(await status(old)).toBe(200)

    await page.getByRole('button', { name: 'Replace: CRM' }).click()
    expect(await barriers(page)).toEqual([])
    await page.getByLabel('The old key works for').selectOption('a week')
    await page.getByRole('dialog').getByRole('button', { name: 'Replace', exact: true }).click()
    await shown.waitFor()
    const fresh = await text()
    expect(fresh).not.toBe(old)
    await page.keyboard.press('Escape')
    await page.getByText(`The old key …${old.slice(-4)} works until`).waitFor()
    expect([await status(old), await status(fresh)]).toEqual([200, 200])
    expect(await barriers(page)).toEqual([])

    await page.getByRole('button', { name: 'Revoke: CRM' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('No API keys').waitFor()
    // What had the focus is gone: it is not lost, but beside where that was.
    expect(await focused(page)).toBe('Create API key')
    expect([await status(old), await status(fresh)]).toEqual([401, 401])
    expect(page.problems).toEqual([])
    await page.getByRole('link', { name: 'Documentation of the API' }).click()
    await page.getByRole('heading', { name: 'The HTTP API' }).waitFor()
  })
})
