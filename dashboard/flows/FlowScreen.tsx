import { useQuery } from '@tanstack/react-query'
import { useBlocker, useNavigate, useParams } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useMemo, useState } from 'react'
import { ApiError } from '../../client/api.ts'
import { deleteFlow, type FlowDetails, getFlow, updateFlow } from '../../client/contract.ts'
import type { FlowDefinition as CoreDefinition } from '../../core/flow.ts'
import { checkFlow } from '../../core/flowCheck.ts'
import { Button } from '../../react/Button.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api, queryClient } from '../api.ts'
import { useMedia, WIDE } from '../live/useMedia.ts'
import { agentsQuery, flowQuery, flowsQuery, hoursQuery, promptsQuery, queuesQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { Screen } from '../ui/Screen.tsx'
import { Loaded, Skeleton } from '../ui/states.tsx'
import { Tabs } from '../ui/Tabs.tsx'
import { type FlowEditor, FlowEditorContext } from './editor.ts'
import { languagesOf } from './flowDraft.ts'
import { AddNode, Outline } from './Outline.tsx'
import { ProblemList } from './ProblemList.tsx'
import { PublishPanel } from './PublishPanel.tsx'
import { TestPanel } from './TestPanel.tsx'

/** The drawing is heavy, and small screens have no room for it. */
const Canvas = lazy(() => import('./Canvas.tsx').then(({ Canvas }) => ({ default: Canvas })))

export function FlowScreen() {
  const { id } = useParams({ from: '/shell/flows/$id' })
  // A draft that was read long ago would only lead to a conflict.
  const query = useQuery({ ...flowQuery(id), refetchOnMount: 'always' })
  return (
    <Loaded query={query.isFetchedAfterMount ? query : { ...query, data: undefined }}>
      {flow => <OneFlow key={flow.id} begin={flow} />}
    </Loaded>
  )
}

type View = 'outline' | 'problems' | 'tests' | 'publish'

function OneFlow({ begin }: { begin: FlowDetails }) {
  const text = useText()
  const words = text.flowsScreen
  const session = useSession()
  const navigate = useNavigate()
  const wide = useMedia(WIDE)
  /** As it is on the server, as far as we know. */
  const [flow, setFlow] = useState(begin)
  const [definition, setDefinition] = useState(begin.draft)
  const [tests, setTests] = useState(begin.tests)
  /** The one that somebody else has saved over; no longer, once we have another. */
  const [behind, setBehind] = useState<FlowDetails | null>(null)
  const [selected, select] = useState<string | null>(null)
  const [addedLanguages, setAddedLanguages] = useState<readonly string[]>([])
  const [view, setView] = useState<View>('outline')
  const [deleting, setDeleting] = useState(false)
  const mayEdit = session.may('edit flows')
  const changed = definition !== flow.draft || tests !== flow.tests

  /** Takes in what the server has; what has been changed since it was asked stays. */
  function take(saved: FlowDetails, sent = { definition, tests }) {
    setFlow(saved)
    setDefinition(now => (now === sent.definition ? saved.draft : now))
    setTests(now => (now === sent.tests ? saved.tests : now))
    queryClient.setQueryData(flowQuery(saved.id).queryKey, saved)
  }
  async function saveOver(revision: number) {
    try {
      const body = { definition, tests, revision }
      const { flow: saved } = await api.call(updateFlow, { params: { id: flow.id }, body })
      take(saved)
    } catch (error) {
      if (isConflict(error)) setBehind(flow)
      throw error
    }
  }
  async function saveChanges() {
    if (changed) await saveOver(flow.revision)
  }
  const save = useAction(saveChanges)
  const settle = useAction(async (whose: 'mine' | 'theirs') => {
    const theirs = await api.call(getFlow, { params: { id: flow.id } })
    if (whose === 'mine') return saveOver(theirs.revision)
    // What is half typed into an open step belongs to the draft that is dropped.
    select(null)
    take(theirs)
  })

  useBlocker({ shouldBlockFn: () => changed && !window.confirm(words.leaveSure), enableBeforeUnload: changed })
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (event.key !== 's' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      save.run()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  })

  const known = useKnown(flow.id)
  // What is saved has been looked at by the server, which knows what other flows lead to; what is not, is looked at here.
  const problems = useMemo(
    () => (changed && known !== null ? checkFlow(definition as CoreDefinition, thingsOf(known, flow)) : flow.problems),
    [changed, definition, known, flow],
  )
  const editor: FlowEditor = {
    definition,
    change: setDefinition,
    selected,
    select,
    problems,
    languages: [...new Set([...languagesOf(definition), ...addedLanguages])],
    mayEdit,
    known: known ?? NOTHING_KNOWN,
  }
  function jump(nodeId: string) {
    select(nodeId)
    setView('outline')
  }
  return (
    <FlowEditorContext value={editor}>
      <div className="flex min-h-full flex-col lg:h-full">
        <Screen
          title={flow.name}
          back={{ to: '/flows', label: words.back }}
          actions={
            mayEdit && (
              <>
                <Button
                  look="primary"
                  pending={save.pending || !changed}
                  aria-keyshortcuts="Control+S"
                  onClick={() => save.run()}
                >
                  {save.pending ? text.saving : words.saveDraft}
                </Button>
                <AddNode />
                <Button look="plain" onClick={() => setDeleting(true)}>
                  {words.delete}
                </Button>
                <p role="status" className="text-soft">
                  {changed ? text.fields.unsaved : flow.draftChanged ? words.draftDiffers : ''}
                </p>
              </>
            )
          }
        >
          {behind === flow ? (
            <Conflict pending={settle.pending} error={settle.error} onSettle={settle.run} />
          ) : (
            save.error &&
            !isConflict(save.error) && (
              <div className="border-b border-line px-4 py-2 md:px-6">
                <Problem error={save.error} />
              </div>
            )
          )}
          <div className="min-h-0 grow lg:grid lg:grid-cols-[minmax(0,1fr)_26rem]">
            {wide && (
              <div className="min-h-96 border-r border-line">
                <Suspense fallback={<Skeleton />}>
                  <Canvas />
                </Suspense>
              </div>
            )}
            <div className="flex min-h-0 flex-col bg-surface">
              <Tabs<View>
                label={words.views}
                value={view}
                onChoose={setView}
                tabs={[
                  { value: 'outline', label: words.outline },
                  { value: 'problems', label: words.problems, count: problems.length },
                  { value: 'tests', label: words.tests, count: tests.length },
                  { value: 'publish', label: words.publish },
                ]}
              >
                <div className="h-full overflow-y-auto">
                  {view === 'outline' && <Outline onLanguage={tag => setAddedLanguages(before => [...before, tag])} />}
                  {view === 'problems' && <ProblemList problems={problems} onJump={jump} />}
                  {view === 'tests' && (
                    <TestPanel flowId={flow.id} tests={tests} onTests={setTests} save={saveChanges} />
                  )}
                  {view === 'publish' && (
                    <PublishPanel flow={flow} changed={changed} save={saveChanges} onFlow={take} />
                  )}
                </div>
              </Tabs>
            </div>
          </div>
        </Screen>
      </div>
      {deleting && (
        <Confirm
          title={words.deleteSure(flow.name)}
          hint={words.deleteHint}
          action={words.delete}
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await api.call(deleteFlow, { params: { id: flow.id } })
            await queryClient.invalidateQueries({ queryKey: flowsQuery.queryKey })
            await navigate({ to: '/flows', ignoreBlocker: true })
          }}
        />
      )}
    </FlowEditorContext>
  )
}

const isConflict = (error: unknown): boolean => error instanceof ApiError && error.code === 'flow_changed'

interface ConflictProps {
  pending: boolean
  error: Error | null
  onSettle(whose: 'mine' | 'theirs'): void
}

/** Somebody else has saved in the meantime: nothing is lost until somebody decides. */
function Conflict({ pending, error, onSettle }: ConflictProps) {
  const words = useText().flowsScreen
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center gap-2 border-b border-line bg-ringing-ground px-4 py-2.5 md:px-6"
    >
      <p className="min-w-0 grow">{words.conflict}</p>
      <Problem error={error} />
      <Button pending={pending} onClick={() => onSettle('theirs')}>
        {words.takeTheirs}
      </Button>
      <Button pending={pending} onClick={() => onSettle('mine')}>
        {words.keepMine}
      </Button>
    </div>
  )
}

type Known = FlowEditor['known']

/** What nodes may refer to; null until all of it has been fetched. The flow itself is left out, it would never end. */
function useKnown(flowId: string): Known | null {
  const { data: queues } = useQuery(queuesQuery)
  const { data: hours } = useQuery(hoursQuery)
  const { data: flows } = useQuery(flowsQuery)
  const { data: agents } = useQuery(agentsQuery)
  const { data: prompts } = useQuery(promptsQuery)
  return useMemo(() => {
    if (!queues || !hours || !flows || !agents || !prompts) return null
    return {
      queues: queues.map(({ id, name, displayName }) => ({ value: id, name, label: displayName })),
      hours: hours.map(named),
      flows: flows.filter(({ id }) => id !== flowId).map(named),
      agents: agents.map(named),
      prompts: prompts.map(named),
    }
  }, [queues, hours, flows, agents, prompts, flowId])
}

const named = ({ id, name }: { id: string; name: string }) => ({ value: id, name, label: name })

const NOTHING_KNOWN: Known = { queues: [], hours: [], flows: [], agents: [], prompts: [] }

/** The same, as the check of a flow is told it. */
function thingsOf({ queues, hours, flows, agents, prompts }: Known, { id, name }: FlowDetails) {
  const things = (choices: Known['queues']) => choices.map(choice => ({ id: choice.value, name: choice.name }))
  const self = { id, name }
  return {
    queues: things(queues),
    hours: things(hours),
    agents: things(agents),
    prompts: things(prompts),
    flows: [...things(flows), self],
    self,
  }
}
