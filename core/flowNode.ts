import type { Prompt } from './action.ts'
import { holds } from './condition.ts'
import type { ConsentAnswer } from './consent.ts'
import type {
  CallbackNode,
  ConsentNode,
  FlowNode,
  HttpNode,
  MenuNode,
  MessageNode,
  Next,
  QueueNode,
  RingNode,
  SubflowNode,
  VoicemailNode,
} from './flow.ts'
import {
  askForKey,
  type Draft,
  definitionOf,
  hangUp,
  hear,
  holdOn,
  lookUpIn,
  type Onward,
  READY,
  say,
  setVariable,
  wait,
  within,
} from './flowDraft.ts'
import { ANSWER_SECONDS, askAgent, bridge, divert, enqueue, promiseCallback, promised, record } from './flowQueue.ts'
import { menuChoice, menuDigits, menuHints } from './menuChoice.ts'
import { phrase } from './phrase.ts'
import { fill } from './prompt.ts'
import type { InputResult } from './signal.ts'
import { cleanText } from './text.ts'

/** How many nodes a call may enter since its caller last did something, and in all: flows can go in circles. */
const BUDGET = { sinceInput: 50, inAll: 200 }
/** How often a question of yes and no is repeated. */
const CONSENT_RETRIES = 2

/** What the caller has done about a question. */
type Reply = Extract<InputResult, { type: 'none' | 'digits' | 'speech' }>

/** Enters one node after another, until one has to wait or the call ends. */
export function walk(draft: Draft, from: Onward): void {
  let onward = from
  while (onward !== READY) onward = onward === null ? leave(draft) : enter(draft, onward)
}

/** The flow has come to its end: on in the one that it was entered from, or goodbye. */
function leave(draft: Draft): Onward {
  const { stack } = draft.run
  const outer = stack.at(-1)
  if (outer === undefined) return hangUp(draft)
  draft.run = { ...draft.run, flowId: outer.flowId, version: outer.version, stack: stack.slice(0, -1) }
  return outer.next
}

function enter(draft: Draft, nodeId: string): Onward {
  const node = nodeOf(draft, nodeId)
  if (node === null) return divert(draft, 'broken-flow')
  const { path, budget } = draft.run
  const { sinceInput, inAll } = { sinceInput: budget.sinceInput + 1, inAll: budget.inAll + 1 }
  if (sinceInput > BUDGET.sinceInput || inAll > BUDGET.inAll) return divert(draft, 'budget')
  draft.run = {
    ...draft.run,
    nodeId,
    attempts: 0,
    budget: { ...budget, sinceInput, inAll },
    path: [...path, nodeId],
  }
  return visit(draft, node)
}

/** Ids come from outside: `constructor` is a node only where somebody has made one. */
function nodeOf(draft: Draft, nodeId: string): FlowNode | null {
  const nodes = definitionOf(draft)?.nodes ?? {}
  return Object.hasOwn(nodes, nodeId) ? nodes[nodeId]! : null
}

function visit(draft: Draft, node: FlowNode): Onward {
  switch (node.type) {
    case 'say':
      say(draft, node.prompt)
      return node.next
    case 'play':
      draft.prompts.push({ type: 'play', media: node.media, loop: 1 })
      return node.next
    case 'menu':
      return askMenu(draft, node, null)
    case 'hours':
      // Callers of hours that are not there any more shall reach people rather than a closed door.
      return (draft.facts.isOpen(node.hours) ?? true) ? node.open : node.closed
    case 'language':
      draft.run = { ...draft.run, language: node.language }
      return node.next
    case 'set':
      setVariable(draft, node.variable, fill(node.value, lookUpIn(draft)))
      return node.next
    case 'branch': {
      const met = node.cases.find(({ when }) => holds(when, lookUpIn(draft)))
      return met === undefined ? node.otherwise : met.next
    }
    case 'http':
      return fetch(draft, node)
    case 'queue':
      return queue(draft, node)
    case 'ring':
      return ring(draft, node)
    case 'voicemail':
      return voicemail(draft, node)
    case 'callback':
      return askCallback(draft, node)
    case 'consent':
      return consent(draft, node)
    case 'message':
      return message(draft, node)
    case 'hangUp':
      say(draft, node.prompt ?? null)
      return hangUp(draft)
    case 'subflow':
      return descend(draft, node)
    default:
      // A newer server may know more kinds of node than this one.
      node satisfies never
      return divert(draft, 'broken-flow')
  }
}

/** The caller has answered the present node. Undefined: it was not asked that. */
export function answerNode(draft: Draft, reply: Reply): Onward | undefined {
  const node = nodeOf(draft, draft.run.nodeId)
  if (node === null) return divert(draft, 'broken-flow')
  switch (node.type) {
    case 'menu':
      return answerMenu(draft, node, reply)
    case 'consent':
      return answerConsent(draft, node, reply)
    case 'callback':
      return answerCallback(draft, node, reply)
    default:
      return undefined
  }
}

function askMenu(draft: Draft, node: MenuNode, first: Prompt | null): Onward {
  const { language } = draft.run
  const hints = menuHints(node, language, definitionOf(draft)?.language ?? language)
  return wait(
    draft,
    {
      type: 'gather',
      // All of it inside, so that who knows the menu need not hear the remark out.
      prompts: [first, hear(draft, node.prompt)].filter(prompt => prompt !== null),
      digits: menuDigits(node),
      timeoutSeconds: within(node.timeoutSeconds, 1, 60),
      speech: hints.length === 0 ? null : { language, hints },
    },
    { type: 'input' },
  )
}

function answerMenu(draft: Draft, node: MenuNode, reply: Reply): Onward {
  const { language, attempts } = draft.run
  const choice = menuChoice(node, reply, language, definitionOf(draft)?.language ?? language)
  if (choice !== null) {
    if (node.saveAs !== undefined) setVariable(draft, node.saveAs, choice.keys)
    return choice.next
  }
  if (attempts >= within(node.retries, 0, 10)) return node.otherwise
  draft.run = { ...draft.run, attempts: attempts + 1 }
  const remark = reply.type === 'none' ? node.silence : node.invalid
  const written = remark === undefined ? null : hear(draft, remark)
  return askMenu(draft, node, written ?? (reply.type === 'none' ? null : phrase('invalid', language)))
}

/** What asking, and deciding on the answer, may take on top of the deadline. */
const FETCH_SLACK_MS = 5000

function fetch(draft: Draft, node: HttpNode): Onward {
  const lookUp = lookUpIn(draft)
  const url = fill(node.url, lookUp, value => encodeURIComponent(cleanText(value)))
  if (!/^https?:\/\/[^\s/?#]+/i.test(url)) return node.failed
  const body =
    node.method === 'POST'
      ? JSON.stringify(Object.fromEntries((node.send ?? []).map(name => [name, lookUp(name)])))
      : null
  const unheard = [...draft.prompts]
  const step = draft.run.step + 1
  const deadlineMs = within(node.deadlineMs, 100, 10_000)
  draft.effects.push({ type: 'fetch', step, method: node.method, url, body, deadlineMs })
  const until = draft.facts.now + deadlineMs + FETCH_SLACK_MS
  return holdOn(draft, 'hold-music', { type: 'fetch', step, until, unheard })
}

/** Keeps of the answer what the node asked for; null: there was none. */
export function saveAnswer(draft: Draft, answer: unknown): Onward {
  const node = nodeOf(draft, draft.run.nodeId)
  if (node?.type !== 'http') return divert(draft, 'broken-flow')
  if (answer == null) return node.failed
  for (const [name, path] of Object.entries(node.save)) {
    const value = at(answer, path)
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      setVariable(draft, name, String(value))
  }
  return node.next
}

/** Own properties only: the answer comes from the web, and every object has a `constructor`. */
function at(answer: unknown, path: string): unknown {
  let value = answer
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

const queue = (draft: Draft, { queue, requires = {}, priority = 0, otherwise }: QueueNode): Onward =>
  enqueue(draft, queue, {
    requires,
    priority,
    otherwise: otherwise === undefined ? null : { next: otherwise },
    preferredAgentId: null,
  })

function ring(draft: Draft, { target, ringSeconds, unanswered: next }: RingNode): Onward {
  const agent = target.type === 'agent' ? draft.facts.findAgent(target.agent) : null
  const at = target.type === 'agent' ? agent?.at : target
  // A desk rings by an offer: it occupies its agent, and comes with the card.
  if (agent && at?.type === 'softphone') return askAgent(draft, agent, next)
  return bridge(draft, at ?? { type: 'number', number: '' }, { type: 'node', next }, ringSeconds)
}

function voicemail(draft: Draft, { queue, prompt, maxSeconds, next }: VoicemailNode): Onward {
  const found = draft.facts.findQueue(queue)
  if (found === null) return divert(draft, 'broken-flow')
  say(draft, prompt, 'voicemail')
  return record(draft, maxSeconds, { type: 'voicemail', queueId: found.id, next })
}

function askCallback(draft: Draft, node: CallbackNode): Onward {
  if (draft.facts.findQueue(node.queue) === null) return divert(draft, 'broken-flow')
  const { language } = draft.run
  if (draft.facts.callerNumber === null) return node.declined
  const question = hear(draft, node.prompt) ?? phrase('callback-offer', language)
  return askForKey(draft, [question], ANSWER_SECONDS, { type: 'input' })
}

function answerCallback(draft: Draft, node: CallbackNode, reply: Reply): Onward {
  const found = draft.facts.findQueue(node.queue)
  if (found === null) return divert(draft, 'broken-flow')
  const number = promised(draft, reply)
  return number === null ? node.declined : promiseCallback(draft, found.id, number, node.confirmed)
}

function consent(draft: Draft, node: ConsentNode): Onward {
  if (node.mode === 'ask') return askConsent(draft, node)
  say(draft, node.prompt)
  // Only when it has been heard to the end has it been said.
  return wait(draft, { type: 'resume' }, { type: 'input' })
}

function askConsent(draft: Draft, { prompt }: ConsentNode, first: Prompt | null = null): Onward {
  const prompts = [first, hear(draft, prompt)].filter(prompt => prompt !== null)
  return askForKey(draft, prompts, ANSWER_SECONDS, { type: 'input' })
}

/** Who does not answer has not agreed. */
function answerConsent(draft: Draft, node: ConsentNode, reply: Reply): Onward {
  const { attempts, language, version } = draft.run
  const asks = node.mode === 'ask'
  const answer = reply.type === 'digits' ? reply.digits : null
  const given = !asks || answer === '1'
  if (!given && answer !== '2' && attempts < CONSENT_RETRIES) {
    draft.run = { ...draft.run, attempts: attempts + 1 }
    return askConsent(draft, node, reply.type === 'none' ? null : phrase('invalid', language))
  }
  const prompt = hear(draft, node.prompt)
  const said: ConsentAnswer = {
    how: asks ? 'asked' : 'announced',
    given,
    policy: 'flow',
    region: draft.facts.consent.region,
    version,
    heard: prompt?.type === 'play' ? prompt.media : (prompt?.text ?? null),
    language,
    answer,
  }
  draft.run = { ...draft.run, consent: said }
  draft.effects.push({ type: 'noteConsent', said })
  return given || node.refused === undefined ? node.next : node.refused
}

function message(draft: Draft, { text, next, unsent }: MessageNode): Onward {
  const { callerNumber, canText } = draft.facts
  const written = hear(draft, { text })
  if (!canText || callerNumber === null || written?.type !== 'say') return unsent
  draft.effects.push({ type: 'sendText', to: callerNumber, text: written.text })
  return next
}

/** Into another flow, on the version that this call has met it in first: a flow must not change under a caller. */
function descend(draft: Draft, { flow, next }: SubflowNode): Onward {
  const { flowId, version, stack, versions } = draft.run
  const metAs = Object.hasOwn(versions, flow)
  const found = metAs ? { id: flow, version: versions[flow]! } : draft.facts.findFlow(flow)
  if (found === null) return divert(draft, 'broken-flow')
  const pinned = Object.hasOwn(versions, found.id) ? versions[found.id]! : found.version
  draft.run = {
    ...draft.run,
    flowId: found.id,
    version: pinned,
    stack: [...stack, { flowId, version, next }],
    versions: { ...versions, [found.id]: pinned },
  }
  return startOf(draft)
}

/** A definition that cannot be found has no start that could be: the way of every broken reference. */
const startOf = (draft: Draft): Next => definitionOf(draft)?.start ?? ''
