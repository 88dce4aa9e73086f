import { useQuery } from '@tanstack/react-query'
import type { CallSettings } from '../../client/contract.ts'
import { queuesQuery } from '../queries.ts'
import { useText } from '../text/text.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { NumberField, OptionalNumberField } from '../ui/numbers.tsx'
import { RetentionPreview } from './RetentionPreview.tsx'
import { useCallSettings } from './useCallSettings.ts'

/** How long recordings are kept, and what that takes. */
export function RetentionSettings({ settings }: { settings: CallSettings }) {
  const words = useText().compliance.retention
  const { draft, change, save } = useCallSettings(settings, ['retention_days', 'retention_by_queue'])
  const { data: queues = [] } = useQuery(queuesQuery)
  const byQueue = draft.retention_by_queue
  return (
    <FormPanel title={words.title} draft={draft} onSubmit={save}>
      <NumberField
        label={words.days}
        hint={words.daysHint}
        min={30}
        max={365}
        value={draft.retention_days}
        onValue={days => change({ retention_days: days })}
      />
      <div className="grid items-end gap-4 sm:grid-cols-3">
        {queues.map(({ id, displayName }) => (
          <OptionalNumberField
            key={id}
            label={words.queueDays(displayName)}
            min={30}
            max={365}
            value={byQueue[id] ?? null}
            onValue={days => {
              const { [id]: _, ...others } = byQueue
              change({ retention_by_queue: days === null ? others : { ...others, [id]: days } })
            }}
          />
        ))}
      </div>
      <RetentionPreview rules={draft} />
    </FormPanel>
  )
}
