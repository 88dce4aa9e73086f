import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { exampleCall } from '../client/example.ts'
import { barriers, chromiumPath, openBrowser, openPage } from './support/browser.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
const BEN = { email: 'ben@example.com', password: 'correct horse battery' }

const named = chromiumPath === null ? 'in a browser (skipped: no Chromium found)' : 'in a browser'

describe.skipIf(chromiumPath === null)(named, () => {
  let server: TestServer
  let browser: Browser
  const ringing = new Set<string>()

  beforeAll(async () => {
    server = await startTestServer()
    browser = await openBrowser()
    const made = await Promise.all([
      server.api('/api/contacts', {
        json: {
          name: 'Ana López',
          email: 'ana@meridian.example',
          phones: ['+12025550143'],
          company: 'Meridian Freight',
        },
      }),
      server.api('/api/contacts', { json: { name: 'Grace Okafor', phones: ['+12025550111'] } }),
      server.api('/api/contacts', { json: { name: 'Grace Okafor Jr.', phones: ['+12025550111'] } }),
      server.api('/api/users', { json: { ...BEN, name: 'Ben Whitaker', role: 'agent', queues: ['support'] } }),
      server.api('/api/customer/support-request', {
        json: {
          userEmail: 'ana@meridian.example',
          subject: 'Pallet missing',
          description: 'One of four.',
          priority: 'urgent',
        },
      }),
    ])
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201])
  })
  afterEach(async () => {
    await Promise.all([...ringing].map(id => say(id, 'completed')))
    for (const context of browser.contexts()) await context.close()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  const post = async (path: string, body: object) =>
    expect(
      (
        await fetch(server.url + path, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
      ).status,
    ).toBe(200)

  /** A call from this number begins to ring. */
  async function ring(From: string, more: object = {}): Promise<string> {
    const id = `CA${ringing.size}${Date.now()}`
    ringing.add(id)
    await post('/api/webhooks/call/incoming', { ...exampleCall(id), From, ...more })
    return id
  }
  const say = (id: string, CallStatus: string) => post('/api/webhooks/call/status', { ...exampleCall(id), CallStatus })

  /** A page that hears what happens: the stream is open when its handshake has been answered. */
  async function open(
    path: string,
    options?: Parameters<typeof openPage>[2],
  ): Promise<Awaited<ReturnType<typeof openPage>>> {
    const page = await openPage(browser, server, options)
    const subscribed = new Promise<void>(resolve => {
      page.on('websocket', socket =>
        socket.on('framereceived', ({ payload }) => {
          if (String(payload).includes('"ok":true')) resolve()
        }),
      )
    })
    await page.goto(path)
    await subscribed
    return page
  }
  const popup = (page: Page) => page.getByRole('article', { name: 'Incoming call' })

  test('signing in with a password leads to where one wanted to go', async () => {
    const page = await openPage(browser, server, { as: null })
    await page.goto('/calls?status=completed')
    await page.getByLabel('E-mail').fill(BEN.email)
    await page.getByLabel('Password').fill('not the password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('The e-mail or the password is wrong.').waitFor()
    expect(await barriers(page)).toEqual([])
    await page.getByLabel('Password').fill(BEN.password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Calls' }).waitFor()
    expect(new URL(page.url()).search).toBe('?status=completed')
  })

  test('a one-time link signs in, once, and asks to choose a password', async () => {
    const made = await server.api('/api/users', { json: { email: 'dora@example.com', name: 'Dora', role: 'agent' } })
    const { signInLink } = made.body as { signInLink: string }
    const page = await openPage(browser, server, { as: null })
    await page.goto(signInLink)
    await page.getByRole('heading', { name: 'Choose a password' }).waitFor()
    expect(page.url()).not.toContain('token')
    await page.getByLabel('New password').fill('quite a long password')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Desk' }).waitFor()
    const again = await openPage(browser, server, { as: null })
    await again.goto(signInLink)
    await again.getByText('This sign-in link has been used').waitFor()
  })

  test('who is calling is there at once, nothing moves, and the focus stays where it was', async () => {
    const page = await open('/desk')
    await page.getByRole('button', { name: 'Log a call' }).focus()
    await page.evaluate(() => {
      const shifts = { total: 0 }
      Object.assign(window, { shifts })
      new PerformanceObserver(list => {
        for (const entry of list.getEntries()) shifts.total += (entry as PerformanceEntry & { value: number }).value
      }).observe({ type: 'layout-shift' })
    })
    const id = await ring('+12025550143')
    await popup(page).getByRole('heading', { name: 'Ana López' }).waitFor({ timeout: 10_000 })
    expect(await popup(page).textContent()).toMatch(/Meridian Freight · ana@meridian.example[\s\S]*Pallet missing/)
    expect(await page.locator('[aria-live=assertive]').textContent()).toBe('Incoming call: Ana López.')
    await page.waitForTimeout(300)
    expect(await page.evaluate('shifts.total')).toBe(0)
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Log a call')
    expect(await barriers(page)).toEqual([])

    await say(id, 'in-progress')
    // It would leave by itself after half a minute.
    await popup(page).waitFor({ state: 'detached', timeout: 10_000 })
    await page.getByRole('list', { name: 'Call queue' }).getByText('In progress').waitFor()
    expect(page.problems).toEqual([])
  })

  test('on any page, a caller whom nobody knows becomes a customer without leaving the popup', async () => {
    const page = await open('/contacts')
    await ring('+13035550177', { CallerName: 'R NEWMAN' })
    await popup(page).getByText('New caller - not in database').waitFor()
    await popup(page).getByRole('button', { name: 'Create customer' }).click()
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Rita Newman')
    await page.getByRole('button', { name: 'Save customer' }).click()
    await popup(page).getByRole('heading', { name: 'Rita Newman' }).waitFor()
    await page.getByRole('list', { name: 'Contacts' }).getByText('Rita Newman').waitFor()
    await popup(page).getByRole('button', { name: 'View customer' }).click()
    await page.getByRole('heading', { name: 'Rita Newman', level: 1 }).waitFor()
    expect(page.problems).toEqual([])
  })

  test('of several candidates one click says who it is, on every screen', async () => {
    const [ana, ben] = await Promise.all([open('/calls'), open('/desk', { as: BEN })])
    await ring('+12025550111')
    await popup(ana)
      .getByRole('button', { name: /Grace Okafor Jr\..*exact number/ })
      .click()
    await popup(ana).getByRole('heading', { name: 'Grace Okafor Jr.' }).waitFor()
    await popup(ben).getByRole('heading', { name: 'Grace Okafor Jr.' }).waitFor()
  })

  test('none of the candidates is an answer too', async () => {
    const page = await open('/desk')
    await ring('+12025550111')
    await popup(page).getByRole('button', { name: 'None of these' }).click()
    await popup(page).getByText('New caller - not in database').waitFor()
  })

  test('a hidden number is said to be one', async () => {
    const page = await open('/desk')
    await ring('anonymous')
    await popup(page).getByRole('heading', { name: 'Number withheld' }).waitFor()
  })

  test('Esc dismisses the popup for good', async () => {
    const page = await open('/requests')
    const id = await ring('+12025550143')
    await popup(page).waitFor()
    await page.keyboard.press('Escape')
    await popup(page).waitFor({ state: 'detached' })
    await say(id, 'ringing')
    await page.waitForTimeout(200)
    expect(await popup(page).count()).toBe(0)
  })

  test('one key takes the call; others see by whom, and the note goes with it', async () => {
    const [mine, other] = await Promise.all([open('/desk'), open('/contacts', { as: BEN })])
    const id = await ring('+12025550143')
    await Promise.all([popup(mine).waitFor(), popup(other).waitFor()])
    await mine.keyboard.press('t')
    await popup(other).getByText('Admin has taken this call').waitFor()
    await popup(mine).waitFor({ state: 'detached' })
    const hand = mine.getByRole('article', { name: 'The call at hand' })
    await hand.getByRole('heading', { name: 'Ana López' }).waitFor()

    await mine.keyboard.press('n')
    await mine.keyboard.type('Pallet found in Dallas')
    await say(id, 'completed')
    // The end of the call takes nothing away that is being written.
    await hand.getByText('Ended').waitFor()
    await mine.keyboard.press('Control+Enter')
    await expect.poll(() => mine.getByLabel('New note').inputValue()).toBe('')
    await hand.getByRole('button', { name: 'Close' }).click()
    await mine.getByText('No call at hand').waitFor()

    await mine.goto('/calls')
    await mine.getByRole('link', { name: 'Ana López' }).first().click()
    await mine.getByText('Pallet found in Dallas').waitFor()
    const told = await mine.getByRole('listitem').allInnerTexts()
    expect(told.join('\n')).toMatch(/Ana López called[\s\S]*Admin took the call[\s\S]*ended[\s\S]*wrote a note/)
    expect([...mine.problems, ...other.problems]).toEqual([])
  })

  test('many calls at once: one card, the rest a line each', async () => {
    const page = await open('/desk')
    await ring('+12025550143')
    await popup(page).waitFor()
    await ring('+12025550111')
    await ring('+13035550100')
    const lines = page.getByRole('region', { name: '2 more are ringing' })
    await lines.getByText('(303) 555-0100').click()
    await popup(page).getByRole('heading', { name: '(303) 555-0100' }).waitFor()
    expect(await popup(page).count()).toBe(1)
  })

  test('a request is called back and done', async () => {
    const page = await open('/requests')
    await server.api('/api/customer/support-request', {
      json: {
        userEmail: 'tom@example.com',
        subject: 'Cannot sign in',
        description: 'No e-mail.',
        phoneNumber: '+12025550155',
      },
    })
    await page.getByRole('link', { name: 'Cannot sign in' }).click()
    await page.getByRole('button', { name: 'Call back' }).click()
    await page.getByText('A call to the customer has been opened.').waitFor()
    await page.getByRole('button', { name: 'Done', exact: true }).click()
    await page.getByRole('button', { name: 'Reopen' }).waitFor()
    await page.getByRole('link', { name: 'Open the call' }).click()
    await page.getByRole('button', { name: 'Hang up' }).click()
    await page.getByText('Answered').first().waitFor()
  })

  test('contacts come from a file, with what was not taken and why', async () => {
    const page = await open('/contacts')
    await page.getByRole('button', { name: 'Import' }).click()
    const csv = 'name,email,phone\nTom Becker,tom@becker.example,+1 202 555 0155\n,nobody@example.com,\n'
    await page
      .getByLabel('CSV file')
      .setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) })
    await page.getByRole('dialog').getByRole('button', { name: 'Import' }).click()
    await page.getByText('1 new, 0 changed; 1 line was not taken').waitFor()
    expect(await barriers(page)).toEqual([])
    await page.getByRole('button', { name: 'Close' }).last().click()
    await page.getByRole('searchbox').fill('beck')
    await page.getByRole('list', { name: 'Contacts' }).getByRole('listitem').first().getByText('Tom Becker').waitFor()
  })

  test('every page is free of barriers, in light and dark, wide and on a telephone', async () => {
    await ring('+12025550143')
    const paths = [
      '/desk',
      '/calls',
      '/contacts',
      '/requests',
      '/voicemails',
      '/live',
      '/activity',
      '/settings',
      '/settings/alerts',
      '/settings/users',
      '/settings/agents',
      '/settings/keys',
      '/settings/numbers',
    ]
    for (const look of [{ colorScheme: 'light' }, { colorScheme: 'dark', ...PHONE }] as const) {
      const page = await openPage(browser, server, look)
      for (const path of paths) {
        await page.goto(path)
        await page.getByRole('heading', { level: 1 }).waitFor()
        await expect.poll(() => page.getByText('Loading…').count()).toBe(0)
        expect(await barriers(page), `${path} ${look.colorScheme}`).toEqual([])
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        expect(overflow, `${path} is not wider than the screen`).toBe(0)
      }
      expect(page.problems).toEqual([])
    }
  }, 180_000)

  test('in the language of whoever is signed in', async () => {
    const eva = { email: 'eva@example.com', password: 'correct horse battery' }
    await server.api('/api/users', { json: { ...eva, name: 'Eva', role: 'agent' } })
    const page = await open('/desk', { as: eva })
    await page.getByRole('button', { name: 'Your menu' }).click()
    await page.getByLabel('Español').click()
    await page.getByRole('heading', { name: 'Puesto' }).waitFor()
    expect(await page.getAttribute('html', 'lang')).toBe('es')
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'Llamadas' }).click()
    await page.getByRole('heading', { name: 'Llamadas' }).waitFor()
  })

  test('people see only what their role may do', async () => {
    const page = await open('/desk', { as: BEN })
    const places = await page.getByRole('navigation').getByRole('link').allInnerTexts()
    expect(places).toHaveLength(6)
    await page.goto('/settings/users')
    await page.getByRole('alert').waitFor()
  })

  test('the first page needs less than 250 kB of script', async () => {
    const page = await openPage(browser, server)
    const sizes: Promise<number>[] = []
    page.on('requestfinished', request => {
      if (request.resourceType() === 'script')
        sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize))
    })
    await page.goto('/desk')
    await page.waitForLoadState('networkidle')
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    expect(total).toBeGreaterThan(50_000)
    expect(total).toBeLessThan(250_000)
  })
})
