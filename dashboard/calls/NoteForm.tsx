import { useRef, useState } from 'react'
import { Button } from '../../react/Button.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { addNote } from '../live/callActions.ts'
import { useText } from '../text/text.tsx'
import { TextArea } from '../ui/fields.tsx'

/** Found by the shortcut `n`. */
export function NoteForm({ callId }: { callId: string }) {
  const text = useText()
  const form = useRef<HTMLFormElement>(null)
  // On the desk nothing else shows that it has been kept.
  const [saved, setSaved] = useState(false)
  const save = useAction(async (note: string) => {
    setSaved(false)
    await addNote(callId, note)
    form.current?.reset()
    setSaved(true)
  })
  return (
    <form
      ref={form}
      className="space-y-2"
      onSubmit={event => {
        event.preventDefault()
        save.run(String(new FormData(event.currentTarget).get('note')))
      }}
      onInput={() => setSaved(false)}
      onKeyDown={event => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit()
      }}
    >
      <TextArea
        label={text.call.note}
        name="note"
        rows={3}
        maxLength={5000}
        required
        aria-keyshortcuts="n"
        placeholder={text.deskScreen.notePlaceholder}
      />
      <Problem error={save.error} />
      <div className="flex items-center gap-3">
        <Button type="submit" pending={save.pending}>
          {save.pending ? text.saving : text.deskScreen.addNote}
        </Button>
        <span role="status" className="text-live">
          {saved ? text.saved : ''}
        </span>
      </div>
    </form>
  )
}
