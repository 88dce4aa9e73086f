import { type Said, type Sentences, sayer } from './said.ts'

/** What can be wrong with a flow, by code. `node`: what people call the node that it is about. */
export interface FlowProblemKinds {
  'no-start': { start: string }
  'too-many-nodes': { most: number; nodes: number }
  'unknown-node': { node: string; to: string; exit: string }
  unreachable: { node: string }
  'dead-end': { node: string; exit: string }
  /** `round`: the nodes in their order, the first once more at the end. */
  'endless-loop': { round: string }
  'no-options': { node: string }
  'duplicate-option': { node: string; keys: string }
  'option-too-long': { node: string; most: number; keys: string }
  'ambiguous-hint': { node: string; hint: string; language: string }
  'empty-prompt': { node: string; prompt: string }
  'missing-language': { node: string; language: string; prompt: string }
  'prompt-too-long': { node: string; most: number; language: string; prompt: string }
  'unknown-queue': { node: string; name: string }
  'unknown-hours': { node: string; name: string }
  'unknown-agent': { node: string; name: string }
  'unknown-flow': { node: string; name: string }
  'unknown-prompt': { node: string }
  'no-voice': { node: string; language: string }
  'recursive-flow': { node: string; name: string }
  'bad-url': { node: string; url: string }
  /** `allowed`: the nearest name that is. */
  'bad-variable': { node: string; name: string; allowed: string }
  'bad-number': { node: string; number: string }
  /** `why`: a sentence. */
  'barred-number': { node: string; number: string; why: string }
  'out-of-range': { node: string; field: string; least: number; most: number }
}

/** Something wrong with a flow. Errors stand in the way of publishing; warnings are for people to judge. */
export type FlowProblem = Said<FlowProblemKinds> & {
  severity: 'error' | 'warning'
  /** Null: it concerns the flow as a whole. */
  nodeId: string | null
}

const SENTENCES: Sentences<FlowProblemKinds> = {
  'no-start': ({ start }) => `The flow begins with “${start}”, and there is no such node.`,
  'too-many-nodes': ({ most, nodes }) => `A flow has at most ${most} nodes; this one has ${nodes}.`,
  'unknown-node': ({ node, to, exit }) => `“${node}” leads to “${to}” (${exit}), and there is no such node.`,
  unreachable: ({ node }) => `Nothing leads to “${node}”.`,
  'dead-end': ({ node, exit }) => `“${node}” leads nowhere (${exit}): the call ends there without a goodbye.`,
  'endless-loop': ({ round }) => `${round}: calls go round here without end.`,
  'no-options': ({ node }) => `“${node}” has nothing to choose from.`,
  'duplicate-option': ({ node, keys }) => `“${node}” has ${keys} more than once.`,
  'option-too-long': ({ node, most, keys }) => `“${node}” waits for ${most} keys: ${keys} cannot be entered.`,
  'ambiguous-hint': ({ node, hint, language }) => `“${node}” has “${hint}” in ${language} for more than one option.`,
  'empty-prompt': ({ node, prompt }) => `“${node}” has no words (${prompt}).`,
  'missing-language': ({ node, language, prompt }) => `“${node}” says nothing in ${language} (${prompt}).`,
  'prompt-too-long': ({ node, most, language, prompt }) =>
    `“${node}” says more than ${most} characters in ${language} (${prompt}).`,
  'unknown-queue': ({ node, name }) => `“${node}” needs the queue “${name}”: not found.`,
  'unknown-hours': ({ node, name }) => `“${node}” needs the business hours “${name}”: not found.`,
  'unknown-agent': ({ node, name }) => `“${node}” needs the agent “${name}”: not found.`,
  'unknown-flow': ({ node, name }) => `“${node}” needs the flow “${name}”: not found.`,
  'unknown-prompt': ({ node }) => `“${node}” plays a recording that is not there any more.`,
  'no-voice': ({ node, language }) =>
    `“${node}” speaks ${language}, for which this server has no voice of its own: record it, or set SPEECH_URL.`,
  'recursive-flow': ({ node, name }) => `“${node}” leads to “${name}”, which leads back into this flow.`,
  'bad-url': ({ node, url }) =>
    `“${node}”: “${url}” is no address of the form https://host/path, with variables in the path only.`,
  'bad-variable': ({ node, name, allowed }) => `“${node}”: “${name}” cannot name a variable; “${allowed}” can.`,
  'bad-number': ({ node, number }) => `“${node}”: “${number}” is no telephone number.`,
  'barred-number': ({ node, number, why }) => `“${node}”: “${number}”. ${why}`,
  'out-of-range': ({ node, field, least, most }) =>
    `“${node}”: ${field} must be a whole number from ${least} to ${most}.`,
}

export const sayFlowProblem = sayer(SENTENCES)
