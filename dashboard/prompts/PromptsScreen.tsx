import { useQuery } from '@tanstack/react-query'
import { Mic } from 'lucide-react'
import { useState } from 'react'
import { deletePrompt, type RecordedPrompt } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { clock } from '../../react/clock.ts'
import { api, queryClient } from '../api.ts'
import { languageName } from '../flows/editor.ts'
import { FlowSections } from '../flows/FlowsScreen.tsx'
import { promptsQuery, voiceSettingsQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { useText, useWords } from '../text/text.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { Screen } from '../ui/Screen.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { When } from '../ui/When.tsx'
import { PromptDialog } from './PromptDialog.tsx'

/** Recordings that callers hear. */
export function PromptsScreen() {
  const words = useText().prompts
  const session = useSession()
  const query = useQuery(promptsQuery)
  const { data: settings } = useQuery(voiceSettingsQuery)
  const [editing, setEditing] = useState<RecordedPrompt | 'new' | null>(null)
  const [deleting, setDeleting] = useState<RecordedPrompt | null>(null)
  const mayEdit = session.may('edit flows')
  return (
    <Screen
      title={words.title}
      actions={
        mayEdit && (
          <Button look="primary" onClick={() => setEditing('new')}>
            {words.create}
          </Button>
        )
      }
      tools={<FlowSections />}
    >
      {settings && <p className="px-4 pt-3 text-soft md:px-6">{words.speech[settings.speech]}</p>}
      <Loaded query={query}>
        {prompts =>
          prompts.length === 0 ? (
            <Empty icon={Mic} title={words.empty} hint={words.emptyHint} />
          ) : (
            <ul aria-label={words.title} className="mt-3 divide-y divide-line border-y border-line bg-surface">
              {prompts.map(prompt => (
                <PromptRow
                  key={prompt.id}
                  prompt={prompt}
                  {...(mayEdit && { onEdit: () => setEditing(prompt), onDelete: () => setDeleting(prompt) })}
                />
              ))}
            </ul>
          )
        }
      </Loaded>
      {editing && <PromptDialog prompt={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      {deleting && (
        <Confirm
          title={words.deleteSure(deleting.name)}
          hint={words.deleteHint}
          action={words.delete}
          onClose={() => setDeleting(null)}
          onConfirm={async () => {
            await api.call(deletePrompt, { params: { id: deleting.id } })
            await queryClient.invalidateQueries({ queryKey: promptsQuery.queryKey })
          }}
        />
      )}
    </Screen>
  )
}

interface RowProps {
  prompt: RecordedPrompt
  onEdit?(): void
  onDelete?(): void
}

function PromptRow({ prompt, onEdit, onDelete }: RowProps) {
  const { text, format } = useWords()
  const words = text.prompts
  const { id, name, language, seconds, createdBy, createdAt } = prompt
  return (
    <li className="grid gap-x-4 gap-y-2 px-4 py-2.5 md:grid-cols-[minmax(0,1fr)_20rem_auto] md:items-center md:px-6">
      <div className="min-w-0">
        <p className="truncate font-semibold">{name}</p>
        {prompt.text !== null && (
          <p lang={language} className="truncate">
            {prompt.text}
          </p>
        )}
        <p className="text-soft tabular-nums">
          {[languageName(language, format), clock(Math.round(seconds)), words.by(createdBy)].join(' · ')}
          {' · '}
          <When time={createdAt} />
        </p>
      </div>
      {/* biome-ignore lint/a11y/useMediaCaption: what is said in it stands beside it */}
      <audio
        controls
        preload="none"
        className="h-9 w-full"
        aria-label={words.listen(name)}
        src={`/api/prompts/${id}/audio`}
      />
      {onEdit && onDelete && (
        <div className="flex gap-1">
          <Button look="plain" aria-label={words.editOf(name)} onClick={onEdit}>
            {words.edit}
          </Button>
          <Button look="plain" aria-label={words.deleteOf(name)} onClick={onDelete}>
            {words.delete}
          </Button>
        </div>
      )}
    </li>
  )
}
