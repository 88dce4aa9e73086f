import { expect, test } from 'vitest'
import { type FlowDefinition, FlowNode } from '../../client/contract.ts'
import { NODE_TYPES } from '../../core/flow.ts'
import { exitsOf, withExit } from './exits.ts'
import { addNode, changeNode, connect, inOrder, languagesOf, newNode, removeNode } from './flowDraft.ts'

const flow: FlowDefinition = {
  start: 'hello',
  language: 'en-US',
  nodes: {
    hello: { type: 'say', prompt: { text: { 'en-US': 'Hello' } }, next: 'menu' },
    menu: {
      type: 'menu',
      prompt: { text: { 'en-US': 'Press 1', 'de-DE': 'Die 1' } },
      options: [
        { digits: '1', next: 'sales' },
        { digits: '2', next: null },
      ],
      timeoutSeconds: 5,
      retries: 2,
      otherwise: 'menu',
    },
    sales: { type: 'queue', queue: 'sales' },
  },
}

test('every type can be added, and every way out of it can be drawn and taken back', () => {
  for (const type of NODE_TYPES) {
    const node = newNode(type, 'support')
    for (const exit of exitsOf(node)) {
      const led = withExit(node, exit.id, 'there')
      expect(exitsOf(led).find(({ id }) => id === exit.id)?.to, `${type} ${exit.id}`).toBe('there')
      expect(exitsOf(led).filter(({ id }) => id !== exit.id)).toEqual(exitsOf(node).filter(({ id }) => id !== exit.id))
      expect(withExit(led, exit.id, exit.to)).toEqual(node)
    }
    expect(
      FlowNode.safeParse(withExit(node, exitsOf(node)[0]?.id ?? '', 'there')).success ||
        type === 'hours' ||
        type === 'ring' ||
        type === 'subflow',
      type,
    ).toBe(true)
  }
})

test('a new node gets a name of its own, and is what comes next where nothing came yet', () => {
  const first = addNode(flow, newNode('queue', 'support'), { after: 'menu' })
  expect(first.id).toBe('queue')
  expect(exitsOf(first.definition.nodes.menu!).map(({ to }) => to)).toEqual(['sales', 'queue', 'menu'])
  const second = addNode(first.definition, newNode('queue', 'support'), { after: 'sales' })
  expect(second.id).toBe('queue2')
  expect(second.definition.nodes.sales).toBe(first.definition.nodes.sales)
})

test('a removed node leaves no way that leads to it, and the start moves on', () => {
  const without = removeNode(flow, 'menu')
  expect(without.nodes.hello).toMatchObject({ next: null })
  expect(removeNode(flow, 'hello').start).toBe('menu')
  const lone: FlowDefinition = { start: 'bye', language: 'en-US', nodes: { bye: { type: 'hangUp' } } }
  expect(removeNode(lone, 'bye')).toBe(lone)
})

test('a way that is usual there can be given back', () => {
  const led = connect(flow, 'sales', 'otherwise', 'hello')
  expect(led.nodes.sales).toMatchObject({ otherwise: 'hello' })
  expect(connect(led, 'sales', 'otherwise', undefined)).toEqual(flow)
  expect(connect(flow, 'hello', 'next', undefined)).toBe(flow)
})

test('nothing is a change that changes nothing', () => {
  expect(connect(flow, 'hello', 'next', 'menu')).toBe(flow)
  expect(changeNode(flow, 'nobody', node => ({ ...node, label: 'x' }))).toBe(flow)
})

test('nodes are listed as a caller comes to them', () => {
  const { definition } = addNode(flow, newNode('hangUp', ''))
  expect(inOrder(definition)).toEqual(['hello', 'menu', 'sales', 'hangUp'])
})

test('the languages are those that are spoken, and the usual ones', () => {
  expect(languagesOf(flow)).toEqual(['en-US', 'es-US', 'de-DE'])
})
