import type { CallSettings } from '../../client/contract.ts'
import { HEARING_POLICIES, type HearingPolicy } from '../../core/role.ts'
import { useText } from '../text/text.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { Select } from '../ui/fields.tsx'
import { useCallSettings } from './useCallSettings.ts'

/** Who hears the recordings of this workspace. */
export function RecordingAccess({ settings }: { settings: CallSettings }) {
  const words = useText().voice.recordings.access
  const { draft, change, save } = useCallSettings(settings, ['recordings_heard_by'])
  return (
    <FormPanel title={words.title} draft={draft} onSubmit={save}>
      <div>
        <Select
          label={words.heardBy}
          value={draft.recordings_heard_by}
          onChoose={policy => change({ recordings_heard_by: policy as HearingPolicy })}
          options={HEARING_POLICIES.map(value => ({ value, label: words.policies[value] }))}
        />
        <p className="ringside-hint mt-1">{words.hint}</p>
      </div>
    </FormPanel>
  )
}
