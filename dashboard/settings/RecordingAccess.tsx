import { useState } from 'react'
import * as contract from '../../client/contract.ts'
import { HEARING_POLICIES, type HearingPolicy } from '../../core/role.ts'
import { Button } from '../../react/Button.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api, queryClient } from '../api.ts'
import { callSettingsQuery } from '../queries.ts'
import { useText } from '../text/text.tsx'
import { Select } from '../ui/fields.tsx'
import { Panel } from '../ui/Panel.tsx'

/** Who hears the recordings of this workspace. */
export function RecordingAccess({ settings }: { settings: contract.CallSettings }) {
  const text = useText()
  const words = text.voice.recordings.access
  const [policy, setPolicy] = useState<HearingPolicy>(settings.recordings_heard_by)
  const [saved, setSaved] = useState(false)
  const save = useAction(async () => {
    const answer = await api.call(contract.updateCallSettings, { body: { recordings_heard_by: policy } })
    queryClient.setQueryData(callSettingsQuery.queryKey, answer)
    setSaved(true)
  })
  return (
    <Panel title={words.title}>
      <form
        className="space-y-4 p-4"
        onSubmit={event => {
          event.preventDefault()
          save.run()
        }}
      >
        <Select
          label={words.heardBy}
          value={policy}
          onChoose={value => {
            setSaved(false)
            setPolicy(value as HearingPolicy)
          }}
          options={HEARING_POLICIES.map(value => ({ value, label: words.policies[value] }))}
        />
        <p className="ringside-hint">{words.hint}</p>
        <Problem error={save.error} />
        <div className="flex items-center justify-end gap-3">
          <span role="status">{saved ? text.compliance.saved : ''}</span>
          <Button type="submit" look="primary" disabled={save.pending}>
            {save.pending ? text.saving : text.save}
          </Button>
        </div>
      </form>
    </Panel>
  )
}
