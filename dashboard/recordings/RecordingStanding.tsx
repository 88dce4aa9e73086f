import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import * as contract from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { api } from '../api.ts'
import { listenersQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { FormDialog } from '../ui/FormDialog.tsx'
import { Loaded } from '../ui/states.tsx'
import { When } from '../ui/When.tsx'

/** Whether a recording may be deleted, and who has listened to it. The page hears of a change by the log. */
export function RecordingStanding({ recording: { id, hold } }: { recording: contract.Recording }) {
  const words = useText().voice.recordings
  const session = useSession()
  const [deciding, setDeciding] = useState(false)
  const close = () => setDeciding(false)
  return (
    <div className="space-y-2">
      {hold && (
        <p>
          <strong>{words.held}</strong> · {words.heldBy(hold.by.name, hold.reason)} · <When time={hold.at} />
        </p>
      )}
      {session.may('see activity') && <Listeners id={id} />}
      {session.may('hold recordings') && (
        <Button look="plain" onClick={() => setDeciding(true)}>
          {hold ? words.release : words.hold}
        </Button>
      )}
      {deciding && !hold && <Hold id={id} onClose={close} />}
      {deciding && hold && (
        <Confirm
          title={words.release}
          hint={words.releaseHint}
          action={words.release}
          onConfirm={() => api.call(contract.releaseRecording, { params: { id } }).then(() => {})}
          onClose={close}
        />
      )}
    </div>
  )
}

function Hold({ id, onClose }: { id: string; onClose(): void }) {
  const words = useText().voice.recordings
  async function hold(entered: FormData): Promise<void> {
    const reason = String(entered.get('reason'))
    await api.call(contract.holdRecording, { params: { id }, body: { reason } })
    onClose()
  }
  return (
    <FormDialog title={words.hold} onClose={onClose} onSubmit={hold} action={words.hold}>
      <p>{words.holdHint}</p>
      <Field label={words.holdReason} name="reason" required maxLength={500} autoComplete="off" />
    </FormDialog>
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
