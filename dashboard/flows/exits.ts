import type { FlowDefinition } from '../../client/contract.ts'

export type Node = FlowDefinition['nodes'][string]

/** A way out of a node: where to is a node's id, null for the end of the call, undefined for what is usual there. */
export interface Exit {
  /** Unique in its node. */
  id: string
  kind: ExitKind
  /** What tells it from others of its kind: a key, a condition. */
  detail?: string
  to: string | null | undefined
  /** Whether it may be left open for what is usual there. */
  optional?: true
}

export type ExitKind =
  | 'next'
  | 'option'
  | 'otherwise'
  | 'open'
  | 'closed'
  | 'case'
  | 'failed'
  | 'overflow'
  | 'unanswered'
  | 'declined'
  | 'refused'
  | 'unsent'

/** The ways out of a node, in the order in which they are drawn. */
export function exitsOf(node: Node): Exit[] {
  switch (node.type) {
    case 'say':
    case 'play':
    case 'language':
    case 'set':
    case 'voicemail':
    case 'subflow':
      return [{ id: 'next', kind: 'next', to: node.next }]
    case 'menu':
      return [
        ...node.options.map(
          ({ digits, next }, index): Exit => ({ id: `option-${index}`, kind: 'option', detail: digits, to: next }),
        ),
        { id: 'otherwise', kind: 'otherwise', to: node.otherwise },
      ]
    case 'hours':
      return [
        { id: 'open', kind: 'open', to: node.open },
        { id: 'closed', kind: 'closed', to: node.closed },
      ]
    case 'branch':
      return [
        ...node.cases.map(
          ({ when, next }, index): Exit => ({
            id: `case-${index}`,
            kind: 'case',
            detail: `${when.value} ${when.to ?? ''}`.trim(),
            to: next,
          }),
        ),
        { id: 'otherwise', kind: 'otherwise', to: node.otherwise },
      ]
    case 'http':
      return [
        { id: 'next', kind: 'next', to: node.next },
        { id: 'failed', kind: 'failed', to: node.failed },
      ]
    case 'queue':
      return [{ id: 'otherwise', kind: 'overflow', to: node.otherwise, optional: true }]
    case 'ring':
      return [{ id: 'unanswered', kind: 'unanswered', to: node.unanswered }]
    case 'callback':
      return [{ id: 'declined', kind: 'declined', to: node.declined }]
    case 'consent':
      return [
        { id: 'next', kind: 'next', to: node.next },
        ...(node.mode === 'ask'
          ? [{ id: 'refused', kind: 'refused', to: node.refused, optional: true } satisfies Exit]
          : []),
      ]
    case 'message':
      return [
        { id: 'next', kind: 'next', to: node.next },
        { id: 'unsent', kind: 'unsent', to: node.unsent },
      ]
    case 'hangUp':
      return []
  }
}

/** The node with one way out leading elsewhere. The same node when it has no such way. */
export function withExit(node: Node, exitId: string, to: string | null | undefined): Node {
  const exit = exitsOf(node).find(({ id }) => id === exitId)
  if (!exit || exit.to === to || (to === undefined && !exit.optional)) return node
  const [list, index] = exitId.split('-')
  if (node.type === 'menu' && list === 'option')
    return { ...node, options: node.options.with(Number(index), { ...node.options[Number(index)]!, next: to ?? null }) }
  if (node.type === 'branch' && list === 'case')
    return { ...node, cases: node.cases.with(Number(index), { ...node.cases[Number(index)]!, next: to ?? null }) }
  if (to !== undefined) return { ...node, [exitId]: to } as Node
  return Object.fromEntries(Object.entries(node).filter(([field]) => field !== exitId)) as Node
}
