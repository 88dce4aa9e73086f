import { useQuery } from '@tanstack/react-query'
import { callSettingsQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { Loaded } from '../ui/states.tsx'
import { ConsentSettings } from './ConsentSettings.tsx'
import { MaskingSettings } from './MaskingSettings.tsx'
import { PersonalData } from './PersonalData.tsx'
import { RecordingAccess } from './RecordingAccess.tsx'
import { RetentionSettings } from './RetentionSettings.tsx'

/** What callers are told, how long recordings are kept, who reads what was said, and everything about one number. */
export function ComplianceSettings() {
  const session = useSession()
  const query = useQuery(callSettingsQuery)
  return (
    <div className="space-y-4">
      <Loaded query={query} lines={6}>
        {settings => (
          <>
            <ConsentSettings settings={settings} />
            <RecordingAccess settings={settings} />
            <MaskingSettings settings={settings} />
            <RetentionSettings settings={settings} />
          </>
        )}
      </Loaded>
      {session.may('answer privacy requests') && <PersonalData />}
    </div>
  )
}
