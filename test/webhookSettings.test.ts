import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Receiver, startReceiver } from '../server/webhooks/testing.ts'
import { barriers, chromiumPath, focused, openBrowser, openPage } from './support/browser.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const WIDE = { viewport: { width: 1360, height: 860 } }
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

const named = chromiumPath === null ? 'in a browser (skipped: no Chromium found)' : 'in a browser'

describe.skipIf(chromiumPath === null)(named, () => {
  let server: TestServer
  let browser: Browser
  let crm: Receiver
  beforeAll(async () => {
    server = await startTestServer({ WEBHOOK_ALLOW_PRIVATE: 'true' })
    browser = await openBrowser()
    crm = await startReceiver()
  })
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await crm?.close()
  })

  const call = (sid: string) =>
    server.api('/api/webhooks/call/incoming', {
      json: { CallSid: sid, From: '+14155550100', To: '+12025550100', CallStatus: 'ringing', Direction: 'inbound' },
    })

  test('an endpoint is added, tested, and what it was sent is looked into and sent again', async () => {
    const page = await openPage(browser, server, WIDE)
    page.setDefaultTimeout(15_000)
    await page.goto('/settings/webhooks')
    await page.getByText('Nobody is told of calls yet').waitFor()

    await page.getByRole('button', { name: 'Add endpoint' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Address').fill('https://user:secret@crm.example.com/')
    await dialog.getByRole('button', { name: 'Save' }).press('Enter')
    await dialog.getByText('An address carries no name and password').waitFor()
    expect(await focused(page)).toBe('Address')
    await dialog.getByLabel('Address').fill(crm.url)
    await dialog.getByLabel('Name').fill('Our CRM')
    await dialog.getByLabel('Bearer token').fill('a-token-of-ours')
    await page.keyboard.press('Enter')
    await dialog.getByText(/^whsec_/).waitFor()
    await page.keyboard.press('Escape')

    crm.answer = () => ({ status: 401, body: 'who are you?' })
    await page.getByRole('button', { name: 'Send test: Our CRM' }).click()
    await dialog.getByText('Not delivered. It answered with 401').waitFor()
    await dialog.getByText('who are you?').waitFor()
    expect(await barriers(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByText(/^Failing since/).waitFor()
    expect(await focused(page)).toBe('Send test: Our CRM')

    crm.answer = () => ({ status: 200 })
    await call('CA1')
    const [, told] = await crm.until(2)
    expect(told!.headers.authorization).toBe('Bearer a-token-of-ours')
    const log = page.getByRole('list', { name: 'Deliveries' })
    await page.getByRole('button', { name: 'Refresh' }).click()
    await log.getByRole('button', { name: 'Status of calls' }).waitFor()
    await log.getByText(/Delivered · 200/).waitFor()
    await log
      .getByText(/\d+ ms/)
      .first()
      .waitFor()
    expect(await log.getByRole('listitem').count()).toBe(2)
    expect(await barriers(page)).toEqual([])

    await page.getByLabel('Status', { exact: true }).selectOption('failed')
    await log.getByText(/Failed · 401/).waitFor()
    expect(await log.getByRole('listitem').count()).toBe(1)
    await page.getByLabel('Status', { exact: true }).selectOption('')
    await page.getByRole('searchbox', { name: 'Search' }).fill(told!.body.call!.id)
    await expect.poll(() => log.getByRole('listitem').count()).toBe(1)

    await log.getByRole('button', { name: 'Status of calls' }).focus()
    await page.keyboard.press('Enter')
    await dialog.getByText('"event": "call.status_update"').waitFor()
    await dialog.getByRole('button', { name: 'Replay' }).click()
    const [, , again] = await crm.until(3)
    expect(again!.headers['webhook-id']).toBe(told!.headers['webhook-id'])
    await dialog.waitFor({ state: 'detached' })

    await page.getByRole('button', { name: 'New secret: Our CRM' }).click()
    await dialog.getByRole('button', { name: 'New secret' }).click()
    await dialog.getByText(/^whsec_/).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Turn off: Our CRM' }).click()
    await page.getByText('Off', { exact: true }).waitFor()
    expect(await focused(page)).toBe('Turn on: Our CRM')
    await page.getByRole('button', { name: 'Delete: Our CRM' }).click()
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('Nobody is told of calls yet').waitFor()
  })

  test('on a phone, in Spanish', async () => {
    await server.api('/api/settings/calls', { method: 'PUT', json: { crm_webhook_url: crm.url } })
    const page = await openPage(browser, server, PHONE)
    page.setDefaultTimeout(15_000)
    await page.goto('/settings/webhooks')
    await page.getByRole('button', { name: 'Send test: CRM' }).waitFor()
    await page.evaluate(() =>
      fetch('/api/me', {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: '{"locale":"es"}',
      }),
    )
    await page.reload()
    await page.getByRole('button', { name: 'Enviar prueba: CRM' }).waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    expect(await barriers(page)).toEqual([])
  })
})
