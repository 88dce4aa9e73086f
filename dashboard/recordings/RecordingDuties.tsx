import { useState } from 'react'
import * as contract from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api } from '../api.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { FormDialog } from '../ui/FormDialog.tsx'

/** What is told in the log each time: who hears a recording may read what was said as it was said; admins may delete it. */
export function RecordingDuties({ recording }: { recording: contract.Recording }) {
  const { id, transcript, withheld } = recording
  const words = useText().compliance.recording
  const session = useSession()
  const [original, setOriginal] = useState<string | null>(null)
  const [deleting, setDeleting] = useState(false)
  const read = useAction(async () => {
    setOriginal((await api.call(contract.readTranscript, { params: { id } })).transcript)
  })
  const mayRead = transcript !== null && !withheld && session.may('read original transcripts')
  if (!mayRead && !session.may('delete recordings')) return null
  return (
    <div className="space-y-2">
      <div className="flex gap-2">
        {mayRead && (
          <Button look="plain" disabled={read.pending} onClick={() => read.run()}>
            {words.original}
          </Button>
        )}
        {session.may('delete recordings') && (
          <Button look="plain" onClick={() => setDeleting(true)}>
            {words.delete}
          </Button>
        )}
      </div>
      <Problem error={read.error} />
      {original !== null && <p className="whitespace-pre-line">{original}</p>}
      {deleting && <Delete id={id} onClose={() => setDeleting(false)} />}
    </div>
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
