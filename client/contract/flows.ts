import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { Media, Skills } from './queues.ts'
import { Id, IdParams, Page, pageOf, ShortPage, Success, saidShape, Time, words } from './words.ts'

export const Language = z.string().regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'A language such as en-US.')
const Text = z.record(Language, z.string().max(1000))
const Spoken = z.object({ text: Text, audio: z.record(Language, Media).optional() })
const NodeId = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,59}$/, 'A letter, then letters, digits, - or _.')
const Next = NodeId.nullable()
const Reference = words(100)
const placed = {
  label: z.string().max(100).optional(),
  position: z.object({ x: z.number(), y: z.number() }).optional(),
}
export const FlowNode = z.discriminatedUnion('type', [
  z.object({ type: z.literal('say'), ...placed, prompt: Spoken, next: Next }),
  z.object({ type: z.literal('play'), ...placed, media: Media, next: Next }),
  z.object({
    type: z.literal('menu'),
    ...placed,
    prompt: Spoken,
    options: z
      .array(
        z.object({
          digits: z.string().regex(/^[0-9*#]{1,20}$/, 'Keys of a telephone.'),
          hints: z.record(Language, z.array(words(100)).max(50)).optional(),
          next: Next,
        }),
      )
      .max(50),
    digits: z.number().int().min(1).max(20).optional(),
    timeoutSeconds: z.number().int().min(1).max(60),
    retries: z.number().int().min(0).max(10),
    invalid: Spoken.optional(),
    silence: Spoken.optional(),
    entered: Next.optional(),
    otherwise: Next,
    saveAs: z.string().max(40).optional(),
  }),
  z.object({ type: z.literal('hours'), ...placed, hours: Reference, open: Next, closed: Next }),
  z.object({ type: z.literal('language'), ...placed, language: Language, next: Next }),
  z.object({ type: z.literal('set'), ...placed, variable: words(40), value: z.string().max(500), next: Next }),
  z.object({
    type: z.literal('branch'),
    ...placed,
    cases: z
      .array(
        z.object({
          when: z.object({
            value: words(100),
            is: z.enum(['equal', 'not-equal', 'contains', 'starts-with', 'set', 'not-set', 'at-least', 'at-most']),
            to: z.string().max(500).optional(),
          }),
          next: Next,
        }),
      )
      .max(50),
    otherwise: Next,
  }),
  z.object({
    type: z.literal('http'),
    ...placed,
    method: z.enum(['GET', 'POST']),
    url: z.string().max(2000),
    send: z.array(words(100)).max(50).optional(),
    deadlineMs: z.number().int().min(100).max(10_000),
    save: z.record(z.string().max(40), z.string().max(200)),
    next: Next,
    failed: Next,
  }),
  z.object({
    type: z.literal('queue'),
    ...placed,
    queue: Reference,
    requires: Skills.optional(),
    priority: z.number().int().min(-100).max(100).optional(),
    otherwise: Next.optional(),
  }),
  z.object({
    type: z.literal('ring'),
    ...placed,
    target: z.discriminatedUnion('type', [
      z.object({ type: z.literal('agent'), agent: Reference }),
      z.object({ type: z.literal('number'), number: words(60) }),
    ]),
    ringSeconds: z.number().int().min(5).max(60),
    unanswered: Next,
  }),
  z.object({
    type: z.literal('voicemail'),
    ...placed,
    queue: Reference,
    prompt: Spoken,
    maxSeconds: z.number().int().min(5).max(600),
    next: Next,
  }),
  z.object({
    type: z.literal('callback'),
    ...placed,
    queue: Reference,
    prompt: Spoken,
    confirmed: Spoken,
    declined: Next,
  }),
  z.object({
    type: z.literal('consent'),
    ...placed,
    mode: z.enum(['announce', 'ask']),
    prompt: Spoken,
    next: Next,
    refused: Next.optional(),
  }),
  z.object({ type: z.literal('message'), ...placed, text: Text, next: Next, unsent: Next }),
  z.object({ type: z.literal('hangUp'), ...placed, prompt: Spoken.optional() }),
  z.object({ type: z.literal('subflow'), ...placed, flow: Reference, next: Next }),
])
export const FlowDefinition = z.object({
  start: NodeId,
  language: Language,
  nodes: z.record(NodeId, FlowNode).refine(nodes => Object.keys(nodes).length <= 500, 'At most 500 nodes.'),
})
export type FlowDefinition = z.infer<typeof FlowDefinition>
/** Given these inputs, this path: run before publishing and from the command line. */
export const FlowTest = z.object({
  name: words(200),
  given: z
    .object({
      callerNumber: z.string().max(60).optional(),
      contact: z.record(z.string().max(100), z.string().max(500)).optional(),
      open: z.record(z.string().max(100), z.boolean()).optional(),
      closedQueues: z.array(z.string().max(100)).optional(),
      answers: z.array(z.unknown()).max(50).optional(),
      language: Language.optional(),
    })
    .optional(),
  inputs: z
    .array(
      z.union([
        z.string().max(20),
        z.object({ speech: z.string().max(500) }),
        z.object({ nothing: z.literal(true) }),
        z.object({ dialled: z.enum(['answered', 'busy', 'no-answer', 'failed', 'canceled']) }),
        z.object({ recorded: z.number().min(0).max(3600) }),
      ]),
    )
    .max(100),
  expect: z.object({
    path: z.array(z.string().max(60)).max(500).optional(),
    exact: z.boolean().optional(),
    says: z.array(z.string().max(1000)).max(100).optional(),
    endsIn: z
      .discriminatedUnion('type', [
        z.object({ type: z.literal('queue'), queue: words(100) }),
        z.object({ type: z.literal('voicemail') }),
        z.object({ type: z.literal('callback') }),
        z.object({ type: z.literal('number'), number: words(60) }),
        z.object({ type: z.literal('hangUp') }),
      ])
      .optional(),
  }),
})
export type FlowTest = z.infer<typeof FlowTest>
export const FlowProblem = z.object({
  severity: z.enum(['error', 'warning']),
  nodeId: z.string().nullable(),
  ...saidShape,
})
export type FlowProblem = z.infer<typeof FlowProblem>
export const FlowChange = z.object(saidShape).describe('A sentence of `changes`, with what it is made of.')
export type FlowChange = z.infer<typeof FlowChange>
export const FlowTestResult = z.object({
  name: z.string(),
  passed: z.boolean(),
  problems: z.array(z.string()),
  path: z.array(z.string()),
  said: z.array(z.string()),
})
export type FlowTestResult = z.infer<typeof FlowTestResult>

export const Flow = z.object({
  id: Id,
  name: z.string(),
  numbers: z.array(z.object({ id: Id, number: z.string() })).describe('Numbers of ours whose calls begin with it.'),
  publishedVersion: z.number().int().nullable(),
  draftChanged: z.boolean().describe('Whether the draft differs from what is published.'),
  updatedAt: Time,
})
export type Flow = z.infer<typeof Flow>
export const FlowDetails = Flow.extend({
  draft: FlowDefinition,
  tests: z.array(FlowTest),
  revision: z.number().int().describe('Rises with every change of the draft.'),
  problems: z.array(FlowProblem),
  changes: z.array(z.string()).describe('What publishing would change, in sentences.'),
  differences: z.array(FlowChange),
})
export type FlowDetails = z.infer<typeof FlowDetails>
export const listFlows = defineRoute({
  method: 'GET',
  path: '/api/flows',
  summary: 'The flows, by name.',
  may: 'see queues',
  query: z.object({ ...ShortPage }),
  answer: pageOf(Flow),
})
export const getFlow = defineRoute({
  method: 'GET',
  path: '/api/flows/:id',
  summary: 'A flow with its draft, what is wrong with it, and what publishing would change.',
  may: 'see queues',
  params: IdParams,
  answer: FlowDetails,
})
export const createFlow = defineRoute({
  method: 'POST',
  path: '/api/flows',
  summary: 'Add a flow as a draft; without a definition, one that leads to the first queue.',
  may: 'edit flows',
  body: z.object({
    name: words(100),
    definition: FlowDefinition.optional(),
    tests: z.array(FlowTest).max(200).optional(),
  }),
  answer: z.object({ success: z.literal(true), flow: FlowDetails }),
  status: 201,
})
export const updateFlow = defineRoute({
  method: 'PATCH',
  path: '/api/flows/:id',
  summary: 'Change the draft. 409 `flow_changed` when somebody else has saved since `revision`.',
  may: 'edit flows',
  params: IdParams,
  body: z.object({
    name: words(100).optional(),
    definition: FlowDefinition.optional(),
    tests: z.array(FlowTest).max(200).optional(),
    revision: z.int32().optional().describe('Which revision this change is of.'),
  }),
  answer: z.object({ success: z.literal(true), flow: FlowDetails }),
})
export const deleteFlow = defineRoute({
  method: 'DELETE',
  path: '/api/flows/:id',
  summary: 'Delete a flow. 409 `flow_in_use` while a number or another flow leads to it, or calls are in it.',
  may: 'edit flows',
  params: IdParams,
  answer: Success,
})
export const testFlow = defineRoute({
  method: 'POST',
  path: '/api/flows/:id/test',
  summary: 'Run the flow’s tests, or those given, on its draft.',
  may: 'edit flows',
  params: IdParams,
  body: z.object({ tests: z.array(FlowTest).max(200).optional() }).optional(),
  answer: z.object({ success: z.literal(true), passed: z.boolean(), results: z.array(FlowTestResult) }),
})
export const publishFlow = defineRoute({
  method: 'POST',
  path: '/api/flows/:id/publish',
  summary:
    'Make the draft the version that new calls get. 409 `flow_invalid` or `flow_tests_failed` says what stands in the way.',
  may: 'edit flows',
  params: IdParams,
  body: z.object({ note: words(500).optional() }).optional(),
  answer: z.object({ success: z.literal(true), flow: FlowDetails, version: z.number().int() }),
})
export const FlowVersion = z.object({
  version: z.number().int(),
  publishedAt: Time,
  publishedBy: z.string(),
  note: z.string().nullable(),
  changes: z.array(z.string()).describe('Against the version before, in sentences.'),
  differences: z.array(FlowChange),
  liveCalls: z.number().int().describe('Calls that are in it just now.'),
})
export type FlowVersion = z.infer<typeof FlowVersion>
export const listFlowVersions = defineRoute({
  method: 'GET',
  path: '/api/flows/:id/versions',
  summary: 'What was published, newest first, with a readable difference.',
  may: 'see queues',
  params: IdParams,
  query: z.object({ ...Page }),
  answer: pageOf(FlowVersion),
})
export const rollBackFlow = defineRoute({
  method: 'POST',
  path: '/api/flows/:id/roll-back',
  summary: 'Publish an earlier version again, as a new one. The draft stays.',
  may: 'edit flows',
  params: IdParams,
  body: z.object({ version: z.int32().min(1) }),
  answer: z.object({ success: z.literal(true), flow: FlowDetails, version: z.number().int() }),
})
