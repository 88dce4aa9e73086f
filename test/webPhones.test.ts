import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type * as contract from '../client/contract.ts'
import { chromiumPath } from './support/browser.ts'
import { hire, must, type Person } from './support/people.ts'
import { startTestServer, type TestServer } from './support/server.ts'
import { acceptCall, dial, type TalkingPage, visit } from './support/talking.ts'
import { openTalkingBrowser, untilHeard } from './support/tones.ts'

const named =
  chromiumPath === null ? 'web phones that are called (skipped: no Chromium found)' : 'web phones that are called'
const NUMBER = '+12025550143'

describe.skipIf(chromiumPath === null)(named, () => {
  let server: TestServer
  let browser: Browser
  let ana: Person
  let phone: TalkingPage
  let desk: TalkingPage

  beforeAll(async () => {
    server = await startTestServer({ VOICE_PROCESSES: '1' })
    browser = await openTalkingBrowser()
    ana = await hire(server, 'Ana', ['sales'])
    const { items } = (await must(server.api('/api/queues'))).body as { items: contract.Queue[] }
    const { id } = items.find(({ name }) => name === 'sales')!
    const settings = { waitKeys: { voicemail: null, callback: '2' } }
    await must(server.api(`/api/queues/${id}`, { method: 'PATCH', json: settings }))
  })
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
    await ana.be('offline')
    for (const { id, endedAt } of await calls())
      if (endedAt === null) await server.api(`/api/calls/${id}/hang-up`, { method: 'POST' })
    await expect.poll(() => ana.activity(), { timeout: 20_000 }).not.toBe('talking')
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  const calls = async () => ((await must(server.api('/api/calls'))).body as { items: contract.Call[] }).items
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
  const says = (page: Page, words: string | RegExp) => page.getByText(words).waitFor({ timeout: 10_000 })

  /** A customer whose number is known has called from its page, and waits in line. */
  async function customerInLine(): Promise<void> {
    phone = await visit(browser, server, { voice: 'customer', path: '/phone', as: null })
    await phone.getByText('Your details (optional)').click()
    await phone.getByLabel('Your number').fill('202 555 0143')
    await dial(phone, '1')
  }
  const openDesk = async () => {
    desk = await visit(browser, server, { voice: 'agent', path: '/desk', as: ana.credentials })
  }
  const rings = () =>
    phone
      .getByRole('alert')
      .getByText(/is calling you/)
      .waitFor({ timeout: 15_000 })
  const untilTheyTalk = () => Promise.all([untilHeard(phone, ['agent']), untilHeard(desk, ['customer'])])

  test('a promised call comes back to the page that asked for it', async () => {
    await customerInLine()
    await button(phone, 'Call me back').click()
    // After all that is said to whoever is promised a call.
    await phone.getByText('Thank you. We will call you back.').waitFor({ timeout: 30_000 })
    await says(phone, 'Keep this page open: we call you back here.')
    await openDesk()
    await ana.be('available')
    const offer = await acceptCall(ana)
    expect(offer.kind).toBe('callback')
    await rings()
    await untilHeard(desk, ['sound'])
    await button(phone, 'Answer').click()
    await untilTheyTalk()
    await says(phone, 'Talking with Ana')
    await button(phone, 'Hang up').click()
    await untilHeard(desk, [])
    const callbacks = async () =>
      (await must(ana.ask<{ items: contract.Callback[] }>('/api/callbacks'))).body.items.map(({ status }) => status)
    await expect.poll(callbacks).toEqual(['done'])
    expect([...phone.problems, ...desk.problems]).toEqual([])
  })

  test('an agent calls the number of a page, which answers, or would not', async () => {
    await customerInLine()
    await button(phone, 'Hang up').click()
    await openDesk()
    const place = () => must(ana.ask<{ call: contract.Call }>('/api/calls', 'POST', { to: NUMBER }))
    await place()
    await rings()
    await button(phone, 'Answer').click()
    await untilTheyTalk()
    await button(phone, 'Hang up').click()
    await Promise.all([untilHeard(phone, []), untilHeard(desk, [])])
    await expect.poll(async () => (await calls())[0]!.outcome).toBe('answered')

    await expect.poll(() => ana.activity(), { timeout: 20_000 }).not.toBe('talking')
    const { callId } = await place().then(({ body }) => ({ callId: body.call.id }))
    await rings()
    await button(phone, 'Decline').click()
    await button(phone, 'Call again').waitFor()
    // What is said to the agent then, before it is hung up.
    await untilHeard(desk, ['sound'])
    await untilHeard(desk, [], 15_000)
    const call = (await calls()).find(({ id }) => id === callId)!
    expect(call).toMatchObject({ answeredAt: null, endedAt: expect.any(String) })
  })
})
