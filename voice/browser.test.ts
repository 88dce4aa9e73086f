import { once } from 'node:events'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { chromiumPath, openBrowser } from '../test/support/browser.ts'
import { createEngine, type Engine, type EngineEvent } from './engine.ts'
import { decodeFile } from './opusFile.ts'
import { encodeSound } from './sound.ts'
import { type BrowserCaller, installCaller } from './testing/browserCaller.ts'
import { loudnessAt } from './testing/loudness.ts'
import { tone } from './tones.ts'

/** Three people with real browsers, told apart by the tones they speak. */
const TONES = { customer: 440, agent: 1000, supervisor: 1800, music: 2600 } as const
type Person = 'customer' | 'agent' | 'supervisor'
const PEOPLE: Person[] = ['customer', 'agent', 'supervisor']
const C = 'customer'
const A = 'agent'
const S = 'supervisor'
const LOUD = 0.3
const ROOM = 'room'

const sleep = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))

describe(`calls between browsers${chromiumPath ? '' : ' (skipped: no Chromium found)'}`, {
  skip: !chromiumPath,
  timeout: 120_000,
}, () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-calls-'))
  let engine: Engine
  let browser: Browser
  /** What the pages are from, and where their frames go. */
  const site = http.createServer((_, response) =>
    response.setHeader('content-type', 'text/html').end('<title>a caller</title>'),
  )
  const sockets = new WebSocketServer({ server: site })
  let address: string
  let pages: Record<Person, Page>
  const events: EngineEvent[] = []

  beforeAll(async () => {
    engine = await createEngine({
      processes: 1,
      udpPort: 0,
      publicAddresses: ['127.0.0.1'],
      maxLegs: 20,
      warn: () => {},
    })
    engine.on(event => events.push(event))
    browser = await openBrowser()
    await once(site.listen(0, '127.0.0.1'), 'listening')
    address = `127.0.0.1:${(site.address() as AddressInfo).port}`
    await encodeSound(tone([TONES.music], 2), path.join(folder, 'music.opus'))
  })
  afterAll(async () => {
    await browser.close()
    site.close()
    await engine.close()
    fs.rmSync(folder, { recursive: true })
  })
  beforeEach(async () => {
    pages = { customer: await openPage(C), agent: await openPage(A), supervisor: await openPage(S) }
  })
  afterEach(async () => {
    for (const person of PEOPLE) {
      engine.leave(ROOM, person)
      await pages[person].context().close()
    }
    events.length = 0
  })

  async function openPage(person: Person): Promise<Page> {
    const page = await (await browser.newContext()).newPage()
    await page.addInitScript(installCaller)
    await page.goto(`http://${address}/`)
    await page.mouse.click(1, 1) // else it may make no sound
    await speak(person, LOUD, page)
    return page
  }

  const speak = (person: Person, loudness: number, page = pages[person]) =>
    caller(page, (caller, [frequency, loudness]) => caller.speak(frequency, loudness), [
      TONES[person],
      loudness,
    ] as const)

  const caller = <Argument, Result>(
    page: Page,
    does: (caller: BrowserCaller, argument: Argument) => Result,
    argument?: Argument,
  ): Promise<Awaited<Result>> =>
    page.evaluate(`(${does})(window.caller, ${JSON.stringify(argument ?? null)})`) as Promise<Awaited<Result>>

  async function connect(person: Person, ears = 4): Promise<void> {
    const sdp = await caller(pages[person], (caller, ears) => caller.offer(ears), ears)
    const answer = await engine.connect(ROOM, person, sdp)
    await caller(pages[person], (caller, sdp) => caller.answer(sdp), answer)
    await expect.poll(() => events.some(event => event.type === 'leg.connected' && event.leg === person)).toBe(true)
  }

  async function connectFrames(person: Person): Promise<void> {
    sockets.once('connection', socket => {
      socket.on('message', (frame: Buffer) => engine.frame(ROOM, person, frame))
      engine.connectFrames(ROOM, person, frame => socket.send(frame)).catch(() => socket.close())
    })
    await caller(pages[person], (caller, url) => caller.frames(url), `ws://${address}`)
  }

  /** What each of them hears within a good half second: the names of the tones, in order. */
  async function heard(): Promise<Record<Person, string>> {
    const names = Object.keys(TONES)
    const levels = await Promise.all(
      PEOPLE.map(person => caller(pages[person], (caller, tones) => caller.listen(tones, 600), Object.values(TONES))),
    )
    const audible = levels.map(each => names.filter((_, i) => each[i]! > -60).join('+'))
    return { customer: audible[0]!, agent: audible[1]!, supervisor: audible[2]! }
  }
  /** Waits until this is what they hear, and nothing else: what was on its way to them before is heard to its end. */
  const untilHeard = (hears: Partial<Record<Person, string>>, state?: string) =>
    expect
      .poll(heard, { timeout: 20_000, interval: 0, ...(state !== undefined && { message: state }) })
      .toMatchObject(hears)

  const talk = [
    [C, A],
    [A, C],
  ] as const
  const monitor = [...talk, [S, C], [S, A]] as const
  const whisper = [...monitor, [A, S]] as const
  type State = {
    name: string
    pairs: readonly (readonly [Person, Person])[]
    music?: true
    hears: Record<Person, string>
  }
  const STATES: State[] = [
    { name: 'menu', pairs: [], music: true, hears: { customer: 'music', agent: '', supervisor: '' } },
    { name: 'talk', pairs: talk, hears: { customer: 'agent', agent: 'customer', supervisor: '' } },
    { name: 'monitor', pairs: monitor, hears: { customer: 'agent', agent: 'customer', supervisor: 'customer+agent' } },
    {
      name: 'whisper',
      pairs: whisper,
      hears: { customer: 'agent', agent: 'customer+supervisor', supervisor: 'customer+agent' },
    },
    {
      name: 'barge',
      pairs: [...whisper, [C, S]],
      hears: { customer: 'agent+supervisor', agent: 'customer+supervisor', supervisor: 'customer+agent' },
    },
    { name: 'hold', pairs: [], music: true, hears: { customer: 'music', agent: '', supervisor: '' } },
    { name: 'resume', pairs: talk, hears: { customer: 'agent', agent: 'customer', supervisor: '' } },
    { name: 'mute', pairs: [[A, C]], hears: { customer: '', agent: 'customer', supervisor: '' } },
    {
      name: 'transfer',
      pairs: [
        [C, S],
        [S, C],
      ],
      hears: { customer: 'supervisor', agent: '', supervisor: 'customer' },
    },
    {
      name: 'consult',
      pairs: [
        [A, S],
        [S, A],
      ],
      music: true,
      hears: { customer: 'music', agent: 'supervisor', supervisor: 'agent' },
    },
  ]

  async function passThroughAllStates(): Promise<void> {
    for (const { name, pairs, music, hears } of STATES) {
      engine.hear(ROOM, pairs)
      if (music) engine.play(ROOM, C, 'music', [{ file: path.join(folder, 'music.opus') }], 0)
      else engine.stop(ROOM, C)
      await untilHeard(hears, name)
    }
  }

  test('in ten states everybody hears whom they are to hear, and nobody else', async () => {
    for (const person of PEOPLE) await connect(person)
    await passThroughAllStates()
  })

  test('so they do when one of them has no UDP, and another only two lines to hear with', async () => {
    await connect(C, 2)
    await connect(A)
    await connectFrames(S)
    await passThroughAllStates()
  })

  test('keys are told, each once', async () => {
    await connect(C)
    await caller(pages.customer, caller => caller.press('1234567890*#'))
    const digits = () => events.map(event => (event.type === 'digit' ? event.digit : '')).join('')
    await expect.poll(digits).toBe('1234567890*#')
    await sleep(300)
    expect(digits()).toBe('1234567890*#')
  })

  test('who comes back is heard again', async () => {
    for (const person of [C, A] as const) await connect(person)
    engine.hear(ROOM, talk)
    await untilHeard({ agent: 'customer' })
    const took: number[] = []
    for (let i = 0; i < 3; i++) {
      await speak(C, 0)
      await untilHeard({ agent: '' })
      const heardAgain = caller(pages.agent, (caller, frequency) => caller.waitFor(frequency), TONES.customer)
      const began = Date.now()
      await connect(C)
      await speak(C, LOUD)
      took.push((await heardAgain) - began)
    }
    console.log(`new offer → heard: ${took.join(', ')} ms`)
    await untilHeard({ customer: 'agent', agent: 'customer' })
  })

  test('a recording has each voice in its channel when it spoke, and gaps where it was paused, to a tenth of a second', async () => {
    for (const person of [C, A] as const) await connect(person)
    engine.hear(ROOM, talk)
    await untilHeard({ customer: 'agent', agent: 'customer' })
    const file = path.join(folder, 'call.opus')
    const began = Date.now()
    engine.record(ROOM, { id: 'call', file, channels: 'stereo', lanes: { left: [A], right: [C] }, limits: null })
    // Each happens between when it is asked for and when it is known to be done: seconds.
    const done: { what: string; from: number; to: number }[] = []
    const now = () => (Date.now() - began) / 1000
    const at = async (second: number, what: string, act: () => Promise<unknown>) => {
      await sleep((second - now()) * 1000)
      const from = now()
      await act()
      done.push({ what, from, to: now() })
    }
    const pause = (paused: boolean) => {
      engine.pauseRecording(ROOM, 'call', paused)
      // Answered after what was asked for before.
      return engine.stats()
    }
    await at(2, 'left ends', () => speak(A, 0))
    await at(4, 'left begins', () => speak(A, LOUD))
    await at(6, 'both end', () => pause(true))
    await at(8, 'both begin', () => pause(false))
    await at(10, 'right ends', () => speak(C, 0))
    await at(12, 'right begins', () => speak(C, LOUD))
    await at(14, 'both end', () => pause(true))
    await at(15, 'both begin', () => pause(false))
    const ended = () => events.find(event => event.type === 'recording.ended')
    await at(20, 'over', async () => {
      engine.stopRecording(ROOM, 'call')
      await expect.poll(ended).toBeDefined()
    })

    const [left, right] = await edges(file)
    const expected = (side: 'left' | 'right') =>
      done.filter(({ what }) => what.startsWith(side) || what.startsWith('both'))
    for (const [found, meant] of [
      [left!, expected('left')],
      [right!, expected('right')],
    ] as const) {
      const all = `${found} for ${meant.map(({ from, to }) => `${from}–${to}`)}`
      expect(found.length, all).toBe(meant.length)
      for (const [i, edge] of found.entries()) {
        expect(edge, all).toBeGreaterThan(meant[i]!.from - 0.1)
        expect(edge, all).toBeLessThan(meant[i]!.to + 0.1)
      }
    }
    const { from, to } = done.at(-1)!
    expect(ended()!.milliseconds / 1000).toBeGreaterThan(from - 0.05)
    expect(ended()!.milliseconds / 1000).toBeLessThan(to + 0.05)
  })

  /** The seconds at which the tone of each channel begins or ends. The other one's must never be in it. */
  async function edges(file: string): Promise<number[][]> {
    const channels: number[][] = [[], []]
    for await (const parts of decodeFile(file)) {
      for (const [i, part] of parts.entries()) for (const value of part) channels[i]!.push(value)
    }
    return channels.map((samples, i) => {
      const [own, other] = i === 0 ? [TONES.agent, TONES.customer] : [TONES.customer, TONES.agent]
      const found: number[] = []
      let sounding = true
      for (let at = 9600; at + 960 <= samples.length; at += 480) {
        const moment = Int16Array.from(samples.slice(at, at + 960))
        expect(loudnessAt(moment, other)).toBeLessThan(0.05)
        if (loudnessAt(moment, own) > 0.1 !== sounding) {
          sounding = !sounding
          found.push((at + 480) / 48_000)
        }
      }
      return found
    })
  }
})
