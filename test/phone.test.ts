import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createEngine, type Engine, type EngineEvent } from '../voice/engine.ts'
import { encodeSound } from '../voice/sound.ts'
import { tone } from '../voice/tones.ts'
import { barriers, chromiumPath, openBrowser, openPage } from './support/browser.ts'
import { type ScriptedExchange, scriptExchange } from './support/scriptedExchange.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
/** A microphone; whether a page may use it is the context's permission. */
const BEEPS = ['--use-fake-device-for-media-stream']
const named = chromiumPath === null ? 'the phone page (skipped: no Chromium found)' : 'the phone page'

describe.skipIf(chromiumPath === null)(named, () => {
  let server: TestServer
  let browser: Browser
  let engine: Engine
  const events: EngineEvent[] = []
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-phone-'))
  const sound = path.join(folder, 'tone.opus')

  beforeAll(async () => {
    await encodeSound(tone([440], 1), sound)
    ;[server, browser, engine] = await Promise.all([
      startTestServer({ VOICE_PROCESSES: '1' }),
      openBrowser(BEEPS),
      createEngine({
        processes: 1,
        udpPort: 0,
        publicAddresses: [],
        maxLegs: 10,
        warn: (message, details) => console.warn(message, details),
      }),
    ])
    engine.on(event => events.push(event))
  })
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
    events.length = 0
  })
  afterAll(async () => {
    await browser?.close()
    await engine?.close()
    await server?.close()
    fs.rmSync(folder, { recursive: true })
  })

  /** Something to hear, in a room whose leg is on its way. */
  const playTone = (room: string) => engine.play(room, 'line-1', 'tone', [{ file: sound }], 0)

  type Visit = BrowserContextOptions & { at?: string; engine?: Engine; room?: string; in?: Browser }

  async function visit(options: Visit = {}) {
    const { at = '/phone', engine, room, in: where = browser, ...profile } = options
    const page = await openPage(where, server, { as: null, permissions: ['microphone'], ...profile })
    const exchange = await scriptExchange(page.context(), { ...(engine && { engine }), ...(room && { room }) })
    await page.goto(at)
    await button(page, 'Call').waitFor()
    return { page, exchange }
  }
  const button = (page: Pick<Page, 'getByRole'>, name: string) => page.getByRole('button', { name, exact: true })
  const says = (page: Page, words: string | RegExp) => page.getByText(words).waitFor({ timeout: 10_000 })
  const told = (exchange: ScriptedExchange, type: 'hangUp' | 'callMeBack' | 'resume') =>
    expect.poll(() => exchange.told(type)).toBeTruthy()

  test('a whole call, told in words: menu, keys, line, agent, hold, end', async () => {
    const { page, exchange } = await visit({ engine, room: 'whole' })
    await says(page, '(202) 555-0100')
    await button(page, 'Call').click()
    await says(page, 'Listen, and press a key.')
    expect(exchange.told('call')).toMatchObject({ to: '+12025550100', from: null, name: null, language: 'en-US' })
    expect(await barriers(page)).toEqual([])
    for (const key of ['1', '9', '*', '0', '#']) await button(page, key).click()
    await page.keyboard.press('4')
    await page.keyboard.press('Shift+#')
    await page.keyboard.press('a')
    await expect.poll(() => exchange.digits()).toBe('19*0#4#')

    exchange.line({ phase: 'waiting', queue: 'Sales', position: 2, waitSeconds: 170, canBeCalledBack: true })
    await says(page, 'You are number 2 in line, about 3 minutes.')
    await says(page, 'For Sales')
    await button(page, 'Call me back').click()
    await told(exchange, 'callMeBack')
    exchange.line({ phase: 'ringing', queue: 'Sales', agent: 'Ana' })
    await says(page, 'We are calling Ana…')
    exchange.line({ phase: 'talking', queue: 'Sales', agent: 'Ana' })
    await says(page, 'Talking with Ana')
    await says(page, /^(?!0:00)\d+:\d\d$/)
    expect(await barriers(page)).toEqual([])

    await button(page, 'Mute').click()
    await says(page, 'You are muted: nobody hears you.')
    expect(await button(page, 'Mute').getAttribute('aria-pressed')).toBe('true')
    await button(page, 'Mute').click()
    exchange.line({ phase: 'held', agent: 'Ana' })
    await says(page, 'Ana has put you on hold.')

    await button(page, 'Hang up').click()
    await says(page, 'The call has ended.')
    await told(exchange, 'hangUp')
    await button(page, 'Call again').click()
    await says(page, 'Listen, and press a key.')
    expect(page.problems).toEqual([])
  })

  test('the same with our own exchange and the starter flow, through a reload', async () => {
    const page = await openPage(browser, server, { as: null, permissions: ['microphone'] })
    await page.goto('/phone')
    await page.getByText('Your details (optional)').click()
    await page.getByLabel('Your name').fill('Rita Newman')
    await page.getByLabel('Your number').fill('(202) 555-0143')
    await button(page, 'Check the connection').click()
    await says(page, 'A call would come through well.')
    await button(page, 'Call').click()
    await says(page, 'Listen, and press a key.')
    await page.keyboard.press('2')
    await says(page, 'You are next in line.')
    await says(page, 'For Support')
    await page.reload()
    await says(page, 'You are next in line.')
    const live = (await server.api('/api/calls?status=in-progress')).body as { items: object[] }
    expect(live.items).toMatchObject([
      { provider: 'builtin', from: '+12025550143', to: '+12025550100', callerName: 'Rita Newman' },
    ])
    await button(page, 'Hang up').click()
    await says(page, 'The call has ended.')
    await expect
      .poll(async () => (await server.api('/api/calls')).body)
      .toMatchObject({ items: [{ status: 'completed', outcome: 'abandoned' }] })
    expect(page.problems).toEqual([])
  })

  test('is heard and hears over UDP', async () => {
    const { page, exchange } = await visit({ engine, room: 'udp' })
    playTone('udp')
    await button(page, 'Call').click()
    await expect.poll(() => events.map(({ type }) => type)).toContain('leg.connected')
    await expect.poll(() => exchange.told('quality')).toMatchObject({ lossPercent: 0 })
    await says(page, 'Good connection')
    expect(exchange.told('frames')).toBeUndefined()
    expect(page.problems).toEqual([])
  })

  test('is heard and hears over the socket where no UDP gets through', async () => {
    const { page, exchange } = await visit({ engine, room: 'socket' })
    exchange.blockUdp()
    playTone('socket')
    await button(page, 'Call').click()
    await says(page, 'Your network lets no direct sound through')
    await expect.poll(() => events.map(({ type }) => type)).toContain('leg.connected')
    await expect.poll(() => exchange.told('quality')).toMatchObject({ roundTripMs: null })
    expect(page.problems).toEqual([])
  })

  test('a reload in the middle of a call gets it back, still muted, with the same clock', async () => {
    const { page, exchange } = await visit({ engine, room: 'reload' })
    await button(page, 'Call').click()
    await says(page, 'Listen, and press a key.')
    exchange.line({ phase: 'talking', agent: 'Ana' })
    await says(page, '0:02')
    await button(page, 'Mute').click()
    await page.reload()
    await told(exchange, 'resume')
    expect(exchange.told('resume')).toMatchObject({ ticket: 'secret' })
    exchange.line({ phase: 'talking', agent: 'Ana' })
    await says(page, 'Talking with Ana')
    await says(page, 'You are muted: nobody hears you.')
    expect(await page.locator('time').textContent()).not.toMatch(/^0:0[01]$/)
    await button(page, 'Hang up').click()
    await button(page, 'Call again').waitFor()
    await page.reload()
    await button(page, 'Call').waitFor()
  })

  test('a call that the server no longer knows after a reload is said to be cut off', async () => {
    const { page, exchange } = await visit({ engine, room: 'cut' })
    await button(page, 'Call').click()
    await says(page, 'Listen, and press a key.')
    await exchange.vanish()
    await says(page, 'We cannot be reached just now.')
    exchange.comeBack()
    await told(exchange, 'resume')
    exchange.say({ type: 'ended', leg: 'line-1', reason: 'lost' })
    await says(page, 'The call was cut off.')
  })

  test('without a network it says so, and goes on when there is one', async () => {
    const { page, exchange } = await visit({ engine, room: 'offline' })
    await button(page, 'Call').click()
    await says(page, 'Listen, and press a key.')
    await page.context().setOffline(true)
    await says(page, 'This device has no network.')
    await page.context().setOffline(false)
    await told(exchange, 'resume')
    await page.getByText('This device has no network.').waitFor({ state: 'detached' })
    await button(page, 'Hang up').click()
    await told(exchange, 'hangUp')
  })

  test('a call can be given up before the server has taken it', async () => {
    const { page, exchange } = await visit()
    await exchange.vanish()
    await button(page, 'Call').click()
    await says(page, 'Calling…')
    await says(page, 'We cannot be reached just now.')
    await button(page, 'Hang up').click()
    await says(page, 'The call has ended.')
    exchange.comeBack()
    await expect.poll(() => exchange.connections()).toBe(2)
    expect(exchange.told('call')).toBeUndefined()
    await button(page, 'Call again').click()
    await expect.poll(() => exchange.told('call')).toBeTruthy()
  })

  test('somebody calls: it rings, in words too, and is answered or declined', async () => {
    const { page, exchange } = await visit({ engine, room: 'incoming', ...PHONE })
    const rings = () => exchange.say({ type: 'incoming', ring: 'line-1', from: '+12025550100', name: 'Meridian' })
    rings()
    await page.getByRole('alert').getByText('Meridian is calling you').waitFor()
    expect(await barriers(page)).toEqual([])
    exchange.say({ type: 'incomingOver', ring: 'line-1' })
    await button(page, 'Call').waitFor()
    rings()
    await button(page, 'Decline').click()
    await expect.poll(() => exchange.told('decline')).toMatchObject({ ring: 'line-1' })
    await button(page, 'Call').waitFor()
    rings()
    await button(page, 'Answer').click()
    await expect.poll(() => exchange.told('answer')).toMatchObject({ ring: 'line-1' })
    exchange.say({ type: 'leg', leg: 'line-1', ticket: 'secret', callId: 'call-1', as: 'caller' })
    exchange.line({ phase: 'talking', agent: 'Ana' })
    await says(page, 'Talking with Ana')
    await button(page, 'Hang up').click()
    await told(exchange, 'hangUp')
  })

  test('what the server refuses is said', async () => {
    const { page, exchange } = await visit()
    exchange.refuseCalls('engine_full')
    await button(page, 'Call').click()
    await page.getByRole('alert').getByText('All lines are busy.').waitFor()
    exchange.refuseCalls('something_new')
    await button(page, 'Call again').click()
    await says(page, 'The exchange says no.')
  })

  test('a microphone that is refused, or is not there, is explained with what to do', async () => {
    const { page: refused, exchange } = await visit({ permissions: [], engine, room: 'allowed' })
    await button(refused, 'Call').click()
    await refused.getByRole('alert').getByText('Your browser does not let us hear you').waitFor()
    await says(refused, 'allow the microphone for this page')
    expect(await barriers(refused)).toEqual([])
    expect(exchange.told('call')).toBeUndefined()
    // Allowed meanwhile, the same button works.
    await refused.context().grantPermissions(['microphone'])
    await button(refused, 'Call again').click()
    await says(refused, 'Listen, and press a key.')

    const bare = await openBrowser()
    try {
      const { page: none } = await visit({ in: bare })
      await button(none, 'Call').click()
      await none.getByRole('alert').getByText('There is no microphone').waitFor()
    } finally {
      await bare.close()
    }
  })

  test('an address without https is explained too', async () => {
    const { page } = await visit()
    await page.addInitScript(() => Object.defineProperty(window, 'isSecureContext', { value: false }))
    await page.reload()
    await button(page, 'Call').click()
    await says(page, 'This page cannot use your microphone')
  })

  test('the connection can be tried before there is a call', async () => {
    const { page, exchange } = await visit({ engine, room: 'trial' })
    await page.getByText('Your details (optional)').click()
    await button(page, 'Check the connection').click()
    await says(page, 'A call would come through well.')
    exchange.blockUdp()
    await button(page, 'Check the connection').click()
    await page.getByText('A call would come through, a little late').waitFor({ timeout: 10_000 })
    expect(await barriers(page)).toEqual([])
  })

  test('who calls may say a name and a number, which this device remembers', async () => {
    const { page, exchange } = await visit({ at: '/phone?number=%2B12025550100&lang=en' })
    await page.getByText('Your details (optional)').click()
    await page.getByLabel('Your name').fill('Rita Newman')
    await page.getByLabel('Your number').fill('202 555 0143')
    await button(page, 'Call').click()
    await expect
      .poll(() => exchange.told('call'))
      .toMatchObject({
        name: 'Rita Newman',
        from: '202 555 0143',
        to: '+12025550100',
        language: 'en',
      })
    await page.reload()
    await button(page, 'Hang up').click()
    await page.getByText('Your details (optional)').click()
    expect(await page.getByLabel('Your name').inputValue()).toBe('Rita Newman')
  })

  test('in the language of the browser', async () => {
    const page = await openPage(browser, server, { as: null, permissions: ['microphone'], locale: 'es-MX' })
    const exchange = await scriptExchange(page.context(), { engine, room: 'es' })
    await page.goto('/phone')
    await button(page, 'Llamar').click()
    await says(page, 'Escuche y pulse una tecla.')
    expect(await page.getAttribute('html', 'lang')).toBe('es')
    expect(exchange.told('call')).toMatchObject({ language: 'es-MX' })
  })

  test('without barriers in light and dark, wide and on a telephone, and no wider than the screen', async () => {
    for (const look of [{ colorScheme: 'light' }, { colorScheme: 'dark', ...PHONE }] as const) {
      const { page } = await visit({ ...look, engine, room: look.colorScheme })
      expect(await barriers(page)).toEqual([])
      await button(page, 'Call').click()
      await button(page, '5').waitFor()
      expect(await barriers(page)).toEqual([])
      const [width, height] = await page.evaluate(() => [
        document.documentElement.scrollWidth - window.innerWidth,
        document.documentElement.scrollHeight - window.innerHeight,
      ])
      expect([width, height], 'all of it is seen at once').toEqual([0, 0])
    }
  })

  test('needs less than 120 kB of script', async () => {
    const page = await openPage(browser, server, { as: null })
    const sizes: Promise<number>[] = []
    page.on('requestfinished', request => {
      if (request.resourceType() === 'script')
        sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize))
    })
    await page.goto('/phone')
    await page.waitForLoadState('networkidle')
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    expect(total).toBeGreaterThan(30_000)
    expect(total).toBeLessThan(120_000)
  })

  describe('in a foreign page', () => {
    let foreign: http.Server
    let address: string
    beforeAll(async () => {
      // What the documentation says, word for word but for the address.
      const [, example] = /```html\n([\s\S]*?)```/.exec(fs.readFileSync('docs/widget.md', 'utf8'))!
      foreign = http.createServer((_request, response) => {
        response.setHeader('content-type', 'text/html')
        response.end(example!.replaceAll('https://calls.example.com', server.url))
      })
      await new Promise<void>(resolve => foreign.listen(0, '127.0.0.1', resolve))
      address = `http://localhost:${(foreign.address() as AddressInfo).port}`
    })
    afterAll(() => void foreign?.close())

    test('a button opens the phone, which calls from there', async () => {
      const page = await openPage(browser, server, { as: null })
      await page.context().grantPermissions(['microphone'], { origin: server.url })
      await page.context().grantPermissions(['microphone'], { origin: address })
      const exchange = await scriptExchange(page.context(), { engine, room: 'widget' })
      await page.goto(address)
      const opener = button(page, 'Call us')
      expect(await opener.getAttribute('aria-expanded')).toBe('false')
      await opener.click()
      const phone = page.frameLocator('iframe[title="Call us"]')
      await button(phone, 'Call').click()
      await phone.getByText('Listen, and press a key.').waitFor()
      expect(exchange.told('call')).toMatchObject({ to: '+12025550100', name: 'Ana López', language: 'en-US' })
      await button(phone, '1').click()
      await expect.poll(() => exchange.digits()).toBe('1')
      expect(await barriers(page)).toEqual([])
      // Closing the panel does not hang up.
      await opener.click()
      expect(await opener.getAttribute('aria-expanded')).toBe('false')
      await opener.click()
      await phone.getByText('Listen, and press a key.').waitFor()
      expect(exchange.told('hangUp')).toBeUndefined()
      expect(page.problems).toEqual([])
    })

    test('the panel opens when somebody calls, and for no word of anybody else', async () => {
      const page = await openPage(browser, server, { as: null })
      const exchange = await scriptExchange(page.context())
      await page.goto(address)
      const opener = button(page, 'Call us')
      const panel = page.locator('iframe[title="Call us"]')
      await opener.click()
      await button(page.frameLocator('iframe[title="Call us"]'), 'Call').waitFor()
      await opener.click()
      await panel.waitFor({ state: 'hidden' })
      await page.evaluate(() => window.postMessage('ringside:incoming', '*'))
      await page.waitForTimeout(200)
      expect(await panel.isVisible()).toBe(false)
      exchange.say({ type: 'incoming', ring: 'line-1', from: null, name: 'Meridian' })
      await panel.waitFor({ state: 'visible' })
      expect(await opener.getAttribute('aria-expanded')).toBe('true')
      await button(page.frameLocator('iframe[title="Call us"]'), 'Answer').waitFor()
    })

    test('leaves no name of its own there, and weighs less than 6 kB', async () => {
      const page = await openPage(browser, server, { as: null })
      await page.goto(address)
      await button(page, 'Call us').waitFor()
      const strays = await page.evaluate(() => {
        const clean = document.createElement('iframe')
        document.body.append(clean)
        const known = new Set(Object.getOwnPropertyNames(clean.contentWindow!))
        return Object.getOwnPropertyNames(window).filter(name => !known.has(name) && !/^\d+$/.test(name))
      })
      expect(strays.filter(name => !name.startsWith('__playwright') && !name.startsWith('__pw'))).toEqual([])
      expect((await (await fetch(`${server.url}/widget.js`)).text()).length).toBeLessThan(6000)
    })

    test('nothing but the phone can be framed', async () => {
      const policy = async (path: string) => (await fetch(server.url + path)).headers.get('content-security-policy')
      expect(await policy('/phone?embed')).toContain('frame-ancestors *')
      for (const path of ['/desk', '/phone.html', '/phone/', '/sign-in?x=/phone'])
        expect(await policy(path), path).toContain("frame-ancestors 'none'")
    })
  })
})
