import fc from 'fast-check'
import type { FlowDefinition, FlowNode, Spoken } from '../../core/flow.ts'

const IDS = ['a', 'b', 'c', 'd', 'e', 'f']

const is = <Value extends string>(...values: Value[]) => fc.constantFrom(...values)

/** Mostly to a node that is there. */
const next = fc.oneof({ weight: 8, arbitrary: is(...IDS) }, { weight: 1, arbitrary: fc.constantFrom(null, 'gone') })

const en = (text: string): Spoken => ({ text: { 'en-US': text } })
const prompt = fc.constantFrom<Spoken[]>(
  en('Hello.'),
  en('{caller.number} & {x} <b>'),
  en(' '),
  { text: { 'es-US': 'Hola.' } },
  { text: {} },
  { text: { 'en-US': 'Hi.' }, audio: { 'en-US': 'https://sounds.example.com/a.mp3?b=1&c=2' } },
)

/** A node of any kind that leads anywhere, with settings that no check would let pass among them. */
const anyNode = (queues: string[]): fc.Arbitrary<FlowNode> => {
  const queue = is(...queues, 'nirvana')
  const when = fc.record({ value: is('x', 'language', 'contact.known'), is: is('set', 'equal'), to: is('1') })
  return fc.oneof(
    fc.record({ type: is('say'), prompt, next }),
    fc.record({ type: is('play'), media: is('hold-music'), next }),
    fc.record({
      type: is('menu'),
      prompt,
      options: fc.array(fc.record({ digits: is('1', '2', '42'), next }), { maxLength: 3 }),
      timeoutSeconds: fc.integer({ min: -1, max: 100 }),
      retries: fc.integer({ min: 0, max: 2 }),
      otherwise: next,
      saveAs: is('x', 'y'),
    }),
    fc.record({ type: is('hours'), hours: is('none'), open: next, closed: next }),
    fc.record({ type: is('language'), language: is('es-US', 'en-US', 'de-DE'), next }),
    fc.record({ type: is('set'), variable: is('x'), value: is('1', '{y}</Say>'), next }),
    fc.record({
      type: is('branch'),
      cases: fc.array(fc.record({ when, next }), { maxLength: 2 }),
      otherwise: next,
    }),
    fc.record(
      { type: is('queue'), queue, requires: fc.constantFrom({}, { latin: 1 }), otherwise: next },
      { requiredKeys: ['type', 'queue', 'requires'] },
    ),
    fc.record({
      type: is('ring'),
      target: fc.constantFrom(
        { type: 'number' as const, number: '+12025550198' },
        { type: 'agent' as const, agent: 'nobody' },
      ),
      ringSeconds: fc.integer({ min: 0, max: 90 }),
      unanswered: next,
    }),
    fc.record({ type: is('voicemail'), queue, prompt, maxSeconds: fc.integer({ min: 0, max: 900 }), next }),
    fc.record({ type: is('callback'), queue, prompt, confirmed: prompt, declined: next }),
    fc.record({ type: is('consent'), mode: is('ask', 'announce'), prompt, next }),
    fc.record({ type: is('message'), text: fc.constant({ 'en-US': 'Hi' }), next, unsent: next }),
    fc.record({ type: is('hangUp'), prompt }),
    fc.record({ type: is('subflow'), flow: is('Main menu', 'nirvana'), next }),
    fc.record({
      type: is('http'),
      method: is('GET', 'POST'),
      url: is('http://127.0.0.1:9/{x}', 'nonsense'),
      deadlineMs: fc.constant(100),
      save: fc.constant({}),
      next,
      failed: next,
    }),
  )
}

/** A small flow that may go in circles, lead nowhere, and name what is not there. */
export const anyFlow = (queues: string[]): fc.Arbitrary<FlowDefinition> =>
  fc.array(anyNode(queues), { minLength: IDS.length, maxLength: IDS.length }).map(nodes => ({
    start: 'a',
    language: 'en-US',
    nodes: Object.fromEntries(IDS.map((id, index) => [id, nodes[index]!])),
  }))

/** What a caller may do: keys, words, silence, hanging up. */
export const anyAct: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: is('1', '2', '42', '9', '#') },
  { weight: 2, arbitrary: is('silence', 'sales please', '</Say>') },
  { weight: 1, arbitrary: is('hang up') },
)
