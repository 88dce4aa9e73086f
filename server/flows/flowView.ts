import type { Flow, FlowDetails, FlowVersion } from '../../client/contract.ts'
import type { FlowDefinition } from '../../core/flow.ts'
import { checkFlow, type Known } from '../../core/flowCheck.ts'
import { diffFlows } from '../../core/flowDiff.ts'
import type { StoredFlow, StoredVersion } from './flowStore.ts'

/** What the outside sees of a flow: its draft, what is wrong with it, and what publishing it would change. */
export function flowView({ published, draft, tests, revision, ...flow }: StoredFlow, known: Known): FlowDetails {
  return {
    ...(flow satisfies Flow),
    draft: draft as FlowDetails['draft'],
    tests: tests as FlowDetails['tests'],
    revision,
    problems: checkFlow(draft, { ...known, self: flow }),
    ...changesOf(published, draft),
  }
}

export const versionView = ({ publishedAt, definition, before, ...version }: StoredVersion): FlowVersion => ({
  ...version,
  publishedAt: publishedAt.toISOString(),
  ...changesOf(before, definition),
})

/** A first version has nothing to differ from. */
function changesOf(before: FlowDefinition | null, after: FlowDefinition): Pick<FlowVersion, 'changes' | 'differences'> {
  const differences = before === null ? [] : diffFlows(before, after)
  return { changes: differences.map(({ message }) => message), differences }
}
