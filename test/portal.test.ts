import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { build, type PreviewServer, preview } from 'vite'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type * as contract from '../client/contract.ts'
import { barriers, chromiumPath } from './support/browser.ts'
import { ADMIN_API_KEY, startTestServer, type TestServer } from './support/server.ts'
import { visit } from './support/talking.ts'
import { giveVoice, openTalkingBrowser, untilHeard, type Voice } from './support/tones.ts'

const EXAMPLE = path.resolve(import.meta.dirname, '../examples/portal')
const SECRET = 'the-secret-of-the-portal-0123456789abcdef'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-portal-'))
const built = path.join(folder, 'built')
const { NODE_ENV } = process.env
beforeAll(async () => {
  await build({ root: EXAMPLE, logLevel: 'error', build: { outDir: built, chunkSizeWarningLimit: 1000 } })
  // The build makes itself a production one by setting this, also for whatever runs after it.
  process.env.NODE_ENV = NODE_ENV
})
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

test('the example of a CRM and a portal is built', () => {
  for (const page of ['index.html', 'crm.html', 'portal.html']) expect(fs.readdirSync(built)).toContain(page)
})

const name = chromiumPath === null ? 'in browsers (skipped: no Chromium found)' : 'in browsers'
describe.skipIf(chromiumPath === null)(name, () => {
  let server: TestServer
  let pages: PreviewServer
  let address: string
  let browser: Browser
  beforeAll(async () => {
    server = await startTestServer({ SUPABASE_JWT_SECRET: SECRET, DATA_DIR: folder, VOICE_PROCESSES: '1' })
    const env = { RINGSIDE_URL: server.url, SUPABASE_JWT_SECRET: SECRET, ADMIN_API_KEY }
    await promisify(execFile)('node', [path.join(EXAMPLE, 'people.mjs')], { env: { ...process.env, ...env } })
    Object.assign(process.env, env)
    pages = await preview({ root: EXAMPLE, logLevel: 'error', build: { outDir: built }, preview: { port: 0 } })
    address = pages.resolvedUrls!.local[0]!
    browser = await openTalkingBrowser()
  })
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
    // What a test has left behind is not in the way of the next one.
    const headers = { authorization: `Bearer ${await (await fetch(`${address}token?sub=ana`)).text()}` }
    const { current } = (await (await fetch(`${server.url}/api/voip/calls/current`, { headers })).json()) as {
      current: { roomName: string } | null
    }
    if (current !== null)
      await fetch(`${server.url}/api/voip/calls/${current.roomName}/end`, { method: 'POST', headers })
  })
  afterAll(async () => {
    await browser?.close()
    await pages?.close()
    await server?.close()
    for (const name of ['RINGSIDE_URL', 'SUPABASE_JWT_SECRET', 'ADMIN_API_KEY']) delete process.env[name]
  })

  async function open(file: string, voice: Voice): Promise<Page> {
    const context = await browser.newContext({ locale: 'en-US' })
    const page = await context.newPage()
    await giveVoice(page, voice)
    await page.goto(address + file)
    return page
  }
  const both = () => Promise.all([open('crm.html', 'agent'), open('portal.html', 'customer')])
  const named = (page: Page, role: 'button' | 'alertdialog' | 'dialog' | 'region', label: string | RegExp) =>
    page.getByRole(role, { name: label })
  const history = async () => {
    const { body } = await server.api('/api/calls')
    return (body as { items: contract.Call[] }).items
  }

  test('Carla chooses an agent, Ana answers with one key, and each hears the other until one hangs up', async () => {
    const [crm, portal] = await both()
    await named(portal, 'button', 'Call an agent').click()
    await named(portal, 'dialog', /talk to/)
      .getByRole('button', { name: /Ana Agent/ })
      .click()
    await named(crm, 'alertdialog', 'Carla Customer is calling').waitFor()
    expect(await barriers(crm)).toEqual([])
    await crm.keyboard.press('Enter')
    await untilHeard(crm, ['customer'])
    await untilHeard(portal, ['agent'])
    await named(crm, 'button', 'Mute').click()
    await untilHeard(portal, [])
    await untilHeard(crm, ['customer'])
    expect(await barriers(portal)).toEqual([])
    await named(crm, 'button', 'Mute').click()
    await untilHeard(portal, ['agent'])
    await named(portal, 'region', 'Call with Ana Agent').getByRole('button', { name: 'Hang up' }).click()
    await crm.getByText(/Call ended/).waitFor()
    expect((await history())[0]).toMatchObject({ direction: 'inbound', outcome: 'answered', provider: 'builtin' })
  })

  test('Ana calls Carla, whose page is reloaded in the middle and goes on', async () => {
    const [crm, portal] = await both()
    await named(crm, 'button', 'Call Carla Customer').click()
    await named(portal, 'button', 'Accept').click()
    await untilHeard(portal, ['agent'])
    await portal.reload()
    await untilHeard(portal, ['agent'])
    await untilHeard(crm, ['customer'])
    await named(crm, 'button', 'Hang up').click()
    await portal.getByText(/Call ended/).waitFor()
  })

  test.each([
    ['a customer calls', 'portal'],
    ['a user calls', 'crm'],
  ] as const)(
    '%s: whoever leads listens unheard, speaks to the user alone, to both, and hangs up',
    async (_, caller) => {
      const [crm, portal] = await both()
      if (caller === 'crm') {
        await named(crm, 'button', 'Call Carla Customer').click()
        await named(portal, 'button', 'Accept').click()
      } else {
        await named(portal, 'button', 'Call an agent').click()
        await named(portal, 'dialog', /talk to/)
          .getByRole('button', { name: /Ana Agent/ })
          .click()
        await named(crm, 'alertdialog', 'Carla Customer is calling').waitFor()
        await crm.keyboard.press('Enter')
      }
      await Promise.all([untilHeard(portal, ['agent']), untilHeard(crm, ['customer'])])
      const board = await visit(browser, server, { voice: 'supervisor', path: '/live' })
      await named(board, 'button', 'Monitor').click()
      await untilHeard(board, ['agent', 'customer'])
      await Promise.all([untilHeard(portal, ['agent']), untilHeard(crm, ['customer'])])
      await named(board, 'button', 'Whisper').click()
      await untilHeard(crm, ['customer', 'supervisor'])
      await Promise.all([untilHeard(portal, ['agent']), untilHeard(board, ['agent', 'customer'])])
      await named(board, 'button', 'Barge').click()
      await untilHeard(portal, ['agent', 'supervisor'])
      await untilHeard(crm, ['customer', 'supervisor'])
      await named(board, 'button', 'Stop listening').click()
      await Promise.all([untilHeard(portal, ['agent']), untilHeard(crm, ['customer']), untilHeard(board, [])])
      await named(board, 'button', 'Disconnect').click()
      await named(board, 'dialog', /Disconnect/)
        .getByRole('button', { name: 'Disconnect' })
        .click()
      await Promise.all([crm.getByText(/Call ended/).waitFor(), portal.getByText(/Call ended/).waitFor()])
      expect(board.problems).toEqual([])
    },
  )

  test('declined, both know', async () => {
    const [crm, portal] = await both()
    await named(crm, 'button', 'Call Carla Customer').click()
    await named(portal, 'button', 'Decline').click()
    await crm.getByText('Declined').waitFor()
    expect((await history())[0]).toMatchObject({ direction: 'outbound', outcome: 'rejected' })
  })

  describe('when Ana takes calls of a queue that is recorded', () => {
    const rules = (settings: object) => server.api('/api/settings/calls', { method: 'PUT', json: settings })
    beforeAll(async () => {
      const { body } = await server.api('/api/users')
      const { id } = (body as { items: contract.User[] }).items[0]!
      await server.api(`/api/users/${id}`, { method: 'PATCH', json: { supabaseUserId: 'ana' } })
    })
    afterEach(() => rules({ consent_mode: 'announce', consent_opt_out_key: null }))

    const ring = async (portal: Page) => {
      await named(portal, 'button', 'Call an agent').click()
      await named(portal, 'dialog', /talk to/)
        .getByRole('button', { name: /Ana Agent/ })
        .click()
    }
    const last = async () => {
      const [call] = await history()
      return (await server.api(`/api/calls/${call!.id}`)).body as contract.CallDetails
    }
    const hangUp = async (crm: Page, portal: Page) => {
      await named(crm, 'button', 'Hang up').click()
      await portal.getByText(/Call ended/).waitFor()
    }

    test('both pages show that it may be, the customer hears it before anybody answers, and then it is', async () => {
      await rules({ consent_mode: 'announce' })
      const [crm, portal] = await both()
      await ring(portal)
      const notice = (page: Page) => page.getByRole('group', { name: 'This call may be recorded.' })
      await notice(portal).waitFor()
      await untilHeard(portal, ['sound'])
      await named(crm, 'alertdialog', 'Carla Customer is calling').waitFor()
      expect((await last()).recordings).toEqual([])
      await crm.keyboard.press('Enter')
      await notice(crm).waitFor()
      await Promise.all([untilHeard(portal, ['agent']), untilHeard(crm, ['customer'])])
      expect([...(await barriers(portal)), ...(await barriers(crm))]).toEqual([])
      await expect.poll(async () => (await last()).recordings).toMatchObject([{ kind: 'call' }])
      const { consent, conversation } = await last()
      expect(consent).toMatchObject({
        how: 'announced',
        given: true,
        heard: 'This call may be recorded.',
        language: 'en-US',
      })
      expect(conversation?.recording).toBe('on')
      // A page that is reloaded shows it again, and says it no more.
      await portal.reload()
      await notice(portal).waitFor()
      await untilHeard(portal, ['agent'])
      await hangUp(crm, portal)
      await expect.poll(async () => (await last()).recordings[0]?.status).toBe('completed')
    })

    test('who is asked is recorded from when it allows that, until it does not want it any more', async () => {
      await rules({ consent_mode: 'ask' })
      const [crm, portal] = await both()
      await named(crm, 'button', 'Call Carla Customer').click()
      await named(portal, 'button', 'Accept').click()
      await Promise.all([untilHeard(portal, ['agent']), untilHeard(crm, ['customer'])])
      const question = portal.getByRole('group', { name: 'May this call be recorded?' })
      await question.waitFor()
      await crm.getByText('Carla Customer is asked whether this call may be recorded.').waitFor()
      expect(await barriers(portal)).toEqual([])
      expect((await last()).recordings).toEqual([])
      await question.getByRole('button', { name: 'Allow' }).press('Enter')
      await crm.getByText('Carla Customer allows it').waitFor()
      await expect.poll(async () => (await last()).recordings.length).toBe(1)
      // What is shorter than a second is no recording.
      await portal.waitForTimeout(1500)
      await named(portal, 'button', 'Don’t record').click()
      await crm.getByText('Carla Customer does not want it').waitFor()
      await portal.getByText('This call is not recorded.').waitFor()
      await expect.poll(async () => (await last()).recordings).toEqual([])
      // The call itself goes on.
      await Promise.all([untilHeard(portal, ['agent']), untilHeard(crm, ['customer'])])
      await hangUp(crm, portal)
      const { consent, recordings } = await last()
      expect([consent, recordings]).toMatchObject([{ how: 'asked', given: false, answer: 'decline' }, []])
    })
  })
})
