import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Destination } from './action.ts'
import type { FlowDefinition, FlowNode } from './flow.ts'
import { type FlowFacts, type FlowInput, proceed } from './flowRun.ts'
import { Caller, flowOf, queueFacts, words } from './flowTesting.ts'
import type { Overflow } from './queue.ts'

const menu: FlowNode = {
  type: 'menu',
  prompt: words('Press 1.'),
  options: [{ digits: '1', next: 'line' }],
  timeoutSeconds: 5,
  retries: 1,
  otherwise: null,
}
const line: FlowNode = { type: 'queue', queue: 'sales' }

describe('repeats and late reports change nothing', () => {
  test('the same answer twice leads to the same script', () => {
    const caller = new Caller({ menu, line })
    const { step } = caller.run
    const { run } = caller.presses('1')
    const again = proceed(
      run,
      { type: 'input', step, key: null, result: { type: 'digits', digits: '1' } },
      caller.facts,
    )
    expect(again.run).toBe(run)
    expect(again.effects).toEqual([])
  })

  test('an answer is known by its key where the address names no step', () => {
    const caller = new Caller({ menu, line })
    const { run } = caller.does({ type: 'digits', digits: '9' }, null, 'a')
    expect(run.attempts).toBe(1)
    expect(caller.does({ type: 'digits', digits: '9' }, null, 'a').run).toBe(run)
    expect(caller.does({ type: 'digits', digits: '1' }, null, 'b').path).toBe('menu line')
  })

  test('a key is remembered over what happens in between', () => {
    const caller = new Caller({ menu, line })
    caller.does({ type: 'none' }, null, 'a').does({ type: 'digits', digits: '1' }, null, 'b').take({ type: 'queued' })
    const { run } = caller
    expect(caller.does({ type: 'digits', digits: '1' }, null, 'b').run).toBe(run)
  })

  test('what does not fit what is awaited is nothing', () => {
    const caller = new Caller({ menu, line })
    const { run } = caller
    for (const input of [
      { type: 'queued' },
      { type: 'taken', at: { type: 'number', number: '+12025550199' }, queueId: null },
      { type: 'overflowed', overflow: { type: 'hangUp' } },
      { type: 'fetched', step: 1, answer: {} },
      { type: 'input', step: null, key: 'a', result: { type: 'dialled', outcome: 'busy' } },
    ] satisfies FlowInput[])
      expect(proceed(run, input, caller.facts).run).toBe(run)
    const talking = new Caller({
      ring: { type: 'ring', target: { type: 'number', number: '+1' }, ringSeconds: 20, unanswered: null },
    })
    expect(talking.does({ type: 'digits', digits: '1' }, null).run.step).toBe(1)
  })

  test('each script has a number of its own', () => {
    const caller = new Caller({ menu, line })
    expect(caller.run.step).toBe(1)
    expect(caller.waits().run.step).toBe(2)
    expect(caller.presses('1').run.step).toBe(3)
    expect(caller.take({ type: 'queued' }).run.step).toBe(4)
  })
})

describe('the end', () => {
  test('hangs up, once, by a script that the provider can tell from the one before', () => {
    const caller = new Caller({ menu, line }).take({ type: 'ended' })
    expect(caller.run).toMatchObject({ step: 2, script: [{ type: 'hangUp' }], awaiting: { type: 'end' } })
    const { run } = caller
    expect(caller.take({ type: 'ended' }).run).toBe(run)
    expect(caller.take({ type: 'sent', to: { type: 'queue', queueId: 'sales' } }).run).toBe(run)
  })

  test('a message is kept when the news of it come after the end', () => {
    const box: FlowNode = { type: 'voicemail', queue: 'sales', prompt: words('Speak.'), maxSeconds: 60, next: null }
    const recorded = { type: 'recorded' as const, recordingId: 'r', url: 'https://r', seconds: 4 }
    for (const step of [1, 2, null]) {
      const caller = new Caller({ box }).take({ type: 'ended' }).does(recorded, step)
      expect(caller.effects).toEqual([{ ...recorded, type: 'keepVoicemail', queueId: 'sales' }])
      expect(caller.does(recorded, step).effects).toEqual([])
    }
    expect(new Caller({ menu, line }).take({ type: 'ended' }).records(4).effects).toEqual([])
  })
})

describe('sent elsewhere by somebody', () => {
  test('out of its line, into another', () => {
    const caller = new Caller({ line }).take({ type: 'queued' })
    caller.take({ type: 'sent', to: { type: 'queue', queueId: 'support' } })
    expect(caller.effects).toMatchObject([{ type: 'leaveQueue' }, { type: 'enqueue', queueId: 'support' }])
    expect(caller.run.awaiting).toMatchObject({ type: 'queue', queueId: 'support' })
  })

  test('to a number; who is not reached there is told so', () => {
    const caller = new Caller({ menu, line }).take({ type: 'sent', to: { type: 'number', number: '+12025550199' } })
    expect(caller.effects).toEqual([])
    expect(caller.run.script).toEqual([
      { type: 'bridge', to: { type: 'number', number: '+12025550199' }, callerId: '+12025550100', ringSeconds: 20 },
    ])
    expect(caller.dialled('busy').hears).toEqual(['Sorry, nobody could take your call.', '[hangUp]'])
  })
})

test('who is sent away does not come back to its flow', () => {
  const flows = new Map([
    [
      'main',
      flowOf({ a: { type: 'subflow', flow: 'other', next: 'b' }, b: { type: 'hangUp', prompt: words('Back.') } }),
    ],
    ['other', flowOf({ line })],
  ])
  const caller = new Caller(flows.get('main')!, {
    definition: id => flows.get(id) ?? null,
    findFlow: id => ({ id, version: 1 }),
  })
  caller.take({ type: 'sent', to: { type: 'number', number: '+12025550199' } }).dialled('busy')
  expect(caller.hears).toEqual(['Sorry, nobody could take your call.', '[hangUp]'])
})

describe('a flow that cannot be played leads to people', () => {
  const toSupport = [
    { type: 'divert', to: 'default-queue' },
    { type: 'enqueue', queueId: 'support' },
  ]

  test.each<[string, FlowDefinition]>([
    ['without its start', flowOf({}, 'nowhere')],
    ['with a node that is not there', flowOf({ a: { type: 'say', prompt: words('Hello.'), next: 'b' } })],
    ['with a node that every object has', flowOf({}, 'constructor')],
    ['with a queue that is gone', flowOf({ a: { type: 'queue', queue: 'gone' } })],
    ['with a flow that is gone', flowOf({ a: { type: 'subflow', flow: 'gone', next: null } })],
    ['with a node of a kind to come', flowOf({ a: { type: 'hologram' } as never })],
  ])('%s', (_, definition) => {
    const caller = new Caller(definition)
    expect(caller.effects).toMatchObject(toSupport)
    expect(caller.effects[0]).toMatchObject({ reason: 'broken-flow' })
    expect(caller.hears.join()).toContain('Sorry')
    expect(caller.path).not.toMatch(/constructor|nowhere/)
  })

  test('without its definition', () => {
    expect(new Caller({}, { definition: () => null }).effects).toMatchObject(toSupport)
  })

  test('or says sorry, where there is no queue at all', () => {
    const caller = new Caller(flowOf({}, 'nowhere'), { defaultQueue: null })
    expect(caller.hears).toEqual(['Sorry, something went wrong. Please call again later. Goodbye.', '[hangUp]'])
  })

  test('when it goes round without waiting', () => {
    const caller = new Caller({ a: { type: 'say', prompt: words('Round.'), next: 'a' } })
    expect(caller.effects).toMatchObject(toSupport)
    expect(caller.effects[0]).toMatchObject({ reason: 'budget' })
    expect(caller.run.path).toHaveLength(50)
  })

  test('when a caller does nothing but go round', () => {
    const caller = new Caller({ a: { ...menu, retries: 0, otherwise: 'a' } })
    for (let round = 0; round < 50; round++) caller.waits()
    expect(caller.effects).toMatchObject(toSupport)
  })

  test('when a caller goes round for ever, though it is awake', () => {
    const caller = new Caller({ a: { ...menu, options: [{ digits: '1', next: 'a' }] } })
    for (let round = 1; round < 200; round++) caller.presses('1')
    expect(caller.effects).toEqual([])
    expect(caller.presses('1').effects).toMatchObject(toSupport)
  })
})

// Whatever a flow says and whatever happens, a caller hears something and is led on.

const id = fc.constantFrom('a', 'b', 'c', 'd', 'gone', '__proto__', 'constructor')
const next = fc.option(id)
const queueName = fc.constantFrom('sales', 'support', 'closed', 'gone')
const spoken = fc.record({
  text: fc.dictionary(
    fc.constantFrom('en-US', 'es', 'de-DE'),
    fc.constantFrom('', 'Hello {name}', '{', '{__proto__}\u0000'),
  ),
})
const keys = fc.constantFrom('1', '2', '12', '#', '', 'x', '123456789012345678901234567890')
const node: fc.Arbitrary<FlowNode> = fc.oneof(
  fc.record({ type: fc.constant('say' as const), prompt: spoken, next }),
  fc.record({ type: fc.constant('play' as const), media: fc.constant('hold-music' as const), next }),
  fc.record({
    type: fc.constant('menu' as const),
    prompt: spoken,
    options: fc.array(
      fc.record({
        digits: keys,
        hints: fc.dictionary(fc.constant('en-US'), fc.array(fc.constantFrom('sales', ''))),
        next,
      }),
      { maxLength: 3 },
    ),
    timeoutSeconds: fc.integer(),
    retries: fc.constantFrom(0, 1, Number.NaN),
    otherwise: next,
    saveAs: fc.constantFrom('name', '__proto__'),
  }),
  fc.record({ type: fc.constant('hours' as const), hours: id, open: next, closed: next }),
  fc.record({ type: fc.constant('language' as const), language: fc.constantFrom('es', '', 'tlh'), next }),
  fc.record({
    type: fc.constant('set' as const),
    variable: fc.constantFrom('name', '__proto__'),
    value: fc.string(),
    next,
  }),
  fc.record({
    type: fc.constant('branch' as const),
    cases: fc.array(
      fc.record({
        when: fc.record({ value: fc.constant('name'), is: fc.constantFrom('set', 'at-least'), to: keys }),
        next,
      }),
    ),
    otherwise: next,
  }),
  fc.record({
    type: fc.constant('http' as const),
    method: fc.constantFrom('GET', 'POST'),
    url: fc.constantFrom('https://a.example/{name}', 'file:///etc/passwd', '{name}'),
    send: fc.constant(['name', '__proto__']),
    deadlineMs: fc.integer(),
    save: fc.dictionary(fc.constantFrom('name', 'constructor'), fc.constantFrom('tier', '__proto__.x', 'a.b')),
    next,
    failed: next,
  }),
  fc.record({ type: fc.constant('queue' as const), queue: queueName, otherwise: next }),
  fc.record({ type: fc.constant('queue' as const), queue: queueName }),
  fc.record({
    type: fc.constant('ring' as const),
    target: fc.oneof(
      fc.record({ type: fc.constant('agent' as const), agent: id }),
      fc.record({ type: fc.constant('number' as const), number: fc.constantFrom('+12025550199', ' ') }),
    ),
    ringSeconds: fc.integer(),
    unanswered: next,
  }),
  fc.record({
    type: fc.constant('voicemail' as const),
    queue: queueName,
    prompt: spoken,
    maxSeconds: fc.integer(),
    next,
  }),
  fc.record({
    type: fc.constant('callback' as const),
    queue: queueName,
    prompt: spoken,
    confirmed: spoken,
    declined: next,
  }),
  fc.record({ type: fc.constant('consent' as const), mode: fc.constantFrom('announce', 'ask'), prompt: spoken, next }),
  fc.record({ type: fc.constant('message' as const), text: fc.constant({ en: 'Hi {name}' }), next, unsent: next }),
  fc.record({ type: fc.constant('hangUp' as const) }),
  fc.record({
    type: fc.constant('subflow' as const),
    flow: fc.constantFrom('main', 'other', 'gone', '__proto__'),
    next,
  }),
) as fc.Arbitrary<FlowNode>
const definition = fc.record({
  start: id,
  language: fc.constantFrom('en-US', 'es'),
  nodes: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), node, { minKeys: 2 }),
})
const action: fc.Arbitrary<Overflow> = fc.oneof(
  fc.constantFrom<Overflow>(
    { type: 'voicemail' },
    { type: 'callback' },
    { type: 'hangUp' },
    { type: 'message', text: '{name}' },
  ),
  queueName.map(queueId => ({ type: 'queue' as const, queueId })),
  fc.constantFrom('+12025550199', '').map(number => ({ type: 'number' as const, number })),
)
const input: fc.Arbitrary<FlowInput | 'late'> = fc.oneof(
  { weight: 3, arbitrary: keys.map(digits => reply({ type: 'digits', digits })) },
  { weight: 2, arbitrary: fc.constant(reply({ type: 'none' })) },
  fc.constantFrom('sales', 'uno', '').map(text => reply({ type: 'speech', text, confidence: null })),
  fc.constantFrom('answered' as const, 'busy' as const).map(outcome => reply({ type: 'dialled', outcome })),
  fc
    .constantFrom(0, 3, Number.NaN)
    .map(seconds => reply({ type: 'recorded', recordingId: 'r', url: 'https://r', seconds })),
  fc.record({
    type: fc.constant('fetched' as const),
    step: fc.constant(-1),
    answer: fc.constantFrom<unknown>(
      null,
      { tier: 1 },
      { a: { b: 'x' } },
      [],
      'text',
      JSON.parse('{"__proto__":{"x":1}}'),
    ),
  }),
  { weight: 2, arbitrary: fc.constant<FlowInput>({ type: 'queued' }) },
  action.map(overflow => ({ type: 'overflowed' as const, overflow })),
  fc
    .constantFrom<(Destination | null)[]>(
      { type: 'number', number: '+12025550199' },
      { type: 'softphone', agentId: 'a' },
      null,
    )
    .map(at => ({ type: 'taken' as const, at, queueId: at && 'sales' })),
  queueName.map(queueId => ({ type: 'sent' as const, to: { type: 'queue' as const, queueId } })),
  fc.constant('late' as const),
)
const world: fc.Arbitrary<Partial<FlowFacts>> = fc.record({
  findQueue: fc
    .record({
      overflow: action,
      afterHours: action,
      voicemail: fc.constantFrom('1', null),
      callback: fc.constantFrom('2', null),
    })
    .map(
      ({ voicemail, callback, ...more }) =>
        (name: string) =>
          name === 'gone'
            ? null
            : queueFacts(name, { ...more, open: name !== 'closed', waitKeys: { voicemail, callback } }),
    ),
  findFlow: fc.constant((name: string) => (name === 'gone' ? null : { id: name, version: 1 })),
  findAgent: fc.constant((name: string) => (name === 'a' ? { id: 'a', name: 'Ana', at: null, queueId: null } : null)),
  isOpen: fc.constantFrom(
    () => null,
    () => false,
  ),
  callerNumber: fc.constantFrom('+12025550123', null),
  defaultQueue: fc.constantFrom('sales', 'closed', 'gone', null),
  canText: fc.boolean(),
  place: fc.constantFrom(null, { position: 3, waitSeconds: 100 }, { position: Number.NaN, waitSeconds: null }),
})

function reply(result: Extract<FlowInput, { type: 'input' }>['result']): FlowInput {
  return { type: 'input', step: null, key: null, result }
}

const ENDINGS = ['gather', 'record', 'bridge', 'resume', 'hangUp']

test('no caller is ever left in silence, whatever the flow says and whatever happens', () => {
  fc.assert(
    fc.property(definition, definition, world, fc.array(input, { maxLength: 12 }), (main, other, around, inputs) => {
      const flows = new Map([
        ['main', main],
        ['other', other],
      ])
      const caller = new Caller(main, { definition: flow => flows.get(flow) ?? null, ...around })
      const check = () => {
        const { script, path } = caller.run
        expect(ENDINGS).toContain(script.at(-1)?.type)
        expect(script.slice(0, -1).every(({ type }) => type === 'say' || type === 'play')).toBe(true)
        expect(path.length).toBeLessThanOrEqual(200)
        expect(caller.effects.filter(({ type }) => type === 'divert').length).toBeLessThanOrEqual(8)
      }
      check()
      for (const [index, each] of inputs.entries()) {
        const before = caller.run
        const frozen = JSON.stringify(before)
        if (each === 'late') {
          expect(caller.does({ type: 'digits', digits: '1' }, before.step - 1).run).toBe(before)
          continue
        }
        caller.knows({ now: index * 40_000 })
        const { awaiting } = before
        const fits = each.type === 'fetched' && awaiting.type === 'fetch' ? { ...each, step: awaiting.step } : each
        const stored = proceed(JSON.parse(frozen), fits, caller.facts)
        caller.take(fits)
        check()
        expect(JSON.stringify(before)).toBe(frozen)
        if (caller.run === before) expect(caller.effects).toEqual([])
        // A run goes on from the database as it would have gone on in memory.
        expect(JSON.stringify(stored)).toBe(JSON.stringify({ run: caller.run, effects: caller.effects }))
      }
      expect(Object.prototype).not.toHaveProperty('x')
    }),
    { numRuns: 2000 },
  )
})
