import { z } from 'zod'
import * as contract from '../../client/contract.ts'
import type { FlowDefinition } from '../../core/flow.ts'
import { type FlowTest, type FlowTestResult, runFlowTest } from '../../core/flowTest.ts'

export const USAGE = 'npm run --silent flows -- test FILE.json [--json]'

/** Flows that lead to each other come in one file. What else they lead to (queues, hours, agents) is taken to be there. */
const FlowFile = z.object({
  flows: z
    .array(
      z.object({
        name: z.string().trim().min(1).max(100),
        definition: contract.FlowDefinition,
        tests: z.array(contract.FlowTest).default([]),
      }),
    )
    .min(1),
})

export interface CommandResult {
  output: string
  /** 1: a test has failed. 2: there was nothing that could be run, and `output` says why. */
  exitCode: 0 | 1 | 2
}

interface NamedResult extends FlowTestResult {
  flow: string
}

/**
 * The command `npm run flows`: runs the tests of flows in a file, without a server and without a database.
 *
 * @param readFile throws when there is no such file.
 */
export function flowCommand(args: readonly string[], readFile: (path: string) => string): CommandResult {
  const [command, path, ...more] = args.filter(arg => arg !== '--json')
  if (command !== 'test' || path === undefined || more.length > 0) return { output: `Usage: ${USAGE}`, exitCode: 2 }
  const file = readFlows(path, readFile)
  if (typeof file === 'string') return { output: file, exitCode: 2 }

  const flows = file.flows.map(({ name, definition, tests }) => ({
    id: name,
    name,
    definition: definition as FlowDefinition,
    tests,
  }))
  const results = flows.flatMap(flow =>
    flow.tests.map(
      (test): NamedResult => ({
        flow: flow.name,
        ...runFlowTest(test as FlowTest, [flow, ...flows.filter(other => other !== flow)]),
      }),
    ),
  )
  const failed = results.filter(result => !result.passed).length
  return {
    output: args.includes('--json')
      ? JSON.stringify({ tests: results.length, failed, results })
      : [...results.map(asLines), `${results.length} tests, ${failed} failed`].join('\n'),
    exitCode: failed === 0 ? 0 : 1,
  }
}

/** What is in the file, or a sentence that says why that cannot be used. */
function readFlows(path: string, readFile: (path: string) => string): z.output<typeof FlowFile> | string {
  let content: unknown
  try {
    content = JSON.parse(readFile(path))
  } catch (error) {
    return `${path}: ${(error as Error).message}`
  }
  const parsed = FlowFile.safeParse(content)
  if (parsed.success) return parsed.data
  return parsed.error.issues.map(issue => `${path}: ${issue.path.join('.')}: ${issue.message}`).join('\n')
}

const asLines = ({ flow, name, passed, problems }: NamedResult): string =>
  [`${passed ? 'ok  ' : 'FAIL'} ${flow}: ${name}`, ...problems.map(problem => `     ${problem}`)].join('\n')
