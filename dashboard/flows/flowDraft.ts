import type { FlowDefinition } from '../../client/contract.ts'
import { exitsOf, type Node, withExit } from './exits.ts'

/*
 * Every change that can be made to a flow. The drawing and the outline both call these, so that neither can do what the
 * other cannot.
 */

export type NodeType = Node['type']
type Position = { x: number; y: number }

/** The languages of a new flow's texts. */
export const USUAL_LANGUAGES = ['en-US', 'es-US'] as const

/** All languages that this flow speaks: its own first, then the usual ones, then what texts add. */
export function languagesOf(definition: FlowDefinition): string[] {
  const spoken = Object.values(definition.nodes).flatMap(node =>
    Object.values(node).flatMap(value => (isSpoken(value) ? Object.keys(value.text) : [])),
  )
  const sent = Object.values(definition.nodes).flatMap(node => (node.type === 'message' ? Object.keys(node.text) : []))
  return [...new Set([definition.language, ...USUAL_LANGUAGES, ...spoken, ...sent])]
}

const isSpoken = (value: unknown): value is { text: Record<string, string> } =>
  typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'object'

/** A node of this type as it is before anybody has filled it in. `queue`: where calls usually wait. */
export function newNode(type: NodeType, queue: string): Node {
  const silent = () => ({ text: {} })
  switch (type) {
    case 'say':
      return { type, prompt: silent(), next: null }
    case 'play':
      return { type, media: 'hold-music', next: null }
    case 'menu':
      return {
        type,
        prompt: silent(),
        options: [
          { digits: '1', next: null },
          { digits: '2', next: null },
        ],
        timeoutSeconds: 5,
        retries: 2,
        otherwise: null,
      }
    case 'hours':
      return { type, hours: '', open: null, closed: null }
    case 'language':
      return { type, language: 'es-US', next: null }
    case 'set':
      return { type, variable: 'topic', value: '', next: null }
    case 'branch':
      return {
        type,
        cases: [{ when: { value: 'contact.known', is: 'equal', to: 'true' }, next: null }],
        otherwise: null,
      }
    case 'http':
      return { type, method: 'GET', url: 'https://', deadlineMs: 3000, save: {}, next: null, failed: null }
    case 'queue':
      return { type, queue }
    case 'ring':
      return { type, target: { type: 'number', number: '' }, ringSeconds: 25, unanswered: null }
    case 'voicemail':
      return { type, queue, prompt: silent(), maxSeconds: 120, next: null }
    case 'callback':
      return { type, queue, prompt: silent(), confirmed: silent(), declined: null }
    case 'consent':
      return { type, mode: 'announce', prompt: silent(), next: null }
    case 'message':
      return { type, text: {}, next: null, unsent: null }
    case 'hangUp':
      return { type }
    case 'subflow':
      return { type, flow: '', next: null }
  }
}

/** Adds a node; `after` leads to it where that way out led nowhere. */
export function addNode(
  definition: FlowDefinition,
  node: Node,
  { position, after }: { position?: Position; after?: string } = {},
): { definition: FlowDefinition; id: string } {
  const id = freeId(definition, node.type)
  let nodes = { ...definition.nodes, [id]: position ? { ...node, position } : node }
  const before = after === undefined ? undefined : nodes[after]
  const exit = before && exitsOf(before).find(({ to }) => to === null)
  if (before && exit) nodes = { ...nodes, [after!]: withExit(before, exit.id, id) }
  return { definition: { ...definition, nodes }, id }
}

/** `menu`, `menu2`, `menu3`, … */
function freeId(definition: FlowDefinition, type: NodeType): string {
  if (!Object.hasOwn(definition.nodes, type)) return type
  let number = 2
  while (Object.hasOwn(definition.nodes, `${type}${number}`)) number++
  return `${type}${number}`
}

/** Takes a node out, with all that leads to it. The start moves on; the last node stays, as a flow has one. */
export function removeNode(definition: FlowDefinition, id: string): FlowDefinition {
  const removed = definition.nodes[id]
  const rest = Object.entries(definition.nodes).filter(([other]) => other !== id)
  if (!removed || rest.length === 0) return definition
  const nodes = Object.fromEntries(
    rest.map(([other, node]) => [
      other,
      exitsOf(node).reduce((left, exit) => (exit.to === id ? withExit(left, exit.id, null) : left), node),
    ]),
  )
  const follower = exitsOf(removed).find(({ to }) => typeof to === 'string' && Object.hasOwn(nodes, to))?.to
  const start = definition.start === id ? (follower ?? rest[0]![0]) : definition.start
  return { ...definition, start, nodes }
}

/** Changes one node; the same definition when nothing changed or there is none. */
export function changeNode(definition: FlowDefinition, id: string, change: (node: Node) => Node): FlowDefinition {
  const node = definition.nodes[id]
  if (!node) return definition
  const next = change(node)
  return next === node ? definition : { ...definition, nodes: { ...definition.nodes, [id]: next } }
}

export const connect = (
  definition: FlowDefinition,
  id: string,
  exitId: string,
  to: string | null | undefined,
): FlowDefinition => changeNode(definition, id, node => withExit(node, exitId, to))

/** Nodes in the order in which a caller may come to them; those to which no way leads come last. */
export function inOrder(definition: FlowDefinition): string[] {
  const seen = new Set<string>()
  const open = [definition.start]
  while (open.length > 0) {
    const id = open.shift()!
    const node = Object.hasOwn(definition.nodes, id) ? definition.nodes[id] : undefined
    if (!node || seen.has(id)) continue
    seen.add(id)
    for (const { to } of exitsOf(node)) if (typeof to === 'string') open.push(to)
  }
  return [...seen, ...Object.keys(definition.nodes).filter(id => !seen.has(id))]
}
