import type { Browser, Page } from 'playwright-core'
import twilio from 'twilio/lib/webhooks/webhooks.js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { barriers, chromiumPath, openBrowser, openPage } from './support/browser.ts'
import { ADMIN, startTestServer, type TestServer } from './support/server.ts'

const TOKEN = 'a1b2c3d4e5f60718293a4b5c6d7e8f90'
const BEN = { email: 'ben@example.com', password: 'correct horse battery' }
const ANA = '+12025550143'

const named = chromiumPath === null ? 'in a browser (skipped: no Chromium found)' : 'in a browser'

describe.skipIf(chromiumPath === null)(named, () => {
  let server: TestServer
  let browser: Browser
  let calls: ReturnType<typeof caller>[] = []

  beforeAll(async () => {
    server = await startTestServer({ TWILIO_AUTH_TOKEN: TOKEN })
    browser = await openBrowser()
    const made = await Promise.all([
      server.api('/api/contacts', { json: { name: 'Ana López', phones: [ANA], company: 'Meridian Freight' } }),
      server.api('/api/users', { json: { ...BEN, name: 'Ben Whitaker', role: 'agent', queues: ['sales'] } }),
    ])
    expect(made.map(({ status }) => status)).toEqual([201, 201])
  })
  beforeEach(() => setSales({ ringSeconds: 20, wrapUpSeconds: 0 }))
  afterEach(async () => {
    await Promise.all(calls.map(call => call.hangUp()))
    calls = []
    // Whoever was available must not be asked for the calls of the next test.
    for (const who of [ADMIN, BEN]) await choose(who, 'offline')
    for (const context of browser.contexts()) await context.close()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  async function setSales(settings: object): Promise<void> {
    const { items } = (await server.api('/api/queues')).body as { items: { id: string; name: string }[] }
    const { id } = items.find(({ name }) => name === 'sales')!
    expect((await server.api(`/api/queues/${id}`, { method: 'PATCH', json: settings })).status).toBe(200)
  }

  async function choose(who: typeof ADMIN, presence: string): Promise<void> {
    const response = await fetch(`${server.url}/api/agents/me/presence`, {
      method: 'PUT',
      headers: { cookie: await server.signIn(who.email, who.password), 'content-type': 'application/json' },
      body: JSON.stringify({ presence }),
    })
    expect(response.status).toBe(200)
  }

  /** A customer with a telephone: what is signed and posted is what the provider would. */
  function caller(from = ANA) {
    const sid = `CA${String(calls.length).padStart(8, '0')}${String(Date.now()).padStart(24, '0')}`
    const fields = { CallSid: sid, From: from, To: '+12025550100', Direction: 'inbound' }
    let document = ''
    let order = 0
    async function post(url: string, more: Record<string, string>): Promise<string> {
      const params = { ...fields, ...more }
      const response = await fetch(url, {
        method: 'POST',
        body: new URLSearchParams(params),
        headers: { 'x-twilio-signature': twilio.getExpectedTwilioSignature(TOKEN, url, params) },
      })
      expect(response.status).toBe(200)
      return response.text()
    }
    return {
      async dial() {
        document = await post(`${server.url}/api/twilio/incoming-call`, { CallStatus: 'ringing' })
      },
      async press(Digits: string) {
        const action = /<Gather[^>]* action="([^"]+)"/.exec(document)?.[1]?.replaceAll('&amp;', '&')
        if (action === undefined) throw new Error(`nobody asks for a key: ${document}`)
        document = await post(new URL(action, server.url).href, { CallStatus: 'in-progress', Digits })
      },
      async hangUp() {
        const SequenceNumber = String(++order)
        await post(`${server.url}/api/twilio/call-status`, { CallStatus: 'completed', SequenceNumber })
      },
    }
  }

  /** A customer who has asked for Sales. */
  async function callSales(from?: string): Promise<ReturnType<typeof caller>> {
    const call = caller(from)
    calls.push(call)
    await call.dial()
    await call.press('1')
    return call
  }

  type Desk = Awaited<ReturnType<typeof openPage>>

  /** A desk that hears what happens: the stream is open when its handshake has been answered. */
  async function openDesk(as = ADMIN, path = '/desk'): Promise<Desk> {
    const page = await openPage(browser, server, { as })
    await listen(page, path)
    return page
  }
  async function listen(page: Page, path: string): Promise<void> {
    const subscribed = new Promise<void>(resolve => {
      page.on('websocket', socket =>
        socket.on('framereceived', ({ payload }) => {
          if (String(payload).includes('"ok":true')) resolve()
        }),
      )
    })
    await page.goto(path)
    await subscribed
  }
  const status = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
  const offer = (page: Page) => page.getByRole('article', { name: 'Call for you' })
  const hand = (page: Page) => page.getByRole('article', { name: 'The call at hand' })

  async function beAvailable(page: Page): Promise<void> {
    await status(page, 'Available').click()
    await expect.poll(() => status(page, 'Available').getAttribute('aria-pressed')).toBe('true')
  }

  test('a caller who asks for Sales is offered with the whole card, nothing moves, and Enter answers', async () => {
    const desk = await openDesk()
    await beAvailable(desk)
    await desk.evaluate(() => {
      const shifts = { total: 0 }
      Object.assign(window, { shifts })
      new PerformanceObserver(list => {
        for (const entry of list.getEntries()) shifts.total += (entry as PerformanceEntry & { value: number }).value
      }).observe({ type: 'layout-shift' })
    })
    await callSales()
    await offer(desk).getByRole('heading', { name: 'Ana López' }).waitFor({ timeout: 10_000 })
    expect(await offer(desk).textContent()).toMatch(/for sales[\s\S]*Meridian Freight[\s\S]*Why you\?[\s\S]*longest/i)
    expect(await desk.locator('[aria-live=assertive]').textContent()).toContain('Call for you: Ana López')
    await desk.waitForTimeout(300)
    expect(await desk.evaluate('shifts.total')).toBe(0)
    expect(await barriers(desk)).toEqual([])

    // The focus is where the status was clicked: Enter answers all the same.
    await desk.keyboard.press('Enter')
    await hand(desk).getByRole('heading', { name: 'Ana López' }).waitFor()
    await offer(desk).waitFor({ state: 'detached' })
    await hand(desk).getByRole('button', { name: 'Hang up' }).waitFor()
    await hand(desk).getByRole('button', { name: 'Transfer' }).waitFor()
    expect(desk.problems).toEqual([])
  })

  test('on another page, and after a reload, the offer is there too', async () => {
    const desk = await openDesk()
    await beAvailable(desk)
    await listen(desk, '/contacts')
    await callSales()
    await offer(desk).waitFor()
    await desk.reload()
    await offer(desk).getByRole('heading', { name: 'Ana López' }).waitFor()
    await offer(desk).getByRole('button', { name: 'Answer' }).click()
    await desk.getByRole('link', { name: /On a call with Ana López/ }).waitFor()
  })

  test('who declines leaves it to the other', async () => {
    const [mine, bens] = await Promise.all([openDesk(), openDesk(BEN)])
    await beAvailable(mine)
    await beAvailable(bens)
    await callSales()
    const asked = await Promise.race(
      [mine, bens].map(page =>
        offer(page)
          .waitFor()
          .then(() => page),
      ),
    )
    const other = asked === mine ? bens : mine
    expect(await offer(other).count()).toBe(0)
    await asked.keyboard.press('d')
    await offer(asked).waitFor({ state: 'detached' })
    await offer(other).waitFor()
    await other.keyboard.press('Enter')
    await hand(other).waitFor()
    // To decline is a choice: nobody is taken out of the line for it.
    expect(await status(asked, 'Available').getAttribute('aria-pressed')).toBe('true')
  })

  test('who lets it ring out is busy, and is told why and what to do', async () => {
    await setSales({ ringSeconds: 5 })
    const desk = await openDesk()
    await beAvailable(desk)
    await callSales()
    await offer(desk).waitFor()
    await offer(desk).waitFor({ state: 'detached', timeout: 10_000 })
    await desk.getByText('You missed a call, so callers go to others. Choose Available when you are back.').waitFor()
    await desk.getByText('Ana López: it rang out and goes to others.', { exact: true }).first().waitFor()
    expect(await status(desk, 'Busy').getAttribute('aria-pressed')).toBe('true')
    expect(await barriers(desk)).toEqual([])
    await desk.keyboard.press('a')
    await offer(desk).waitFor()
  })

  test('a caller who hangs up takes the offer away, with a word', async () => {
    const desk = await openDesk()
    await beAvailable(desk)
    const call = await callSales()
    await offer(desk).waitFor()
    await call.hangUp()
    await offer(desk).waitFor({ state: 'detached' })
    await desk.getByText('Ana López: hung up, or was sent elsewhere.', { exact: true }).first().waitFor()
  })

  test('of two tabs both show the offer, and one rings', async () => {
    const first = await openPage(browser, server)
    await first.context().addInitScript(() => {
      const counted = { tones: 0 }
      Object.assign(window, { counted })
      const start = OscillatorNode.prototype.start
      OscillatorNode.prototype.start = function (when) {
        counted.tones++
        start.call(this, when)
      }
    })
    await listen(first, '/desk')
    const second = await first.context().newPage()
    await listen(second, '/desk')
    await beAvailable(first)
    await status(second, 'Available').click()
    await callSales()
    await Promise.all([offer(first).waitFor(), offer(second).waitFor()])
    const tones = () => Promise.all([first, second].map(page => page.evaluate<number>('counted.tones')))
    await expect.poll(async () => Math.max(...(await tones()))).toBeGreaterThan(0)
    expect(Math.min(...(await tones()))).toBe(0)
    // Answered in one, it is over in both.
    await second.bringToFront()
    await second.keyboard.press('Enter')
    await Promise.all([offer(first).waitFor({ state: 'detached' }), offer(second).waitFor({ state: 'detached' })])
  })

  test('after the call there is time to write, more on request, until it is finished', async () => {
    await setSales({ wrapUpSeconds: 60 })
    const desk = await openDesk()
    await beAvailable(desk)
    const call = await callSales()
    await offer(desk).waitFor()
    await desk.keyboard.press('Enter')
    await hand(desk).waitFor()
    await call.hangUp()
    const wrapUp = hand(desk).getByRole('region', { name: 'Wrap-up' })
    await wrapUp.getByText(/^0:5\d left$/).waitFor()
    await desk.keyboard.press('n')
    await desk.keyboard.type('Wants a quote')
    await desk.keyboard.press('Control+Enter')
    await wrapUp.getByRole('button', { name: '2 more minutes' }).click()
    await wrapUp.getByText(/^2:\d\d left$/).waitFor()
    // A page that is opened in the middle of it finds it again.
    await desk.reload()
    await wrapUp.getByRole('button', { name: 'Finish' }).click()
    await desk.getByText('No call at hand').waitFor()
    expect(desk.problems).toEqual([])
  })

  test('a transferred call goes to the line of the other queue', async () => {
    const desk = await openDesk()
    await beAvailable(desk)
    await callSales()
    await offer(desk).waitFor()
    await desk.keyboard.press('Enter')
    await hand(desk).getByRole('button', { name: 'Transfer' }).click()
    const dialog = desk.getByRole('dialog', { name: 'Transfer this call' })
    await dialog.getByText('A queue', { exact: true }).click()
    await dialog.getByRole('radio', { name: /^HR/ }).check()
    expect(await barriers(desk)).toEqual([])
    await dialog.getByRole('button', { name: 'Transfer now' }).click()
    await dialog.waitFor({ state: 'detached' })
    await hand(desk).waitFor({ state: 'detached' })
  })

  test('the call’s page says why it went to this agent, and why not to the others', async () => {
    const desk = await openDesk()
    await beAvailable(desk)
    await callSales()
    await offer(desk).waitFor()
    await desk.keyboard.press('Enter')
    await hand(desk).waitFor()
    await desk.getByRole('list', { name: 'Call queue' }).getByRole('link', { name: 'Ana López' }).first().click()
    const why = desk.getByRole('region', { name: 'Why this agent?' })
    await why.getByText(/Admin was asked for .*took it/).waitFor()
    expect(await why.textContent()).toMatch(/free the longest[\s\S]*Ben Whitaker: offline/)
    expect(await barriers(desk)).toEqual([])
  })

  test('the live board follows, pushed, what the agents and the queues do', async () => {
    const [board, desk] = await Promise.all([openDesk(ADMIN, '/live'), openDesk(BEN)])
    const asked: string[] = []
    const row = board.getByRole('row', { name: /Ben Whitaker/ })
    await row.getByText('Away').waitFor()
    board.on('request', request => asked.push(request.url()))
    await beAvailable(desk)
    await row.getByText('Ready').waitFor()
    await callSales()
    await row.getByText('Being asked').waitFor()
    await board.getByRole('row', { name: /^Sales 1/ }).waitFor()
    await offer(desk).waitFor()
    await desk.keyboard.press('Enter')
    await row.getByText('On a call').waitFor()
    await board.getByRole('row', { name: /^Sales 0/ }).waitFor()
    expect(asked).toEqual([])
    expect(await barriers(board)).toEqual([])
  })

  test('an agent without a telephone is told what that means, and says the number', async () => {
    const desk = await openDesk(BEN)
    const notice = desk.getByRole('region', { name: 'Callers cannot hear you until you say where they reach you' })
    await notice.getByLabel('Your number').fill('hello')
    await notice.getByRole('button', { name: 'Save number' }).click()
    await notice.locator('.ringside-problem').waitFor()
    await notice.getByLabel('Your number').fill('(202) 555-0188')
    await notice.getByRole('button', { name: 'Save number' }).click()
    await notice.waitFor({ state: 'detached' })
  })

  test('a lead sets an agent’s skills, team and telephone', async () => {
    const page = await openDesk(ADMIN, '/settings/agents')
    await page.getByRole('button', { name: 'Change Ben Whitaker' }).click()
    const dialog = page.getByRole('dialog', { name: 'Change Ben Whitaker' })
    await dialog.getByLabel('Team').fill('Night')
    await dialog.getByRole('button', { name: 'Add a skill' }).click()
    await dialog.getByLabel('Skill', { exact: true }).fill('french')
    await dialog.getByLabel('Level').fill('7')
    expect(await barriers(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('french 7').waitFor()
    await page.getByText(/^Night/).waitFor()
  })
})
