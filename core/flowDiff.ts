import type { FlowDefinition, FlowNode } from './flow.ts'
import { type FlowChange, sayFlowChange } from './flowChange.ts'

/**
 * What another version of a flow changes: the whole first, then node by node. Where nodes are drawn does not count. Empty
 * when callers hear and reach the same.
 */
export function diffFlows(before: FlowDefinition, after: FlowDefinition): FlowChange[] {
  const renamed = renamedNodes(before, after)
  const old = renameNodes(before, renamed)
  const name = (id: string) => nameIn(after, id) ?? nameIn(old, id) ?? id
  const ids = [...new Set([...Object.keys(after.nodes), ...Object.keys(old.nodes)])]
  return [
    ...(old.start === after.start ? [] : [sayFlowChange('start', { from: name(old.start), to: name(after.start) })]),
    ...(old.language === after.language ? [] : [sayFlowChange('language', { from: old.language, to: after.language })]),
    ...[...renamed].map(([from, to]) => sayFlowChange('node-id', { from, to })),
    ...ids.flatMap(id => nodeChanges(id, nodeIn(old, id), nodeIn(after, id), name)),
  ]
}

type Name = (nodeId: string) => string

const nodeIn = ({ nodes }: FlowDefinition, id: string): FlowNode | null =>
  Object.hasOwn(nodes, id) ? nodes[id]! : null

function nameIn(definition: FlowDefinition, id: string): string | null {
  const node = nodeIn(definition, id)
  return node && (node.label || id)
}

/** Nodes that are there under another id, and unlike no other: old id → new id. */
function renamedNodes(before: FlowDefinition, after: FlowDefinition): Map<string, string> {
  const gone = Object.keys(before.nodes).filter(id => nodeIn(after, id) === null)
  const come = Object.keys(after.nodes).filter(id => nodeIn(before, id) === null)
  const alike = (ids: string[], { nodes }: FlowDefinition, node: FlowNode) =>
    ids.filter(id => JSON.stringify(bare(nodes[id]!)) === JSON.stringify(bare(node)))
  const renamed = new Map<string, string>()
  for (const from of gone) {
    const [to, ...others] = alike(come, after, before.nodes[from]!)
    const alone = alike(gone, before, before.nodes[from]!).length === 1
    if (to !== undefined && others.length === 0 && alone) renamed.set(from, to)
  }
  return renamed
}

/** The flow with other ids, wherever they stand for a node. */
function renameNodes(definition: FlowDefinition, renamed: ReadonlyMap<string, string>): FlowDefinition {
  if (renamed.size === 0) return definition
  const rename = (id: string) => renamed.get(id) ?? id
  const inside = (value: unknown, isTarget: boolean): unknown => {
    if (typeof value === 'string') return isTarget ? rename(value) : value
    if (Array.isArray(value)) return value.map(item => inside(item, false))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inside(item, TARGETS.has(key))]))
  }
  const nodes = Object.entries(definition.nodes).map(([id, node]) => [rename(id), inside(node, false)])
  return { ...definition, start: rename(definition.start), nodes: Object.fromEntries(nodes) }
}

/** Fields that hold the id of a node. */
const TARGETS: ReadonlySet<string> = new Set([
  'next',
  'otherwise',
  'entered',
  'open',
  'closed',
  'failed',
  'unanswered',
  'declined',
  'refused',
  'unsent',
])

/** What a node does: its fields in one order, without how it is called and where it is drawn. */
function bare({ label: _, position: __, ...node }: FlowNode): Record<string, unknown> {
  return Object.fromEntries(Object.entries(node).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function nodeChanges(id: string, before: FlowNode | null, after: FlowNode | null, name: Name): FlowChange[] {
  const node = name(id)
  if (after === null) return [sayFlowChange('node-gone', { node })]
  if (before === null) return [sayFlowChange('node-new', { node, type: after.type })]
  const label =
    (before.label ?? '') === (after.label ?? '')
      ? []
      : [sayFlowChange('node-label', { from: before.label || id, to: node })]
  if (before.type !== after.type)
    return [...label, sayFlowChange('node-type', { node, from: before.type, to: after.type })]
  return [...label, ...fieldChanges(bare(before), bare(after), { node, path: [] }, name)]
}

function fieldChanges(
  before: unknown,
  after: unknown,
  { node, path }: { node: string; path: readonly string[] },
  name: Name,
): FlowChange[] {
  if (isBag(before) && isBag(after)) {
    const [was, is] = [partsOf(before), partsOf(after)]
    const keys = [...new Set([...is.keys(), ...was.keys()])]
    return keys.flatMap(key => fieldChanges(was.get(key), is.get(key), { node, path: [...path, key] }, name))
  }
  if (Object.is(before, after)) return []
  const field = path.join(' ')
  const isTarget = TARGETS.has(path.at(-1) ?? '')
  const show = (value: unknown) => shown(value, isTarget, name)
  if (before === undefined)
    return [
      isBag(after)
        ? sayFlowChange('part-new', { node, field })
        : sayFlowChange(isTarget ? 'exit-set' : 'field-set', { node, field, to: show(after) }),
    ]
  if (after === undefined)
    return [
      isBag(before)
        ? sayFlowChange('part-gone', { node, field })
        : sayFlowChange(isTarget ? 'exit-unset' : 'field-unset', { node, field, from: show(before) }),
    ]
  const [from, to] = [show(before), show(after)]
  return [sayFlowChange(isTarget ? 'exit-changed' : 'field-changed', { node, field, from, to })]
}

const isBag = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Options of a menu are known by their keys, other entries of a list by their place. */
function partsOf(bag: object): Map<string, unknown> {
  if (!Array.isArray(bag)) return new Map(Object.entries(bag))
  return new Map(
    bag.map((item: unknown, index) => [
      isBag(item) && 'digits' in item ? String(item.digits) : String(index + 1),
      item,
    ]),
  )
}

/** Null: nothing, or for what leads on, the end of the call. */
function shown(value: unknown, isTarget: boolean, name: Name): string | null {
  if (value === null) return null
  const text = typeof value === 'string' ? `“${isTarget ? name(value) : value}”` : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 79).toWellFormed()}…` : text
}
