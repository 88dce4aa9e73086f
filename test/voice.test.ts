import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type * as contract from '../client/contract.ts'
import { chromiumPath } from './support/browser.ts'
import { hire, must, type Person } from './support/people.ts'
import { type Stretch, saveAudio, stretchesOf } from './support/recorded.ts'
import { ADMIN, startTestServer, type TestServer } from './support/server.ts'
import { acceptCall, askOf, dial, visit } from './support/talking.ts'
import { heardOn, openTalkingBrowser, TONES, untilHeard } from './support/tones.ts'

const named = chromiumPath === null ? 'voices in browsers (skipped: no Chromium found)' : 'voices in browsers'

describe.skipIf(chromiumPath === null)(named, () => {
  let server: TestServer
  let browser: Browser
  let ana: Person
  let ben: Person
  let supervisor: Pick<Person, 'ask'>
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-voice-'))

  beforeAll(async () => {
    server = await startTestServer({ DATA_DIR: folder, VOICE_PROCESSES: '1' })
    browser = await openTalkingBrowser()
    ;[ana, ben] = [await hire(server, 'Ana', ['sales']), await hire(server, 'Ben', ['sales'])]
    const cookie = await server.signIn()
    supervisor = {
      ask: async (path, method = 'GET', json) => {
        const response = await fetch(server.url + path, {
          method,
          headers: { cookie, 'content-type': 'application/json' },
          ...(json !== undefined && { body: JSON.stringify(json) }),
        })
        return { status: response.status, body: (await response.json()) as never }
      },
    }
  })
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
    for (const agent of [ana, ben]) await agent.be('offline')
    const { items } = (await server.api('/api/calls')).body as { items: contract.Call[] }
    for (const { id, endedAt } of items)
      if (endedAt === null) await server.api(`/api/calls/${id}/hang-up`, { method: 'POST' })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    fs.rmSync(folder, { recursive: true, force: true })
  })

  const openPhone = (init?: (page: Page) => Promise<void>) =>
    visit(browser, server, { voice: 'customer', path: '/phone', as: null, ...(init && { init }) })
  const openDesk = (agent: Person, voice: 'agent' | 'colleague' = 'agent') =>
    visit(browser, server, { voice, path: '/desk', as: agent.credentials })

  /** A customer and Ana, who talk. */
  async function talking(init?: (page: Page) => Promise<void>) {
    const [phone, desk] = await Promise.all([openPhone(init), openDesk(ana)])
    await dial(phone, '1')
    await ana.be('available')
    const { callId } = await acceptCall(ana)
    await Promise.all([untilHeard(phone, ['agent']), untilHeard(desk, ['customer'])])
    return { phone, desk, callId, ask: askOf(ana, callId) }
  }
  const callOf = async (id: string) => (await must(server.api(`/api/calls/${id}`))).body as contract.CallDetails
  const settled = () => new Promise(resolve => setTimeout(resolve, 400))

  test('each hears the other; not on hold, not when muted', async () => {
    const { phone, desk, ask, callId } = await talking()
    expect(await callOf(callId)).toMatchObject({ status: 'in-progress', agent: { name: 'Ana' } })
    await ask('hold')
    await Promise.all([untilHeard(phone, ['sound']), untilHeard(desk, [])])
    await ask('resume')
    await Promise.all([untilHeard(phone, ['agent']), untilHeard(desk, ['customer'])])
    await ask('mute')
    await Promise.all([untilHeard(phone, []), untilHeard(desk, ['customer'])])
    await ask('unmute')
    await untilHeard(phone, ['agent'])
    await ask('hang-up')
    await Promise.all([untilHeard(phone, []), untilHeard(desk, [])])
    await phone.getByRole('button', { name: 'Call again' }).waitFor()
    expect(phone.problems).toEqual([])
    expect(desk.problems).toEqual([])
  })

  test('a supervisor listens unheard, speaks to the agent alone, then to both', async () => {
    const { phone, desk, callId } = await talking()
    const board = await visit(browser, server, { voice: 'supervisor', path: '/live', as: ADMIN })
    const supervise = (listening: contract.LiveOffer['kind'] | string | null) =>
      must(supervisor.ask(`/api/calls/${callId}/supervise`, 'POST', { listening }))
    await supervise('monitor')
    await untilHeard(board, ['customer', 'agent'])
    expect(await Promise.all([heardOn(phone), heardOn(desk)])).toEqual([['agent'], ['customer']])
    await supervise('whisper')
    await untilHeard(desk, ['customer', 'supervisor'])
    await settled()
    expect(await Promise.all([heardOn(phone), heardOn(board)])).toEqual([['agent'], ['customer', 'agent']])
    await supervise('barge')
    await Promise.all([untilHeard(phone, ['agent', 'supervisor']), untilHeard(desk, ['customer', 'supervisor'])])
    await supervise(null)
    await Promise.all([untilHeard(phone, ['agent']), untilHeard(desk, ['customer']), untilHeard(board, [])])
  })

  test('a colleague is asked in private, joins, and has the customer in the end', async () => {
    const { phone, desk, ask } = await talking()
    const other = await openDesk(ben, 'colleague')
    await ben.be('available')
    await ask('consult', { agent: ben.id })
    await Promise.all([untilHeard(phone, ['sound']), untilHeard(desk, ['sound'])])
    await acceptCall(ben)
    await Promise.all([untilHeard(desk, ['colleague']), untilHeard(other, ['agent'])])
    expect(await heardOn(phone)).toEqual(['sound'])
    await ask('merge')
    await Promise.all([
      untilHeard(phone, ['agent', 'colleague']),
      untilHeard(desk, ['customer', 'colleague']),
      untilHeard(other, ['customer', 'agent']),
    ])
    await ask('complete-transfer')
    await Promise.all([untilHeard(phone, ['colleague']), untilHeard(other, ['customer']), untilHeard(desk, [])])
  })

  test('sent to a colleague without asking', async () => {
    const { phone, desk, ask } = await talking()
    const other = await openDesk(ben, 'colleague')
    await ben.be('available')
    await ask('transfer', { agent: ben.id })
    await Promise.all([untilHeard(desk, []), untilHeard(phone, ['sound'])])
    await acceptCall(ben)
    await Promise.all([untilHeard(phone, ['colleague']), untilHeard(other, ['customer'])])
    expect(await heardOn(desk)).toEqual([])
  })

  test('after the agent’s page, then the customer’s, was loaded anew', async () => {
    const { phone, desk } = await talking()
    await desk.reload()
    await Promise.all([untilHeard(desk, ['customer']), untilHeard(phone, ['agent'])])
    await phone.reload()
    await Promise.all([untilHeard(desk, ['customer']), untilHeard(phone, ['agent'])])
  })

  test('where no UDP gets through, over the socket, with others who have it', async () => {
    const { phone, desk, ask } = await talking(withoutUdp)
    await phone.getByText(/no direct sound/).waitFor()
    await ask('hold')
    await Promise.all([untilHeard(phone, ['sound']), untilHeard(desk, [])])
    await ask('resume')
    await Promise.all([untilHeard(phone, ['agent']), untilHeard(desk, ['customer'])])
  })

  test('a minute with two holds, recorded: each in its channel, to a tenth of a second', {
    timeout: 120_000,
  }, async () => {
    const { phone, desk, ask, callId } = await talking()
    for (const seconds of [15, 10]) {
      await desk.waitForTimeout(seconds * 1000)
      await ask('hold')
      await desk.waitForTimeout(6000)
      await ask('resume')
    }
    await desk.waitForTimeout(20_000)
    await ask('hang-up')
    await untilHeard(phone, [])
    await expect
      .poll(async () => (await callOf(callId)).recordings)
      .toMatchObject([{ status: 'completed', kind: 'call' }])
    const [recording] = (await callOf(callId)).recordings
    const recorded = await saveAudio(server, callId, recording!.id, folder)
    const [agents, none] = await stretchesOf(recorded, TONES.agent)
    const [nobody, customers] = await stretchesOf(recorded, TONES.customer)
    expect([none, nobody]).toEqual([[], []])
    for (const stretches of [agents!, customers!]) expect(between(stretches)).toHaveLength(5)
    // From the first hold on, every change stands where it was made: what counts is the distance between them.
    const changed = (await callOf(callId)).events
      .filter(({ type }) => ['call.held', 'call.resumed', 'call.hung_up'].includes(type))
      .map(({ at }) => Date.parse(at))
    const asked = changed.slice(1).map((at, index) => at - changed[index]!)
    expect(asked).toHaveLength(4)
    for (const stretches of [agents!, customers!])
      for (const [index, distance] of distances(stretches).entries())
        expect(Math.abs(distance - asked[index]!)).toBeLessThan(100)
    expect(recording!.seconds).toBe(Math.round(endOf(agents!) / 1000))
  })
})

/** No packet leaves the page by UDP: the browser offers, and nothing is ever heard of its checks. */
async function withoutUdp(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const { setRemoteDescription } = RTCPeerConnection.prototype
    RTCPeerConnection.prototype.setRemoteDescription = function (description: RTCSessionDescriptionInit) {
      const sdp = description.sdp?.replaceAll(/^a=candidate:.*\r\n/gm, '') ?? ''
      return (setRemoteDescription as (it: RTCSessionDescriptionInit) => Promise<void>).call(this, {
        ...description,
        sdp,
      })
    }
  })
}

/** The ends and beginnings of stretches, without the first beginning. */
const between = (stretches: Stretch[]): number[] => stretches.flat().slice(1)
const distances = (stretches: Stretch[]): number[] => {
  const edges = between(stretches)
  return edges.slice(1).map((at, index) => at - edges[index]!)
}
const endOf = (stretches: Stretch[]): number => stretches.at(-1)![1]
