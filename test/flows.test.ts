import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type * as contract from '../client/contract.ts'
import { Carrier, type PhoneCall, type Repeats } from './support/carrier.ts'
import type { Element } from './support/markup.ts'
import { hire, must, type Person } from './support/people.ts'
import {
  dialRecorded,
  gather,
  hangUp,
  music,
  PUBLIC_URL,
  record,
  recorded,
  resume,
  say,
  script,
} from './support/script.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const TOKEN = 'a1b2c3d4e5f60718293a4b5c6d7e8f90'
const MAIN = '+12025550100'
const ANA = '+14155550101'
const BEN = '+14155550102'
const MIA_PHONE = '+14155550177'
const NOA_PHONE = '+14155550178'

const HINTS = 'sales,buy,order,price,support,help,problem,technical support,human resources,hr,h r,job,application'
const QUESTION = 'For sales, press 1. For support, press 2. For human resources, press 3.'
const WRONG = 'Sorry, that is not an option.'

const menu = (step: number, ...remarks: string[]): Element =>
  gather(step, { hints: HINTS }, ...remarks.map(remark => say(remark)), say(QUESTION))
const GREETED = script(say('Thank you for calling.'), menu(1))
const next = (step: number): Element => script(say('You are next in line.'), music(), resume(step))
const waiting = (step: number): Element => script(music(), resume(step))

let server: TestServer
let carrier: Carrier
let mia: Person
let noa: Person

beforeAll(async () => {
  server = await startTestServer({ PUBLIC_URL, TWILIO_AUTH_TOKEN: TOKEN })
  mia = await hire(server, 'Mia', ['sales'], { phone: MIA_PHONE })
  noa = await hire(server, 'Noa', ['sales'], { phone: NOA_PHONE })
})
afterAll(() => server?.close())

const stored = async (call: PhoneCall): Promise<contract.Call> => {
  const { items } = (await server.api('/api/calls?limit=200')).body as { items: contract.Call[] }
  const found = items.filter(({ providerCallId }) => providerCallId === call.sid)
  expect(found).toHaveLength(1)
  return found[0]!
}

/** What the log tells of a call, oldest first. */
const story = async (call: PhoneCall): Promise<string[]> => {
  const { events } = (await server.api(`/api/calls/${(await stored(call)).id}`)).body as {
    events: { type: string; seq: number }[]
  }
  return events.toSorted((a, b) => a.seq - b.seq).map(({ type }) => type)
}

const queueOf = async (call: PhoneCall): Promise<string | null> => (await stored(call)).queue?.name ?? null

async function setSales(settings: object): Promise<void> {
  const { items } = (await server.api('/api/queues')).body as { items: contract.Queue[] }
  const { id } = items.find(({ name }) => name === 'sales')!
  await must(server.api(`/api/queues/${id}`, { method: 'PATCH', json: settings }))
}

const messages = async (): Promise<contract.Voicemail[]> =>
  ((await server.api('/api/voicemails')).body as { items: contract.Voicemail[] }).items

describe.each<Repeats>(['once', 'twice', 'twice without a token', 'twice at once'])(
  'the starter flow, with every webhook %s',
  repeats => {
    beforeEach(async () => {
      carrier = new Carrier({ url: server.url, publicUrl: PUBLIC_URL, authToken: TOKEN })
      carrier.repeats = repeats
    })
    afterEach(async () => {
      await carrier.hangUpAll()
      for (const person of [mia, noa]) await person.be('offline')
    })

    test.each([
      ['1', 'Sales'],
      ['2', 'Support'],
      ['3', 'HR'],
    ])('who presses %s waits in %s', async (key, queue) => {
      const call = await carrier.dial(ANA, MAIN)
      expect(call.document).toEqual(GREETED)
      expect(await queueOf(call)).toBeNull()
      await call.press(key)
      expect(call.document).toEqual(next(3))
      expect(await queueOf(call)).toBe(queue)
      await call.listen()
      expect(call.document).toEqual(waiting(4))
      await call.hangUp()
      expect(await stored(call)).toMatchObject({ status: 'completed', outcome: 'abandoned', queue: { name: queue } })
      expect(await story(call)).toEqual(['call.arrived', 'call.status_changed', 'call.queued', 'call.status_changed'])
    })

    test('a wrong key repeats the menu, and the right one then counts', async () => {
      const call = await carrier.dial(ANA, MAIN)
      await call.press('9')
      expect(call.document).toEqual(script(menu(2, WRONG)))
      await call.press('3')
      expect(call.document).toEqual(next(4))
      expect(await queueOf(call)).toBe('HR')
    })

    test('two wrong keys lead to support', async () => {
      const call = await carrier.dial(ANA, MAIN)
      await call.press('9')
      await call.press('#')
      expect(call.document).toEqual(next(4))
      expect(await queueOf(call)).toBe('Support')
    })

    test('no key repeats the menu without a reproach, then leads to support', async () => {
      const call = await carrier.dial(ANA, MAIN)
      await call.stayQuiet()
      expect(call.document).toEqual(script(menu(2)))
      await call.stayQuiet()
      expect(call.document).toEqual(next(4))
      expect(await queueOf(call)).toBe('Support')
    })

    test.each([
      ['Sales.', 'Sales'],
      ['I have a technical problem.', 'Support'],
      ['Number three, please.', 'HR'],
    ])('who says “%s” waits in %s', async (words, queue) => {
      const call = await carrier.dial(ANA, MAIN)
      await call.say(words)
      expect(call.document).toEqual(next(3))
      expect(await queueOf(call)).toBe(queue)
    })

    test('who hangs up in the menu was never in a queue', async () => {
      const call = await carrier.dial(ANA, MAIN)
      await call.hangUp()
      expect(await stored(call)).toMatchObject({ status: 'completed', outcome: 'abandoned', queue: null })
      expect(await story(call)).toEqual(['call.arrived', 'call.status_changed'])
    })

    test('who waits is told its place, and every minute the one that it then has', async () => {
      const first = await carrier.dial(ANA, MAIN)
      await first.press('1')
      const second = await carrier.dial(BEN, MAIN)
      await second.press('1')
      expect(second.document).toEqual(script(say('You are number 2 in line.'), music(), resume(3)))
      await first.hangUp()
      await second.listen()
      expect(second.document).toEqual(waiting(4))
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
      try {
        await second.listen()
        expect(second.document).toEqual(next(5))
        await second.hangUp()
      } finally {
        vi.useRealTimers()
      }
    })

    test('an agent with a telephone accepts, is dialled, and talks', async () => {
      const call = await carrier.dial(ANA, MAIN)
      await call.press('1')
      await mia.be('available')
      const offer = await mia.accept()
      expect(offer).toMatchObject({ kind: 'call', queue: { name: 'Sales' }, call: { from: ANA } })
      await call.listen()
      expect(call.document).toEqual(script(recorded(), dialRecorded(4, MIA_PHONE, MAIN)))
      await call.answerDial()
      expect(await stored(call)).toMatchObject({ status: 'in-progress', agent: { name: 'Mia' } })
      expect((await stored(call)).answeredAt).not.toBeNull()
      await call.endDial(37)
      expect(call.live).toBe(false)
      expect(await stored(call)).toMatchObject({ status: 'completed', outcome: 'answered', agent: { name: 'Mia' } })
      expect(await story(call)).toEqual([
        ...['call.arrived', 'call.status_changed', 'call.queued', 'offer.made', 'offer.ended', 'call.assigned'],
        ...['call.consent_noted', 'call.updated', 'call.status_changed'],
      ])
    })

    test('an agent whose telephone nobody answers is busy, and the caller keeps its place for the next', async () => {
      const first = await carrier.dial(ANA, MAIN)
      await first.press('1')
      const second = await carrier.dial(BEN, MAIN)
      await second.press('1')
      await mia.be('available')
      await mia.accept()
      await first.listen()
      expect(first.document).toEqual(script(recorded(), dialRecorded(4, MIA_PHONE, MAIN)))
      await first.failDial('no-answer')
      expect(first.document).toEqual(
        script(
          say('Sorry, that did not work. You keep your place in line.'),
          say('You are next in line.'),
          music(),
          resume(6),
        ),
      )
      expect(await mia.presence()).toBe('busy (unreachable)')
      expect(await mia.offers()).toEqual([])
      await noa.be('available')
      expect((await noa.accept()).call.from).toBe(ANA)
      await first.listen()
      expect(first.document).toEqual(script(dialRecorded(7, NOA_PHONE, MAIN)))
      await first.answerDial()
      await first.endDial()
      expect(await stored(first)).toMatchObject({ outcome: 'answered', agent: { name: 'Noa' } })
      expect((await story(first)).filter(type => type === 'call.requeued')).toHaveLength(1)
    })

    test('a caller who hangs up while it rings has given up, and nobody is to blame', async () => {
      const call = await carrier.dial(ANA, MAIN)
      await call.press('1')
      await mia.be('available')
      await mia.accept()
      await call.listen()
      await call.ringDial()
      await call.hangUp()
      expect(await stored(call)).toMatchObject({ status: 'completed', outcome: 'abandoned', agent: { name: 'Mia' } })
      expect(await mia.presence()).toBe('available')
      expect(await mia.activity()).toBe('ready')
      expect(await story(call)).not.toContain('call.requeued')
    })

    test('a caller who hangs up first has been answered all the same', async () => {
      const call = await carrier.dial(ANA, MAIN)
      await call.press('1')
      await mia.be('available')
      await mia.accept()
      await call.listen()
      await call.answerDial()
      await call.hangUp()
      expect(await stored(call)).toMatchObject({ status: 'completed', outcome: 'answered', agent: { name: 'Mia' } })
      expect(await mia.activity()).toBe('ready')
    })

    describe('when it has waited long enough', () => {
      beforeAll(() => setSales({ maxWaitSeconds: 1 }))
      afterAll(() => setSales({ maxWaitSeconds: 1800 }))

      async function waitTooLong(): Promise<PhoneCall> {
        const call = await carrier.dial(ANA, MAIN)
        await call.press('1')
        await new Promise(resolve => setTimeout(resolve, 1100))
        await call.listen()
        expect(call.document).toEqual(script(say('Please leave a message after the tone.'), ...record(4)))
        return call
      }

      test('the caller leaves a message, which is work for an agent', async () => {
        const before = await messages()
        const call = await waitTooLong()
        await call.record(14)
        expect(call.heard.at(-1)).toBe('Thank you. Your message has been saved. Goodbye.')
        expect(call.document).toEqual(script(say('Thank you. Your message has been saved. Goodbye.'), hangUp()))
        const [left, ...others] = await messages()
        expect(others).toEqual(before)
        expect(left).toMatchObject({ seconds: 14, from: ANA, status: 'new', queue: { name: 'Sales' } })
        expect(await stored(call)).toMatchObject({ status: 'completed', outcome: 'voicemail' })
        await mia.be('available')
        expect(await mia.accept()).toMatchObject({ kind: 'voicemail', workId: left!.id })
        expect((await messages())[0]).toMatchObject({ status: 'in-progress', agent: { name: 'Mia' } })
        await must(mia.ask(`/api/voicemails/${left!.id}/done`, 'POST'))
      })

      test('who hangs up while recording has left a message all the same', async () => {
        const before = await messages()
        const call = await waitTooLong()
        await call.hangUp({ recorded: 9 })
        const [left, ...others] = await messages()
        expect(others).toEqual(before)
        expect(left).toMatchObject({ seconds: 9, from: ANA, status: 'new' })
        expect(await stored(call)).toMatchObject({ status: 'completed', outcome: 'voicemail' })
        await must(mia.ask(`/api/voicemails/${left!.id}/done`, 'POST'))
      })

      test('so has one whose report on it is lost: it is known of as soon as it can be fetched', async () => {
        const call = await waitTooLong()
        await call.hangUp({ recorded: 7, lost: true })
        const [left] = await messages()
        expect(left).toMatchObject({ seconds: 7, from: ANA, status: 'new' })
        expect(await stored(call)).toMatchObject({ status: 'completed', outcome: 'voicemail' })
        await must(mia.ask(`/api/voicemails/${left!.id}/done`, 'POST'))
      })

      test('who says nothing leaves no message', async () => {
        const before = await messages()
        const call = await waitTooLong()
        await call.recordNothing()
        expect(call.document).toEqual(script(say('Nothing was recorded.'), hangUp()))
        expect(await messages()).toEqual(before)
        expect(await stored(call)).toMatchObject({ status: 'completed', outcome: 'overflowed' })
      })
    })
  },
)

describe('webhooks that come late, in any order', () => {
  beforeEach(() => {
    carrier = new Carrier({ url: server.url, publicUrl: PUBLIC_URL, authToken: TOKEN })
  })
  afterEach(async () => {
    await carrier.hangUpAll()
    for (const person of [mia, noa]) await person.be('offline')
  })

  /** A conversation with Mia, up to its end. */
  async function talk(): Promise<PhoneCall> {
    const call = await carrier.dial(ANA, MAIN)
    await call.press('1')
    await mia.be('available')
    await mia.accept()
    await call.listen()
    await call.answerDial()
    await call.endDial(37)
    return call
  }

  test.each(['as sent', 'backwards'] as const)(
    'all news at the very end, %s: the call ends as it would have',
    async order => {
      carrier.hold()
      const call = await talk()
      await carrier.release(order)
      const { status, outcome, agent, answeredAt } = await stored(call)
      expect({ status, outcome, agent: agent?.name }).toEqual({
        status: 'completed',
        outcome: 'answered',
        agent: 'Mia',
      })
      expect(answeredAt).not.toBeNull()
      await mia.be('available')
      expect(await mia.activity()).toBe('ready')
    },
  )

  test.each(['as sent', 'backwards'] as const)(
    'everything a second time after the end, %s, changes nothing',
    async order => {
      const call = await talk()
      const [before, told] = [await stored(call), await story(call)]
      for (const answer of await call.resend(order)) expect(answer).toEqual(script(hangUp()))
      expect(await stored(call)).toEqual(before)
      expect(await story(call)).toEqual(told)
    },
  )

  test('an answer to an earlier question gets the script that plays now, and moves nobody', async () => {
    const call = await carrier.dial(ANA, MAIN)
    await call.press('9')
    await call.press('2')
    const told = await story(call)
    expect(await call.resend('backwards')).toEqual([next(4), next(4), next(4)])
    expect(await queueOf(call)).toBe('Support')
    expect(await story(call)).toEqual(told)
  })

  test('a key that overtakes the news of its call counts: the menu that it answers is known', async () => {
    const call = await carrier.dial(ANA, MAIN)
    const other = { ...call.fields, CallSid: `${call.sid.slice(0, -6)}abcdef` }
    const url = `${PUBLIC_URL}/api/twilio/ivr-input?step=1`
    const answer = await carrier.post({ url, fields: { ...other, CallStatus: 'in-progress', Digits: '1' }, token: 'a' })
    expect(carrier.read(answer)).toEqual(next(3))
  })

  test('news of the end that overtakes the beginning: nobody is left in a queue', async () => {
    const call = await carrier.dial(ANA, MAIN)
    const sid = `${call.sid.slice(0, -6)}fedcba`
    const fields = { ...call.fields, CallSid: sid }
    const end = { ...fields, CallStatus: 'completed', CallDuration: '2', SequenceNumber: '0' }
    await carrier.post({ url: `${PUBLIC_URL}/api/twilio/call-status`, fields: end, token: 'b' })
    const url = `${PUBLIC_URL}/api/twilio/incoming-call`
    const answer = await carrier.post({ url, fields: { ...fields, CallStatus: 'ringing' }, token: 'c' })
    expect(carrier.read(answer)).toEqual(script(hangUp()))
    const { items } = (await server.api('/api/calls?limit=200')).body as { items: contract.Call[] }
    expect(items.filter(({ providerCallId }) => providerCallId === sid)).toMatchObject([
      { status: 'completed', outcome: 'abandoned', queue: null },
    ])
  })
})
