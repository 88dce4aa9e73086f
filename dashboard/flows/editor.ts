import { createContext, useContext } from 'react'
import type { FlowDefinition, FlowProblem } from '../../client/contract.ts'
import type { Text } from '../text/en.ts'
import type { Node } from './exits.ts'

/** What the parts of the flow editor share: the draft, how it is changed, and what it may refer to. */
export interface FlowEditor {
  definition: FlowDefinition
  change(change: (definition: FlowDefinition) => FlowDefinition): void
  /** The node that is open in the outline and marked in the drawing. */
  selected: string | null
  select(id: string | null): void
  /** With a `nodeId` where it is about one node. */
  problems: readonly FlowProblem[]
  languages: readonly string[]
  mayEdit: boolean
  /** Names of what nodes may refer to. */
  known: { queues: Choice[]; hours: Choice[]; flows: Choice[]; agents: Choice[]; prompts: Choice[] }
}

/** `value` is the id, `name` what else it may be called by. */
export type Choice = { value: string; name: string; label: string }

/** What an id or a name refers to. */
export const referred = (choices: readonly Choice[], reference: string): Choice | undefined =>
  choices.find(({ value }) => value === reference) ?? choices.find(({ name }) => name === reference)

/** A sentence of the server's with names in the place of ids. */
export function readable(sentence: string, known: FlowEditor['known']): string {
  const named = new Map(Object.values(known).flatMap(choices => choices.map(({ value, label }) => [value, label])))
  return sentence.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, id => named.get(id) ?? id)
}

export const FlowEditorContext = createContext<FlowEditor | null>(null)

export function useFlowEditor(): FlowEditor {
  const editor = useContext(FlowEditorContext)
  if (!editor) throw new Error('only inside of the flow editor')
  return editor
}

/** What people call a node. */
export const nodeName = (id: string, node: Node | undefined, words: Text['flowsScreen']): string =>
  node ? node.label || `${words.types[node.type]} (${id})` : id

/** In few words what a node says, or where it leads. */
export function gistOf(node: Node, language: string, known: FlowEditor['known']): string {
  const labelOf = (choices: readonly Choice[], reference: string) => referred(choices, reference)?.label ?? reference
  switch (node.type) {
    case 'say':
    case 'menu':
    case 'consent':
    case 'callback':
      return textIn(node.prompt.text, language)
    case 'hangUp':
      return node.prompt ? textIn(node.prompt.text, language) : ''
    case 'message':
      return textIn(node.text, language)
    case 'voicemail':
    case 'queue':
      return labelOf(known.queues, node.queue)
    case 'ring':
      return node.target.type === 'agent' ? labelOf(known.agents, node.target.agent) : node.target.number
    case 'hours':
      return labelOf(known.hours, node.hours)
    case 'language':
      return node.language
    case 'set':
      return `${node.variable} = ${node.value}`
    case 'http':
      return `${node.method} ${node.url}`
    case 'play':
      return node.media.startsWith('prompt:') ? labelOf(known.prompts, node.media.slice('prompt:'.length)) : node.media
    case 'subflow':
      return labelOf(known.flows, node.flow)
    case 'branch':
      return node.cases.map(({ when }) => when.value).join(', ')
  }
}

const textIn = (text: Readonly<Record<string, string>>, language: string): string =>
  text[language] ?? Object.values(text)[0] ?? ''

/** `en-US` → `English (United States)`; the tag itself where the browser does not know it. */
export function languageName(tag: string, format: string): string {
  try {
    return new Intl.DisplayNames(format, { type: 'language' }).of(tag) ?? tag
  } catch {
    return tag
  }
}
