import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CallSettings } from '../client/contract.ts'
import { barriers, chromiumPath, focused, openBrowser, openPage } from './support/browser.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const named = chromiumPath === null ? 'in a browser (skipped: no Chromium found)' : 'in a browser'

describe.skipIf(chromiumPath === null)(named, () => {
  let server: TestServer
  let browser: Browser

  beforeAll(async () => {
    server = await startTestServer()
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  const settings = async () => (await server.api('/api/settings/calls')).body as CallSettings

  test('consent, masking and retention are set; everything about a number is erased once it is typed again', {
    timeout: 60_000,
  }, async () => {
    await server.api('/api/contacts', { json: { name: 'Jane Doe', phones: ['+14155550190'] } })
    const page = await openPage(browser, server)
    await page.goto('/settings/compliance')
    await page
      .getByLabel('Before anything is recorded, callers')
      .selectOption({ label: 'are asked, and recorded only if they agree' })
    await page.getByLabel('Country or state').fill('us-ca')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    const recording = page.getByRole('region', { name: 'Recording', exact: true })
    const question = recording.getByRole('group', { name: 'Question in your own words' })
    await question.getByLabel('Español').fill('¿Podemos grabar? 1 sí, 2 no.')
    await recording.getByRole('button', { name: 'Save' }).press('Enter')
    await recording.getByText('Saved.').waitFor()
    expect(await focused(page)).toBe('Save')
    expect(await settings()).toMatchObject({ consent_mode: 'ask', consent_regions: { 'US-CA': 'ask' } })
    expect((await settings()).consent_question).toEqual({ es: '¿Podemos grabar? 1 sí, 2 no.' })
    await recording.getByLabel('Also before messages').check()
    await recording.getByText('Saved.').waitFor({ state: 'detached' })

    const transcripts = page.getByRole('region', { name: 'Transcripts' })
    await transcripts.getByLabel('Names of caller and agent').check()
    await transcripts.getByRole('button', { name: 'Save' }).click()
    await transcripts.getByText('Saved.').waitFor()
    expect((await settings()).pii_masking.names).toBe(true)

    const retention = page.getByRole('region', { name: 'Retention' })
    await retention.getByLabel('Days that recordings are kept').fill('90')
    await retention.getByText('At once: Nothing.').waitFor()
    await retention.getByRole('button', { name: 'Save' }).click()
    await retention.getByText('Saved.').waitFor()
    expect((await settings()).retention_days).toBe(90)

    const person = page.getByRole('region', { name: 'One person’s data' })
    await person.getByLabel('Telephone number').fill('(415) 555-0190')
    await person.getByRole('button', { name: 'Look' }).click()
    await person.getByRole('region', { name: '+14155550190' }).waitFor()
    expect(await barriers(page)).toEqual([])
    await person.getByRole('button', { name: 'Erase' }).click()
    const dialog = page.getByRole('dialog')
    const erase = dialog.getByRole('button', { name: 'Erase' })
    expect(await erase.isDisabled()).toBe(true)
    await dialog.getByLabel('Type +14155550190 to confirm').fill('+14155550190')
    expect(await barriers(page)).toEqual([])
    await erase.click()
    await page.getByText('It is erased.').waitFor()
    expect((await server.api('/api/contacts')).body).toMatchObject({ items: [] })
    expect(page.problems).toEqual([])
  })

  test('on a telephone, in Spanish, nothing is wider than its place, and the open page is in view above', {
    timeout: 60_000,
  }, async () => {
    const page = await openPage(browser, server, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
      colorScheme: 'dark',
    })
    await page.context().request.patch('/api/me', { data: { name: 'Eva Ruiz', locale: 'es' } })
    await page.goto('/settings/compliance')
    await page.getByRole('region', { name: 'Conservación' }).waitFor()
    const tooWide = await page.evaluate(() =>
      [...document.querySelectorAll('main section *')]
        .filter(each => each.getBoundingClientRect().right > innerWidth)
        .map(each => each.textContent),
    )
    expect(tooWide).toEqual([])
    const place = await page
      .getByRole('navigation')
      .getByRole('link', { name: 'Grabación y cumplimiento' })
      .boundingBox()
    expect(place!.x + place!.width).toBeLessThanOrEqual(390)
    expect(await barriers(page)).toEqual([])
    expect(page.problems).toEqual([])
    await page.context().close()
  })
})
