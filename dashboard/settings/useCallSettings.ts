import { useState } from 'react'
import { type CallSettings, updateCallSettings } from '../../client/contract.ts'
import { api, queryClient } from '../api.ts'
import { callSettingsQuery } from '../queries.ts'

/** Some of the settings of calls, changed here until they are saved. */
export function useCallSettings<Key extends keyof CallSettings>(settings: CallSettings, keys: readonly Key[]) {
  type Draft = Pick<CallSettings, Key>
  const [draft, setDraft] = useState(() => Object.fromEntries(keys.map(key => [key, settings[key]])) as Draft)
  return {
    draft,
    change: (part: Partial<Draft>) => setDraft({ ...draft, ...part }),
    async save(): Promise<void> {
      queryClient.setQueryData(callSettingsQuery.queryKey, await api.call(updateCallSettings, { body: draft }))
    },
  }
}
