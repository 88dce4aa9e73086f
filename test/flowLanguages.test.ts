import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type * as contract from '../client/contract.ts'
import type { FlowDefinition, FlowNode } from '../core/flow.ts'
import { Carrier, type CarrierApi, type PhoneCall, type Repeats, startCarrierApi } from './support/carrier.ts'
import { hire, must, type Person } from './support/people.ts'
import { dial, dialRecorded, gather, hangUp, music, PUBLIC_URL, record, resume, say, script } from './support/script.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const ACCOUNT = { sid: 'AC00000000000000000000000000000001', token: 'a1b2c3d4e5f60718293a4b5c6d7e8f90' }
const HOTLINE = '+12025550111'
const ANA = '+14155550101'
const VIP = '+14155550103'
const WITHHELD = 'anonymous'
const DESK = '+14155550160'
const EVA_PHONE = '+14155550161'

/** What a caller hears in either language. */
const WORDS = {
  en: {
    tag: 'en-US',
    consent: 'This call may be recorded. If you agree, press 1. If not, press 2.',
    goodbye: 'Goodbye.',
    closed: 'We are closed. Leave a message.',
    products: 'For printers, press 1. For parts, press 2.',
    promise: 'To be called back, press 1.',
    promised: 'We will call you back about parts.',
    sms: 'Write to us about parts: help@example.com',
    next: 'You are next in line.',
    kept: 'Thank you. Your message has been saved. Goodbye.',
    misunderstood: 'Sorry, I did not understand that.',
    tone: 'Please leave a message after the tone.',
  },
  es: {
    tag: 'es-US',
    consent: 'Esta llamada puede grabarse. Si está de acuerdo, pulse 1. Si no, pulse 2.',
    goodbye: 'Adiós.',
    closed: 'Hemos cerrado. Deje un mensaje.',
    products: 'Para impresoras, pulse 1. Para repuestos, pulse 2.',
    promise: 'Para que le llamemos, pulse 1.',
    promised: 'Le llamaremos por parts.',
    sms: 'Escríbanos por parts: help@example.com',
    next: 'Usted es la siguiente persona en la fila.',
    kept: 'Gracias. Hemos guardado su mensaje. Adiós.',
    misunderstood: 'Lo siento, no le he entendido.',
    tone: 'Por favor, deje un mensaje después del tono.',
  },
}
type Tongue = keyof typeof WORDS
const INTRODUCTION = say('Para español, pulse 2.', 'es-US')
const CHOICE = 'For English, press 1.'

const both = (of: (words: (typeof WORDS)[Tongue]) => string) => ({
  text: { 'en-US': of(WORDS.en), 'es-US': of(WORDS.es) },
})

const products: FlowDefinition = {
  start: 'ask',
  language: 'en-US',
  nodes: {
    ask: {
      type: 'menu',
      prompt: both(words => words.products),
      options: [
        { digits: '1', next: 'printers' },
        { digits: '2', next: 'parts' },
      ],
      timeoutSeconds: 5,
      retries: 1,
      otherwise: 'parts',
    },
    printers: { type: 'set', variable: 'product', value: 'printers', next: null },
    parts: { type: 'set', variable: 'product', value: 'parts', next: null },
  },
}

const hotline = (tiers: string): Record<string, FlowNode> => ({
  introduction: { type: 'say', prompt: { text: { 'es-US': 'Para español, pulse 2.' } }, next: 'choice' },
  choice: {
    type: 'menu',
    prompt: { text: { 'en-US': CHOICE } },
    options: [
      { digits: '1', next: 'english' },
      { digits: '2', next: 'spanish' },
    ],
    timeoutSeconds: 3,
    retries: 0,
    otherwise: 'english',
  },
  english: { type: 'language', language: 'en-US', next: 'office' },
  spanish: { type: 'language', language: 'es-US', next: 'office' },
  office: { type: 'hours', hours: 'Office', open: 'known', closed: 'message' },
  known: {
    type: 'branch',
    cases: [{ when: { value: 'contact.tags', is: 'contains', to: 'vip' }, next: 'desk' }],
    otherwise: 'tiers',
  },
  tiers: {
    type: 'http',
    method: 'POST',
    url: `${tiers}/tiers?from={caller.number}`,
    send: ['caller.number', 'language'],
    deadlineMs: 2500,
    save: { tier: 'customer.tier' },
    next: 'consent',
    failed: 'plain',
  },
  plain: { type: 'set', variable: 'tier', value: 'plain', next: 'consent' },
  consent: { type: 'consent', mode: 'ask', prompt: both(words => words.consent), next: 'products', refused: 'goodbye' },
  products: { type: 'subflow', flow: 'Products', next: 'sort' },
  sort: {
    type: 'branch',
    cases: [
      { when: { value: 'tier', is: 'equal', to: 'gold' }, next: 'desk' },
      { when: { value: 'product', is: 'equal', to: 'parts' }, next: 'promise' },
    ],
    otherwise: 'line',
  },
  desk: { type: 'ring', target: { type: 'number', number: DESK }, ringSeconds: 15, unanswered: 'line' },
  promise: {
    type: 'callback',
    queue: 'billing',
    prompt: both(words => words.promise),
    confirmed: both(words => words.promised.replace('parts', '{product}')),
    declined: 'text',
  },
  text: {
    type: 'message',
    text: both(words => words.sms.replace('parts', '{product}')).text,
    next: 'goodbye',
    unsent: 'message',
  },
  message: { type: 'voicemail', queue: 'billing', prompt: both(words => words.closed), maxSeconds: 60, next: null },
  line: { type: 'queue', queue: 'billing', requires: { billing: 2 } },
  goodbye: { type: 'hangUp', prompt: both(words => words.goodbye) },
})

/** The server that the flow asks: what it answers next, and what it was asked. */
function startTiers() {
  const tiers = {
    url: '',
    behaviour: 'fast' as 'fast' | 'gold' | 'slow' | 'too slow' | 'error' | 'nonsense' | 'cut off',
    asked: [] as { url: string; body: unknown }[],
    close: () => {},
  }
  const server = http.createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    tiers.asked.push({ url: request.url!, body: JSON.parse(body) })
    const { behaviour } = tiers
    const answer = (status: number, text: string) => void response.writeHead(status).end(text)
    if (behaviour === 'error') answer(500, '{"customer":{"tier":"gold"}}')
    else if (behaviour === 'nonsense') answer(200, '<html>gold</html>')
    else if (behaviour === 'cut off') request.socket.destroy()
    else {
      const text = JSON.stringify({ customer: { tier: behaviour === 'gold' ? 'gold' : 'silver' } })
      const after = { slow: 1800, 'too slow': 6000 }[behaviour as string] ?? 0
      setTimeout(() => answer(200, text), after).unref()
    }
  })
  tiers.close = () => void server.close()
  return new Promise<typeof tiers>(resolve =>
    server.listen(0, '127.0.0.1', () => {
      tiers.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      resolve(tiers)
    }),
  )
}

let server: TestServer
let carrier: Carrier
let api: CarrierApi
let tiers: Awaited<ReturnType<typeof startTiers>>
let hoursId: string
let flow: contract.FlowDetails
let eva: Person
let tom: Person

const WEEK = [1, 2, 3, 4, 5, 6, 7].map(weekday => ({ weekday, from: '00:00', to: '24:00' }))

beforeAll(async () => {
  tiers = await startTiers()
  api = await startCarrierApi(() => carrier, ACCOUNT)
  server = await startTestServer({
    PUBLIC_URL,
    TWILIO_ACCOUNT_SID: ACCOUNT.sid,
    TWILIO_AUTH_TOKEN: ACCOUNT.token,
    TWILIO_API_URL: api.url,
    WEBHOOK_ALLOW_PRIVATE: 'true',
  })
  const make = async <Made>(path: string, json: object): Promise<Made> =>
    (await must(server.api(path, { json }))).body as Made
  await make('/api/queues', { name: 'billing', displayName: 'Billing' })
  const { hours } = await make<{ hours: { id: string } }>('/api/hours', {
    ...{ name: 'Office', timeZone: 'America/New_York', weekly: WEEK },
  })
  hoursId = hours.id
  await make('/api/contacts', { name: 'Vera Imp', phones: [VIP], tags: ['press', 'VIP'] })
  eva = await hire(server, 'Eva', ['billing'], { phone: EVA_PHONE, skills: { billing: 2 } })
  tom = await hire(server, 'Tom', ['billing'], { skills: { billing: 1 } })

  const sub = await make<{ flow: contract.FlowDetails }>('/api/flows', { name: 'Products', definition: products })
  await make(`/api/flows/${sub.flow.id}/publish`, {})
  const definition = { start: 'introduction', language: 'en-US', nodes: hotline(tiers.url) }
  flow = (await make<{ flow: contract.FlowDetails }>('/api/flows', { name: 'Hotline', definition })).flow
  expect(flow.problems.filter(({ severity }) => severity === 'error')).toEqual([])
  await make(`/api/flows/${flow.id}/publish`, {})
  await make('/api/numbers', { number: HOTLINE, label: 'Hotline', flow: 'Hotline' })
})
afterAll(async () => {
  await server?.close()
  await api?.close()
  tiers?.close()
})

beforeEach(() => {
  carrier = new Carrier({ url: server.url, publicUrl: PUBLIC_URL, authToken: ACCOUNT.token })
  tiers.behaviour = 'fast'
  tiers.asked = []
  api.fetches.length = 0
})
afterEach(async () => {
  await carrier.hangUpAll()
  for (const person of [eva, tom]) await person.be('offline')
  for (const kind of ['callbacks', 'voicemails']) {
    const { items } = (await server.api(`/api/${kind}`)).body as { items: { id: string }[] }
    for (const { id } of items) await must(eva.ask(`/api/${kind}/${id}/done`, 'POST'))
  }
})

const stored = async (call: PhoneCall): Promise<contract.Call & { events: { type: string }[] }> => {
  const { items } = (await server.api('/api/calls?limit=200')).body as { items: contract.Call[] }
  const found = items.filter(({ providerCallId }) => providerCallId === call.sid)
  expect(found).toHaveLength(1)
  return (await server.api(`/api/calls/${found[0]!.id}`)).body
}
const toldOf = async (call: PhoneCall, type: string): Promise<unknown[]> =>
  (await stored(call)).events.filter(event => event.type === type)

const choose = (step: number) => script(INTRODUCTION, gather(step, { timeout: 3 }, say(CHOICE)))

/** A caller who has chosen its language and has been asked whether it agrees. */
async function callIn(tongue: Tongue, from = ANA): Promise<PhoneCall> {
  const call = await carrier.dial(from, HOTLINE)
  expect(call.document).toEqual(choose(1))
  await call.press(tongue === 'en' ? '1' : '2')
  return call
}

describe.each<Repeats>(['once', 'twice', 'twice without a token', 'twice at once'])(
  'with every webhook %s',
  repeats => {
    beforeEach(() => {
      carrier.repeats = repeats
    })

    describe.each<Tongue>(['en', 'es'])('a flow with a way through every kind of node, in %s', tongue => {
      const words = WORDS[tongue]
      const speak = (text: string) => say(text, words.tag)
      const asked = (step: number, ...prompts: string[]) => script(gather(step, {}, ...prompts.map(speak)))

      test('who agrees and asks for printers waits for an agent with the skill, who is dialled', async () => {
        const call = await callIn(tongue)
        expect(tiers.asked).toEqual([
          { url: '/tiers?from=%2B14155550101', body: { 'caller.number': ANA, language: words.tag } },
        ])
        expect(call.document).toEqual(asked(3, words.consent))
        await call.press('1')
        expect(await toldOf(call, 'call.consent_noted')).toMatchObject([{ given: true }])
        expect(call.document).toEqual(asked(4, words.products))
        await call.press('1')
        expect(call.document).toEqual(script(speak(words.next), music(), resume(6)))
        expect(await stored(call)).toMatchObject({ queue: { name: 'Billing' } })
        await tom.be('available')
        await eva.be('available')
        expect(await tom.offers()).toEqual([])
        await eva.accept()
        // Nobody waits for the music to end: the script is fetched because the server has asked for it.
        await expect.poll(() => call.waitsFor).toBe('Dial')
        expect(call.document).toEqual(script(dialRecorded(7, EVA_PHONE, HOTLINE)))
        // Once: what was answered in time went back with the answer, and what comes to ask is no report on what plays.
        expect(api.fetches).toEqual([`${PUBLIC_URL}/api/twilio/ivr-input?step=6`])
        await call.answerDial()
        await call.endDial(20)
        expect(await stored(call)).toMatchObject({ outcome: 'answered', agent: { name: 'Eva' } })
        expect(await toldOf(call, 'offer.made')).toHaveLength(1)
      })

      test('who does not agree is let go', async () => {
        const call = await callIn(tongue)
        await call.press('2')
        expect(call.document).toEqual(script(speak(words.goodbye), hangUp()))
        expect(await toldOf(call, 'call.consent_noted')).toMatchObject([{ given: false }])
        expect(call.live).toBe(false)
        expect(await stored(call)).toMatchObject({ status: 'completed', outcome: 'abandoned' })
      })

      test('who says neither yes nor no is asked twice more, and has not agreed', async () => {
        const call = await callIn(tongue)
        await call.press('7')
        expect(call.document).toEqual(asked(4, words.misunderstood, words.consent))
        await call.stayQuiet()
        expect(call.document).toEqual(asked(5, words.consent))
        await call.say('Yes, of course')
        expect(call.document).toEqual(script(speak(words.goodbye), hangUp()))
      })

      test('a wrong key in the other flow repeats its question; then it takes its own way on', async () => {
        const call = await callIn(tongue)
        await call.press('1')
        await call.press('#')
        expect(call.document).toEqual(asked(5, words.misunderstood, words.products))
        await call.stayQuiet()
        expect(call.document).toEqual(asked(6, words.promise))
      })

      test('who asks for parts is promised a call, once', async () => {
        const call = await callIn(tongue)
        await call.press('1')
        await call.press('2')
        expect(call.document).toEqual(asked(5, words.promise))
        await call.press('1')
        expect(call.document).toEqual(script(speak(words.promised), hangUp()))
        expect(await stored(call)).toMatchObject({ status: 'completed', outcome: 'callback' })
        const { items } = (await server.api('/api/callbacks?status=waiting')).body as { items: contract.Callback[] }
        expect(items).toMatchObject([{ number: ANA, queue: { name: 'Billing' }, attempts: 0 }])
        await tom.be('available')
        expect(await tom.offers()).toMatchObject([{ kind: 'callback', workId: items[0]!.id }])
      })

      test('who wants no call gets a message, once', async () => {
        const call = await callIn(tongue)
        await call.press('1')
        await call.press('2')
        await call.press('2')
        expect(call.document).toEqual(script(speak(words.goodbye), hangUp()))
        await expect.poll(() => carrier.messages).not.toEqual([])
        expect(carrier.messages).toEqual([{ to: ANA, from: HOTLINE, body: words.sms }])
      })

      test('who shows no number can be neither called nor written to, and leaves a message', async () => {
        const call = await callIn(tongue, WITHHELD)
        await call.press('1')
        await call.press('2')
        expect(call.document).toEqual(script(speak(words.closed), ...record(5, 60)))
        await call.record(8)
        expect(call.document).toEqual(script(speak(words.kept), hangUp()))
        expect(await stored(call)).toMatchObject({ outcome: 'voicemail' })
        expect(await toldOf(call, 'voicemail.left')).toHaveLength(1)
      })

      test('a contact with the tag is put through at once; where nobody answers, it waits in line', async () => {
        const call = await callIn(tongue, VIP)
        expect(tiers.asked).toEqual([])
        expect(call.document).toEqual(script(dial(2, DESK, HOTLINE, 15)))
        await call.failDial('busy')
        expect(call.document).toEqual(script(speak(words.next), music(), resume(4)))
        expect(await stored(call)).toMatchObject({ contact: { name: 'Vera Imp' }, queue: { name: 'Billing' } })
      })

      test('what the other server says decides: gold is put through', async () => {
        tiers.behaviour = 'gold'
        const call = await callIn(tongue)
        await call.press('1')
        await call.press('1')
        expect(call.document).toEqual(script(dial(5, DESK, HOTLINE, 15)))
        await call.answerDial()
        await call.endDial()
        expect(await stored(call)).toMatchObject({ status: 'completed', outcome: 'answered' })
      })

      test.each(['error', 'nonsense', 'cut off'] as const)(
        'the other server fails (%s): the call goes on',
        async how => {
          tiers.behaviour = how
          const call = await callIn(tongue)
          expect(call.document).toEqual(asked(3, words.consent))
          await call.press('1')
          await call.press('1')
          expect(call.document).toEqual(script(speak(words.next), music(), resume(6)))
        },
      )

      test('outside of its hours a message is taken', async () => {
        await must(server.api(`/api/hours/${hoursId}`, { method: 'PATCH', json: { weekly: [] } }))
        try {
          const call = await callIn(tongue)
          expect(call.document).toEqual(script(speak(words.closed), ...record(2, 60)))
          await call.hangUp({ recorded: 5 })
          expect(await stored(call)).toMatchObject({ outcome: 'voicemail' })
          expect(await toldOf(call, 'voicemail.left')).toHaveLength(1)
        } finally {
          await must(server.api(`/api/hours/${hoursId}`, { method: 'PATCH', json: { weekly: WEEK } }))
        }
      })
    })
  },
)

describe('the other server takes its time', () => {
  const consent = script(gather(3, {}, say(WORDS.en.consent)))

  test('the caller hears music until it answers, and then the question, from its beginning', async () => {
    tiers.behaviour = 'slow'
    const call = await callIn('en')
    expect(call.document).toEqual(script(music(), resume(2)))
    await expect.poll(() => call.waitsFor).toBe('Gather')
    expect(call.document).toEqual(consent)
  })

  test('two requests, one after the other, that are answered in time: no music at all', async () => {
    const definition: FlowDefinition = {
      start: 'first',
      language: 'en-US',
      nodes: {
        first: { ...ask(), next: 'second' },
        second: { ...ask(), next: 'bye' },
        bye: { type: 'hangUp', prompt: { text: { 'en-US': 'You are {tier}.' } } },
      },
    }
    const made = await must(server.api('/api/flows', { json: { name: 'Chain', definition } }))
    const { id } = (made.body as { flow: contract.FlowDetails }).flow
    await must(server.api(`/api/flows/${id}/publish`, { json: {} }))
    await must(server.api('/api/numbers', { json: { number: '+12025550112', label: 'Chain', flow: id } }))
    const call = await carrier.dial(ANA, '+12025550112')
    expect(call.heard).toEqual(['You are silver.'])
    expect(tiers.asked).toHaveLength(2)
    expect(api.fetches).toEqual([])
  })

  const ask = () => ({
    ...{ type: 'http' as const, method: 'POST' as const, url: tiers.url, deadlineMs: 2500 },
    ...{ save: { tier: 'customer.tier' }, failed: null },
  })

  test('after its deadline the call goes on without an answer', async () => {
    tiers.behaviour = 'too slow'
    const call = await callIn('en')
    expect(call.document).toEqual(script(music(), resume(2)))
    await expect.poll(() => call.waitsFor).toBe('Gather')
    expect(call.document).toEqual(consent)
  })

  test('who hears the music out before that waits no longer than the deadline', async () => {
    tiers.behaviour = 'too slow'
    const call = await callIn('en')
    await call.listen()
    expect(call.document).toEqual(script(gather(4, {}, say(WORDS.en.consent))))
  })
})

describe('asking the carrier to come', () => {
  async function waiting(): Promise<PhoneCall> {
    const call = await callIn('en')
    await call.press('1')
    await call.press('1')
    expect(call.waitsFor).toBe('Redirect')
    return call
  }

  test('it is asked again when it fails', async () => {
    const call = await waiting()
    api.failures = 1
    await eva.be('available')
    await eva.accept()
    await expect.poll(() => call.waitsFor, { timeout: 15_000 }).toBe('Dial')
  })

  test('a caller that has hung up meanwhile is nobody’s any more', async () => {
    const call = await waiting()
    await eva.be('available')
    carrier.hold()
    await call.hangUp()
    await eva.accept()
    await carrier.release()
    expect(await stored(call)).toMatchObject({ status: 'completed' })
    expect(await eva.activity()).not.toBe('talking')
  })

  test('who may wait no longer hears so at once, and its message is taken', async () => {
    const { items } = (await server.api('/api/queues')).body as { items: contract.Queue[] }
    const { id } = items.find(({ name }) => name === 'billing')!
    await must(server.api(`/api/queues/${id}`, { method: 'PATCH', json: { maxWaitSeconds: 1 } }))
    try {
      const call = await waiting()
      await expect.poll(() => call.waitsFor).toBe('Record')
      expect(call.document).toEqual(script(say(WORDS.en.tone), ...record(7)))
      await call.record(6)
      expect(await stored(call)).toMatchObject({ outcome: 'voicemail' })
    } finally {
      await must(server.api(`/api/queues/${id}`, { method: 'PATCH', json: { maxWaitSeconds: 1800 } }))
    }
  })
})

describe('versions', () => {
  const withPrompt = (text: string): FlowDefinition => {
    const nodes = hotline(tiers.url)
    return {
      start: 'introduction',
      language: 'en-US',
      nodes: { ...nodes, goodbye: { type: 'hangUp', prompt: { text: { 'en-US': text } } } },
    }
  }

  async function publish(definition: FlowDefinition): Promise<number> {
    await must(server.api(`/api/flows/${flow.id}`, { method: 'PATCH', json: { definition } }))
    return ((await must(server.api(`/api/flows/${flow.id}/publish`, { json: {} }))).body as { version: number }).version
  }

  test('a call finishes on the version that it began with, also when one is taken back', async () => {
    const first = await callIn('en')
    expect(await publish(withPrompt('See you.'))).toBe(2)
    const second = await callIn('en')
    await first.press('2')
    expect(first.heard.at(-1)).toBe('Goodbye.')
    const back = await must(server.api(`/api/flows/${flow.id}/roll-back`, { json: { version: 1 } }))
    expect(back.body).toMatchObject({ version: 3 })
    const third = await callIn('en')
    await second.press('2')
    expect(second.heard.at(-1)).toBe('See you.')
    await third.press('2')
    expect(third.heard.at(-1)).toBe('Goodbye.')
  })

  test('a flow that another has led to is kept as well, as it was when the call met it', async () => {
    const { items } = (await server.api('/api/flows')).body as { items: contract.Flow[] }
    const { id } = items.find(({ name }) => name === 'Products')!
    const met = await callIn('en')
    await met.press('1')
    const changed = structuredClone(products)
    Object.assign(changed.nodes.ask!, { prompt: { text: { 'en-US': 'One or two?', 'es-US': '¿Uno o dos?' } } })
    await must(server.api(`/api/flows/${id}`, { method: 'PATCH', json: { definition: changed } }))
    const before = await callIn('en')
    await must(server.api(`/api/flows/${id}/publish`, { json: {} }))
    await met.press('9')
    expect(met.heard.at(-1)).toBe(WORDS.en.products)
    await before.press('1')
    expect(before.heard.at(-1)).toBe('One or two?')
    await must(server.api(`/api/flows/${id}/roll-back`, { json: { version: 1 } }))
  })
})
