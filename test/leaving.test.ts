import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { barriers, chromiumPath, openBrowser, openPage } from './support/browser.ts'
import { must } from './support/people.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const BEN = { email: 'ben@example.com', password: 'correct horse battery' }
const EVA = { email: 'eva@example.com', password: 'correct horse battery' }

const named = chromiumPath === null ? 'in a browser (skipped: no Chromium found)' : 'in a browser'

describe.skipIf(chromiumPath === null)(named, () => {
  let server: TestServer
  let browser: Browser
  beforeAll(async () => {
    server = await startTestServer()
    browser = await openBrowser()
    await must(server.api('/api/users', { json: { ...BEN, name: 'Ben Whitaker', role: 'agent', queues: ['support'] } }))
    await must(server.api('/api/users', { json: { ...EVA, name: 'Eva', role: 'admin' } }))
  })
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  test('somebody leaves, is still found with their calls, and comes back', async () => {
    const ben = await openPage(browser, server, { as: BEN })
    await ben.goto('/desk')
    const page = await openPage(browser, server)
    page.setDefaultTimeout(8000)
    await page.goto('/settings/users')
    await page.getByRole('button', { name: 'Change Ben Whitaker' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Has left' }).click()
    const sure = page.getByRole('dialog', { name: 'Has Ben Whitaker left?' })
    await sure.waitFor()
    expect(await barriers(page)).toEqual([])
    await sure.getByRole('button', { name: 'Has left' }).click()
    const former = page.getByRole('region', { name: 'Who has left' })
    await former.getByText('Ben Whitaker').waitFor()
    expect(await page.getByRole('button', { name: 'Change Ben Whitaker' }).count()).toBe(0)
    await ben.getByLabel('Password').waitFor()

    await page.goto('/calls')
    await page.getByLabel('Agent', { exact: true }).selectOption({ label: 'Ben Whitaker (former)' })
    await expect.poll(() => new URL(page.url()).searchParams.has('agent')).toBe(true)

    await page.goto('/settings/users')
    expect(await barriers(page)).toEqual([])
    await page.getByRole('button', { name: 'Take on again: Ben Whitaker' }).click()
    await page.getByRole('dialog', { name: 'Sign-in link for Ben Whitaker' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Change Ben Whitaker' }).waitFor()
    expect(page.problems).toEqual([])
  })

  test('so they do in Spanish', async () => {
    const page = await openPage(browser, server, { as: EVA })
    page.setDefaultTimeout(8000)
    await page.context().request.patch('/api/me', { data: { locale: 'es' } })
    await page.goto('/settings/users')
    await page.getByRole('button', { name: /Ben Whitaker/ }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Ya no está' }).click()
    await page
      .getByRole('dialog', { name: '¿Ben Whitaker ya no está?' })
      .getByRole('button', { name: 'Ya no está' })
      .click()
    await page.getByRole('button', { name: 'Readmitir: Ben Whitaker' }).click()
    await page.getByRole('dialog').getByText('/sign-in#token=').waitFor()
    expect(page.problems).toEqual([])
  })
})
