import { useState } from 'react'
import { type FlowTest, type FlowTestResult, testFlow } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api } from '../api.ts'
import { useText } from '../text/text.tsx'
import { nodeName, useFlowEditor } from './editor.ts'
import { WalkDialog } from './WalkDialog.tsx'
import { inputInWords } from './walk.ts'

interface TestPanelProps {
  flowId: string
  tests: readonly FlowTest[]
  onTests(tests: FlowTest[]): void
  /** Tests run on what is saved. */
  save(): Promise<unknown>
}

/** Callers that are only imagined: what each does, and what must come of it. */
export function TestPanel({ flowId, tests, onTests, save }: TestPanelProps) {
  const words = useText().flowsScreen
  const { mayEdit } = useFlowEditor()
  const [results, setResults] = useState<readonly FlowTestResult[]>([])
  const [walking, setWalking] = useState(false)
  const run = useAction(async () => {
    await save()
    const answer = await api.call(testFlow, { params: { id: flowId }, body: {} })
    setResults(answer.results)
  })
  const walk = useAction(async () => {
    await save()
    setWalking(true)
  })
  const failed = results.filter(({ passed }) => !passed).length
  return (
    <div>
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2.5">
        {tests.length > 0 && (
          <Button pending={run.pending} disabled={!mayEdit} onClick={() => run.run()}>
            {run.pending ? words.running : words.run}
          </Button>
        )}
        <Button pending={walk.pending} disabled={!mayEdit} onClick={() => walk.run()}>
          {words.walk}
        </Button>
        <p role="status" className={failed > 0 ? 'text-missed' : 'text-live'}>
          {results.length > 0 && words.ran(results.length - failed, results.length)}
        </p>
        <Problem error={run.error ?? walk.error} />
      </div>
      {tests.length === 0 && <p className="p-4 text-soft">{words.noTests}</p>}
      <ul aria-label={words.tests} className="divide-y divide-line">
        {tests.map((test, index) => (
          <TestRow
            // biome-ignore lint/suspicious/noArrayIndexKey: two tests may have the same name
            key={index}
            test={test}
            result={results.find(({ name }) => name === test.name)}
            onRemove={() => {
              onTests(tests.toSpliced(index, 1))
              setResults([])
            }}
          />
        ))}
      </ul>
      {walking && (
        <WalkDialog
          flowId={flowId}
          onClose={() => setWalking(false)}
          onKeep={test => {
            onTests([...tests, test])
            setResults([])
            setWalking(false)
          }}
        />
      )}
    </div>
  )
}

interface TestRowProps {
  test: FlowTest
  result: FlowTestResult | undefined
  onRemove(): void
}

function TestRow({ test, result, onRemove }: TestRowProps) {
  const words = useText().flowsScreen
  const { mayEdit } = useFlowEditor()
  const inputs = test.inputs.map(input => inputInWords(input, words.input)).join(', ')
  return (
    <li className="px-4 py-2.5">
      <div className="flex items-center gap-2">
        <p className="min-w-0 grow truncate font-semibold">{test.name}</p>
        {result && (
          <span className="ringside-badge" data-tone={result.passed ? 'live' : 'missed'}>
            {result.passed ? words.passed : words.failed}
          </span>
        )}
        {mayEdit && (
          <Button look="plain" aria-label={words.removeTest(test.name)} onClick={onRemove}>
            {words.remove}
          </Button>
        )}
      </div>
      <p className="text-soft">{inputs === '' ? words.input.calls : words.inputs(inputs)}</p>
      {result?.problems.map(problem => (
        <p key={problem} className="ringside-problem">
          {problem}
        </p>
      ))}
      {result && (
        <details className="mt-1">
          <summary className="cursor-pointer text-soft hover:text-ink">{words.whatHappened}</summary>
          <Trace path={result.path} said={result.said} />
        </details>
      )}
    </li>
  )
}

/** Where a caller came along, and what it heard. */
export function Trace({ path, said }: { path: readonly string[]; said: readonly string[] }) {
  const words = useText().flowsScreen
  const { definition } = useFlowEditor()
  return (
    <div className="mt-2 space-y-2">
      <p>{path.map(id => nodeName(id, definition.nodes[id], words)).join(' → ')}</p>
      <ol aria-label={words.said} className="space-y-1">
        {said.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: what was said is never reordered
          <li key={index} className="w-fit rounded-lg bg-sunken px-2.5 py-1">
            {line}
          </li>
        ))}
      </ol>
    </div>
  )
}
