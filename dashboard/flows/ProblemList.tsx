import type { FlowProblem } from '../../client/contract.ts'
import { sayIn } from '../text/said.ts'
import { useText } from '../text/text.tsx'
import { nodeName, readable, useFlowEditor } from './editor.ts'

/** What is wrong with the flow; each line leads to where it can be put right. */
export function ProblemList({ problems, onJump }: { problems: readonly FlowProblem[]; onJump(nodeId: string): void }) {
  const text = useText()
  const words = text.flowsScreen
  const { definition, known } = useFlowEditor()
  if (problems.length === 0) return <p className="p-4 text-soft">{words.noProblems}</p>
  return (
    <ul aria-label={words.problems} className="divide-y divide-line">
      {problems.map(({ severity, nodeId, ...said }) => (
        <li key={`${nodeId} ${said.code} ${said.message}`} className="px-4 py-2.5">
          <p className="flex flex-wrap items-center gap-2">
            <span className="ringside-badge" data-tone={severity === 'error' ? 'missed' : 'ringing'}>
              {severity === 'error' ? words.error : words.warning}
            </span>
            {nodeId !== null && Object.hasOwn(definition.nodes, nodeId) && (
              <button
                type="button"
                className="ringside-link cursor-pointer font-semibold"
                onClick={() => onJump(nodeId)}
              >
                {nodeName(nodeId, definition.nodes[nodeId], words)}
              </button>
            )}
          </p>
          <p className="mt-1">{readable(sayIn(text.said, said), known)}</p>
        </li>
      ))}
    </ul>
  )
}
