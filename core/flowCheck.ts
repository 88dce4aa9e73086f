import type { Media } from './action.ts'
import {
  exitsOf,
  type FlowDefinition,
  type FlowNode,
  type HttpNode,
  languagesIn,
  languagesOf,
  type MenuNode,
  promptsOf,
  type SubflowNode,
} from './flow.ts'
import { type FlowProblem, type FlowProblemKinds, sayFlowProblem } from './flowProblem.ts'
import { menuDigits } from './menuChoice.ts'
import { primaryLanguage } from './prompt.ts'

/** What a flow can lead to. It names things by id or by name. */
export interface Known {
  queues: readonly Thing[]
  hours: readonly Thing[]
  agents: readonly Thing[]
  /** With what they do, where that is known: flows may lead back to each other. */
  flows: readonly (Thing & { definition?: FlowDefinition | null })[]
  /** Recordings; left out: whatever is named is there. */
  prompts?: readonly Thing[]
  /** Whether a voice of that language can say this text; left out: there is one for everything. */
  speaks?(text: string, language: string): boolean
  /** Why calls may not go to this number; left out, or null: they may. */
  whyBarred?(number: string): string | null
  /** The flow that is checked; left out: it leads to others, but none of them back to it. */
  self?: Thing
}

interface Thing {
  id: string
  name: string
}

const MAX_NODES = 500
const MAX_PROMPT = 1000
const VARIABLE = /^[a-z][a-zA-Z0-9_]{0,39}$/
/** Variables may stand in path and query only: who is asked must not depend on what a caller enters. */
const URL_SHAPE = /^https?:\/\/[^\s/?#{}@]+([/?#]\S*)?$/i

/** Everything that is wrong with a flow of the right shape: what concerns the whole first, then node by node. */
export function checkFlow(definition: FlowDefinition, known: Known): FlowProblem[] {
  const entries = Object.entries(definition.nodes)
  if (entries.length > MAX_NODES) return [error(null, 'too-many-nodes', { most: MAX_NODES, nodes: entries.length })]
  const languages = languagesOf(definition)
  const loops = loopsIn(definition)
  const reached = reachable(definition)
  const whole = Object.hasOwn(definition.nodes, definition.start)
    ? []
    : [error(null, 'no-start', { start: definition.start })]
  return [
    ...whole,
    ...entries.flatMap(([id, node]) => [
      ...exitProblems(id, node, definition, known),
      ...(whole.length > 0 || reached.has(id) ? [] : [warning(id, 'unreachable', { node: called(id, node) })]),
      ...(loops.get(id) ?? []),
      ...promptProblems(id, node, languages),
      ...voiceProblems(id, node, known),
      ...recordingProblems(id, node, known),
      ...referenceProblems(id, node, known),
      ...settingProblems(id, node, known),
    ]),
  ]
}

const problem =
  (severity: FlowProblem['severity']) =>
  <Code extends keyof FlowProblemKinds>(
    nodeId: string | null,
    code: Code,
    values: FlowProblemKinds[Code],
  ): FlowProblem => ({ severity, nodeId, ...sayFlowProblem(code, values) })
const error = problem('error')
const warning = problem('warning')

const called = (id: string, { label }: FlowNode): string => label || id

const isThis = ({ id, name }: Thing, idOrName: string): boolean => id === idOrName || name === idOrName

// How nodes hang together

function exitProblems(id: string, node: FlowNode, { nodes }: FlowDefinition, known: Known): FlowProblem[] {
  // Where a flow is a part of another, its end is where the other goes on.
  const returns = known.flows.some(({ definition }) => subflowsOf(definition).some(flow => isSelf(known, flow)))
  return exitsOf(node).flatMap(({ name, next }) => {
    if (next !== null && !Object.hasOwn(nodes, next))
      return error(id, 'unknown-node', { node: called(id, node), to: next, exit: name })
    // After a message has been left, there is nothing more to say than the thanks that the center says by itself.
    if (next !== null || returns || node.type === 'voicemail') return []
    return warning(id, 'dead-end', { node: called(id, node), exit: name })
  })
}

function reachable({ start, nodes }: FlowDefinition): Set<string> {
  const reached = new Set<string>()
  const open = [start]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (reached.has(id) || !Object.hasOwn(nodes, id)) continue
    reached.add(id)
    open.push(...exitsOf(nodes[id]!).flatMap(({ next }) => next ?? []))
  }
  return reached
}

/** Circles of nodes none of which waits for anybody, each told once, by the node where it closes. */
function loopsIn({ nodes }: FlowDefinition): Map<string, FlowProblem[]> {
  const found = new Map<string, FlowProblem[]>()
  const done = new Set<string>()
  const trail: string[] = []
  const follow = (id: string): void => {
    if (done.has(id) || !Object.hasOwn(nodes, id) || !passesOn(nodes[id]!)) return
    if (trail.includes(id)) {
      const nodesOfRound = trail.slice(trail.indexOf(id)).map(each => `“${called(each, nodes[each]!)}”`)
      const round = [...nodesOfRound, nodesOfRound[0]].join(' → ')
      found.set(id, [...(found.get(id) ?? []), error(id, 'endless-loop', { round })])
      return
    }
    trail.push(id)
    for (const { next } of exitsOf(nodes[id]!)) if (next !== null) follow(next)
    trail.pop()
    done.add(id)
  }
  for (const id of Object.keys(nodes)) follow(id)
  return found
}

/** Whether a call leaves the node as soon as it has entered it. What a sub-flow does is its own affair. */
function passesOn(node: FlowNode): boolean {
  switch (node.type) {
    case 'say':
    case 'play':
    case 'hours':
    case 'language':
    case 'set':
    case 'branch':
    case 'message':
      return true
    case 'consent':
      return node.mode === 'announce'
    default:
      return false
  }
}

// What is said

function promptProblems(id: string, node: FlowNode, languages: readonly string[]): FlowProblem[] {
  return promptsOf(node).flatMap(({ name, spoken }) => {
    const there = languagesIn(spoken)
    if (there.length === 0) return warning(id, 'empty-prompt', { node: called(id, node), prompt: name })
    const missing = languages.filter(language => !there.some(tag => primaryLanguage(tag) === primaryLanguage(language)))
    const long = Object.entries(spoken.text).filter(([, text]) => text.length > MAX_PROMPT)
    return [
      ...missing.map(tag => warning(id, 'missing-language', { node: called(id, node), language: tag, prompt: name })),
      ...long.map(([tag]) =>
        error(id, 'prompt-too-long', { node: called(id, node), most: MAX_PROMPT, language: tag, prompt: name }),
      ),
    ]
  })
}

/** Texts that a voice of another language would make unintelligible. */
function voiceProblems(id: string, node: FlowNode, { speaks }: Known): FlowProblem[] {
  // A message is read, not heard.
  if (speaks === undefined || node.type === 'message') return []
  const unspoken = promptsOf(node).flatMap(({ spoken: { text, audio = {} } }) =>
    Object.keys(text).filter(tag => text[tag]!.trim() !== '' && !Object.hasOwn(audio, tag) && !speaks(text[tag]!, tag)),
  )
  return [...new Set(unspoken)].map(tag => warning(id, 'no-voice', { node: called(id, node), language: tag }))
}

// What is referred to

const mediaOf = (node: FlowNode): Media[] =>
  node.type === 'play' ? [node.media] : promptsOf(node).flatMap(({ spoken }) => Object.values(spoken.audio ?? {}))

function recordingProblems(id: string, node: FlowNode, { prompts }: Known): FlowProblem[] {
  const isThere = (media: Media) =>
    prompts === undefined || !media.startsWith('prompt:') || prompts.some(prompt => media === `prompt:${prompt.id}`)
  return mediaOf(node).every(isThere) ? [] : [error(id, 'unknown-prompt', { node: called(id, node) })]
}

function referenceProblems(id: string, node: FlowNode, known: Known): FlowProblem[] {
  const missing = (kind: 'queue' | 'hours' | 'agent' | 'flow', list: readonly Thing[], idOrName: string) =>
    list.some(thing => isThis(thing, idOrName))
      ? []
      : [error(id, `unknown-${kind}`, { node: called(id, node), name: idOrName })]
  switch (node.type) {
    case 'queue':
    case 'voicemail':
    case 'callback':
      return missing('queue', known.queues, node.queue)
    case 'hours':
      return missing('hours', known.hours, node.hours)
    case 'ring':
      return node.target.type === 'agent' ? missing('agent', known.agents, node.target.agent) : []
    case 'subflow':
      return subflowProblems(id, node, known, missing)
    default:
      return []
  }
}

function subflowProblems(
  id: string,
  node: SubflowNode,
  known: Known,
  missing: (kind: 'flow', list: readonly Thing[], idOrName: string) => FlowProblem[],
): FlowProblem[] {
  if (leadsToSelf(node.flow, known)) return [error(id, 'recursive-flow', { node: called(id, node), name: node.flow })]
  return missing('flow', known.flows, node.flow)
}

const isSelf = ({ self }: Known, idOrName: string): boolean => self !== undefined && isThis(self, idOrName)

const subflowsOf = (definition: FlowDefinition | null | undefined): string[] =>
  Object.values(definition?.nodes ?? {}).flatMap(node => (node.type === 'subflow' ? [node.flow] : []))

/** Whether this flow, or one that it leads to, is the flow that is checked. */
function leadsToSelf(idOrName: string, known: Known): boolean {
  const seen = new Set<string>()
  const open = [idOrName]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (isSelf(known, name)) return true
    const flow = known.flows.find(thing => isThis(thing, name))
    if (flow === undefined || seen.has(flow.id)) continue
    seen.add(flow.id)
    open.push(...subflowsOf(flow.definition))
  }
  return false
}

// What is set

function settingProblems(id: string, node: FlowNode, known: Known): FlowProblem[] {
  const range = (name: string, value: number | undefined, least: number, most: number): FlowProblem[] =>
    value === undefined || (Number.isInteger(value) && value >= least && value <= most)
      ? []
      : [error(id, 'out-of-range', { node: called(id, node), field: name, least, most })]
  const variable = (name: string | undefined): FlowProblem[] =>
    name === undefined || VARIABLE.test(name)
      ? []
      : [error(id, 'bad-variable', { node: called(id, node), name, allowed: toVariable(name) })]
  switch (node.type) {
    case 'menu':
      return [
        ...optionProblems(id, node),
        ...range('digits', node.digits, 1, 20),
        ...range('timeoutSeconds', node.timeoutSeconds, 1, 60),
        ...range('retries', node.retries, 0, 10),
        ...variable(node.saveAs),
      ]
    case 'set':
      return variable(node.variable)
    case 'http':
      return [
        ...urlProblems(id, node),
        ...range('deadlineMs', node.deadlineMs, 100, 10_000),
        ...Object.keys(node.save).flatMap(variable),
      ]
    case 'ring':
      return [
        ...range('ringSeconds', node.ringSeconds, 5, 60),
        ...(node.target.type === 'agent' ? [] : numberProblems(id, node, node.target.number, known)),
      ]
    case 'voicemail':
      return range('maxSeconds', node.maxSeconds, 5, 600)
    default:
      return []
  }
}

function numberProblems(id: string, node: FlowNode, number: string, { whyBarred }: Known): FlowProblem[] {
  if (!/^\+?[\d\s().-]*\d[\d\s().-]*$/.test(number))
    return [error(id, 'bad-number', { node: called(id, node), number })]
  const barred = whyBarred?.(number) ?? null
  return barred === null ? [] : [error(id, 'barred-number', { node: called(id, node), number, why: barred })]
}

/** The nearest name that is allowed. */
function toVariable(name: string): string {
  const rest = name.replace(/[^a-zA-Z0-9_]/g, '').replace(/^[^a-zA-Z]+/, '')
  return rest === '' ? 'value' : `${rest[0]!.toLowerCase()}${rest.slice(1)}`.slice(0, 40)
}

const urlProblems = (id: string, node: HttpNode): FlowProblem[] =>
  URL_SHAPE.test(node.url) ? [] : [error(id, 'bad-url', { node: called(id, node), url: node.url })]

function optionProblems(id: string, node: MenuNode): FlowProblem[] {
  const { options, entered } = node
  const problems: FlowProblem[] = []
  if (options.length === 0 && entered === undefined) problems.push(error(id, 'no-options', { node: called(id, node) }))
  const keys = options.map(({ digits }) => digits)
  for (const digits of twice(keys))
    problems.push(error(id, 'duplicate-option', { node: called(id, node), keys: digits }))
  for (const digits of keys.filter(digits => digits.length > menuDigits(node)))
    problems.push(error(id, 'option-too-long', { node: called(id, node), most: menuDigits(node), keys: digits }))
  const languages = [...new Set(options.flatMap(({ hints = {} }) => Object.keys(hints)))]
  for (const language of languages) {
    const hints = options.flatMap(({ hints = {} }) => [
      ...new Set((hints[language] ?? []).map(word => word.toLowerCase())),
    ])
    for (const hint of twice(hints))
      problems.push(warning(id, 'ambiguous-hint', { node: called(id, node), hint, language }))
  }
  return problems
}

/** What is there more than once. */
const twice = (list: readonly string[]): string[] => [
  ...new Set(list.filter((item, index) => list.indexOf(item) !== index)),
]
