import { EventSource } from 'eventsource'
import { Secret, TOTP } from 'otpauth'
import type { Browser, Page } from 'playwright-core'
import { io } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../client/contract.ts'
import { barriers, chromiumPath, focused, openBrowser, openPage } from './support/browser.ts'
import { ADMIN, startTestServer, type TestServer } from './support/server.ts'

/** A second: what is ended must be ended by then, wherever it is open. */
const AT_ONCE_MS = 1000

describe('a session that is ended', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(() => server.close())

  const sessionsOf = async (cookie: string): Promise<Session[]> =>
    ((await (await fetch(`${server.url}/api/me/sessions`, { headers: { cookie } })).json()) as { items: Session[] })
      .items

  test('takes its sockets and streams with it, within a second; the others come back', async () => {
    const [here, there] = [await server.signIn(), await server.signIn()]
    const socket = io(server.url, { forceNew: true, extraHeaders: { cookie: there } })
    const stream = new EventSource(`${server.url}/api/ringcentral/call-stream`, {
      fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, cookie: there } }),
    })
    const connected = new Promise<void>(resolve => stream.addEventListener('connected', () => resolve()))
    try {
      expect(await socket.timeout(5000).emitWithAck('subscribe', {})).toMatchObject({ ok: true })
      await connected
      const dropped = new Promise<string>(resolve => socket.once('disconnect', resolve))
      const closed = new Promise<void>(resolve => stream.addEventListener('error', () => resolve(), { once: true }))
      // It tries again by itself, and is refused for good.
      const refused = new Promise<number>(resolve =>
        stream.addEventListener('error', ({ code }) => code !== undefined && resolve(code)),
      )
      const [other] = (await sessionsOf(there)).filter(session => session.current)
      const began = performance.now()
      const ended = await fetch(`${server.url}/api/me/sessions/${other!.id}`, {
        method: 'DELETE',
        headers: { cookie: here },
      })
      expect(ended.status).toBe(200)
      expect((await fetch(`${server.url}/api/me`, { headers: { cookie: there } })).status).toBe(401)
      await Promise.all([dropped, closed])
      expect(performance.now() - began).toBeLessThan(AT_ONCE_MS)
      expect(await refused).toBe(401)
      socket.connect()
      expect(await socket.timeout(5000).emitWithAck('subscribe', {})).toMatchObject({ ok: false })
      expect((await fetch(`${server.url}/api/me`, { headers: { cookie: here } })).status).toBe(200)
    } finally {
      socket.close()
      stream.close()
    }
  })
})

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

  const person = { password: 'correct horse battery', name: 'Mia', role: 'admin' }
  async function add(email: string): Promise<{ email: string; password: string }> {
    expect((await server.api('/api/users', { json: { email, ...person } })).status).toBe(201)
    return { email, password: person.password }
  }
  const codeOf = (secret: string, steps = 0) =>
    new TOTP({ secret: Secret.fromBase32(secret.replaceAll(/\s/g, '')) }).generate({
      timestamp: Date.now() + steps * 30_000,
    })
  const secretOn = (page: Page) => page.locator('pre').first().innerText()
  async function signIn(page: Page, { email, password }: { email: string; password: string }): Promise<void> {
    await page.goto('/sign-in')
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }

  test('a second step is set up on the profile, and asked for from then on', async () => {
    const mia = await add('mia@example.com')
    const page = await openPage(browser, server, { as: mia })
    page.setDefaultTimeout(8000)
    await page.goto('/settings')
    await page.getByRole('button', { name: 'Set up' }).click()
    const dialog = page.getByRole('dialog', { name: 'Second step' })
    await dialog.getByRole('img', { name: 'QR code' }).waitFor()
    expect(await barriers(page)).toEqual([])
    const secret = await secretOn(page)
    await dialog.getByLabel('Code', { exact: true }).fill('000000')
    await dialog.getByRole('button', { name: 'Turn on' }).click()
    await dialog.getByText('This code is wrong').waitFor()
    await dialog.getByLabel('Code', { exact: true }).fill(codeOf(secret, -1))
    await dialog.getByRole('button', { name: 'Turn on' }).click()
    const codes = page.getByRole('dialog', { name: 'Recovery codes' })
    const recovery = (await codes.locator('pre').innerText()).split('\n')
    expect(recovery).toHaveLength(10)
    await codes.getByRole('button', { name: 'I have them' }).click()
    await page.getByText('10 recovery codes are left').waitFor()

    const elsewhere = await openPage(browser, server, { as: null })
    elsewhere.setDefaultTimeout(8000)
    await signIn(elsewhere, mia)
    await elsewhere.getByRole('heading', { name: 'Enter your code' }).waitFor()
    expect(await barriers(elsewhere)).toEqual([])
    await elsewhere.getByLabel('Code').fill('000000')
    await elsewhere.getByRole('button', { name: 'Continue' }).click()
    await elsewhere.getByText('This code is wrong').waitFor()
    await elsewhere.getByLabel('Code').fill(codeOf(secret))
    await elsewhere.keyboard.press('Enter')
    await elsewhere.waitForURL('**/desk')

    const lost = await openPage(browser, server, { as: null })
    await signIn(lost, mia)
    await lost.getByLabel('Code').fill(recovery[0]!.toLowerCase())
    await lost.keyboard.press('Enter')
    await lost.waitForURL('**/desk')
  })

  test('whose role must have one sets it up while signing in', async () => {
    const eva = await add('eva@example.com')
    const policy = await server.api('/api/settings/sign-in', { method: 'PUT', json: { secondFactorFor: ['admin'] } })
    expect(policy.status).toBe(200)
    try {
      const page = await openPage(browser, server, { as: null })
      page.setDefaultTimeout(8000)
      await signIn(page, eva)
      await page.getByRole('img', { name: 'QR code' }).waitFor()
      expect(await barriers(page)).toEqual([])
      await page.getByLabel('Code').fill(codeOf(await secretOn(page)))
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Recovery codes' }).waitFor()
      await page.getByRole('button', { name: 'I have them' }).click()
      await page.waitForURL('**/desk')
    } finally {
      await server.api('/api/settings/sign-in', { method: 'PUT', json: { secondFactorFor: [] } })
    }
  })

  test('other devices are signed out from the profile, and leave their page', async () => {
    const leo = await add('leo@example.com')
    const page = await openPage(browser, server, { as: leo })
    const other = await openPage(browser, server, { as: leo })
    for (const each of [page, other]) each.setDefaultTimeout(8000)
    await other.goto('/desk')
    await other.getByRole('heading', { level: 1 }).first().waitFor()
    await page.goto('/settings')
    await page.getByText('(this one)').waitFor()
    await page.getByRole('button', { name: 'Sign out everywhere else' }).click()
    await other.waitForURL('**/sign-in**')
    await page.getByRole('button', { name: 'Sign out everywhere else' }).waitFor({ state: 'detached' })
    expect(page.url()).toContain('/settings')
  })

  test('another password is said to be kept, and the old one no longer serves', async () => {
    const ida = await add('ida@example.com')
    const page = await openPage(browser, server, { as: ida })
    page.setDefaultTimeout(8000)
    await page.goto('/settings')
    const panel = page.getByRole('region', { name: 'Password' })
    await panel.getByLabel('Current password').fill('not this one')
    await panel.getByLabel('New password').fill('a wholly new staple')
    await page.keyboard.press('Enter')
    await expect.poll(() => focused(page)).toBe('Current password')
    await panel.getByLabel('Current password').fill(ida.password)
    await page.keyboard.press('Enter')
    await panel.getByText('Saved.').waitFor()
    expect(await panel.getByLabel('New password').inputValue()).toBe('')
    await expect(server.signIn(ida.email, ida.password)).rejects.toThrow()
    await server.signIn(ida.email, 'a wholly new staple')
  })

  test('what needs a recent sign-in asks once more, and then goes on', async () => {
    const page = await openPage(browser, server)
    page.setDefaultTimeout(8000)
    await page.goto('/settings')
    await page.getByRole('button', { name: 'Set up' }).waitFor()
    await server.app.db.asOwner(sql => sql.query("update sessions set proven_at = now() - interval '1 hour'"))
    await page.getByRole('button', { name: 'Set up' }).click()
    const asked = page.getByRole('dialog', { name: 'Is it you?' })
    await asked.getByLabel('Password').fill('not this one')
    await asked.getByRole('button', { name: 'Continue' }).click()
    await asked.getByText('This is not your password').waitFor()
    expect(await barriers(page)).toEqual([])
    await asked.getByLabel('Password').fill(ADMIN.password)
    await asked.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('dialog', { name: 'Second step' }).getByRole('img').waitFor()
  })

  test('an admin signs somebody out', async () => {
    const ned = await add('ned@example.com')
    const theirs = await openPage(browser, server, { as: ned })
    const page = await openPage(browser, server)
    for (const each of [page, theirs]) each.setDefaultTimeout(8000)
    await theirs.goto('/calls')
    await theirs.getByRole('heading', { level: 1 }).first().waitFor()
    await page.goto('/settings/users')
    const row = page.getByRole('listitem').filter({ hasText: 'ned@example.com' })
    await row.getByRole('button').click()
    await page.getByRole('button', { name: 'Sign out everywhere' }).click()
    await theirs.waitForURL('**/sign-in**')
  })
})
