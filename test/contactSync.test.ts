import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Contact } from '../client/contract.ts'
import { barriers, chromiumPath, openBrowser, openPage } from './support/browser.ts'
import type { CrmStandIn } from './support/crm.ts'
import { startHubspot } from './support/hubspot.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const named = chromiumPath === null ? 'in a browser (skipped: no Chromium found)' : 'in a browser'

describe.skipIf(chromiumPath === null)(named, () => {
  let crm: CrmStandIn
  let server: TestServer
  let browser: Browser

  beforeAll(async () => {
    crm = await startHubspot()
    server = await startTestServer(crm.env)
    browser = await openBrowser()
  })
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await crm?.close()
  })

  async function open(): Promise<Page> {
    const page = await openPage(browser, server, { viewport: { width: 1360, height: 860 } })
    page.setDefaultTimeout(8000)
    return page
  }
  const contact = async (fields: object): Promise<Contact> =>
    ((await server.api('/api/contacts', { json: fields })).body as { contact: Contact }).contact
  const read = async (id: string): Promise<Contact> => (await server.api(`/api/contacts/${id}`)).body

  test('fields of one’s own are added, filled in and shown', async () => {
    const ana = await contact({ name: 'Ana Torres', phones: ['+14155550100'] })
    const page = await open()
    await page.goto('/settings/fields')
    await page.getByRole('button', { name: 'Add field' }).click()
    await page.getByLabel('Label').fill('Tier')
    await page.getByLabel('Name in the API').fill('tier')
    await page.getByLabel('Type').selectOption('Choice')
    await page.getByLabel('Choices').fill('Gold, Silver')
    await page.getByLabel('Shown when they call').check()
    expect(await barriers(page)).toEqual([])
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Choice · Gold, Silver · Shown when they call').waitFor()
    await server.api('/api/custom-fields', { json: { name: 'seats', label: 'Seats', type: 'number' } })

    await page.goto(`/contacts/${ana.id}`)
    await page.getByLabel('Tier').selectOption('Gold')
    await page.getByRole('button', { name: /Seats/ }).click()
    await page.keyboard.type('3')
    await page.keyboard.press('Enter')
    await expect.poll(async () => (await read(ana.id)).fields).toEqual({ tier: 'Gold', seats: 3 })
    expect(await barriers(page)).toEqual([])

    await page.goto('/settings/fields')
    await page.getByRole('button', { name: 'Remove: Seats' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await expect.poll(async () => (await read(ana.id)).fields).toEqual({ tier: 'Gold' })
  })

  test('two contacts become one', async () => {
    const into = await contact({ name: 'Maria Lopez', phones: ['+14155550201'] })
    const from = await contact({ name: 'M. Lopez', phones: ['+14155550202'], email: 'maria@example.com' })
    const page = await open()
    await page.goto(`/contacts/${into.id}`)
    await page.getByRole('button', { name: 'Merge' }).click()
    const dialog = page.getByRole('dialog', { name: 'Who is Maria Lopez, too?' })
    await dialog.getByRole('searchbox').fill('M. Lop')
    await dialog.getByRole('button', { name: /M\. Lopez/ }).click()
    await dialog.getByText('Merge M. Lopez into Maria Lopez?').waitFor()
    expect(await barriers(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Merge' }).click()
    await page.getByText('maria@example.com').first().waitFor()
    expect((await read(into.id)).phones).toEqual(['+14155550201', '+14155550202'])
    expect((await server.api(`/api/contacts/${from.id}`)).status).toBe(404)
  })

  test('a CRM is connected, shows how it stands, and is disconnected', async () => {
    crm.add({ name: 'Only There', email: 'there@example.com' })
    const page = await open()
    await page.goto('/settings/integrations')
    await page.getByText('This installation is not set up for Salesforce').waitFor()
    await page.getByRole('button', { name: 'Connect: HubSpot' }).click()
    await page.getByText('It is connected.').waitFor()
    const hubspot = page.getByRole('region', { name: 'HubSpot' })
    await hubspot.getByText('acme.hubspot.com').waitFor()
    await expect
      .poll(async () => ((await server.api('/api/contacts?q=Only')).body as { items: Contact[] }).items, {
        timeout: 10_000,
      })
      .toHaveLength(1)
    expect(await barriers(page)).toEqual([])

    await page.getByRole('button', { name: 'Pause: HubSpot' }).click()
    await hubspot.getByText('Paused').waitFor()
    await page.getByRole('button', { name: 'Resume: HubSpot' }).click()
    await hubspot.getByText('Connected').waitFor()
    await page.getByRole('button', { name: 'Disconnect: HubSpot' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click()
    await page.getByRole('button', { name: 'Connect: HubSpot' }).waitFor()
  })
})
