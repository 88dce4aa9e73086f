import { expect, test } from 'vitest'
import type { FlowNode, MenuNode } from './flow.ts'
import { type FlowTest, runFlowTest } from './flowTest.ts'
import { flowOf, words } from './flowTesting.ts'

const say = (text: string, next: string | null = null): FlowNode => ({ type: 'say', prompt: words(text), next })
const menu: MenuNode = {
  type: 'menu',
  prompt: words('Choose.'),
  options: [
    { digits: '1', hints: { 'en-US': ['sales'] }, next: 'line' },
    { digits: '2', next: 'box' },
    { digits: '3', next: 'callback' },
    { digits: '4', next: 'ring' },
    { digits: '5', next: 'hours' },
    { digits: '6', next: 'http' },
    { digits: '7', next: 'broken' },
    { digits: '8', next: 'vip' },
    { digits: '9', next: 'round' },
  ],
  timeoutSeconds: 5,
  retries: 0,
  otherwise: 'bye',
}
const nodes: Record<string, FlowNode> = {
  menu,
  line: { type: 'queue', queue: 'sales' },
  box: { type: 'voicemail', queue: 'sales', prompt: words('Speak.'), maxSeconds: 60, next: null },
  callback: { type: 'callback', queue: 'sales', prompt: words('Call you?'), confirmed: words('Yes.'), declined: 'bye' },
  ring: { type: 'ring', target: { type: 'agent', agent: 'Ana' }, ringSeconds: 20, unanswered: 'bye' },
  hours: { type: 'hours', hours: 'office', open: 'line', closed: 'box' },
  http: {
    type: 'http',
    method: 'GET',
    url: 'https://crm.example',
    deadlineMs: 1000,
    save: { tier: 'tier' },
    next: 'tier',
    failed: 'bye',
  },
  tier: say('You are {tier}.', 'bye'),
  broken: say('Oops.', 'gone'),
  vip: {
    type: 'branch',
    cases: [{ when: { value: 'contact.type', is: 'equal', to: 'vip' }, next: 'line' }],
    otherwise: 'bye',
  },
  round: say('Round.', 'round'),
  bye: { type: 'hangUp', prompt: words('Bye.') },
}
const flows = [{ id: 'main', name: 'Main', definition: flowOf(nodes) }]
const play = (
  given: FlowTest['given'],
  inputs: FlowTest['inputs'],
  expected: FlowTest['expect'],
  known?: Parameters<typeof runFlowTest>[2],
) => runFlowTest({ name: 'a test', ...(given && { given }), inputs, expect: expected }, flows, known)

test('what happened is told along with the verdict', () => {
  expect(play(undefined, ['1'], { endsIn: { type: 'queue', queue: 'sales' } })).toEqual({
    name: 'a test',
    passed: true,
    problems: [],
    path: ['menu', 'line'],
    said: ['Choose.'],
  })
})

test.each<[string, FlowTest['given'], FlowTest['inputs'], FlowTest['expect']]>([
  ['words', {}, [{ speech: 'Sales!' }], { endsIn: { type: 'queue', queue: 'sales' } }],
  ['nothing', {}, [{ nothing: true }], { says: ['Choose.', 'Bye.'], endsIn: { type: 'hangUp' } }],
  ['a message', {}, ['2', { recorded: 5 }], { says: ['saved'], endsIn: { type: 'voicemail' } }],
  ['the tone', {}, ['2'], { endsIn: { type: 'voicemail' } }],
  ['silence instead of a message', {}, ['2', { recorded: 0 }], { endsIn: { type: 'hangUp' } }],
  ['a callback', {}, ['3', '1'], { says: ['Call you?', 'Yes.'], endsIn: { type: 'callback' } }],
  ['a withheld number', { callerNumber: '' }, ['3'], { endsIn: { type: 'hangUp' } }],
  ['an agent', {}, ['4'], { endsIn: { type: 'number', number: 'Ana' } }],
  ['a conversation', {}, ['4', { dialled: 'answered' }], { endsIn: { type: 'number', number: 'Ana' } }],
  ['an agent who is busy', {}, ['4', { dialled: 'busy' }], { endsIn: { type: 'hangUp' } }],
  ['open hours', {}, ['5'], { endsIn: { type: 'queue', queue: 'sales' } }],
  ['closed hours', { open: { office: false } }, ['5'], { path: ['hours', 'box'], endsIn: { type: 'voicemail' } }],
  ['a closed queue', { closedQueues: ['sales'] }, ['1'], { endsIn: { type: 'voicemail' } }],
  [
    'an answer',
    { answers: [{ tier: 'gold' }] },
    ['6'],
    { says: ['You are gold.'], exact: true, path: ['menu', 'http', 'tier', 'bye'] },
  ],
  ['no answer', {}, ['6'], { path: ['menu', 'http', 'bye'], exact: true }],
  ['a contact', { contact: { type: 'VIP' } }, ['8'], { endsIn: { type: 'queue', queue: 'sales' } }],
  ['a stranger', {}, ['8'], { endsIn: { type: 'hangUp' } }],
])('%s', (_, given, inputs, expected) => {
  expect(play(given, inputs, expected).problems).toEqual([])
})

test.each<[string, FlowTest['inputs'], FlowTest['expect'], string]>([
  [
    'another end',
    ['1'],
    { endsIn: { type: 'queue', queue: 'support' } },
    'It should end in the queue “support”, but ends in the queue “sales”.',
  ],
  [
    'no end',
    [],
    { endsIn: { type: 'voicemail' } },
    'It should end in a voicemail, but it is at “menu”, awaiting a key or a word.',
  ],
  ['another way', ['2'], { path: ['menu', 'line'] }, 'The path should be menu → line, but is menu → box.'],
  ['more on the way', ['2'], { path: ['box'], exact: true }, 'The path should be box, but is menu → box.'],
  [
    'other words',
    ['2'],
    { says: ['Speak.', 'Choose.'] },
    '“Choose.” should be said after what was said before, but is not.',
  ],
  ['an input too many', [{ nothing: true }, '1'], {}, 'Input 2 ("1") does not fit: the call is over.'],
  [
    'an input that does not fit',
    [{ dialled: 'busy' }],
    {},
    'Input 1 ({"dialled":"busy"}) does not fit: it is at “menu”, awaiting a key or a word.',
  ],
  // A flow that breaks ends in a goodbye, which must not count as the goodbye that was meant.
  ['a broken flow', ['7'], { endsIn: { type: 'hangUp' } }, 'After “broken” it leads to something that is not there.'],
  ['a flow without end', ['9'], { endsIn: { type: 'hangUp' } }, 'It goes round without end.'],
])('%s is a problem', (_, inputs, expected, problem) => {
  expect(play(undefined, inputs, expected)).toMatchObject({ passed: false, problems: [problem] })
})

test('what is not known is not there', () => {
  const known = { queues: [{ id: 'q1', name: 'sales' }], hours: [], agents: [], flows: [] }
  expect(play({}, ['1'], { endsIn: { type: 'queue', queue: 'sales' } }, known).passed).toBe(true)
  expect(play({ closedQueues: ['q1'] }, ['1'], { endsIn: { type: 'voicemail' } }, known).passed).toBe(true)
  expect(play({}, ['4'], { endsIn: { type: 'hangUp' } }, known).passed).toBe(true)
  expect(play({}, ['1'], {}, { ...known, queues: [] }).passed).toBe(false)
})

test('one flow leads to another', () => {
  const outer = { id: 'outer', name: 'Outer', definition: flowOf({ a: { type: 'subflow', flow: 'Main', next: null } }) }
  const run = runFlowTest({ name: 'in', inputs: ['1'], expect: {} }, [outer, ...flows])
  expect(run).toMatchObject({ passed: true, path: ['a', 'menu', 'line'] })
})
