import { useState } from 'react'
import * as contract from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api } from '../api.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { FormDialog } from '../ui/FormDialog.tsx'

/**
 * What is told in the log each time: who hears a recording may read what was said as it was said; it is put under legal
 * hold, and deleted.
 */
export function RecordingDuties({ recording }: { recording: contract.Recording }) {
  const { id, hold, transcript, withheld } = recording
  const text = useText()
  const words = { ...text.voice.recordings, ...text.compliance.recording }
  const session = useSession()
  const [original, setOriginal] = useState<string | null>(null)
  const [open, setOpen] = useState<'hold' | 'release' | 'delete' | null>(null)
  const read = useAction(async () => {
    setOriginal((await api.call(contract.readTranscript, { params: { id } })).transcript)
  })
  const close = () => setOpen(null)
  return (
    <>
      <div className="flex flex-wrap gap-2 empty:hidden">
        {transcript !== null && !withheld && session.may('read original transcripts') && (
          <Button pending={read.pending} onClick={() => read.run()}>
            {words.original}
          </Button>
        )}
        {session.may('hold recordings') && (
          <Button onClick={() => setOpen(hold ? 'release' : 'hold')}>{hold ? words.release : words.hold}</Button>
        )}
        {session.may('delete recordings') && (
          <Button look="danger" onClick={() => setOpen('delete')}>
            {words.delete}
          </Button>
        )}
      </div>
      <Problem error={read.error} />
      {original !== null && <p className="whitespace-pre-line">{original}</p>}
      {open === 'hold' && <Hold id={id} onClose={close} />}
      {open === 'release' && (
        <Confirm
          title={words.release}
          hint={words.releaseHint}
          action={words.release}
          onConfirm={() => api.call(contract.releaseRecording, { params: { id } }).then(() => {})}
          onClose={close}
        />
      )}
      {open === 'delete' && <Delete id={id} onClose={close} />}
    </>
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

function Delete({ id, onClose }: { id: string; onClose(): void }) {
  const words = useText().compliance.recording
  async function remove(entered: FormData): Promise<void> {
    const reason = String(entered.get('reason'))
    await api.call(contract.deleteRecording, { params: { id }, body: { reason } })
    onClose()
  }
  return (
    <FormDialog title={words.deleteTitle} onClose={onClose} onSubmit={remove} action={words.delete} look="danger">
      <p>{words.deleteHint}</p>
      <Field label={words.reason} name="reason" required maxLength={500} autoComplete="off" />
    </FormDialog>
  )
}
