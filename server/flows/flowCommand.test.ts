import { expect, test } from 'vitest'
import { flowCommand } from './flowCommand.ts'

const definition = {
  start: 'hello',
  language: 'en-US',
  nodes: {
    hello: { type: 'say', prompt: { text: { 'en-US': 'Hello.' } }, next: 'line' },
    line: { type: 'queue', queue: 'support' },
  },
}
const reaches = (queue: string) => ({
  name: `reaches ${queue}`,
  inputs: [],
  expect: { endsIn: { type: 'queue', queue } },
})
const run = (content: unknown, ...more: string[]) =>
  flowCommand(['test', 'flows.json', ...more], () => (typeof content === 'string' ? content : JSON.stringify(content)))
const flowsWith = (...tests: object[]) => ({ flows: [{ name: 'Main', definition, tests }] })

test('all tests pass', () => {
  const { output, exitCode } = run(flowsWith(reaches('support')))
  expect(output).toBe('ok   Main: reaches support\n1 tests, 0 failed')
  expect(exitCode).toBe(0)
})

test('one fails: it is named, with what went wrong', () => {
  const { output, exitCode } = run(flowsWith(reaches('support'), reaches('sales')))
  expect(output).toMatch(/^ok {3}Main: reaches support\nFAIL Main: reaches sales\n {5}\S.*\n2 tests, 1 failed$/s)
  expect(exitCode).toBe(1)
})

test('for programs, as one object', () => {
  const { output, exitCode } = run(flowsWith(reaches('support'), reaches('sales')), '--json')
  expect(exitCode).toBe(1)
  expect(JSON.parse(output)).toMatchObject({
    tests: 2,
    failed: 1,
    results: [
      { flow: 'Main', name: 'reaches support', passed: true, problems: [], path: ['hello', 'line'], said: ['Hello.'] },
      { flow: 'Main', name: 'reaches sales', passed: false },
    ],
  })
})

test('flows lead to each other by name', () => {
  const outer = { start: 'sub', language: 'en-US', nodes: { sub: { type: 'subflow', flow: 'Main', next: null } } }
  const flows = [
    { name: 'Outer', definition: outer, tests: [reaches('support')] },
    { name: 'Main', definition },
  ]
  expect(run({ flows })).toMatchObject({ exitCode: 0 })
})

test.each<[string, unknown, RegExp]>([
  ['no JSON', 'flows:', /^flows\.json: /],
  ['no flows', { flows: [] }, /^flows\.json: flows: /],
  [
    'a node of no kind',
    { flows: [{ name: 'Main', definition: { ...definition, nodes: { a: { type: 'x' } } } }] },
    /^flows\.json: flows\.0\.definition\.nodes\.a\.type: /,
  ],
])('%s: nothing is run, and why', (_, content, message) => {
  const { output, exitCode } = run(content)
  expect(output).toMatch(message)
  expect(exitCode).toBe(2)
})

test('a file that is not there', () => {
  const missing = () => {
    throw new Error('no such file')
  }
  expect(flowCommand(['test', 'x.json'], missing)).toEqual({ output: 'x.json: no such file', exitCode: 2 })
})

test.each([[[]], [['test']], [['check', 'a.json']], [['test', 'a.json', 'b.json']]])('%j is told the usage', args => {
  const { output, exitCode } = flowCommand(args, () => '{}')
  expect(output).toContain('Usage:')
  expect(exitCode).toBe(2)
})
