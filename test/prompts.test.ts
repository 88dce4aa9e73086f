import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Queue, RecordedPrompt } from '../client/contract.ts'
import { writeWav } from '../voice/speech/wav.ts'
import { barriers, chromiumPath, FAKE_MICROPHONE, openBrowser, openPage } from './support/browser.ts'
import { must } from './support/people.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const named = chromiumPath === null ? 'prompts in a browser (skipped: no Chromium found)' : 'prompts in a browser'

describe.skipIf(chromiumPath === null)(named, () => {
  let server: TestServer
  let browser: Browser
  let dataDir: string

  beforeAll(async () => {
    dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-prompts-'))
    server = await startTestServer({ DATA_DIR: dataDir })
    browser = await openBrowser(FAKE_MICROPHONE)
  })
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
    for (const { id } of await list()) await server.api(`/api/prompts/${id}`, { method: 'DELETE' })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    fs.rmSync(dataDir, { recursive: true, force: true })
  })

  const list = async () => ((await server.api('/api/prompts')).body as { items: RecordedPrompt[] }).items
  const add = (name: string, language = 'en-US') =>
    must(
      server.api(`/api/prompts?${new URLSearchParams({ name, language })}`, {
        method: 'POST',
        headers: { 'content-type': 'audio/wav' },
        body: Buffer.from(writeWav(new Int16Array(8_000).fill(500), 8_000)),
      }),
    )
  const open = async (at: string, options: Parameters<typeof openPage>[2] = {}) => {
    const page = await openPage(browser, server, options)
    await page.goto(at)
    return page
  }

  test('are recorded from the microphone, listened to, renamed and deleted', async () => {
    const page = await open('/flows')
    await page.getByRole('link', { name: 'Prompts' }).click()
    await page.getByText('No prompts yet').waitFor()
    await page.getByRole('button', { name: 'New prompt' }).click()
    const dialog = page.getByRole('dialog', { name: 'New prompt' })
    await dialog.getByLabel('Name').fill('Greeting')
    await dialog.getByLabel('What is said in it').fill('Welcome to Meridian.')
    const save = dialog.getByRole('button', { name: 'Save' })
    expect(await save.isDisabled()).toBe(true)
    await dialog.getByRole('button', { name: 'Record' }).click()
    await dialog.getByRole('timer').getByText('0:01').waitFor()
    await dialog.getByRole('button', { name: 'Stop' }).click()
    await dialog.getByLabel('Listen to what you have recorded').waitFor()
    expect(await barriers(page)).toEqual([])
    await save.click()

    const row = page.getByRole('list', { name: 'Prompts' }).getByRole('listitem')
    await row.getByText('Welcome to Meridian.').waitFor()
    const [prompt] = await list()
    expect(prompt).toMatchObject({ name: 'Greeting', language: 'en-US', text: 'Welcome to Meridian.' })
    expect(prompt!.seconds).toBeGreaterThan(0.8)
    const heard = await row.getByLabel('Listen to Greeting').evaluate(async (element: HTMLAudioElement) => {
      element.muted = true
      await element.play()
      return element.duration
    })
    expect(heard).toBeCloseTo(prompt!.seconds, 1)
    expect(await barriers(page)).toEqual([])

    await row.getByRole('button', { name: 'Edit Greeting' }).click()
    const editing = page.getByRole('dialog', { name: 'Edit Greeting' })
    await editing.getByLabel('Name').fill('Welcome')
    await editing.getByRole('button', { name: 'Save' }).click()
    await row.getByText('Welcome', { exact: true }).waitFor()
    await row.getByRole('button', { name: 'Delete Welcome' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No prompts yet').waitFor()
    expect(await list()).toEqual([])
    expect(page.problems).toEqual([])
  })

  test('are uploaded as a file; what is no sound is refused in words, in Spanish too', async () => {
    const eva = { email: 'eva@example.com', password: 'correct horse battery' }
    await must(server.api('/api/users', { json: { ...eva, name: 'Eva', role: 'admin' } }))
    const page = await openPage(browser, server, { as: eva })
    await page.context().request.patch('/api/me', { data: { locale: 'es' } })
    await page.goto('/prompts')
    await page.getByRole('button', { name: 'Nueva locución' }).click()
    const dialog = page.getByRole('dialog', { name: 'Nueva locución' })
    await dialog.getByLabel('Nombre').fill('Bienvenida')
    await dialog.getByLabel('Idioma').fill('es-US')
    await dialog.getByText('Un archivo').click()
    const file = dialog.getByLabel('Archivo de sonido')
    await file.setInputFiles({ name: 'a.mp3', mimeType: 'audio/mpeg', buffer: Buffer.from('ID3') })
    await dialog.getByRole('button', { name: 'Guardar' }).click()
    await dialog.getByRole('alert').getByText('no se puede leer').waitFor()
    const sound = Buffer.from(writeWav(new Int16Array(16_000).fill(500), 16_000))
    await file.setInputFiles({ name: 'a.wav', mimeType: 'audio/wav', buffer: sound })
    await dialog.getByRole('button', { name: 'Guardar' }).click()
    await page.getByRole('list', { name: 'Locuciones' }).getByText('Bienvenida').waitFor()
    expect(await list()).toMatchObject([{ name: 'Bienvenida', language: 'es-US', seconds: 1 }])
  })

  test('are chosen for a step of a flow, and for those who wait', async () => {
    await add('Hello', 'en-US')
    await add('Hola', 'es-US')
    const [hello] = await list()
    const media = `prompt:${hello!.id}`
    const { items } = (await server.api('/api/flows')).body as { items: { id: string }[] }
    const page = await open(`/flows/${items[0]!.id}`)
    await page
      .getByRole('button', { name: /Greeting/ })
      .first()
      .click()
    await page.getByText('Recordings in place of the text').first().click()
    const field = page.getByLabel('Recording, American English')
    expect(await field.locator('option').allTextContents()).toEqual([
      'None: the text is spoken',
      'Hello (en-US)',
      'Hola (es-US)',
      'From an address on the web',
    ])
    await field.selectOption(media)
    await page.getByRole('button', { name: 'Save draft' }).click()
    await page.getByText('Draft not published').waitFor()
    const flow = async () =>
      (await server.api(`/api/flows/${items[0]!.id}`)).body as {
        draft: { nodes: Record<string, { prompt?: unknown }> }
      }
    expect((await flow()).draft.nodes.greeting!.prompt).toMatchObject({ audio: { 'en-US': media } })
    expect(await barriers(page)).toEqual([])
    await field.selectOption('')
    await page.getByRole('button', { name: 'Save draft' }).click()
    await expect.poll(async () => (await flow()).draft.nodes.greeting!.prompt).not.toHaveProperty('audio')

    const sales = async () =>
      ((await server.api('/api/queues')).body as { items: Queue[] }).items.find(({ name }) => name === 'sales')!
    await page.goto(`/queues/${(await sales()).id}`)
    await page.getByLabel('Music').selectOption(media)
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect.poll(async () => (await sales()).music).toBe(media)
    await page.getByLabel('Music').selectOption('')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect.poll(async () => (await sales()).music).toBe('hold-music')
  })

  test('need a microphone, or a file', async () => {
    const page = await open('/prompts')
    await page.addInitScript(() => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))
    })
    await page.reload()
    await page.getByRole('button', { name: 'New prompt' }).click()
    await page.getByRole('button', { name: 'Record' }).click()
    await page.getByRole('alert').getByText('The microphone may not be used here').waitFor()
  })

  test('are heard, not changed, by those who lead', async () => {
    await add('Hello')
    const lee = { email: 'lee@example.com', password: 'correct horse battery' }
    await must(server.api('/api/users', { json: { ...lee, name: 'Lee', role: 'supervisor' } }))
    const page = await open('/prompts', { as: lee })
    await page.getByLabel('Listen to Hello').waitFor()
    expect(await page.getByRole('button', { name: /New prompt|Edit|Delete/ }).count()).toBe(0)
  })
})
