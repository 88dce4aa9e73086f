import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type * as contract from '../client/contract.ts'
import type { FlowDefinition, FlowNode } from '../core/flow.ts'
import { bumpSettings } from '../server/routing/routingStore.ts'
import { anyAct, anyFlow } from './support/anyFlow.ts'
import { Carrier, type PhoneCall, type Repeats } from './support/carrier.ts'
import { type Element, elementsIn, textIn } from './support/markup.ts'
import { hire, must, type Person } from './support/people.ts'
import { dial, gather, hangUp, music, PUBLIC_URL, record, resume, say, script } from './support/script.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const TOKEN = 'a1b2c3d4e5f60718293a4b5c6d7e8f90'
const MAIN = '+12025550100'
const ANA = '+14155550101'
const SORRY = 'Sorry, something went wrong. Please hold, we are connecting you with somebody.'
const TONE = 'Please leave a message after the tone.'
const NEXT = 'You are next in line.'

let server: TestServer
let carrier: Carrier
let workspaceId: string

beforeAll(async () => {
  server = await startTestServer({ PUBLIC_URL, TWILIO_AUTH_TOKEN: TOKEN, LOG_LEVEL: 'error' })
  const [workspace] = await server.app.db.asSystem(sql => sql.query<{ id: string }>('select id from workspaces'))
  workspaceId = workspace!.id
})
afterAll(() => server?.close())
beforeEach(() => {
  carrier = new Carrier({ url: server.url, publicUrl: PUBLIC_URL, authToken: TOKEN })
})
afterEach(() => carrier.hangUpAll())

async function make<Made>(path: string, json: object): Promise<Made> {
  return (await must(server.api(path, { json }))).body as Made
}
const change = (path: string, json: object) => must(server.api(path, { method: 'PATCH', json }))

const en = (text: string) => ({ text: { 'en-US': text } })

/** Numbers of ours that nothing leads from yet. */
let numbers = 12_025_550_120
const newNumber = async (to: { flow: string } | { queue: string }): Promise<string> => {
  const number = `+${++numbers}`
  await make('/api/numbers', { number, label: number, ...to })
  return number
}

let flows = 0
const addFlow = async (
  nodes: Record<string, FlowNode>,
  start = Object.keys(nodes)[0]!,
): Promise<contract.FlowDetails> => {
  const definition = { start, language: 'en-US', nodes }
  return (await make<{ flow: contract.FlowDetails }>('/api/flows', { name: `Flow ${++flows}`, definition })).flow
}

/** A flow that is published by the rules, at a number of its own. */
async function open(nodes: Record<string, FlowNode>): Promise<{ number: string; flow: contract.FlowDetails }> {
  const flow = await addFlow(nodes)
  await make(`/api/flows/${flow.id}/publish`, {})
  return { number: await newNumber({ flow: flow.id }), flow }
}

/** Publishes what the server would refuse: a newer version of the program, a restored backup, somebody at the database. */
async function forcePublish(flowId: string, definition: FlowDefinition): Promise<void> {
  await server.app.db.inWorkspace(workspaceId, async tx => {
    await tx.query(
      `with made as (
         insert into flow_versions (workspace_id, flow_id, version, definition, published_by)
         select current_workspace(), $1, coalesce(max(version), 0) + 1, $2::jsonb, 'back door' from flow_versions
         where flow_id = $1 returning version
       )
       update flows set published_version = made.version from made where id = $1`,
      [flowId, JSON.stringify(definition)],
    )
    await bumpSettings(tx)
  })
}

async function stored(call: PhoneCall): Promise<contract.Call & { events: { type: string }[] }> {
  const { items } = (await server.api('/api/calls?limit=200')).body as { items: contract.Call[] }
  const found = items.filter(({ providerCallId }) => providerCallId === call.sid)
  expect(found).toHaveLength(1)
  return (await server.api(`/api/calls/${found[0]!.id}`)).body
}
const diversions = async (call: PhoneCall): Promise<unknown[]> =>
  (await stored(call)).events.filter(({ type }) => type === 'call.diverted')

describe('flows that go wrong', () => {
  const round: Record<string, FlowNode> = {
    ping: { type: 'say', prompt: en('Ping.'), next: 'pong' },
    pong: { type: 'set', variable: 'x', value: 'y', next: 'ping' },
  }

  test('one that goes in circles is named and not published', async () => {
    const flow = await addFlow(round)
    expect(flow.problems).toMatchObject([
      { severity: 'error', nodeId: 'ping', message: '“ping” → “pong” → “ping”: calls go round here without end.' },
    ])
    expect(await server.api(`/api/flows/${flow.id}/publish`, { json: {} })).toMatchObject({
      status: 409,
      body: { error: { code: 'flow_invalid' } },
    })
  })

  test.each<[string, Record<string, FlowNode>]>([
    ['goes in circles', round],
    ['begins nowhere', { elsewhere: { type: 'hangUp' } }],
    ['leads to a node that is not there', { ping: { type: 'say', prompt: en('Ping.'), next: 'constructor' } }],
    ['leads to a queue that is not there', { ping: { type: 'queue', queue: 'nirvana' } }],
    ['leads to a flow that is not there', { ping: { type: 'subflow', flow: 'nirvana', next: null } }],
    ['has a node of an unknown kind', { ping: { type: 'teleport', next: 'ping' } as never }],
    ['has a menu that nobody can leave', { ping: menu('ping') }],
  ])('one that %s, published all the same, brings its callers to people', async (_name, nodes) => {
    const { number, flow } = await open({ fine: { type: 'hangUp', prompt: en('Fine.') } })
    await forcePublish(flow.id, { start: 'ping', language: 'en-US', nodes })
    const call = await carrier.dial(ANA, number)
    for (let i = 0; i < 60 && call.waitsFor === 'Gather'; i++) await call.stayQuiet()
    expect(call.heard.slice(-3)).toEqual([SORRY, NEXT, `${PUBLIC_URL}/media/hold-music.wav`])
    expect(await stored(call)).toMatchObject({ queue: { name: 'Support' }, outcome: null })
    expect(await diversions(call)).toMatchObject([{ to: 'default-queue' }])
  })

  function menu(next: string): FlowNode {
    return { type: 'menu', prompt: en('Hm?'), options: [], timeoutSeconds: 1, retries: 0, otherwise: next }
  }

  test('two that lead to each other without end bring their callers to people', async () => {
    const [one, other] = [await open({ fine: { type: 'hangUp' } }), await open({ fine: { type: 'hangUp' } })]
    const into = (flow: string): FlowDefinition => ({
      start: 'down',
      language: 'en-US',
      nodes: { down: { type: 'subflow', flow, next: null } },
    })
    await forcePublish(one.flow.id, into(other.flow.id))
    await forcePublish(other.flow.id, into(one.flow.id))
    const call = await carrier.dial(ANA, one.number)
    expect(call.document).toEqual(script(say(SORRY), say(NEXT), music(), resume(2)))
  })

  test('a queue that a flow leads to cannot be deleted; one that only a running call would come to can', async () => {
    const { queue } = await make<{ queue: contract.Queue }>('/api/queues', { name: 'short-lived' })
    const nodes = (name: string): Record<string, FlowNode> => ({
      ask: {
        type: 'menu',
        prompt: en('Press 1.'),
        options: [{ digits: '1', next: 'line' }],
        ...{ timeoutSeconds: 5, retries: 0, otherwise: 'line' },
      },
      line: { type: 'queue', queue: name },
    })
    const { number, flow } = await open(nodes('short-lived'))
    const remove = () => server.api(`/api/queues/${queue.id}`, { method: 'DELETE' })
    expect(await remove()).toMatchObject({ status: 409, body: { error: { code: 'queue_in_use' } } })
    const call = await carrier.dial(ANA, number)
    await change(`/api/flows/${flow.id}`, { definition: { start: 'ask', language: 'en-US', nodes: nodes('support') } })
    await make(`/api/flows/${flow.id}/publish`, {})
    expect(await remove()).toMatchObject({ status: 200 })
    await call.press('1')
    expect(call.document).toEqual(script(say(SORRY), say(NEXT), music(), resume(3)))
    expect(await diversions(call)).toMatchObject([{ reason: 'broken-flow', to: 'default-queue' }])
  })
})

describe('messages', () => {
  const left = async (call: PhoneCall): Promise<number[]> => {
    const { id } = await stored(call)
    const { items } = (await server.api('/api/voicemails?limit=200')).body as { items: contract.Voicemail[] }
    return items.filter(voicemail => voicemail.call.id === id).map(({ seconds }) => seconds)
  }
  const leave = (next: string | null): FlowNode => ({
    ...{ type: 'voicemail', queue: 'support', prompt: en('Speak.'), maxSeconds: 60, next },
  })

  test('two in one call: each is kept once, although each is told of twice', async () => {
    const { number } = await open({ one: leave('two'), two: leave(null) })
    const call = await carrier.dial(ANA, number)
    await call.record(5)
    expect(call.waitsFor).toBe('Record')
    expect(await left(call)).toEqual([5])
    await call.record(7)
    expect(await left(call)).toEqual([7, 5])
  })

  test('who hangs up in the first of them has left one', async () => {
    const { number } = await open({ one: leave('two'), two: leave(null) })
    const call = await carrier.dial(ANA, number)
    await call.hangUp({ recorded: 5 })
    expect(await left(call)).toEqual([5])
    expect(await stored(call)).toMatchObject({ status: 'completed', outcome: 'voicemail' })
  })
})

describe('queues that nobody can answer', () => {
  test('without agents: the caller leaves a message at once, and everybody can see why', async () => {
    await make('/api/queues', { name: 'deserted' })
    const call = await carrier.dial(ANA, await newNumber({ queue: 'deserted' }))
    expect(call.document).toEqual(
      script(say('Thank you for calling. Please hold; we will be with you shortly.'), say(TONE), ...record(2)),
    )
    expect(await diversions(call)).toMatchObject([{ reason: 'nobody', to: 'voicemail' }])
    await call.record(4)
    expect(await stored(call)).toMatchObject({ status: 'completed', outcome: 'voicemail' })
  })

  test('with a skill that nobody has: the same', async () => {
    const { number } = await open({ line: { type: 'queue', queue: 'support', requires: { latin: 3 } } })
    const call = await carrier.dial(ANA, number)
    expect(call.document).toEqual(script(say(TONE), ...record(2)))
    expect(await diversions(call)).toMatchObject([{ reason: 'nobody', to: 'voicemail' }])
  })

  test.each<[string, object, Element]>([
    ['a voicemail', { type: 'voicemail' }, script(say(TONE), ...record(1))],
    ['a message', { type: 'message', text: 'Come back <never>.' }, script(say('Come back <never>.'), hangUp())],
    ['a number', { type: 'number', number: '(202) 555-0199' }, script(dialOf())],
    ['a call back', { type: 'callback' }, script(askBack())],
    ['the end', { type: 'hangUp' }, script(hangUp())],
  ])('with hours that never open: a warning, and %s for the caller', async (_name, afterHours, expected) => {
    const name = `Never ${++numbers}`
    const made = await make<{ hours: contract.BusinessHours }>('/api/hours', { name, timeZone: 'America/Los_Angeles' })
    expect(made.hours).toMatchObject({ open: false, warnings: ['These hours never open.'], nextChangeAt: null })
    const queue = `never-${numbers}`
    await make('/api/queues', { name: queue, hoursId: made.hours.id, afterHours })
    const { number } = await open({ line: { type: 'queue', queue } })
    const call = await carrier.dial(ANA, number)
    const to = JSON.parse(JSON.stringify(expected).replaceAll('{called}', number))
    expect(call.document).toEqual(to)
    expect(await diversions(call)).toMatchObject([{ reason: 'closed' }])
  })

  function dialOf(): Element {
    return dial(1, '+12025550199', '{called}')
  }
  function askBack(): Element {
    return gather(1, {}, say('To be called back at the number you are calling from, press 1.'))
  }
})

describe('what comes from outside never becomes part of the script', () => {
  const HOSTILE = [
    '</Say><Dial>+19005550100</Dial><Say>',
    '"/><Redirect>https://evil.example</Redirect>',
    '&lt;Hangup/&gt; &amp; &#60;Hangup/&#62;',
    ']]><!-- <Hangup/> --><![CDATA[',
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>&y;',
    '{contact.name} {caller.number} {__proto__}',
    '\u0000\u0008\u001b[2J\uffff\ud800 half',
    '‮drawkcab 😀 ما',
  ]
  const structure = (element: Element): unknown => [
    element.name,
    element.attributes,
    elementsIn(element).map(structure),
  ]

  test.each(HOSTILE)('a caller’s name: %j', async name => {
    const { number } = await open({
      greet: { type: 'say', prompt: en('Hello {caller.name}!'), next: 'ask' },
      ask: {
        type: 'menu',
        prompt: en('{caller.name}, your order?'),
        options: [{ digits: '1', next: 'line' }],
        ...{ timeoutSeconds: 5, retries: 0, otherwise: 'line' },
      },
      line: { type: 'queue', queue: 'support' },
    })
    const call = await carrier.dial(ANA, number, { CallerName: name })
    expect(structure(call.document)).toEqual(structure(script(say(''), gather(1, {}, say('')))))
    const [greeting] = elementsIn(call.document)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML cannot hold is left out
    const readable = name.replace(/[\u0000-\u0008\u001b\uffff]/g, '').toWellFormed()
    expect(textIn(greeting!)).toBe(`Hello ${readable}!`)
  })

  /** A report on the first script of a call, with fields that no carrier would send. */
  async function report(fields: Record<string, string>, step = '1'): Promise<{ call: PhoneCall; answer: Element }> {
    const call = await carrier.dial(ANA, MAIN)
    const url = `${PUBLIC_URL}/api/twilio/ivr-input?step=${step}`
    const sent = { ...call.fields, CallStatus: 'in-progress', ...fields }
    return { call, answer: carrier.read(await carrier.post({ url, fields: sent, token: call.sid })) }
  }
  const endOf = (script: Element): string => elementsIn(script).at(-1)!.name

  test.each([
    ...HOSTILE.map(keys => [keys, keys]),
    ...['abc', '１', '-1', '11'].map(keys => [keys, keys]),
    ['ten thousand ones', '1'.repeat(10_000)],
    ['ten thousand stars', '*'.repeat(10_000)],
    ['one more nine than is kept', '9'.repeat(101)],
  ])('keys: %j are at most a wrong key', async (_name, keys) => {
    const { call, answer } = await report({ Digits: keys! })
    const [menu, ...others] = elementsIn(answer)
    expect(others).toEqual([])
    expect(menu!.name).toBe('Gather')
    expect(elementsIn(menu!).every(({ name }) => name === 'Say')).toBe(true)
    expect((await stored(call)).queue).toBeNull()
  })

  test.each([
    ['SpeechResult', '</Gather><Hangup/>'],
    ['SpeechResult', 'sales '.repeat(20_000)],
    ['Confidence', 'NaN'],
    ['DialCallStatus', '<answered/>'],
    ['RecordingSid', 'RE</Record>'],
    ['RecordingUrl', 'javascript:alert(1)'],
    ['RecordingDuration', '1e999'],
    ['CallStatus', 'exploded'],
    ['From', '<sip:"x"@y>'],
  ])('a strange %s breaks nothing', async (field, value) => {
    const { answer } = await report({ [field]: value })
    expect(endOf(answer)).toMatch(/^(Gather|Redirect)$/)
  })

  test.each(['-1', '99999999999', 'x', '1&step=2', ''])(
    'an address with step=%s is answered with a question',
    async step => {
      const { answer } = await report({}, step)
      expect(endOf(answer)).toBe('Gather')
    },
  )
})

describe('a clock that jumps', () => {
  const HOUR = 3600_000
  let mia: Person
  let noa: Person
  let number: string
  let queueId: string
  beforeAll(async () => {
    const { queue } = await make<{ queue: contract.Queue }>('/api/queues', {
      ...{
        name: 'clocked',
        ringSeconds: 5,
        maxWaitSeconds: null,
        announcements: { position: false, wait: false, everySeconds: 60 },
      },
    })
    queueId = queue.id
    mia = await hire(server, 'Mia', ['clocked'])
    noa = await hire(server, 'Noa', ['clocked'])
    number = (await open({ line: { type: 'queue', queue: 'clocked' } })).number
  })
  afterEach(async () => {
    vi.useRealTimers()
    await carrier.hangUpAll()
    const { items } = (await server.api('/api/voicemails')).body as { items: contract.Voicemail[] }
    for (const { id, queue } of items)
      if (queue.id === queueId) await must(mia.ask(`/api/voicemails/${id}/done`, 'POST'))
    for (const person of [mia, noa]) await person.be('offline')
  })
  const jump = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms, shouldAdvanceTime: true })

  test('forward by an hour: what rings has rung out, and the caller is offered to the next', async () => {
    const call = await carrier.dial(ANA, number)
    await mia.be('available')
    expect(await mia.offers()).toHaveLength(1)
    jump(HOUR)
    await call.listen()
    expect(await mia.offers()).toEqual([])
    await noa.be('available')
    expect((await noa.accept()).call.from).toBe(ANA)
    await call.hangUp()
  })

  test('forward by an hour: who may wait half an hour leaves a message, and is not lost', async () => {
    await change(`/api/queues/${queueId}`, { maxWaitSeconds: 1800 })
    try {
      const call = await carrier.dial(ANA, number)
      jump(HOUR)
      await call.listen()
      expect(call.waitsFor).toBe('Record')
      await call.record(3)
      expect(await stored(call)).toMatchObject({ status: 'completed', outcome: 'voicemail' })
    } finally {
      await change(`/api/queues/${queueId}`, { maxWaitSeconds: null })
    }
  })

  test('back by an hour: what rings rings out all the same, and the caller is offered to the next', async () => {
    const call = await carrier.dial(ANA, number)
    await mia.be('available')
    expect(await mia.offers()).toHaveLength(1)
    jump(-HOUR)
    await call.listen()
    await expect.poll(() => mia.offers(), { interval: 250 }).toEqual([])
    await noa.be('available')
    expect((await noa.accept()).call.from).toBe(ANA)
  })

  test('back by an hour, and nothing else happens: nobody rings for ever', async () => {
    await carrier.dial(ANA, number)
    await mia.be('available')
    expect(await mia.offers()).toHaveLength(1)
    jump(-HOUR)
    await expect.poll(() => mia.offers(), { timeout: 13_000, interval: 250 }).toEqual([])
  })

  test('back and forth while they talk: the conversation stays whose it is', async () => {
    const call = await carrier.dial(ANA, number)
    await mia.be('available')
    await mia.accept()
    for (const ms of [HOUR, -2 * HOUR, HOUR]) {
      jump(ms)
      await call.listen()
      expect(await stored(call)).toMatchObject({ status: 'in-progress', agent: { name: 'Mia' } })
    }
    await call.hangUp()
    expect(await stored(call)).toMatchObject({ status: 'completed', outcome: 'answered' })
    expect(await mia.activity()).toBe('ready')
  })
})

describe('any flow, any caller', () => {
  let number: string
  let flowId: string
  let zoe: Person
  /** Two queues that lead into each other. */
  let odd: contract.Queue
  let even: contract.Queue
  let closed: string
  beforeAll(async () => {
    const opened = await open({ fine: { type: 'hangUp' } })
    number = opened.number
    flowId = opened.flow.id
    odd = (await make<{ queue: contract.Queue }>('/api/queues', { name: 'odd' })).queue
    even = (await make<{ queue: contract.Queue }>('/api/queues', { name: 'even' })).queue
    const hours = { name: 'Closed', timeZone: 'UTC' }
    closed = (await make<{ hours: contract.BusinessHours }>('/api/hours', hours)).hours.id
    zoe = await hire(server, 'Zoe', ['odd', 'even'], { phone: '+14155550179' })
  })

  const repeats = fc.constantFrom<Repeats[]>('once', 'twice', 'twice without a token', 'twice at once')
  const from = fc.constantFrom(ANA, 'anonymous')
  const acts = fc.array(anyAct, { maxLength: 10 })
  const runs = { numRuns: Number(process.env.FLOW_RUNS ?? 200) }

  /** Does what fits what the script waits for. */
  async function react(call: PhoneCall, act: string): Promise<void> {
    if (act === 'hang up') return call.hangUp({ recorded: call.waitsFor === 'Record' ? 2 : 0 })
    switch (call.waitsFor) {
      case 'Gather':
        if (act === 'silence') return call.stayQuiet()
        return /^[\d#]+$/.test(act) ? call.press(act) : call.say(act)
      case 'Redirect':
        return call.listen()
      case 'Record':
        return act === 'silence' ? call.recordNothing() : call.record(3)
      case 'Dial':
        if (act === '1') return call.answerDial().then(() => call.endDial())
        return call.failDial(act === 'silence' ? 'no-answer' : 'busy')
    }
  }

  /** The whole call; afterwards it is over, and stands in no line. */
  async function play(caller: string, given: string[], meanwhile = async () => {}): Promise<void> {
    const call = await carrier.dial(caller, number)
    for (const act of given) {
      if (call.live) await react(call, act)
      await meanwhile()
    }
    if (call.live) await call.hangUp()
    const [row] = await server.app.db.inWorkspace(workspaceId, tx =>
      tx.query(
        `select status, (
           select count(*)::int from queue_entries e where e.call_id = c.id and e.kind = 'call'
         ) as lines
         from calls c where provider_call_id = $1`,
        [call.sid],
      ),
    )
    expect(row).toEqual({ status: 'completed', lines: 0 })
  }

  test('no caller is ever left in silence, and no answer is a fault', { timeout: 300_000 }, async () => {
    const flow = anyFlow(['support', 'sales'])
    await fc.assert(
      fc.asyncProperty(flow, acts, repeats, from, async (definition, given, repeat, caller) => {
        await forcePublish(flowId, definition)
        carrier.repeats = repeat
        await play(caller, given)
      }),
      runs,
    )
  })

  test('nor in any queue, whatever it does with its calls', { timeout: 300_000 }, async () => {
    const overflowTo = ({ id }: contract.Queue): fc.Arbitrary<contract.Overflow> =>
      fc.constantFrom<contract.Overflow[]>(
        { type: 'voicemail' },
        { type: 'queue', queueId: id },
        { type: 'number', number: '+12025550197' },
        { type: 'callback' },
        { type: 'message', text: 'Call {caller.number} later. <3' },
        { type: 'hangUp' },
      )
    const settings = (other: contract.Queue) =>
      fc.record({
        overflow: overflowTo(other),
        afterHours: overflowTo(other),
        hoursId: fc.constantFrom(null, null, null, closed),
        maxLength: fc.constantFrom(null, null, 0, 1),
        waitKeys: fc.record({ voicemail: fc.constantFrom(null, '1'), callback: fc.constantFrom(null, '2') }),
        strategy: fc.constantFrom<contract.Queue['strategy'][]>('longest-idle', 'ring-all', 'round-robin'),
      })
    const answers = fc.constantFrom('accept', 'decline', 'ignore')
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(settings(even), settings(odd)),
        ...([acts, repeats, from, answers] as const),
        async ([one, other], given, repeat, caller, answer) => {
          await change(`/api/queues/${odd.id}`, one)
          await change(`/api/queues/${even.id}`, other)
          await forcePublish(flowId, {
            ...{ start: 'line', language: 'en-US' },
            nodes: { line: { type: 'queue', queue: 'odd' } },
          })
          await zoe.be('available')
          carrier.repeats = repeat
          await play(caller, given, async () => {
            if (answer === 'ignore') return
            for (const { id } of await zoe.offers()) await must(zoe.ask(`/api/offers/${id}/${answer}`, 'POST'))
          })
          for (const kind of ['voicemails', 'callbacks']) {
            const { items } = (await must(zoe.ask<{ items: { id: string }[] }>(`/api/${kind}`))).body
            for (const { id } of items) await must(zoe.ask(`/api/${kind}/${id}/done`, 'POST'))
          }
          expect(await zoe.offers()).toEqual([])
          expect(['ready', 'away']).toContain(await zoe.activity())
        },
      ),
      runs,
    )
  })
})
