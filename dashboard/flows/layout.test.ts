import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FlowDefinition } from '../../client/contract.ts'
import {
  arrangeAnew,
  arranged,
  heightOf,
  isArrangedByHand,
  moveNode,
  NODE_WIDTH,
  placeAfter,
  placed,
} from './layout.ts'

/** Flows of up to 30 nodes that lead anywhere, also nowhere, round in circles and to what is not there. */
const flows: fc.Arbitrary<FlowDefinition> = fc
  .array(fc.array(fc.integer({ min: -1, max: 31 }), { maxLength: 5 }), { minLength: 1, maxLength: 30 })
  .map(ways => ({
    start: 'n0',
    language: 'en-US',
    nodes: Object.fromEntries(
      ways.map((targets, index) => [
        `n${index}`,
        {
          type: 'menu' as const,
          prompt: { text: {} },
          options: targets.map((to, key) => ({ digits: String(key), next: to < 0 ? null : `n${to}` })),
          timeoutSeconds: 5,
          retries: 1,
          otherwise: null,
        },
      ]),
    ),
  }))

const overlaps = (flow: FlowDefinition, positions: Record<string, { x: number; y: number }>) => {
  const boxes = Object.entries(positions).map(([id, at]) => ({ ...at, height: heightOf(flow.nodes[id]!) }))
  return boxes.some((a, index) =>
    boxes.slice(index + 1).some(b => Math.abs(a.x - b.x) < NODE_WIDTH && a.y < b.y + b.height && b.y < a.y + a.height),
  )
}

test('every node has a place, and no two the same', () => {
  fc.assert(
    fc.property(flows, flow => {
      const positions = arranged(flow)
      expect(Object.keys(positions).sort()).toEqual(Object.keys(flow.nodes).sort())
      expect(overlaps(flow, positions)).toBe(false)
    }),
  )
})

test('where one node stands by hand, the others keep out of its way', () => {
  fc.assert(
    fc.property(flows, fc.integer({ min: -500, max: 500 }), (flow, y) => {
      const moved = { ...flow, nodes: { ...flow.nodes, n0: { ...flow.nodes.n0!, position: { x: 100, y } } } }
      const positions = placed(moved)
      expect(positions.n0).toEqual({ x: 100, y })
      expect(overlaps(moved, positions)).toBe(false)
    }),
  )
})

test('a new node stands to the right of the one it comes after, and on none', () => {
  fc.assert(
    fc.property(flows, flow => {
      const positions = { ...placed(flow) }
      const at = placeAfter(flow, 'n0')
      expect(at.x).toBeGreaterThan(positions.n0!.x)
      const withNew = { ...flow, nodes: { ...flow.nodes, fresh: { type: 'hangUp' as const, position: at } } }
      expect(overlaps(withNew, { ...positions, fresh: at })).toBe(false)
    }),
  )
})

test('when one is moved, the others stay, until all are arranged anew', () => {
  fc.assert(
    fc.property(flows, flow => {
      const before = placed(flow)
      const moved = moveNode(flow, 'n0', { x: 10.4, y: -20 })
      expect(placed(moved)).toEqual({ ...before, n0: { x: 10, y: -20 } })
      expect(isArrangedByHand(moved)).toBe(true)
      expect(arrangeAnew(moved)).toEqual(flow)
    }),
  )
})

test('a caller goes from left to right', () => {
  const flow: FlowDefinition = {
    start: 'a',
    language: 'en-US',
    nodes: {
      a: { type: 'say', prompt: { text: {} }, next: 'b' },
      b: { type: 'say', prompt: { text: {} }, next: 'c' },
      c: { type: 'say', prompt: { text: {} }, next: 'a' },
      lost: { type: 'hangUp' },
    },
  }
  const positions = arranged(flow)
  expect(['a', 'b', 'c', 'lost'].map(id => positions[id]!.x)).toEqual([0, 320, 640, 960])
})
