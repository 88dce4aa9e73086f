import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Recording } from '../../client/contract.ts'
import { listenersQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { Loaded } from '../ui/states.tsx'
import { When } from '../ui/When.tsx'

/** Whether a recording may be deleted, and who has listened to it. The page hears of a change by the log. */
export function RecordingStanding({ recording: { id, hold } }: { recording: Recording }) {
  const words = useText().voice.recordings
  const session = useSession()
  return (
    <>
      {hold && (
        <p>
          <strong>{words.held}</strong> · {words.heldBy(hold.by.name, hold.reason)} · <When time={hold.at} />
        </p>
      )}
      {session.may('see activity') && <Listeners id={id} />}
    </>
  )
}

/** Asked for when somebody wants to know. */
function Listeners({ id }: { id: string }) {
  const words = useText().voice.recordings
  const [open, setOpen] = useState(false)
  const query = useQuery({ ...listenersQuery(id), enabled: open })
  return (
    <details onToggle={event => setOpen(event.currentTarget.open)}>
      <summary className="cursor-pointer font-semibold">{words.listeners}</summary>
      {open && (
        <Loaded query={query} lines={2}>
          {listeners =>
            listeners.length === 0 ? (
              <p className="mt-1 text-soft">{words.noListeners}</p>
            ) : (
              <ul className="mt-1">
                {listeners.map(({ at, by }) => (
                  <li key={`${at} ${by?.id ?? ''}`} className="flex gap-3">
                    <span className="grow">{by?.name ?? words.somebodyWithLink}</span>
                    <When time={at} />
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      )}
    </details>
  )
}
