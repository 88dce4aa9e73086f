import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, focused, openBrowser, openPage } from './support/browser.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const named = chromiumPath === null ? 'in a browser (skipped: no Chromium found)' : 'in a browser'

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

  async function open(path: string) {
    const page = await openPage(browser, server, { locale: 'es-ES' })
    await page.request.patch('/api/me', { data: { locale: 'es' } })
    await page.goto(path)
    return page
  }

  test('what is wrong with a field is said in Spanish, and the field has the focus', async () => {
    const page = await open('/settings/numbers')
    await page.getByRole('button', { name: 'Añadir número' }).click()
    const dialog = page.getByRole('dialog', { name: 'Añadir número' })
    await dialog.getByLabel('Número').fill('12')
    await page.keyboard.press('Enter')
    await dialog.getByText('No es un número de teléfono.').waitFor()
    expect(await focused(page)).toBe('Número')
  })

  test('what is wrong with a flow, and what publishing it would change, is said in Spanish', async () => {
    const { items } = (await server.api('/api/flows')).body as { items: { id: string }[] }
    const path = `/api/flows/${items[0]!.id}`
    const { draft, revision } = (await server.api(path)).body as { draft: { nodes: object }; revision: number }
    const nodes = { ...draft.nodes, lost: { type: 'queue', label: 'Perdida', queue: 'taller' } }
    const definition = { ...draft, nodes }
    expect((await server.api(path, { method: 'PATCH', json: { definition, revision } })).status).toBe(200)

    const page = await open(`/flows/${items[0]!.id}`)
    await page.getByRole('tab', { name: 'Problemas' }).click()
    await page.getByText('«Perdida» necesita la cola «taller», que no existe.').waitFor()
    await page.getByText('Nada lleva a «Perdida».').waitFor()
    await page.getByRole('tab', { name: 'Publicar' }).click()
    await page.getByText('«Perdida» es nuevo (cola).').waitFor()
    await page.getByRole('button', { name: 'Publicar', exact: true }).click()
    await page.getByText('El flujo tiene errores').waitFor()
    await page.getByText('«Perdida» necesita la cola «taller», que no existe.').waitFor()
  })

  test('what is wrong with hours is said in Spanish as they are written, and saving keeps the focus', async () => {
    const made = await server.api('/api/hours', { json: { name: 'Tienda', timeZone: 'Europe/Madrid', weekly: [] } })
    expect(made.status).toBe(201)
    const page = await open('/hours')
    const monday = page.getByLabel('lunes')
    await monday.fill('09:00-13:00, 12:00-18:00')
    await page.getByText('lunes 09:00–13:00 y lunes 12:00–18:00 se solapan.').waitFor()
    await monday.fill('09:00-13:00, 14:00-18:00')
    await page.getByRole('button', { name: 'Guardar' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('status').filter({ hasText: 'Guardado.' }).waitFor()
    expect(await focused(page)).toBe('Guardar')
  })
})
