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
import { menuDigits } from './menuChoice.ts'
import { primaryLanguage } from './prompt.ts'

/** Something wrong with a flow. Errors stand in the way of publishing; warnings are for people to judge. */
export interface FlowProblem {
  severity: 'error' | 'warning'
  /** Null: it concerns the flow as a whole. */
  nodeId: string | null
  code: ProblemCode
  /** A sentence that a person can act on. */
  message: string
}

export type ProblemCode =
  | 'no-start'
  | 'too-many-nodes'
  | 'unknown-node'
  | 'unreachable'
  | 'dead-end'
  | 'endless-loop'
  | 'no-options'
  | 'duplicate-option'
  | 'option-too-long'
  | 'ambiguous-hint'
  | 'empty-prompt'
  | 'missing-language'
  | 'prompt-too-long'
  | 'unknown-queue'
  | 'unknown-hours'
  | 'unknown-agent'
  | 'unknown-flow'
  | 'unknown-prompt'
  | 'no-voice'
  | 'recursive-flow'
  | 'bad-url'
  | 'bad-variable'
  | 'bad-number'
  | 'barred-number'
  | 'out-of-range'

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
  if (entries.length > MAX_NODES)
    return [error(null, 'too-many-nodes', `A flow has at most ${MAX_NODES} nodes; this one has ${entries.length}.`)]
  const languages = languagesOf(definition)
  const loops = loopsIn(definition)
  const reached = reachable(definition)
  const whole = Object.hasOwn(definition.nodes, definition.start)
    ? []
    : [error(null, 'no-start', `The flow begins with “${definition.start}”, and there is no such node.`)]
  return [
    ...whole,
    ...entries.flatMap(([id, node]) => [
      ...exitProblems(id, node, definition, known),
      ...(whole.length > 0 || reached.has(id)
        ? []
        : [warning(id, 'unreachable', `Nothing leads to ${called(id, node)}.`)]),
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
  (nodeId: string | null, code: ProblemCode, message: string): FlowProblem => ({ severity, nodeId, code, message })
const error = problem('error')
const warning = problem('warning')

const called = (id: string, { label }: FlowNode): string => `“${label || id}”`

const isThis = ({ id, name }: Thing, idOrName: string): boolean => id === idOrName || name === idOrName

// How nodes hang together

function exitProblems(id: string, node: FlowNode, { nodes }: FlowDefinition, known: Known): FlowProblem[] {
  // Where a flow is a part of another, its end is where the other goes on.
  const returns = known.flows.some(({ definition }) => subflowsOf(definition).some(flow => isSelf(known, flow)))
  return exitsOf(node).flatMap(({ name, next }) => {
    if (next !== null && !Object.hasOwn(nodes, next))
      return error(id, 'unknown-node', `${called(id, node)} leads to “${next}” (${name}), and there is no such node.`)
    // After a message has been left, there is nothing more to say than the thanks that the center says by itself.
    if (next !== null || returns || node.type === 'voicemail') return []
    return warning(
      id,
      'dead-end',
      `${called(id, node)} leads nowhere (${name}): the call ends there without a goodbye.`,
    )
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
      const round = trail.slice(trail.indexOf(id)).map(each => called(each, nodes[each]!))
      const message = `${[...round, round[0]].join(' → ')}: calls go round here without end.`
      found.set(id, [...(found.get(id) ?? []), error(id, 'endless-loop', message)])
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
    if (there.length === 0) return warning(id, 'empty-prompt', `${called(id, node)} has no words (${name}).`)
    const missing = languages.filter(language => !there.some(tag => primaryLanguage(tag) === primaryLanguage(language)))
    const long = Object.entries(spoken.text).filter(([, text]) => text.length > MAX_PROMPT)
    return [
      ...missing.map(tag => warning(id, 'missing-language', `${called(id, node)} says nothing in ${tag} (${name}).`)),
      ...long.map(([tag]) =>
        error(
          id,
          'prompt-too-long',
          `${called(id, node)} says more than ${MAX_PROMPT} characters in ${tag} (${name}).`,
        ),
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
  return [...new Set(unspoken)].map(tag =>
    warning(
      id,
      'no-voice',
      `${called(id, node)} speaks ${tag}, for which this server has no voice of its own: record it, or set SPEECH_URL.`,
    ),
  )
}

// What is referred to

const mediaOf = (node: FlowNode): Media[] =>
  node.type === 'play' ? [node.media] : promptsOf(node).flatMap(({ spoken }) => Object.values(spoken.audio ?? {}))

function recordingProblems(id: string, node: FlowNode, { prompts }: Known): FlowProblem[] {
  const isThere = (media: Media) =>
    prompts === undefined || !media.startsWith('prompt:') || prompts.some(prompt => media === `prompt:${prompt.id}`)
  return mediaOf(node).every(isThere)
    ? []
    : [error(id, 'unknown-prompt', `${called(id, node)} plays a recording that is not there any more.`)]
}

function referenceProblems(id: string, node: FlowNode, known: Known): FlowProblem[] {
  const missing = (kind: 'queue' | 'hours' | 'agent' | 'flow', list: readonly Thing[], idOrName: string) =>
    list.some(thing => isThis(thing, idOrName))
      ? []
      : [error(id, `unknown-${kind}`, `${called(id, node)} needs ${NOUNS[kind]} “${idOrName}”: not found.`)]
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

const NOUNS = { queue: 'the queue', hours: 'the business hours', agent: 'the agent', flow: 'the flow' }

function subflowProblems(
  id: string,
  node: SubflowNode,
  known: Known,
  missing: (kind: 'flow', list: readonly Thing[], idOrName: string) => FlowProblem[],
): FlowProblem[] {
  if (leadsToSelf(node.flow, known))
    return [
      error(id, 'recursive-flow', `${called(id, node)} leads to “${node.flow}”, which leads back into this flow.`),
    ]
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
      : [error(id, 'out-of-range', `${called(id, node)}: ${name} must be a whole number from ${least} to ${most}.`)]
  const variable = (name: string | undefined): FlowProblem[] =>
    name === undefined || VARIABLE.test(name)
      ? []
      : [error(id, 'bad-variable', `${called(id, node)}: “${name}” cannot name a variable; “${toVariable(name)}” can.`)]
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
    return [error(id, 'bad-number', `${called(id, node)}: “${number}” is no telephone number.`)]
  const barred = whyBarred?.(number) ?? null
  return barred === null ? [] : [error(id, 'barred-number', `${called(id, node)}: “${number}”. ${barred}`)]
}

/** The nearest name that is allowed. */
function toVariable(name: string): string {
  const rest = name.replace(/[^a-zA-Z0-9_]/g, '').replace(/^[^a-zA-Z]+/, '')
  return rest === '' ? 'value' : `${rest[0]!.toLowerCase()}${rest.slice(1)}`.slice(0, 40)
}

const urlProblems = (id: string, node: HttpNode): FlowProblem[] =>
  URL_SHAPE.test(node.url)
    ? []
    : [
        error(
          id,
          'bad-url',
          `${called(id, node)}: “${node.url}” is no address of the form https://host/path, with variables in the path only.`,
        ),
      ]

function optionProblems(id: string, node: MenuNode): FlowProblem[] {
  const { options, entered } = node
  const problems: FlowProblem[] = []
  if (options.length === 0 && entered === undefined)
    problems.push(error(id, 'no-options', `${called(id, node)} has nothing to choose from.`))
  const keys = options.map(({ digits }) => digits)
  for (const digits of twice(keys))
    problems.push(error(id, 'duplicate-option', `${called(id, node)} has ${digits} more than once.`))
  for (const digits of keys.filter(digits => digits.length > menuDigits(node)))
    problems.push(
      error(
        id,
        'option-too-long',
        `${called(id, node)} waits for ${menuDigits(node)} keys: ${digits} cannot be entered.`,
      ),
    )
  const hints = options.flatMap(({ hints = {} }) => [
    ...new Set(Object.entries(hints).flatMap(([tag, words]) => words.map(word => `“${word.toLowerCase()}” in ${tag}`))),
  ])
  for (const hint of twice(hints))
    problems.push(warning(id, 'ambiguous-hint', `${called(id, node)} has ${hint} for more than one option.`))
  return problems
}

/** What is there more than once. */
const twice = (list: readonly string[]): string[] => [
  ...new Set(list.filter((item, index) => list.indexOf(item) !== index)),
]
