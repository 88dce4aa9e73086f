import { type Said, type Sentences, sayer } from './said.ts'

/**
 * What a version of a flow can change, by code. `node`: what people call the node; `field`: where in it, as the definition
 * writes it; `from` and `to` of fields and exits as they are to be shown, null for nothing and for the end of the call.
 */
export interface FlowChangeKinds {
  start: { from: string; to: string }
  language: { from: string; to: string }
  'node-id': { from: string; to: string }
  'node-new': { node: string; type: string }
  'node-gone': { node: string }
  'node-label': { from: string; to: string }
  'node-type': { node: string; from: string; to: string }
  'part-new': { node: string; field: string }
  'part-gone': { node: string; field: string }
  'field-set': { node: string; field: string; to: string | null }
  'field-unset': { node: string; field: string; from: string | null }
  'field-changed': { node: string; field: string; from: string | null; to: string | null }
  'exit-set': { node: string; field: string; to: string | null }
  'exit-unset': { node: string; field: string; from: string | null }
  'exit-changed': { node: string; field: string; from: string | null; to: string | null }
}

export type FlowChange = Said<FlowChangeKinds>

const NOTHING = 'nothing'
const END = 'the end'

const SENTENCES: Sentences<FlowChangeKinds> = {
  start: ({ from, to }) => `The flow begins with “${to}” instead of “${from}”.`,
  language: ({ from, to }) => `The language of the flow is ${to} instead of ${from}.`,
  'node-id': ({ from, to }) => `The node “${from}” is “${to}” now.`,
  'node-new': ({ node, type }) => `“${node}” is new (${type}).`,
  'node-gone': ({ node }) => `“${node}” is gone.`,
  'node-label': ({ from, to }) => `“${from}” is called “${to}” now.`,
  'node-type': ({ node, from, to }) => `“${node}” was ${from} and is ${to} now.`,
  'part-new': ({ node, field }) => `“${node}”: ${field} is new.`,
  'part-gone': ({ node, field }) => `“${node}”: ${field} is gone.`,
  'field-set': ({ node, field, to }) => `“${node}”: ${field} is ${to ?? NOTHING}.`,
  'field-unset': ({ node, field, from }) => `“${node}”: ${field} is no longer ${from ?? NOTHING}.`,
  'field-changed': ({ node, field, from, to }) =>
    `“${node}”: ${field} is ${to ?? NOTHING} instead of ${from ?? NOTHING}.`,
  'exit-set': ({ node, field, to }) => `“${node}”: ${field} is ${to ?? END}.`,
  'exit-unset': ({ node, field, from }) => `“${node}”: ${field} is no longer ${from ?? END}.`,
  'exit-changed': ({ node, field, from, to }) => `“${node}”: ${field} is ${to ?? END} instead of ${from ?? END}.`,
}

export const sayFlowChange = sayer(SENTENCES)
