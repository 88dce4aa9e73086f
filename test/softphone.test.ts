import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type * as contract from '../client/contract.ts'
import { barriers, chromiumPath } from './support/browser.ts'
import { hire, must, type Person } from './support/people.ts'
import { ADMIN, startTestServer, type TestServer } from './support/server.ts'
import { dial, type TalkingPage, visit } from './support/talking.ts'
import { openTalkingBrowser, untilHeard, type Voice } from './support/tones.ts'

const WIDE = { viewport: { width: 1360, height: 860 } }
const named = chromiumPath === null ? 'the softphone (skipped: no Chromium found)' : 'the softphone'

describe.skipIf(chromiumPath === null)(named, () => {
  let server: TestServer
  let browser: Browser
  let sam: Person
  let ben: Person
  let sales: contract.Queue
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-softphone-'))

  beforeAll(async () => {
    server = await startTestServer({ DATA_DIR: folder, VOICE_PROCESSES: '1' })
    browser = await openTalkingBrowser()
    // Ben takes no calls of this queue: what he sees of one he is asked about.
    ;[sam, ben] = [await hire(server, 'Sam', ['sales']), await hire(server, 'Ben', ['support'])]
    const { items } = (await must(server.api('/api/queues'))).body as { items: contract.Queue[] }
    sales = items.find(({ name }) => name === 'sales')!
    const settings = {
      recording: true,
      wrapUpSeconds: 0,
      ringSeconds: 30,
      waitKeys: { voicemail: '5', callback: null },
    }
    await must(server.api(`/api/queues/${sales.id}`, { method: 'PATCH', json: settings }))
  })
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
    for (const agent of [sam, ben]) await agent.be('offline')
    for (const { id, endedAt } of await calls())
      if (endedAt === null) await server.api(`/api/calls/${id}/hang-up`, { method: 'POST' })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    fs.rmSync(folder, { recursive: true, force: true })
  })

  const calls = async () => ((await must(server.api('/api/calls'))).body as { items: contract.Call[] }).items
  const open = (as: { email: string; password: string }, voice: Voice, at = '/desk') =>
    visit(browser, server, { voice, path: at, as, ...WIDE })
  const openPhone = () => visit(browser, server, { voice: 'customer', path: '/phone', as: null })
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
  const offer = (page: Page, name = 'Call for you') => page.getByRole('article', { name })
  /** The softphone is there: what rings rings on this page. */
  const ready = (page: Page) => page.getByText('Calls ring here').waitFor()

  async function beAvailable(page: Page): Promise<void> {
    await ready(page)
    await page.keyboard.press('a')
    await expect.poll(() => button(page, 'Available').getAttribute('aria-pressed')).toBe('true')
  }

  /** A customer and Sam, who has answered with a key. */
  async function talking(): Promise<{ phone: TalkingPage; desk: TalkingPage }> {
    const [phone, desk] = await Promise.all([openPhone(), open(sam.credentials, 'agent')])
    await beAvailable(desk)
    await dial(phone, '1')
    await offer(desk).waitFor()
    await desk.keyboard.press('Enter')
    await Promise.all([untilHeard(phone, ['agent']), untilHeard(desk, ['customer'])])
    return { phone, desk }
  }

  test('answers, holds, mutes and hangs up by single keys, and a reload changes nothing', async () => {
    const { phone, desk } = await talking()
    let letThrough = () => {}
    const held = new Promise<void>(resolve => {
      letThrough = resolve
    })
    await desk.route('**/hold', route => held.then(() => route.continue()))
    await desk.keyboard.press('h')
    // Shown at once, however long the server takes.
    await button(desk, 'Resume').waitFor()
    letThrough()
    await untilHeard(phone, ['sound'])
    await desk.getByText('On hold').waitFor()
    expect(await barriers(desk)).toEqual([])
    await desk.keyboard.press('h')
    await untilHeard(phone, ['agent'])
    await desk.keyboard.press('m')
    await untilHeard(phone, [])
    await desk.getByText('Muted').waitFor()

    await desk.reload()
    await button(desk, 'Unmute').waitFor()
    await untilHeard(desk, ['customer'])
    await untilHeard(phone, [])
    await desk.keyboard.press('m')
    await untilHeard(phone, ['agent'])

    await desk.keyboard.press('e')
    await button(desk, 'Hang up').waitFor({ state: 'detached' })
    await button(phone, 'Call again').waitFor()
    expect(desk.problems).toEqual([])
  })

  test('an agent who hears no, or yes, says so by keyboard alone, and recording follows', async () => {
    const { desk } = await talking()
    const may = desk.getByRole('group', { name: 'May it be recorded?' })
    const pressed = () =>
      Promise.all(['Yes', 'No'].map(name => may.getByRole('button', { name }).getAttribute('aria-pressed')))
    await may.getByText('Was told, and stayed').waitFor()
    await button(desk, 'Pause recording').waitFor()
    expect(await pressed()).toEqual(['false', 'false'])

    for (const key of ['c', 'Tab', 'Tab', 'Enter']) await desk.keyboard.press(key)
    await may.getByText('Declined, says the agent').waitFor()
    await button(desk, 'Pause recording').waitFor({ state: 'detached' })
    expect(await pressed()).toEqual(['false', 'true'])
    expect(await barriers(desk)).toEqual([])
    await desk.keyboard.press('Shift+Tab')
    await desk.keyboard.press('Enter')
    await may.getByText('Agreed, says the agent').waitFor()
    await button(desk, 'Pause recording').waitFor()
    expect(await pressed()).toEqual(['true', 'false'])

    await must(sam.ask('/api/me', 'PATCH', { locale: 'es' }))
    await desk.reload()
    await desk.getByRole('group', { name: '¿Se puede grabar?' }).getByText('Aceptó, según el agente').waitFor()
    await must(sam.ask('/api/me', 'PATCH', { locale: 'en' }))
    const [call] = await calls()
    await desk.goto(`/calls/${call!.id}`)
    const evidence = desk.getByRole('region', { name: 'Consent to recording' })
    await evidence.getByText('Sam', { exact: true }).waitFor()
    expect(desk.problems).toEqual([])
  })

  test('keys that are typed into a note are no commands', async () => {
    const { phone, desk } = await talking()
    await desk.keyboard.press('n')
    await desk.keyboard.type('hemmt')
    await untilHeard(phone, ['agent'])
    expect(await button(desk, 'Hold').count()).toBe(1)
    expect(await desk.getByRole('dialog').count()).toBe(0)
  })

  test('a colleague is asked in private, then all speak, then has the call: by keyboard alone', async () => {
    const { phone, desk } = await talking()
    const bens = await open(ben.credentials, 'colleague')
    await beAvailable(bens)

    await desk.keyboard.press('t')
    const dialog = desk.getByRole('dialog', { name: 'Transfer this call' })
    const colleague = dialog.getByRole('radio', { name: /Ben Free/ })
    await colleague.waitFor()
    expect(await barriers(desk)).toEqual([])
    await desk.keyboard.press('Tab')
    await desk.keyboard.press('Space')
    expect(await colleague.isChecked()).toBe(true)
    await dialog.getByRole('button', { name: 'Ask first' }).focus()
    await desk.keyboard.press('Enter')
    await dialog.waitFor({ state: 'detached' })
    await desk.getByText('Asking Ben. The customer hears music.').waitFor()
    await untilHeard(phone, ['sound'])

    await offer(bens, 'A colleague asks you').getByText('Sam asks you about this customer.').waitFor()
    expect(await barriers(bens)).toEqual([])
    await bens.keyboard.press('Enter')
    await bens.getByText('Sam asks you in private. The customer hears music.').waitFor()
    await Promise.all([untilHeard(bens, ['agent']), untilHeard(desk, ['colleague']), untilHeard(phone, ['sound'])])
    expect(await barriers(bens)).toEqual([])

    await button(desk, 'Three-way').focus()
    await desk.keyboard.press('Enter')
    await Promise.all([untilHeard(phone, ['agent', 'colleague']), untilHeard(bens, ['agent', 'customer'])])
    await button(desk, 'Private').waitFor()
    expect(await barriers(desk)).toEqual([])

    await button(desk, 'Hand over').focus()
    await desk.keyboard.press('Enter')
    await button(bens, 'Hold').waitFor()
    await button(desk, 'Hang up').waitFor({ state: 'detached' })
    await Promise.all([untilHeard(phone, ['colleague']), untilHeard(bens, ['customer']), untilHeard(desk, [])])
    for (const page of [desk, bens]) expect(page.problems).toEqual([])
  })

  test('who was asked leaves, and sees no more of a call of somebody else’s queue', async () => {
    const { phone, desk } = await talking()
    const bens = await open(ben.credentials, 'colleague')
    await beAvailable(bens)
    await desk.keyboard.press('t')
    await desk.getByRole('radio', { name: /Ben Free/ }).check()
    await button(desk, 'Ask first').click()
    await offer(bens, 'A colleague asks you').waitFor()
    await bens.keyboard.press('Enter')
    await button(bens, 'Leave').click()
    await bens.getByText('No call at hand').waitFor()
    await bens.getByText('Nobody is waiting').waitFor()
    await untilHeard(phone, ['agent'])
    await button(desk, 'Hold').waitFor()
    expect(await button(desk, 'Hand over').count()).toBe(0)
  })

  test('a call goes to a colleague without a word, and what cannot be is said', async () => {
    const { phone, desk } = await talking()
    const bens = await open(ben.credentials, 'colleague')
    await beAvailable(bens)
    await desk.keyboard.press('t')
    await desk.getByRole('radio', { name: /Ben Free/ }).check()
    await ben.be('break')
    await button(desk, 'Transfer now').click()
    await desk.getByRole('dialog').getByText('Ben is not available just now.').waitFor()
    await desk.getByRole('radio', { name: /Ben Break/ }).waitFor()
    await ben.be('available')
    await desk.getByRole('radio', { name: /Ben Free/ }).waitFor()
    await button(desk, 'Transfer now').click()
    await button(desk, 'Hang up').waitFor({ state: 'detached' })
    await offer(bens).waitFor()
    await bens.keyboard.press('Enter')
    await Promise.all([untilHeard(phone, ['colleague']), untilHeard(desk, [])])
  })

  test('a supervisor listens from the board, whispers, barges in, stops, and disconnects', async () => {
    const { phone, desk } = await talking()
    const board = await open(ADMIN, 'supervisor', '/live')
    await button(board, 'Monitor').click()
    await untilHeard(board, ['agent', 'customer'])
    await board.getByText('You listen').waitFor()
    await desk.getByText('Somebody is listening: Admin (listening)').waitFor()
    expect(await barriers(board)).toEqual([])
    expect(await barriers(desk)).toEqual([])
    await Promise.all([untilHeard(phone, ['agent']), untilHeard(desk, ['customer'])])

    await button(board, 'Whisper').click()
    await desk.getByText('Somebody is listening: Admin (speaking to you)').waitFor()
    await Promise.all([untilHeard(phone, ['agent']), untilHeard(desk, ['customer', 'supervisor'])])
    await button(board, 'Barge').click()
    await untilHeard(phone, ['agent', 'supervisor'])
    await button(board, 'Stop listening').click()
    await Promise.all([untilHeard(board, []), untilHeard(phone, ['agent'])])
    await desk.getByText(/Somebody is listening/).waitFor({ state: 'detached' })

    // From the call's own page too.
    await board.getByRole('link', { name: 'Number withheld' }).click()
    await button(board, 'Monitor').click()
    await untilHeard(board, ['agent', 'customer'])
    await button(board, 'Disconnect').click()
    await board.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click()
    await button(phone, 'Call again').waitFor()
    await untilHeard(board, [])
    expect(board.problems).toEqual([])
  })

  test('an agent who is not to know is not told, and who listens sees that they do', async () => {
    const board = await open(ADMIN, 'supervisor', `/queues/${sales.id}`)
    await board.getByLabel('Tell agents when somebody listens').uncheck()
    expect(await board.getByLabel('Record conversations').isChecked()).toBe(true)
    await button(board, 'Save').click()
    await board.getByText('Not saved yet').waitFor({ state: 'detached' })

    const { desk } = await talking()
    await board.goto('/live')
    await button(board, 'Monitor').click()
    await untilHeard(board, ['agent', 'customer'])
    // Long enough for the event to have come, had there been one; and what was wanted is told by the server by now.
    await board.waitForTimeout(1500)
    expect(await button(board, 'Monitor').getAttribute('aria-pressed')).toBe('true')
    await board.getByText('You listen').waitFor()
    expect(await desk.getByText(/Somebody is listening/).count()).toBe(0)
  })

  test('a call that arrives moves nothing on the page', async () => {
    const [phone, desk] = await Promise.all([openPhone(), open(sam.credentials, 'agent')])
    await beAvailable(desk)
    await desk.evaluate(() => {
      const shifts = { total: 0 }
      Object.assign(window, { shifts })
      new PerformanceObserver(list => {
        for (const entry of list.getEntries()) shifts.total += (entry as PerformanceEntry & { value: number }).value
      }).observe({ type: 'layout-shift' })
    })
    await dial(phone, '1')
    await offer(desk).waitFor()
    await desk.waitForTimeout(300)
    expect(await desk.evaluate('shifts.total')).toBe(0)
  })

  test('of two windows one rings and speaks, and the other can take that over', async () => {
    const { phone, desk } = await talking()
    const other = await desk.context().newPage()
    await other.goto('/desk')
    await other.getByText('Rings in another window').waitFor()
    await other.getByText('In another window', { exact: true }).waitFor()
    expect(await button(other, 'Keypad').isDisabled()).toBe(true)
    expect(await barriers(other)).toEqual([])
    await button(other, 'Ring here').click()
    await ready(other)
    await button(other, 'Keypad').click()
    await desk.getByText('Rings in another window').waitFor()
    await untilHeard(phone, [])
    expect(await desk.getByText('In another window', { exact: true }).count()).toBe(1)
  })

  test('what was said is drawn, and played from where one points', async () => {
    const { phone, desk } = await talking()
    await desk.waitForTimeout(2500)
    await desk.keyboard.press('r')
    await button(desk, 'Resume recording').waitFor()
    await desk.keyboard.press('e')
    await button(phone, 'Call again').waitFor()
    const [call] = await calls()
    const page = await open(ADMIN, 'supervisor', `/calls/${call!.id}`)
    const asked: string[] = []
    page.on('request', request => asked.push(new URL(request.url()).pathname))
    const position = page.getByRole('slider', { name: 'Position' })
    await position.waitFor()
    expect(await barriers(page)).toEqual([])
    // To draw it takes no audio.
    expect(asked.filter(each => each.endsWith('/audio'))).toEqual([])
    await position.focus()
    await page.keyboard.press('Space')
    await button(page, 'Pause').waitFor()
    await expect.poll(async () => Number(await position.getAttribute('aria-valuenow'))).toBeGreaterThan(0)
    await page.keyboard.press('Space')
    await button(page, 'Play').waitFor()
    await page.keyboard.press('Home')
    expect(await position.getAttribute('aria-valuenow')).toBe('0')
    await page.getByLabel('Speed').selectOption('2×')
    expect(page.problems).toEqual([])
  })

  test('a message is heard in its list', async () => {
    const phone = await openPhone()
    await dial(phone, '1')
    await button(phone, '5').click()
    await phone
      .getByText(/message/i)
      .first()
      .waitFor()
    await phone.waitForTimeout(6000)
    await button(phone, 'Hang up').click()
    const page = await open(ADMIN, 'supervisor', '/voicemails')
    await page.getByRole('button', { name: /^Message: / }).click()
    await page.getByRole('slider', { name: 'Position' }).waitFor()
    await button(page, 'Play').click()
    await button(page, 'Pause').waitFor()
    expect(await barriers(page)).toEqual([])
    expect(page.problems).toEqual([])
  })

  test('before the shift the headset and the connection are checked', async () => {
    const desk = await open(sam.credentials, 'agent')
    await button(desk, 'Check my headset').click()
    const dialog = desk.getByRole('dialog', { name: 'Check my headset' })
    await dialog.getByText('The microphone hears you.').waitFor()
    await dialog.getByLabel('Microphone').waitFor()
    const bar = dialog.locator('[aria-hidden] > .bg-live')
    await expect.poll(async () => (await bar.boundingBox())?.width ?? 0).toBeGreaterThan(50)
    await dialog.getByRole('button', { name: 'Play a tone' }).click()
    await dialog.getByRole('button', { name: 'Test the connection' }).click()
    await dialog.getByText('Calls come through well.').waitFor({ timeout: 12_000 })
    expect(await barriers(desk)).toEqual([])
    expect(desk.problems).toEqual([])
  })

  test('who cannot be heard is told why, and what to do', async () => {
    const refuse = async (page: Page) => {
      await page.addInitScript(() => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))
      })
    }
    const desk = await visit(browser, server, {
      voice: 'agent',
      path: '/desk',
      as: sam.credentials,
      init: refuse,
      ...WIDE,
    })
    await beAvailable(desk)
    await desk.getByText(/the browser may not use your microphone/).waitFor()
    expect(await barriers(desk)).toEqual([])
    await button(desk, 'Try again').click()
    await desk.getByText(/the browser may not use your microphone/).waitFor()
  })
})
