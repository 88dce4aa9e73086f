import type { CallSettings } from '../../client/contract.ts'
import { useText } from '../text/text.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { Checkbox } from '../ui/fields.tsx'
import { useCallSettings } from './useCallSettings.ts'

/** What is taken out of transcripts. */
export function MaskingSettings({ settings }: { settings: CallSettings }) {
  const words = useText().compliance.masking
  const { draft, change, save } = useCallSettings(settings, ['pii_masking'])
  const masking = draft.pii_masking
  return (
    <FormPanel title={words.title} draft={draft} onSubmit={save}>
      <p className="ringside-hint">{words.hint}</p>
      <div className="grid gap-2 sm:grid-cols-2">
        {(Object.keys(words.options) as (keyof typeof masking)[]).map(option => (
          <Checkbox
            key={option}
            label={words.options[option]}
            checked={masking[option]}
            onChange={event => change({ pii_masking: { ...masking, [option]: event.target.checked } })}
          />
        ))}
      </div>
    </FormPanel>
  )
}
