import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import dgram from 'node:dgram'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type * as contract from '../client/contract.ts'
import type { FromBrowser } from '../client/voice/protocol.ts'
import { createEngine } from '../voice/engine.ts'
import { writeRtp } from '../voice/rtp.ts'
import { Callers } from '../voice/testing/callers.ts'
import { chromiumPath } from './support/browser.ts'
import { dataDirectory } from './support/databases.ts'
import { hire, must, type Person } from './support/people.ts'
import { startProcess } from './support/process.ts'
import { saveAudio, stretchesOf } from './support/recorded.ts'
import { ADMIN, ADMIN_API_KEY, clientOf, startTestServer, type TestServer } from './support/server.ts'
import { acceptCall, type TalkingPage, visit } from './support/talking.ts'
import { heardOn, openTalkingBrowser, untilHeard } from './support/tones.ts'
import { VoicePage } from './support/voicePage.ts'

/** Those that callers without a browser can tell apart. */
const TONES = [440, 1000, 1800, 2600]
const MAIN = '+12025550100'
const MAX_CALLS = 40
/** Sets limits of processes that run. */
const limiter = ['/usr/bin/prlimit', '/bin/prlimit'].find(file => fs.existsSync(file)) ?? null
const named = chromiumPath === null ? 'faults of calls (skipped: no Chromium found)' : 'faults of calls'

/** Two who talk, each by a tone. */
interface Talk {
  phone: TalkingPage
  desk: TalkingPage
  callId: string
  end(): Promise<void>
}

interface Listening {
  /** What was missing since this was asked the last time; nothing is well. */
  missed(): Promise<string[]>
  end(): Promise<void>
}

/** What tests ask of a server, in this process or another. */
type Reachable = ReturnType<typeof clientOf>

interface Line {
  /** Its callers are named by it. */
  name: string
  queue: string
  number: string
  agent: Person
}

/** How long a voice may be away before it is missed, milliseconds. */
const GAP_MS = 500

describe.skipIf(chromiumPath === null)(named, () => {
  let server: TestServer
  let browser: Browser
  let callers: Callers
  let healthy: Talk & { listening: Listening }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-faults-'))

  beforeAll(async () => {
    ;[server, browser, callers] = await Promise.all([
      startTestServer({
        DATA_DIR: folder,
        VOICE_PROCESSES: '1',
        VOICE_MAX_CALLS: String(MAX_CALLS),
        TRUSTED_PROXIES: '127.0.0.1',
      }),
      openTalkingBrowser(),
      Callers.start(),
    ])
    const talk = await talking(await addLine('sales'))
    healthy = { ...talk, listening: listenTo(talk) }
  })
  afterAll(async () => {
    await healthy?.listening.end()
    await healthy?.end()
    await browser?.close()
    await callers?.end()
    await server?.close()
    fs.rmSync(folder, { recursive: true, force: true })
  })

  // Whoever is tried again finds nothing in the way.
  let numbers = 1000
  const freshNumber = () => `+1202555${++numbers}`
  let lines = 0
  /** A queue with a number of its own that leads straight into it, and somebody who takes its calls. */
  async function addLine(name: string, settings: object = {}, at: Reachable = server): Promise<Line> {
    const number = freshNumber()
    const queue = name === 'sales' ? name : `${name}-${++lines}`
    if (name !== 'sales') await must(at.api('/api/queues', { json: { name: queue, ...settings } }))
    await must(at.api('/api/numbers', { json: { number, queue } }))
    return { name, queue, number, agent: await hire(at, `Agent of ${queue}`.replaceAll(' ', '-'), [queue]) }
  }

  /** Somebody calls this line in a browser, and its agent takes the call in another. */
  async function talking(
    { number, agent }: Line,
    { phoneIn = browser, deskIn = browser, at = server as Reachable } = {},
  ): Promise<Talk> {
    const [phone, desk] = await Promise.all([
      visit(phoneIn, at, { voice: 'customer', path: `/phone?number=${encodeURIComponent(number)}`, as: null }),
      visit(deskIn, at, { voice: 'agent', path: '/desk', as: agent.credentials }),
    ])
    await phone.getByRole('button', { name: 'Call', exact: true }).click()
    await agent.be('available')
    const { callId } = await acceptCall(agent)
    await Promise.all([untilHeard(phone, ['agent']), untilHeard(desk, ['customer'])])
    return {
      phone,
      desk,
      callId,
      async end() {
        for (const page of [phone, desk]) await page.context().close()
      },
    }
  }

  /** From now on it is noted when one of the two does not hear the other. */
  function listenTo({ phone, desk }: Talk): Listening {
    let over = false
    const missed: string[] = []
    const listen = async (page: TalkingPage, voice: 'agent' | 'customer'): Promise<void> => {
      while (!over) {
        const heard = await heardOn(page, GAP_MS)
        if (!heard.includes(voice)) missed.push(`the ${voice}, but ${heard.join(' and ') || 'nothing'}`)
      }
    }
    const listening = Promise.all([listen(phone, 'agent'), listen(desk, 'customer')])
    return {
      async missed() {
        await sleep(GAP_MS)
        return missed.splice(0)
      },
      async end() {
        over = true
        await listening
      },
    }
  }

  const mediaProcess = async (): Promise<number> => (await server.app.voice.engine!.stats())[0]!.processId

  /** A fault, beside two who talk and are not to notice anything. Of several at once, one is told what was missed. */
  const harmless = (name: string, fault: () => Promise<void>, isPossible = true) =>
    test.skipIf(!isPossible)(name, async () => {
      const [before] = [await mediaProcess(), await healthy.listening.missed()]
      await fault()
      expect(await healthy.listening.missed()).toEqual([])
      await Promise.all([untilHeard(healthy.phone, ['agent']), untilHeard(healthy.desk, ['customer'])])
      expect(await mediaProcess()).toBe(before)
    })

  let addresses = 0
  /** A page from an address of its own, for there are limits for each. */
  const openPage = (headers: Record<string, string> = {}): Promise<VoicePage> =>
    VoicePage.open(server.url, { 'x-forwarded-for': `10.0.${addresses >> 8}.${addresses++ & 255}`, ...headers })

  async function openDesk({ credentials: { email, password } }: Person): Promise<VoicePage> {
    const desk = await openPage({ cookie: await server.signIn(email, password) })
    desk.say({ type: 'desk' })
    return desk
  }

  const callOf = (to: string): Extract<FromBrowser, { type: 'call' }> => ({
    ...{ type: 'call', to, from: null, name: null, language: null, widgetKey: null },
  })

  /** Calls, without audio as yet. */
  async function ring(to = MAIN) {
    const page = await openPage()
    page.say(callOf(to))
    const { leg, ticket, callId } = await page.hear('leg')
    return { page, leg, ticket, callId }
  }
  /** A customer and the agent of this line, both without a browser. Their callers are named by the queue. */
  async function talkingOverWire({ name, number, agent }: Line) {
    const customer = await ring(number)
    await customer.page.connect(callers, `${name}.customer`, customer.leg)
    const page = await openDesk(agent)
    await agent.be('available')
    await acceptCall(agent)
    const { leg, ticket } = await page.hear('leg')
    await page.connect(callers, `${name}.agent`, leg)
    await customer.page.hear('line', ({ line }) => line.phase === 'talking')
    await callers.speak(`${name}.customer`, 440)
    await callers.speak(`${name}.agent`, 1000)
    return { customer, agent: { page, leg, ticket }, callId: customer.callId }
  }
  /** Waits until a caller without a browser hears this tone and no other; 0: nothing. */
  async function untilHeardOverWire(caller: string, tone: number): Promise<void> {
    let heard: number[] = []
    for (const until = performance.now() + 20_000; performance.now() < until; ) {
      await callers.heard(caller)
      await sleep(400)
      const ears = await callers.heard(caller)
      heard = TONES.filter((_, index) => ears.some(({ tones }) => tones[index]! > 0.05))
      if (heard.join() === (tone === 0 ? '' : String(tone))) return
    }
    throw new Error(`${caller} hears ${heard.join(' and ') || 'nothing'}, not ${tone}`)
  }
  async function hangUp(page: VoicePage, leg: string, caller: string): Promise<void> {
    page.say({ type: 'hangUp', leg })
    expect(await page.hear('ended')).toMatchObject({ leg, reason: 'hung-up' })
    await page.close()
    await callers.close(caller)
  }
  const detailsOf = async (callId: string) =>
    (await must(server.api(`/api/calls/${callId}`))).body as contract.CallDetails
  /** How the call ended, as soon as it has. */
  async function outcomeOf(callId: string, within = 20_000): Promise<string | null> {
    for (const until = performance.now() + within; performance.now() < until; await sleep(100)) {
      const { outcome } = await detailsOf(callId)
      if (outcome !== null) return outcome
    }
    return null
  }

  harmless('what is no offer is refused in words; the same line connects with a good one', async () => {
    const { page, leg } = await ring()
    const offer = await callers.open('good')
    await callers.close('good')
    const bad: [string, RegExp][] = [
      ['', /not SDP/],
      ['\0\xff'.repeat(500), /not SDP/],
      ['v=0\r\n', /no audio/],
      [offer.slice(0, offer.indexOf('m=')), /no audio/],
      [offer.replaceAll('m=audio', 'm=video'), /must be audio/],
      [offer.replaceAll(/a=ice-pwd.*\r\n/g, ''), /no a=ice-pwd/],
      [offer.replaceAll('opus', 'opium'), /no Opus/],
      [offer.replaceAll(/a=(sendrecv|sendonly)/g, 'a=recvonly'), /microphone/],
    ]
    for (const [sdp, words] of bad) {
      page.say({ type: 'offer', leg, sdp })
      expect(await page.hear('refused')).toMatchObject({
        leg,
        code: 'bad_offer',
        message: expect.stringMatching(words),
      })
    }
    await page.connect(callers, 'good', leg)
    await page.hear('line', ({ line }) => line.phase === 'menu')
    page.say({ type: 'hangUp', leg })
    expect(await page.hear('ended')).toMatchObject({ reason: 'hung-up' })
    await callers.close('good')
    await page.close()
  })

  harmless('good offers without end, on one line: they are read as fast as they are answered', async () => {
    const { page, leg } = await ring()
    const offer = (await callers.open('hasty')) + 'a=nothing\r\n'.repeat(3500)
    for (let sent = 0; sent < 500; sent++) page.say({ type: 'offer', leg, sdp: offer })
    for (let heard = 0; heard < 50; heard++) await page.hear('answer')
    expect(page.socket.bufferedAmount).toBeGreaterThan(1_000_000)
    for (let heard = 50; heard < 500; heard++) await page.hear('answer')
    await callers.close('hasty')
    await page.connect(callers, 'hasty', leg)
    await hangUp(page, leg, 'hasty')
  })

  harmless('packets of strangers at the port of the audio', async () => {
    const { page, leg } = await ring()
    const answer = await page.connect(callers, 'near', leg)
    const port = Number(/ 127\.0\.0\.1 (\d+) typ host/.exec(answer)![1])
    const name = /a=ice-ufrag:(\S+)/.exec(answer)![1]!
    const stranger = dgram.createSocket('udp4')
    for (let sent = 0; sent < 8000; sent++) {
      const packet = [randomBytes(1 + (sent % 1400)), rtp(sent), stun('nobody'), stun(name)][sent % 4]!
      stranger.send(packet, port, '127.0.0.1')
      if (sent % 50 === 0) await sleep(5)
    }
    stranger.close()
    await callers.heard('near')
    await sleep(300)
    expect((await callers.heard('near'))[0]!.packets).toBeGreaterThan(5)
    await hangUp(page, leg, 'near')
  })

  harmless('what is no message, too long a message, and noise', async () => {
    const page = await openPage()
    for (const text of ['', 'null', '[]', '{"type":"__proto__"}', '{'.repeat(50_000), '"\ud800"']) {
      page.socket.send(text)
      expect(await page.hear('refused')).toMatchObject({ leg: null, code: 'bad_message' })
    }
    for (let sent = 0; sent < 2000; sent++) page.socket.send(randomBytes(sent % 1500))
    page.say({ type: 'ping' })
    await page.hear('pong')
    for (const message of ['x'.repeat(64 * 1024 + 1), randomBytes(200_000)]) {
      const other = await openPage()
      const closed = new Promise(resolve => other.socket.once('close', resolve))
      other.socket.send(message)
      expect(await closed).toBe(1009)
    }
    await page.close()
  })

  harmless('names and tickets of others let nobody in', async () => {
    const line = await addLine('strangers')
    const { customer, agent } = await talkingOverWire(line)
    const room = customer.leg.split('.')[0]!
    const stranger = await openPage()
    for (const leg of [customer.leg, agent.leg, `${room}.agent:x`, '', '.', '__proto__', 'constructor', '../..']) {
      const attempts: FromBrowser[] = [
        { type: 'offer', leg, sdp: 'v=0' },
        { type: 'frames', leg },
        { type: 'digits', leg, digits: '1' },
        { type: 'callMeBack', leg },
        { type: 'quality', leg, lossPercent: 0, jitterMs: 0, roundTripMs: null },
        { type: 'hangUp', leg },
      ]
      for (const attempt of attempts) {
        stranger.say(attempt)
        expect(await stranger.hear('ended')).toEqual({ type: 'ended', leg, reason: 'lost' })
      }
    }
    const signature = customer.ticket.split('.').at(-1)!
    for (const ticket of [
      '',
      room,
      `${customer.leg}.`,
      `${customer.leg}.${signature.slice(1)}`,
      `${agent.leg}.${signature}`,
      `${crypto.randomUUID()}.customer.${signature}`,
      `${customer.leg}.${signature}.${signature}`,
      'x'.repeat(500),
    ]) {
      stranger.say({ type: 'resume', ticket })
      expect(await stranger.hear('refused')).toMatchObject({ leg: null, code: 'bad_ticket' })
    }
    // The real ticket of an agent is worth something on its own desk only.
    const colleague = await openDesk((await addLine('strangers-too')).agent)
    for (const page of [stranger, colleague]) {
      page.say({ type: 'resume', ticket: agent.ticket })
      expect(await page.hear('ended')).toEqual({ type: 'ended', leg: agent.leg, reason: 'elsewhere' })
      expect(page.has('leg')).toBe(false)
    }
    expect(customer.page.has('ended') || agent.page.has('ended')).toBe(false)
    await hangUp(customer.page, customer.leg, 'strangers.customer')
    await Promise.all([stranger, colleague, agent.page].map(page => page.close()))
    await callers.close('strangers.agent')
  })

  const pressMany = (page: VoicePage, leg: string) => {
    for (let pressed = 0; pressed < 10_000; pressed += 32)
      page.say({ type: 'digits', leg, digits: '12345678'.repeat(4) })
    page.say({ type: 'digits', leg, digits: '9'.repeat(10_000) })
    return page.hear('refused', ({ code }) => code === 'bad_message')
  }

  harmless('ten thousand keys into a menu choose once', async () => {
    const { page, leg, callId } = await ring()
    await page.connect(callers, 'menu', leg)
    await page.hear('line', ({ line }) => line.phase === 'menu')
    await pressMany(page, leg)
    await page.hear('line', ({ line }) => line.phase === 'waiting')
    expect((await detailsOf(callId)).events.filter(({ type }) => type === 'call.queued')).toHaveLength(1)
    await hangUp(page, leg, 'menu')
  })

  harmless('ten thousand keys, whatever is being played', async () => {
    const line = await addLine('keys', { waitKeys: { voicemail: '9', callback: null } })
    const { page, leg } = await ring(line.number)
    await page.connect(callers, 'keys', leg)
    await callers.speak('keys', 1000)
    await page.hear('line', ({ line }) => line.phase === 'waiting')
    await pressMany(page, leg)
    await line.agent.be('available')
    await acceptCall(line.agent)
    await page.hear('line', ({ line }) => line.phase === 'ringing')
    await pressMany(page, leg)
    const desk = await openDesk(line.agent)
    const agent = await desk.hear('leg')
    await desk.connect(callers, 'keys.agent', agent.leg)
    await page.hear('line', ({ line }) => line.phase === 'talking')
    await pressMany(page, leg)
    desk.say({ type: 'hangUp', leg: agent.leg })
    // That the call may be recorded is said to the end.
    expect(await page.hear('ended', undefined, 15_000)).toMatchObject({ reason: 'hung-up' })
    await callers.close('keys')
    await callers.close('keys.agent')
  })

  // It fails by a limit on the size of files: to a recorder the same as a full disk.
  harmless(
    `a disk that takes no more ends recordings, which is told, and no call${limiter === null ? ' (skipped: no prlimit found)' : ''}`,
    async () => {
      const { customer, agent, callId } = await talkingOverWire(await addLine('disk'))
      // Some pages of it have been written.
      const written = async () => {
        const [recording] = (await detailsOf(callId)).recordings
        const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })
        const file = files.find(name => recording !== undefined && name.includes(recording.id))
        return file === undefined ? 0 : fs.statSync(path.join(folder, file)).size
      }
      await expect.poll(written, { timeout: 20_000 }).toBeGreaterThan(5000)
      const told = async () => (await detailsOf(callId)).events.filter(({ type }) => type === 'recording.failed').length
      const limitFiles = async (bytes: number | 'unlimited') =>
        execFileSync(limiter!, ['--pid', String(await mediaProcess()), `--fsize=${bytes}:unlimited`])
      try {
        await limitFiles(1000)
        await expect.poll(told).toBe(1)
        await sleep(3000)
        expect(await told()).toBe(1)
      } finally {
        await limitFiles('unlimited')
      }
      await untilHeardOverWire('disk.agent', 440)
      await untilHeardOverWire('disk.customer', 1000)
      const { id, status } = (await detailsOf(callId)).recordings[0]!
      expect(status).toBe('failed')
      // What is there is whole.
      const [, customers] = await stretchesOf(await saveAudio(server, callId, id, folder), 440)
      expect(customers).toHaveLength(1)
      await hangUp(customer.page, customer.leg, 'disk.customer')
      await callers.close('disk.agent')
      await agent.page.close()
    },
    limiter !== null,
  )

  // Each waits for something to be given up: together, for that takes its time.
  describe.concurrent('slowly', () => {
    harmless('a message ends where its flow says, and is kept once', async () => {
      const { queue } = await addLine('messages')
      const nodes = {
        message: { type: 'voicemail', queue, prompt: { text: { 'en-US': 'Speak.' } }, maxSeconds: 5, next: null },
      }
      const definition = { start: 'message', language: 'en-US', nodes }
      const { flow } = (await must(server.api('/api/flows', { json: { name: queue, definition } }))).body as {
        flow: { id: string }
      }
      await must(server.api(`/api/flows/${flow.id}/publish`, { json: {} }))
      const number = freshNumber()
      await must(server.api('/api/numbers', { json: { number, flow: flow.id } }))
      const { page, leg, callId } = await ring(number)
      await page.connect(callers, 'message', leg)
      await callers.speak('message', 440)
      await pressMany(page, leg)
      expect(await page.hear('ended', undefined, 15_000)).toMatchObject({ reason: 'hung-up' })
      expect(await outcomeOf(callId)).toBe('voicemail')
      const { recordings, events } = await detailsOf(callId)
      expect(recordings).toMatchObject([{ kind: 'voicemail', status: 'completed', seconds: 5 }])
      expect(events.filter(({ type }) => type === 'voicemail.left')).toHaveLength(1)
      const [stretches] = await stretchesOf(await saveAudio(server, callId, recordings[0]!.id, folder), 440)
      expect(stretches).toHaveLength(1)
      expect(stretches![0]![1] - stretches![0]![0]).toBeGreaterThan(4500)
      await callers.close('message')
      await page.close()
    })

    harmless('a client that goes silent is still there', async () => {
      const line = await addLine('silence')
      const { customer, agent } = await talkingOverWire(line)
      await callers.speak('silence.customer', 0)
      await sleep(6000)
      expect(customer.page.has('ended')).toBe(false)
      await untilHeardOverWire('silence.agent', 0)
      await callers.speak('silence.customer', 440)
      await untilHeardOverWire('silence.agent', 440)
      await hangUp(customer.page, customer.leg, 'silence.customer')
      await callers.close('silence.agent')
      await agent.page.close()
    })

    harmless('who never offers anything good is given up after the setup time', async () => {
      const { page, leg, callId } = await ring()
      // However often it tries: that does not begin the time anew.
      const trying = setInterval(() => page.say({ type: 'offer', leg, sdp: 'v=0' }), 1000)
      expect(await page.hear('ended', undefined, 40_000).finally(() => clearInterval(trying))).toMatchObject({
        leg,
        reason: 'failed',
      })
      expect(await outcomeOf(callId)).toBe('failed')
      await page.close()
    })

    harmless('who shows another key than it offered is not let in', async () => {
      const { page, leg, callId } = await ring()
      const offer = await callers.open('forger')
      page.say({ type: 'offer', leg, sdp: offer.replace(/(a=fingerprint:sha-256 )../g, '$100') })
      const { sdp } = await page.hear('answer')
      await callers.answer('forger', sdp)
      expect(await page.hear('again', undefined, 15_000)).toEqual({ type: 'again', leg })
      expect(await page.hear('ended', undefined, 40_000)).toMatchObject({ leg, reason: 'failed' })
      expect(await outcomeOf(callId)).toBe('failed')
      await callers.close('forger')
      await page.close()
    })

    harmless('who connects and never says anything waits like anybody, and is given up when it has gone', async () => {
      const { number } = await addLine('nobody')
      const { page, leg, callId } = await ring(number)
      await page.connect(callers, 'nobody', leg)
      await sleep(8000)
      expect(await detailsOf(callId)).toMatchObject({ endedAt: null })
      await callers.close('nobody')
      await page.close()
      expect(await outcomeOf(callId, 25_000)).toBe('abandoned')
    })

    harmless('a caller’s browser dies: the call ends, its agent is done with it', async () => {
      const other = await openTalkingBrowser()
      const line = await addLine('dying-caller', { wrapUpSeconds: 60 })
      const talk = await talking(line, { phoneIn: other })
      await crash(other)
      await untilHeard(talk.desk, [])
      expect(await outcomeOf(talk.callId, 25_000)).toBe('answered')
      expect(await line.agent.activity()).toBe('wrap-up')
      await talk.end()
    })

    harmless('an agent’s browser dies: the caller waits again, with music; the agent is unreachable', async () => {
      const other = await openTalkingBrowser()
      const line = await addLine('dying-agent')
      const talk = await talking(line, { deskIn: other })
      await crash(other)
      // Music soon, and its place in line when nobody has come back.
      await untilHeard(talk.phone, ['sound'], 10_000)
      await talk.phone.getByText(/in line/).waitFor({ timeout: 25_000 })
      expect(await line.agent.presence()).toBe('busy (unreachable)')
      await talk.end()
    })

    test('a server that is killed in the middle of a call and started again: both are back within 15 seconds', {
      timeout: 300_000,
    }, async ({ onTestFinished }) => {
      const data = await dataDirectory()
      const start = (PORT: string) =>
        startProcess({
          PORT,
          DATA_DIR: data,
          ADMIN_API_KEY,
          ADMIN_EMAIL: ADMIN.email,
          ADMIN_PASSWORD: ADMIN.password,
          VOICE_PROCESSES: '1',
          VOICE_UDP_PORT: '0',
        })
      let running = await start('0')
      // Also when it fails: a server of its own would stay.
      onTestFinished(async () => void (await running.end('SIGKILL')))
      const there = clientOf(running.url)
      const talk = await talking(await addLine('sales', {}, there), { at: there })
      const mostMs = 15_000 * (await slowness())
      const since = performance.now()
      await running.end('SIGKILL')
      running = await start(new URL(running.url).port)
      expect(await untilHearing(talk, since)).toBeLessThan(mostMs)
      const { body } = await must(there.api(`/api/calls/${talk.callId}`))
      expect(body).toMatchObject({ status: 'in-progress', endedAt: null })
      await talk.end()
      await running.end()
      fs.rmSync(data, { recursive: true })
    })
  })

  harmless(
    'three hundred calls more than there are lines, and one more a minute than an address may make',
    async () => {
      const { items } = (await server.api('/api/calls?limit=200')).body as { items: contract.Call[] }
      const free = MAX_CALLS - items.filter(({ endedAt }) => endedAt === null).length
      const pages = await Promise.all(Array.from({ length: free + 300 }, () => openPage()))
      for (const page of pages) page.say(callOf(MAIN))
      const answers = await Promise.all(
        pages.map(page => Promise.any([page.hear('leg', undefined, 20_000), page.hear('refused', undefined, 20_000)])),
      )
      const refused = answers.filter(answer => answer.type === 'refused')
      expect(refused).toHaveLength(300)
      expect(refused[0]).toMatchObject({ code: 'engine_full', message: expect.stringMatching(/All lines are taken/) })
      for (const [index, answer] of answers.entries())
        if (answer.type === 'leg') {
          pages[index]!.say({ type: 'hangUp', leg: answer.leg })
          await pages[index]!.hear('ended')
        }
      await Promise.all(pages.map(page => page.close()))

      const insistent = await openPage()
      for (let tries = 0; tries < 21; tries++) insistent.say(callOf(MAIN))
      expect(await insistent.hear('refused', ({ code }) => code !== 'calling_already')).toMatchObject({
        code: 'too_many_calls',
        message: expect.stringMatching(/Wait a minute/),
      })
      const { leg } = await insistent.hear('leg')
      insistent.say({ type: 'hangUp', leg })
      await insistent.hear('ended')
      await insistent.close()
    },
  )

  test('a media process that dies in the middle of three calls: all hear each other again within five seconds', async () => {
    const names = ['second', 'third']
    const others = []
    for (const name of names) others.push(await talkingOverWire(await addLine(name)))
    await healthy.listening.end()
    const before = await mediaProcess()
    const mostMs = 5000 * (await slowness())
    const since = performance.now()
    process.kill(before, 'SIGKILL')
    const again = async (caller: string, { page, leg }: { page: VoicePage; leg: string }, tone: number) => {
      await page.hear('again', message => message.leg === leg)
      await callers.close(caller)
      await page.connect(callers, caller, leg)
      await callers.speak(caller, tone)
    }
    const [took] = await Promise.all([
      untilHearing(healthy, since),
      ...others.flatMap(({ customer, agent }, index) => [
        again(`${names[index]}.customer`, customer, 440),
        again(`${names[index]}.agent`, agent, 1000),
      ]),
    ])
    expect(took).toBeLessThan(mostMs)
    for (const name of names) {
      await untilHeardOverWire(`${name}.customer`, 1000)
      await untilHeardOverWire(`${name}.agent`, 440)
    }
    expect(await mediaProcess()).not.toBe(before)
    for (const callId of [healthy.callId, ...others.map(({ callId }) => callId)])
      expect(await detailsOf(callId)).toMatchObject({ endedAt: null })
  })
})

/** Waits until two who were torn apart at that time hear each other again. @returns milliseconds. */
async function untilHearing({ phone, desk }: Pick<Talk, 'phone' | 'desk'>, since: number): Promise<number> {
  // What is still on its way to their ears does not count.
  await sleep(700)
  await Promise.all([untilHeard(phone, ['agent'], 30_000), untilHeard(desk, ['customer'], 30_000)])
  return performance.now() - since
}

/** How often as slow as with nothing else to do this machine is just now, by how long a media process takes to start. */
async function slowness(): Promise<number> {
  const since = performance.now()
  const engine = await createEngine({ processes: 1, udpPort: 0, publicAddresses: [], maxLegs: 1, warn() {} })
  const took = performance.now() - since
  await engine.close()
  return Math.max(1, took / 800)
}

/** A browser whose computer goes down: it says goodbye to nobody. */
async function crash(browser: Browser): Promise<void> {
  const gone = new Promise(resolve => browser.once('disconnected', resolve))
  const session = await browser.newBrowserCDPSession()
  session.send('Browser.crash').catch(() => {}) // nobody is left to answer
  await gone
}

/** What looks like 20 ms of Opus of somebody. */
function rtp(sequence: number): Buffer {
  const packet = Buffer.alloc(100)
  return packet.subarray(0, writeRtp(packet, 111, false, sequence & 0xffff, sequence * 960, 0xbad, randomBytes(60)))
}

/** A check of connectivity by somebody who knows a connection's name and not its password. */
function stun(name: string): Buffer {
  const padded = Buffer.alloc(Math.ceil((name.length + 5) / 4) * 4)
  const length = padded.write(`${name}:evil`)
  const userName = Buffer.concat([Buffer.from([0, 6, 0, length]), padded])
  const integrity = Buffer.concat([Buffer.from([0, 8, 0, 20]), randomBytes(20)])
  const head = Buffer.alloc(8)
  head.writeUInt16BE(1, 0)
  head.writeUInt16BE(userName.length + integrity.length, 2)
  head.writeUInt32BE(0x2112a442, 4)
  return Buffer.concat([head, randomBytes(12), userName, integrity])
}
