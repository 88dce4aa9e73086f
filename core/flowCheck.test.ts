import { describe, expect, test } from 'vitest'
import type { Media } from './action.ts'
import type { FlowDefinition, FlowNode, HttpNode, MenuNode, Spoken } from './flow.ts'
import { checkFlow, type Known } from './flowCheck.ts'
import { flowOf, words } from './flowTesting.ts'

const known: Known = {
  queues: [{ id: 'q1', name: 'sales' }],
  hours: [{ id: 'h1', name: 'office' }],
  agents: [{ id: 'a1', name: 'Ana' }],
  flows: [{ id: 'f2', name: 'Greeting' }],
  self: { id: 'f1', name: 'Main' },
}
const line: FlowNode = { type: 'queue', queue: 'sales' }
const say = (next: string | null, text = 'Hello.'): FlowNode => ({ type: 'say', prompt: words(text), next })
const menu: MenuNode = {
  type: 'menu',
  prompt: words('Press 1.'),
  options: [{ digits: '1', next: 'line' }],
  timeoutSeconds: 5,
  retries: 1,
  otherwise: 'line',
}
const http: HttpNode = {
  type: 'http',
  method: 'GET',
  url: 'https://crm.example/{order}?a={b}',
  deadlineMs: 2000,
  save: { tier: 'customer.tier' },
  next: 'line',
  failed: 'line',
}

const check = (nodes: Record<string, FlowNode>, more: Partial<FlowDefinition> = {}, things = known) =>
  checkFlow({ ...flowOf(nodes), ...more }, things).map(({ severity, nodeId, code }) => `${severity} ${nodeId} ${code}`)

test('nothing is wrong with a flow that works', () => {
  const nodes = { hello: say('menu'), menu, http, line }
  expect(check({ ...nodes, menu: { ...menu, otherwise: 'http' } })).toEqual([])
})

test('a problem is told by the name that people know, in a sentence', () => {
  expect(checkFlow(flowOf({ a: { type: 'queue', queue: 'repairs', label: 'The line' } }), known)).toEqual([
    {
      severity: 'error',
      nodeId: 'a',
      code: 'unknown-queue',
      values: { node: 'The line', name: 'repairs' },
      message: '“The line” needs the queue “repairs”: not found.',
    },
  ])
})

describe('how nodes hang together', () => {
  test('a start that is not there', () => {
    expect(check({ line }, { start: 'nowhere' })).toEqual(['error null no-start'])
    expect(check({ line }, { start: 'constructor' })).toEqual(['error null no-start'])
  })

  test('a target that is not there', () => {
    expect(check({ a: say('b') })).toEqual(['error a unknown-node'])
    expect(check({ a: say('__proto__') })).toEqual(['error a unknown-node'])
    expect(check({ a: { ...menu, options: [{ digits: '1', next: 'x' }] }, line })).toEqual(['error a unknown-node'])
  })

  test('a node by the name of what every object has is a node', () => {
    const nodes = JSON.parse('{"__proto__":{"type":"queue","queue":"sales"}}')
    expect(checkFlow({ start: '__proto__', language: 'en', nodes }, known)).toEqual([])
  })

  test('a node that nothing leads to', () => {
    expect(check({ line, a: say('line'), b: say('a') })).toEqual(['warning a unreachable', 'warning b unreachable'])
  })

  test('an end without a goodbye, but for flows that others go on after', () => {
    expect(check({ a: say(null) })).toEqual(['warning a dead-end'])
    expect(check({ a: { ...menu, otherwise: null }, line })).toEqual(['warning a dead-end'])
    expect(check({ a: say('b'), b: { type: 'hangUp' } })).toEqual([])
    const outer = { id: 'f3', name: 'Outer', definition: flowOf({ a: { type: 'subflow', flow: 'Main', next: null } }) }
    expect(check({ a: say(null) }, {}, { ...known, flows: [outer] })).toEqual([])
  })

  test('circles in which nobody waits', () => {
    expect(check({ a: say('b'), b: { type: 'hours', hours: 'office', open: 'a', closed: 'line' }, line })).toEqual([
      'error a endless-loop',
    ])
    expect(check({ a: say('a') })).toEqual(['error a endless-loop'])
    expect(check({ a: say('b'), b: { ...menu, options: [{ digits: '1', next: 'a' }] }, line })).toEqual([])
    const [problem] = checkFlow(flowOf({ a: say('b'), b: say('a') }), known)
    expect(problem?.message).toBe('“a” → “b” → “a”: calls go round here without end.')
  })

  test('more nodes than there may be', () => {
    const many = Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`n${index}`, line]))
    expect(check(many)).toEqual(['error null too-many-nodes'])
  })
})

describe('what is said', () => {
  test('a language that others have, in whatever region', () => {
    const both = { text: { 'en-US': 'Hello.', 'es-US': 'Hola.' } }
    const nodes = (text: Record<string, string>): Record<string, FlowNode> => ({
      a: { type: 'say', prompt: both, next: 'b' },
      b: { type: 'say', prompt: { text }, next: 'line' },
      line,
    })
    expect(check(nodes({ 'en-US': 'Hi.' }))).toEqual(['warning b missing-language'])
    expect(check(nodes({ 'en-US': 'Hi.', 'es-US': ' ' }))).toEqual(['warning b missing-language'])
    expect(check(nodes({ 'en-GB': 'Hi.', es: 'Hola.' }))).toEqual([])
  })

  test('a recording is a language too', () => {
    const spoken = { text: { 'en-US': 'Hi.' }, audio: { es: 'hold-music' as const } }
    expect(check({ a: { type: 'say', prompt: spoken, next: 'line' }, line })).toEqual([])
  })

  test('no words, and too many', () => {
    expect(check({ a: say('line', ''), line })).toEqual(['warning a empty-prompt'])
    expect(check({ a: say('line', 'x'.repeat(1001)), line })).toEqual(['error a prompt-too-long'])
  })
})

describe('what speaks', () => {
  const spoken = { text: { 'en-US': 'Hi.', 'es-US': 'Hola.', de: ' ' } }
  const onlyEnglish = { ...known, speaks: (_: string, language: string) => language.startsWith('en') }
  const checkSpoken = (prompt: Spoken, with_: Known) =>
    check({ a: { type: 'say', prompt, next: 'line' }, line }, {}, with_)

  test('nothing, for a language that no voice here has', () => {
    expect(checkSpoken(spoken, onlyEnglish)).toEqual(['warning a no-voice'])
    expect(checkSpoken(spoken, known)).toEqual([])
    const recorded = { ...spoken, audio: { 'es-US': 'hold-music' as const } }
    expect(checkSpoken(recorded, onlyEnglish)).toEqual([])
  })

  test('nobody speaks what is read', () => {
    const message: FlowNode = { type: 'message', text: spoken.text, next: 'line', unsent: 'line' }
    expect(check({ a: message, line }, {}, onlyEnglish)).toEqual([])
  })
})

describe('what is referred to', () => {
  test('recordings', () => {
    const playing = (media: Media, prompts?: Known['prompts']) => {
      const spoken: Spoken = { text: { 'en-US': 'Hi.' }, audio: { 'en-US': media } }
      const nodes: Record<string, FlowNode> = {
        a: { type: 'play', media, next: 'b' },
        b: { type: 'say', prompt: spoken, next: 'line' },
        line,
      }
      return check(nodes, {}, { ...known, ...(prompts && { prompts }) })
    }
    expect(playing('prompt:p1', [{ id: 'p1', name: 'Hello' }])).toEqual([])
    expect(playing('prompt:p2', [{ id: 'p1', name: 'Hello' }])).toEqual([
      'error a unknown-prompt',
      'error b unknown-prompt',
    ])
    expect(playing('prompt:p2')).toEqual([])
    expect(playing('https://example.com/a.wav', [])).toEqual([])
  })

  test.each<[string, FlowNode]>([
    ['unknown-queue', { type: 'queue', queue: 'gone' }],
    ['unknown-queue', { type: 'voicemail', queue: 'gone', prompt: words('Speak.'), maxSeconds: 60, next: null }],
    ['unknown-hours', { type: 'hours', hours: 'gone', open: 'line', closed: 'line' }],
    ['unknown-agent', { type: 'ring', target: { type: 'agent', agent: 'gone' }, ringSeconds: 20, unanswered: 'line' }],
    ['unknown-flow', { type: 'subflow', flow: 'gone', next: 'line' }],
  ])('%s', (code, node) => {
    expect(check({ a: node, b: menu, line }, {}).filter(problem => !problem.includes('unreachable'))).toEqual([
      `error a ${code}`,
    ])
  })

  test('by id or by name', () => {
    expect(check({ a: { type: 'queue', queue: 'q1' } })).toEqual([])
  })

  test('a flow that leads to itself, by others too', () => {
    const through = (flow: string): FlowNode => ({ type: 'subflow', flow, next: 'line' })
    expect(check({ a: through('Main'), line })).toEqual(['error a recursive-flow'])
    const flows = [
      { id: 'f2', name: 'Greeting', definition: flowOf({ a: through('f3') }) },
      { id: 'f3', name: 'Deeper', definition: flowOf({ a: through('Greeting'), b: through('f1') }) },
    ]
    expect(check({ a: through('Greeting'), line }, {}, { ...known, flows })).toEqual(['error a recursive-flow'])
    expect(check({ a: through('Greeting'), line }, {}, { ...known, flows: flows.slice(0, 1) })).toEqual([])
  })
})

describe('what is set', () => {
  test.each([
    ['no options', { options: [] }, 'no-options'],
    ['an option twice', { options: [menu.options[0]!, menu.options[0]!] }, 'duplicate-option'],
    ['an option that cannot be entered', { digits: 1, options: [{ digits: '42', next: 'line' }] }, 'option-too-long'],
    ['more keys than a telephone can bear', { digits: 21 }, 'out-of-range'],
    ['an endless wait', { timeoutSeconds: 61 }, 'out-of-range'],
    ['endless retries', { retries: 11 }, 'out-of-range'],
    ['a variable with blanks', { saveAs: 'my order' }, 'bad-variable'],
  ])('a menu with %s', (_, more, code) => {
    expect(check({ a: { ...menu, ...more }, line }).filter(problem => !problem.includes('unreachable'))).toEqual([
      `error a ${code}`,
    ])
  })

  test('a menu with one hint for two options, in one language', () => {
    const option = (digits: string, hints: Record<string, string[]>) => ({ digits, hints, next: 'line' })
    const two = [option('1', { en: ['Help', 'help'] }), option('2', { en: ['help'] })]
    expect(check({ a: { ...menu, options: two }, line })).toEqual(['warning a ambiguous-hint'])
    const apart = [option('1', { en: ['help'] }), option('2', { de: ['help'] })]
    expect(check({ a: { ...menu, options: apart }, line })).toEqual([])
  })

  test.each([
    'ftp://a.example',
    'https://',
    'https://{host}/x',
    'https://crm.{zone}.example/',
    'crm.example',
    'https://user@a.example',
    'https://a.example/a b',
  ])('the address %s', url => {
    expect(check({ a: { ...http, url }, line })).toEqual(['error a bad-url'])
  })

  test('a deadline, and names of variables', () => {
    expect(check({ a: { ...http, deadlineMs: 99 }, line })).toEqual(['error a out-of-range'])
    expect(check({ a: { ...http, save: { Tier: 'a' } }, line })).toEqual(['error a bad-variable'])
    expect(check({ a: { type: 'set', variable: '9 Lives!', value: '', next: 'line' }, line })).toEqual([
      'error a bad-variable',
    ])
    expect(
      checkFlow(flowOf({ a: { type: 'set', variable: '9 Lives!', value: '', next: 'line' }, line }), known)[0]?.message,
    ).toBe('“a”: “9 Lives!” cannot name a variable; “lives” can.')
  })

  test('a number, and how long it rings', () => {
    const ring = (number: string, ringSeconds: number): FlowNode => ({
      type: 'ring',
      target: { type: 'number', number },
      ringSeconds,
      unanswered: 'line',
    })
    expect(check({ a: ring('+1 202 555 0199', 20), line })).toEqual([])
    expect(check({ a: ring('Ana', 20), line })).toEqual(['error a bad-number'])
    const judged = { ...known, whyBarred: (number: string) => (number.startsWith('+1876') ? 'Not there.' : null) }
    expect(check({ a: ring('+18765550199', 20), line }, {}, judged)).toEqual(['error a barred-number'])
    expect(check({ a: ring('+12025550199', 20), line }, {}, judged)).toEqual([])
    expect(check({ a: ring('+12025550199', 61), line })).toEqual(['error a out-of-range'])
  })

  test('how long is recorded', () => {
    const box: FlowNode = { type: 'voicemail', queue: 'sales', prompt: words('Speak.'), maxSeconds: 601, next: null }
    expect(check({ box })).toEqual(['error box out-of-range'])
  })
})
