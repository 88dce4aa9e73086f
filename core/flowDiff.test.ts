import { expect, test } from 'vitest'
import type { FlowDefinition, FlowNode, MenuNode } from './flow.ts'
import { diffFlows } from './flowDiff.ts'
import { flowOf, words } from './flowTesting.ts'

const hello: FlowNode = { type: 'say', prompt: words('Hello.'), next: 'menu' }
const menu: MenuNode = {
  type: 'menu',
  label: 'Main menu',
  prompt: words('Press 1.'),
  options: [
    { digits: '1', next: 'sales' },
    { digits: '2', next: 'support' },
  ],
  timeoutSeconds: 5,
  retries: 1,
  otherwise: 'support',
}
const sales: FlowNode = { type: 'queue', label: 'Sales', queue: 'sales' }
const support: FlowNode = { type: 'queue', queue: 'support' }
const before = flowOf({ hello, menu, sales, support })
const inSentences = (...versions: Parameters<typeof diffFlows>) => diffFlows(...versions).map(({ message }) => message)
const diff = (nodes: Record<string, FlowNode>, more: Partial<FlowDefinition> = {}) =>
  inSentences(before, { ...before, nodes: { ...before.nodes, ...nodes }, ...more })

test('the same flow has not changed, however it is drawn and whatever the order', () => {
  expect(diff({ hello: { next: 'menu', prompt: words('Hello.'), type: 'say', position: { x: 1, y: 2 } } })).toEqual([])
  const { hello: first, ...rest } = before.nodes
  expect(inSentences(before, { ...before, nodes: { ...rest, hello: first! } })).toEqual([])
})

test('where it begins, and in which language', () => {
  expect(diff({}, { start: 'menu', language: 'es-US' })).toEqual([
    'The flow begins with “Main menu” instead of “hello”.',
    'The language of the flow is es-US instead of en-US.',
  ])
})

test('nodes come, go and are called otherwise', () => {
  const { support: _, ...rest } = before.nodes
  expect(inSentences(before, { ...before, nodes: { ...rest, bye: { type: 'hangUp' } } })).toEqual([
    '“bye” is new (hangUp).',
    '“support” is gone.',
  ])
  expect(diff({ sales: { ...sales, label: 'Orders' }, support: { ...support, label: 'Help' } })).toEqual([
    '“Sales” is called “Orders” now.',
    '“support” is called “Help” now.',
  ])
})

test('what a node does, with both values', () => {
  expect(diff({ hello: { type: 'say', prompt: { text: { 'en-US': 'Hi.', es: 'Hola.' } }, next: null } })).toEqual([
    '“hello”: next is the end instead of “Main menu”.',
    '“hello”: prompt text en-US is “Hi.” instead of “Hello.”.',
    '“hello”: prompt text es is “Hola.”.',
  ])
  expect(diff({ menu: { ...menu, retries: 2, saveAs: 'choice' } })).toEqual([
    '“Main menu”: retries is 2 instead of 1.',
    '“Main menu”: saveAs is “choice”.',
  ])
  expect(diff({ support: { ...sales, label: 'Sales', queue: 'x'.repeat(200) } })[1]).toMatch(/^.{60,130}$/)
})

test('options are known by their keys', () => {
  const options = [
    { digits: '2', next: 'sales' },
    { digits: '3', next: 'support' },
  ]
  expect(diff({ menu: { ...menu, options } })).toEqual([
    '“Main menu”: options 2 next is “Sales” instead of “support”.',
    '“Main menu”: options 3 is new.',
    '“Main menu”: options 1 is gone.',
  ])
})

test('a node of another kind', () => {
  expect(diff({ hello: { type: 'play', media: 'hold-music', next: 'menu' } })).toEqual([
    '“hello” was say and is play now.',
  ])
})

test('a node under another id is the same node, and so is what leads to it', () => {
  const { menu: old, ...rest } = before.nodes
  const after = { ...before, nodes: { ...rest, hello: { ...hello, next: 'choice' } as FlowNode, choice: old! } }
  expect(inSentences(before, after)).toEqual(['The node “menu” is “choice” now.'])
})

test('which of two equal nodes is gone cannot be told: neither is taken to be renamed', () => {
  const bye: FlowNode = { type: 'hangUp' }
  expect(inSentences(flowOf({ a: bye, b: bye }), flowOf({ c: bye }, 'a'))).toEqual([
    '“c” is new (hangUp).',
    '“a” is gone.',
    '“b” is gone.',
  ])
})

test('a node by the name of what every object has is a node', () => {
  const after = { ...before, nodes: JSON.parse('{"__proto__":{"type":"hangUp"}}') }
  expect(inSentences(flowOf({}), after)).toContain('“__proto__” is new (hangUp).')
  expect(inSentences(flowOf({}), flowOf({ constructor: { type: 'hangUp' } } as never))).toContain(
    '“constructor” is new (hangUp).',
  )
})

test('a sentence says what it is made of, so that others can say it in their language', () => {
  expect(diffFlows(before, { ...before, nodes: { ...before.nodes, hello: { ...hello, next: null } } })).toEqual([
    {
      code: 'exit-changed',
      values: { node: 'hello', field: 'next', from: '“Main menu”', to: null },
      message: '“hello”: next is the end instead of “Main menu”.',
    },
  ])
})
