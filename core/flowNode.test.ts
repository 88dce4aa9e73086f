import { describe, expect, test } from 'vitest'
import type { CallbackNode, ConsentNode, FlowNode, HttpNode, MenuNode } from './flow.ts'
import { Caller, flowOf, words } from './flowTesting.ts'

const say = (text: string, next: string | null = null): FlowNode => ({ type: 'say', prompt: words(text), next })
const bye: FlowNode = { type: 'hangUp', prompt: words('Bye.') }

test('say, play and hang up come in one script', () => {
  const caller = new Caller({
    a: say('Hello.', 'b'),
    b: { type: 'play', media: 'https://sounds.example/jingle.mp3', next: 'c' },
    c: bye,
  })
  expect(caller.hears).toEqual(['Hello.', '♪ https://sounds.example/jingle.mp3', 'Bye.', '[hangUp]'])
  expect(caller.path).toBe('a b c')
})

test('a flow that has come to its end hangs up', () => {
  expect(new Caller({ a: say('Hello.') }).hears).toEqual(['Hello.', '[hangUp]'])
})

describe('menu', () => {
  const menu: MenuNode = {
    type: 'menu',
    prompt: words('Press 1.'),
    options: [
      { digits: '1', hints: { 'en-US': ['sales'] }, next: 'one' },
      { digits: '42', next: 'two' },
    ],
    timeoutSeconds: 5,
    retries: 1,
    otherwise: 'none',
    saveAs: 'order',
  }
  const nodes = { menu, one: say('One {order}.'), two: say('Two {order}.'), none: say('None.') }

  test('asks for keys, and words where it expects some', () => {
    const [gather] = new Caller(nodes).run.script
    expect(gather).toMatchObject({ digits: 2, timeoutSeconds: 5, speech: { language: 'en-US', hints: ['sales'] } })
    expect(new Caller({ menu: { ...menu, options: [] } }).run.script).toMatchObject([{ digits: 1, speech: null }])
  })

  test('leads where the keys or words say, and keeps the keys', () => {
    expect(new Caller(nodes).presses('42').hears).toEqual(['Two 42.', '[hangUp]'])
    expect(new Caller(nodes).says('Sales, please!').hears).toEqual(['One 1.', '[hangUp]'])
  })

  test('is repeated after a wrong key with a remark, after none without, and then given up', () => {
    const caller = new Caller(nodes)
    expect(caller.presses('7').hears).toEqual(['Sorry, I did not understand that.', 'Press 1.', '[gather]'])
    expect(caller.waits().hears).toEqual(['None.', '[hangUp]'])
    expect(new Caller(nodes).waits().hears).toEqual(['Press 1.', '[gather]'])
  })

  test('makes its own remarks where it has some', () => {
    const own = { ...nodes, menu: { ...menu, retries: 2, invalid: words('Wrong.'), silence: words('Hello?') } }
    const caller = new Caller(own)
    expect(caller.says('gibberish').hears).toEqual(['Wrong.', 'Press 1.', '[gather]'])
    expect(caller.waits().hears).toEqual(['Hello?', 'Press 1.', '[gather]'])
  })

  test('counts anew when it is entered again', () => {
    const caller = new Caller({ menu: { ...menu, options: [{ digits: '1', next: 'menu' }] }, none: say('None.') })
    caller.waits().presses('1').waits()
    expect(caller.hears).toEqual(['Press 1.', '[gather]'])
  })

  test('takes whatever keys fit, where it asks for a number', () => {
    const caller = new Caller({ ...nodes, menu: { ...menu, digits: 6, entered: 'two' } })
    expect(caller.presses('1234567').run.attempts).toBe(1)
    expect(caller.presses('123456').hears).toEqual(['Two 123456.', '[hangUp]'])
  })
})

describe('hours', () => {
  const nodes = {
    a: { type: 'hours' as const, hours: 'office', open: 'b', closed: 'c' },
    b: say('Open.'),
    c: say('Closed.'),
  }
  test.each([
    [true, 'Open.'],
    [false, 'Closed.'],
    // Nobody knows these hours: a caller reaches people rather than a closed door.
    [null, 'Open.'],
  ])('%s: %s', (open, text) => {
    expect(new Caller(nodes, { isOpen: name => (name === 'office' ? open : !open) }).hears[0]).toBe(text)
  })
})

test('language decides what is heard from there on, the words of the center included', () => {
  const menu: FlowNode = {
    type: 'menu',
    prompt: { text: { 'en-US': 'Press 1.', 'es-US': 'Pulse 1.' } },
    options: [{ digits: '1', hints: { 'en-US': ['yes'], 'es-US': ['sí'] }, next: null }],
    timeoutSeconds: 5,
    retries: 1,
    otherwise: null,
  }
  const caller = new Caller({ a: { type: 'language', language: 'es-MX', next: 'b' }, b: menu })
  expect(caller.run.script).toMatchObject([{ speech: { language: 'es-MX', hints: ['sí'] } }])
  expect(caller.presses('9').run.script).toMatchObject([
    { prompts: [{ text: 'Lo siento, no le he entendido.' }, { text: 'Pulse 1.', language: 'es-US' }] },
  ])
  expect(caller.says('Si').hears).toEqual(['[hangUp]'])
})

test('a call begins in the language that is known of it', () => {
  const nodes = { a: { type: 'say' as const, prompt: { text: { 'en-US': 'Hello.', es: 'Hola.' } }, next: null } }
  expect(new Caller(nodes, { lookUp: name => (name === 'language' ? 'es-US' : null) }).hears[0]).toBe('Hola.')
  expect(new Caller(nodes).hears[0]).toBe('Hello.')
})

test.each([
  ['in the flow’s own form of it', 'es-MX', 'es-US'],
  ['not where the flow does not speak it', 'fr', 'en-US'],
])('a call begins in the language of its caller: %s', (_, wanted, begun) => {
  const nodes = { a: { type: 'hangUp' as const, prompt: { text: { 'en-US': 'Bye.', 'es-US': 'Adiós.', de: ' ' } } } }
  expect(new Caller(nodes, { lookUp: name => (name === 'language' ? wanted : null) }).run.language).toBe(begun)
})

test('set fills in what is known and keeps it short', () => {
  const nodes = {
    a: { type: 'set' as const, variable: 'greeting', value: 'Hello {contact.name}{nothing}', next: 'b' },
    b: say('{greeting}!'),
  }
  const lookUp = (name: string) => (name === 'contact.name' ? `Ana${'a'.repeat(600)}` : null)
  const caller = new Caller(nodes, { lookUp })
  expect(caller.hears[0]).toMatch(/^Hello Anaa+!$/)
  expect(caller.run.variables.greeting).toHaveLength(500)
})

test('a variable of any name is a variable only', () => {
  const caller = new Caller({
    a: { type: 'set', variable: '__proto__', value: 'x', next: 'b' },
    b: say('{__proto__}{constructor}{toString}'),
  })
  expect(caller.hears[0]).toBe('x')
  expect(Object.getPrototypeOf(caller.run.variables)).toBe(Object.prototype)
})

test('branch takes the first case that holds', () => {
  const nodes = {
    a: {
      type: 'branch' as const,
      cases: [
        { when: { value: 'contact.type', is: 'equal' as const, to: 'VIP' }, next: 'b' },
        { when: { value: 'contact.known', is: 'equal' as const, to: 'true' }, next: 'c' },
      ],
      otherwise: 'd',
    },
    b: say('VIP.'),
    c: say('Known.'),
    d: say('Stranger.'),
  }
  const as = (facts: Record<string, string>) => new Caller(nodes, { lookUp: name => facts[name] ?? null }).hears[0]
  expect(as({ 'contact.type': 'vip', 'contact.known': 'true' })).toBe('VIP.')
  expect(as({ 'contact.known': 'true' })).toBe('Known.')
  expect(as({})).toBe('Stranger.')
})

describe('http', () => {
  const http: HttpNode = {
    type: 'http',
    method: 'POST',
    url: 'https://crm.example/orders/{order}?by={caller.number}',
    send: ['order', 'caller.number', 'nothing'],
    deadlineMs: 2000,
    save: { tier: 'customer.tier', open: 'open', bad: 'customer.constructor.name', list: 'customer' },
    next: 'b',
    failed: 'c',
  }
  const nodes: Record<string, FlowNode> = {
    hello: say('Hello.', 'a'),
    a: http,
    b: say('Tier {tier}, {open}.'),
    c: say('Failed.'),
  }
  const lookUp = (name: string) => ({ order: 'a/b c', 'caller.number': '+1202' })[name] ?? null
  const start = () => new Caller(nodes, { lookUp })

  test('asks, with what callers enter encoded, while music plays', () => {
    const caller = start()
    expect(caller.effects).toEqual([
      {
        type: 'fetch',
        step: 1,
        method: 'POST',
        url: 'https://crm.example/orders/a%2Fb%20c?by=%2B1202',
        body: '{"order":"a/b c","caller.number":"+1202","nothing":null}',
        deadlineMs: 2000,
      },
    ])
    expect(caller.hears).toEqual(['Hello.', '♪ hold-music', '[resume]'])
  })

  test('keeps own properties of the answer that are words or figures', () => {
    const caller = start().take({ type: 'fetched', step: 1, answer: { customer: { tier: 3 }, open: true } })
    expect(caller.run.variables).toEqual({ tier: '3', open: 'true' })
  })

  test('keeps nothing that an answer has not got by itself', () => {
    const answer = { customer: Object.create({ tier: 'gold' }) }
    expect(start().take({ type: 'fetched', step: 1, answer }).run.variables).toEqual({})
  })

  test('half a character in what is known of a caller breaks no address', () => {
    const [fetch] = new Caller({ a: http }, { lookUp: () => 'a\ud800' }).effects
    expect(fetch).toMatchObject({ url: 'https://crm.example/orders/a%EF%BF%BD?by=a%EF%BF%BD' })
  })

  test('what was to be said before is said, unless it has been heard', () => {
    const answered = { type: 'fetched' as const, step: 1, answer: { customer: { tier: 'gold' }, open: false } }
    expect(start().take(answered).hears).toEqual(['Hello.', 'Tier gold, false.', '[hangUp]'])
    const patient = start().waits()
    expect(patient.hears).toEqual(['♪ hold-music', '[resume]'])
    expect(patient.take(answered).hears).toEqual(['Tier gold, false.', '[hangUp]'])
  })

  test('without an answer, or without an address, it goes on elsewhere', () => {
    expect(start().take({ type: 'fetched', step: 1, answer: null }).hears).toEqual(['Hello.', 'Failed.', '[hangUp]'])
    for (const url of ['ftp://crm.example', '{order}', 'https://', 'javascript:alert(1)'])
      expect(new Caller({ a: { ...http, url }, c: say('Failed.') }).hears).toEqual(['Failed.', '[hangUp]'])
  })

  test('an answer to an earlier request is too late', () => {
    const caller = new Caller({ a: { ...http, failed: 'a' } }).take({ type: 'fetched', step: 1, answer: null })
    const { run } = caller
    expect(caller.take({ type: 'fetched', step: 1, answer: {} }).run).toBe(run)
  })
})

describe('ring', () => {
  const agents = (number: string | null) => ({
    findAgent: () => ({
      id: 'ana',
      name: 'Ana',
      queueId: 'sales',
      at: number === null ? null : { type: 'number' as const, number },
    }),
  })
  const ring: FlowNode = { type: 'ring', target: { type: 'agent', agent: 'ana' }, ringSeconds: 25, unanswered: 'b' }
  const nodes = { a: ring, b: say('Nobody.') }

  test('rings where the agent can be reached', () => {
    expect(new Caller(nodes, agents('+12025550199')).run.script).toEqual([
      { type: 'bridge', to: { type: 'number', number: '+12025550199' }, callerId: '+12025550100', ringSeconds: 25 },
    ])
  })

  test('ends with the conversation, and goes on when there was none', () => {
    expect(new Caller(nodes, agents('+12025550199')).dialled('answered').hears).toEqual(['[hangUp]'])
    expect(new Caller(nodes, agents('+12025550199')).dialled('busy').hears).toEqual(['Nobody.', '[hangUp]'])
  })

  test('in the browser: the agent is asked, and nobody else; the caller hears music and of no line', () => {
    const desk = (queueId: string | null) => ({
      findAgent: () => ({ id: 'ana', name: 'Ana', queueId, at: { type: 'softphone' as const, agentId: 'ana' } }),
    })
    const caller = new Caller(nodes, desk('sales'))
    expect(caller.effects).toMatchObject([{ type: 'enqueue', queueId: 'sales', preferredAgentId: 'ana' }])
    expect(caller.take({ type: 'queued' }).hears).toEqual(['♪ hold-music', '[resume]'])
    expect(caller.run.awaiting).toMatchObject({ type: 'queue', forAgentId: 'ana' })
    expect(caller.take({ type: 'overflowed', overflow: { type: 'voicemail' } }).hears).toEqual(['Nobody.', '[hangUp]'])
    expect(new Caller(nodes, desk(null)).hears[0]).toBe('Nobody.')
  })

  test('goes on at once where the agent has no telephone, or is none', () => {
    expect(new Caller(nodes, agents(null)).hears[0]).toBe('Nobody.')
    expect(new Caller(nodes).hears[0]).toBe('Nobody.')
  })
})

describe('voicemail', () => {
  const box: FlowNode = { type: 'voicemail', queue: 'sales', prompt: words('Speak.'), maxSeconds: 90, next: null }

  test('records, keeps and thanks', () => {
    const caller = new Caller({ box })
    expect(caller.run.script.at(-1)).toEqual({ type: 'record', maxSeconds: 90, silenceSeconds: 5 })
    expect(caller.hears).toEqual(['Speak.', '[record]'])
    expect(caller.records(7).effects).toMatchObject([{ type: 'keepVoicemail', queueId: 'sales', seconds: 7 }])
    expect(caller.hears).toEqual(['Thank you. Your message has been saved. Goodbye.', '[hangUp]'])
  })

  test('goes on where it leads on', () => {
    const caller = new Caller({ box: { ...box, next: 'bye' }, bye })
    expect(caller.records(7).hears).toEqual(['Bye.', '[hangUp]'])
  })

  test('keeps no silence', () => {
    for (const caller of [new Caller({ box }).records(0), new Caller({ box }).waits()]) {
      expect(caller.effects).toEqual([])
      expect(caller.hears).toEqual(['Nothing was recorded.', '[hangUp]'])
    }
  })
})

describe('callback', () => {
  const ask: CallbackNode = {
    type: 'callback',
    queue: 'sales',
    prompt: words('Shall we call you back?'),
    confirmed: words('We will.'),
    declined: 'no',
  }
  const nodes = { ask, no: say('Then not.') }

  test('is promised to who says yes', () => {
    const caller = new Caller(nodes)
    expect(caller.hears).toEqual(['Shall we call you back?', '[gather]'])
    expect(caller.presses('1').effects).toEqual([{ type: 'promiseCallback', queueId: 'sales', number: '+12025550123' }])
    expect(caller.hears).toEqual(['We will.', '[hangUp]'])
  })

  test('is not promised to anybody else', () => {
    for (const caller of [
      new Caller(nodes).presses('2'),
      new Caller(nodes).waits(),
      new Caller(nodes, { callerNumber: null }),
    ]) {
      expect(caller.effects).toEqual([])
      expect(caller.hears).toEqual(['Then not.', '[hangUp]'])
    }
  })
})

describe('consent', () => {
  const ask: ConsentNode = { type: 'consent', mode: 'ask', prompt: words('Agree?'), next: 'b', refused: 'c' }
  const nodes = { a: ask, b: say('Next.'), c: say('Refused.') }
  const noted = (how: string, given: boolean, answer: string | null) => ({
    type: 'noteConsent',
    said: { how, given, answer, policy: 'flow', region: null, version: 1, heard: 'Agree?', language: 'en-US' },
  })

  test('announced, it is given by staying', () => {
    const caller = new Caller({ ...nodes, a: { ...ask, mode: 'announce' } })
    // Not before it has been heard.
    expect([caller.effects, caller.hears]).toEqual([[], ['Agree?', '[resume]']])
    expect(caller.waits().effects).toEqual([noted('announced', true, null)])
    expect(caller.hears).toEqual(['Next.', '[hangUp]'])
  })

  test.each([
    ['1', true, 'Next.'],
    ['2', false, 'Refused.'],
  ])('asked for: %s', (key, given, text) => {
    const caller = new Caller(nodes).presses(key)
    expect(caller.effects).toEqual([noted('asked', given, key)])
    expect(caller.hears[0]).toBe(text)
  })

  test('who does not answer is asked again, and has not agreed', () => {
    const caller = new Caller(nodes).waits()
    expect(caller.hears).toEqual(['Agree?', '[gather]'])
    expect(caller.presses('5').hears).toEqual(['Sorry, I did not understand that.', 'Agree?', '[gather]'])
    expect(caller.waits().effects).toEqual([noted('asked', false, null)])
    const { refused: _, ...mild } = ask
    expect(new Caller({ ...nodes, a: mild }).presses('2').hears[0]).toBe('Next.')
  })
})

test('a message is sent where messages can be, and else there is another way', () => {
  const nodes: Record<string, FlowNode> = {
    a: { type: 'message', text: { en: 'Hi {caller.name}.' }, next: 'b', unsent: 'c' },
    b: say('Sent.'),
    c: say('Not sent.'),
  }
  const sent = new Caller(nodes, { lookUp: name => (name === 'caller.name' ? 'Ana' : null) })
  expect(sent.effects).toEqual([{ type: 'sendText', to: '+12025550123', text: 'Hi Ana.' }])
  expect(sent.hears[0]).toBe('Sent.')
  for (const facts of [{ canText: false }, { callerNumber: null }])
    expect(new Caller(nodes, facts).hears[0]).toBe('Not sent.')
})

describe('sub-flow', () => {
  const main = flowOf({
    a: { type: 'subflow', flow: 'Greeting', next: 'b' },
    b: { type: 'subflow', flow: 'Greeting', next: 'c' },
    c: say('Main.'),
  })
  const asked: string[] = []
  let published = 1
  const caller = () =>
    new Caller(main, {
      definition: (id, version) =>
        id === 'main'
          ? main
          : flowOf({ hi: { type: 'hours', hours: 'x', open: 'm', closed: null }, m: say(`Hi ${version}.`) }),
      findFlow(name) {
        asked.push(name)
        return { id: 'g', version: published++ }
      },
    })

  test('comes back where it was entered, and stays on the version that the call has met', () => {
    const { run, hears, path } = caller()
    expect(hears).toEqual(['Hi 1.', 'Hi 1.', 'Main.', '[hangUp]'])
    expect(path).toBe('a hi m b hi m c')
    expect(run).toMatchObject({ flowId: 'main', version: 1, stack: [], versions: { main: 1, g: 1 } })
  })

  test('that ends with a message goes on without a goodbye', () => {
    const box: FlowNode = { type: 'voicemail', queue: 'sales', prompt: words('Speak.'), maxSeconds: 60, next: null }
    const taking = new Caller(main, {
      definition: id => (id === 'main' ? main : flowOf({ box })),
      findFlow: () => ({ id: 'g', version: 1 }),
    })
    expect(taking.records(3).records(3).hears).toEqual(['Main.', '[hangUp]'])
  })

  test('that leads to itself comes to people in the end', () => {
    const self = flowOf({ a: { type: 'subflow', flow: 'main', next: null } })
    expect(new Caller(self).effects).toMatchObject([{ type: 'divert', reason: 'budget' }, { type: 'enqueue' }])
  })
})
