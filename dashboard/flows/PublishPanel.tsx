import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError } from '../../client/api.ts'
import { type FlowDetails, type FlowVersion, publishFlow, rollBackFlow } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api, queryClient } from '../api.ts'
import { flowsQuery, flowVersionsQuery } from '../queries.ts'
import { sayIn } from '../text/said.ts'
import { useText } from '../text/text.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { Loaded } from '../ui/states.tsx'
import { When } from '../ui/When.tsx'
import { readable, useFlowEditor } from './editor.ts'

interface PublishPanelProps {
  /** As it is saved. */
  flow: FlowDetails
  changed: boolean
  save(): Promise<unknown>
  onFlow(flow: FlowDetails): void
}

/** What new calls get: the draft becomes a version, or an earlier version comes back. */
export function PublishPanel({ flow, changed, save, onFlow }: PublishPanelProps) {
  const words = useText().flowsScreen
  const { mayEdit } = useFlowEditor()
  const [note, setNote] = useState('')
  const [said, setSaid] = useState('')
  async function taken(answer: { flow: FlowDetails; version: number }) {
    onFlow(answer.flow)
    setSaid(words.published(answer.version))
    await Promise.all([
      queryClient.invalidateQueries({ queryKey: flowVersionsQuery(flow.id).queryKey }),
      queryClient.invalidateQueries({ queryKey: flowsQuery.queryKey }),
    ])
  }
  const publish = useAction(async () => {
    await save()
    const body = note.trim() === '' ? {} : { note: note.trim() }
    await taken(await api.call(publishFlow, { params: { id: flow.id }, body }))
    setNote('')
  })
  const fields = publish.error instanceof ApiError ? publish.error.fields : []
  return (
    <div>
      <form
        className="space-y-3 border-b border-line p-4"
        onSubmit={event => {
          event.preventDefault()
          publish.run()
        }}
      >
        <h2>{words.whatChanges}</h2>
        {changed ? (
          <p className="text-soft">{words.saveToSee}</p>
        ) : flow.changes.length === 0 ? (
          <p className="text-soft">{flow.publishedVersion === null ? words.firstVersion : words.noChanges}</p>
        ) : (
          <Sentences sentences={flow.differences} />
        )}
        {mayEdit && (
          <>
            <Field
              label={words.note}
              hint={words.noteHint}
              maxLength={500}
              autoComplete="off"
              value={note}
              onChange={event => setNote(event.target.value)}
            />
            <Button type="submit" look="primary" pending={publish.pending}>
              {changed ? words.saveAndPublish : words.publish}
            </Button>
          </>
        )}
        <Problem error={publish.error} />
        {fields.length > 0 && <Sentences sentences={fields} />}
        <p role="status" className="text-live">
          {publish.error ? '' : said}
        </p>
      </form>
      <Versions flow={flow} onRolledBack={taken} />
    </div>
  )
}

function Sentences({ sentences }: { sentences: readonly Parameters<typeof sayIn>[1][] }) {
  const { said } = useText()
  const { known } = useFlowEditor()
  return (
    <ul className="list-disc space-y-1 pl-5">
      {sentences.map((sentence, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: sentences may be the same, and are never reordered
        <li key={index}>{readable(sayIn(said, sentence), known)}</li>
      ))}
    </ul>
  )
}

interface VersionsProps {
  flow: FlowDetails
  onRolledBack(answer: { flow: FlowDetails; version: number }): Promise<void>
}

function Versions({ flow, onRolledBack }: VersionsProps) {
  const words = useText().flowsScreen
  const { mayEdit } = useFlowEditor()
  const query = useQuery(flowVersionsQuery(flow.id))
  const [back, setBack] = useState<FlowVersion | null>(null)
  return (
    <section aria-label={words.versions}>
      <h2 className="px-4 pt-4 pb-2">{words.versions}</h2>
      <Loaded query={query} lines={3}>
        {versions =>
          versions.length === 0 ? (
            <p className="px-4 pb-4 text-soft">{words.noVersions}</p>
          ) : (
            <ol className="divide-y divide-line border-t border-line">
              {versions.map(version => (
                <li key={version.version} className="space-y-1 px-4 py-2.5">
                  <div className="flex items-center gap-2">
                    <p className="grow">
                      <span className="font-semibold">{words.version(version.version)}</span>{' '}
                      <span className="text-soft">
                        {version.publishedBy}, <When time={version.publishedAt} />
                      </span>
                    </p>
                    {version.version === flow.publishedVersion ? (
                      <span className="ringside-badge" data-tone="live">
                        {words.inForce}
                      </span>
                    ) : (
                      mayEdit && (
                        <Button
                          look="plain"
                          aria-label={words.rollBackTo(version.version)}
                          onClick={() => setBack(version)}
                        >
                          {words.rollBack}
                        </Button>
                      )
                    )}
                  </div>
                  {version.note && <p>{version.note}</p>}
                  {version.liveCalls > 0 && <p className="text-soft">{words.liveCalls(version.liveCalls)}</p>}
                  {version.changes.length > 0 && (
                    <details>
                      <summary className="cursor-pointer text-soft hover:text-ink">{words.whatChanged}</summary>
                      <div className="mt-1">
                        <Sentences sentences={version.differences} />
                      </div>
                    </details>
                  )}
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
      {back && (
        <Confirm
          title={words.rollBackSure(back.version)}
          hint={words.rollBackHint}
          action={words.rollBack}
          onClose={() => setBack(null)}
          onConfirm={async () => {
            const body = { version: back.version }
            await onRolledBack(await api.call(rollBackFlow, { params: { id: flow.id }, body }))
          }}
        />
      )}
    </section>
  )
}
