import type { FlowDefinition } from '../../client/contract.ts'
import { exitsOf } from './exits.ts'
import { inOrder } from './flowDraft.ts'

export type Position = { x: number; y: number }

export const NODE_WIDTH = 240
const COLUMN = NODE_WIDTH + 80
const HEAD = 76
const EXIT = 24
const GAP = 40

/** What a card needs, with a line for each way out. */
export const heightOf = (node: FlowDefinition['nodes'][string]): number => HEAD + exitsOf(node).length * EXIT

/**
 * Where to draw each node, in columns from left to right: a node stands one column after the nearest that leads to it,
 * and in its column at the mean height of those. Nothing ever overlaps.
 */
export function arranged(definition: FlowDefinition): Record<string, Position> {
  const order = inOrder(definition)
  const column = columnsOf(definition, order)
  const columns: string[][] = []
  for (const id of order) {
    columns[column.get(id)!] ??= []
    columns[column.get(id)!]!.push(id)
  }
  const before = predecessorsOf(definition)
  const positions: Record<string, Position> = {}
  const middle = (id: string) => positions[id]!.y + heightOf(definition.nodes[id]!) / 2
  columns.forEach((ids, index) => {
    const wish = new Map(
      ids.map(id => {
        const placed = (before.get(id) ?? []).filter(other => Object.hasOwn(positions, other))
        const mean = placed.reduce((sum, other) => sum + middle(other), 0) / placed.length
        return [id, placed.length === 0 ? 0 : mean]
      }),
    )
    // Sorting keeps those of equal wish in the order of the ways that lead to them.
    const sorted = ids.toSorted((a, b) => wish.get(a)! - wish.get(b)!)
    const heights = sorted.map(id => heightOf(definition.nodes[id]!))
    const total = heights.reduce((sum, height) => sum + height + GAP, -GAP)
    const centre = sorted.reduce((sum, id) => sum + wish.get(id)!, 0) / sorted.length
    let y = Math.round(centre - total / 2)
    sorted.forEach((id, row) => {
      positions[id] = { x: index * COLUMN, y }
      y += heights[row]! + GAP
    })
  })
  return positions
}

/** Where to draw each node: where somebody has put it, and the others below, or all arranged when nobody has. */
export function placed(definition: FlowDefinition): Record<string, Position> {
  const automatic = arranged(definition)
  const nodes = Object.entries(definition.nodes)
  const own = nodes.filter(([, node]) => node.position)
  if (own.length === 0) return automatic
  const below = Math.max(...own.map(([, node]) => node.position!.y + heightOf(node))) + GAP
  const loose = nodes.filter(([, node]) => !node.position)
  const top = Math.min(...loose.map(([id]) => automatic[id]!.y))
  return Object.fromEntries(
    nodes.map(([id, node]) => [id, node.position ?? { x: automatic[id]!.x, y: automatic[id]!.y - top + below }]),
  )
}

/**
 * Puts one node somewhere. From then on all of them stay where they are drawn: that one is moved by hand is no reason for
 * the others to move.
 */
export function moveNode(definition: FlowDefinition, id: string, to: Position): FlowDefinition {
  const positions = { ...placed(definition), [id]: { x: Math.round(to.x), y: Math.round(to.y) } }
  const nodes = Object.entries(definition.nodes).map(([each, node]) => [each, { ...node, position: positions[each]! }])
  return { ...definition, nodes: Object.fromEntries(nodes) }
}

/** Gives up all places chosen by hand. */
export function arrangeAnew(definition: FlowDefinition): FlowDefinition {
  const nodes = Object.entries(definition.nodes).map(([id, { position: _position, ...node }]) => [id, node])
  return { ...definition, nodes: Object.fromEntries(nodes) }
}

export const isArrangedByHand = (definition: FlowDefinition): boolean =>
  Object.values(definition.nodes).some(({ position }) => position !== undefined)

/** A free place to the right of a node. */
export function placeAfter(definition: FlowDefinition, id: string): Position {
  const positions = placed(definition)
  const from = positions[id] ?? { x: -COLUMN, y: 0 }
  const spot = { x: from.x + COLUMN, y: from.y }
  const taken = Object.entries(positions).map(([other, at]) => ({ ...at, height: heightOf(definition.nodes[other]!) }))
  const room = HEAD + 4 * EXIT
  const inTheWay = () =>
    taken.find(at => Math.abs(at.x - spot.x) < COLUMN && at.y < spot.y + room + GAP && spot.y < at.y + at.height + GAP)
  for (let other = inTheWay(); other; other = inTheWay()) spot.y = other.y + other.height + GAP
  return spot
}

/** The number of steps from the start by the shortest way; what cannot be reached stands in a column of its own. */
function columnsOf(definition: FlowDefinition, order: string[]): Map<string, number> {
  const column = new Map<string, number>([[definition.start, 0]])
  for (const id of order) {
    const from = column.get(id)
    if (from === undefined) continue
    for (const { to } of exitsOf(definition.nodes[id]!))
      if (typeof to === 'string' && !column.has(to)) column.set(to, from + 1)
  }
  const last = Math.max(...order.map(id => column.get(id) ?? -1)) + 1
  return new Map(order.map(id => [id, column.get(id) ?? last]))
}

function predecessorsOf(definition: FlowDefinition): Map<string, string[]> {
  const before = new Map<string, string[]>()
  for (const [id, node] of Object.entries(definition.nodes))
    for (const { to } of exitsOf(node)) if (typeof to === 'string') before.set(to, [...(before.get(to) ?? []), id])
  return before
}
