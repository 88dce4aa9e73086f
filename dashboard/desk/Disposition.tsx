import { useEffect, useId, useRef } from 'react'
import type { Call } from '../../client/contract.ts'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { setDisposition } from '../live/callActions.ts'
import { useText } from '../text/text.tsx'

/** What came of a call, in one line: kept as soon as it is left, without a button. */
export function Disposition({ call }: { call: Pick<Call, 'id' | 'disposition'> }) {
  const words = useText().voice.talk
  const list = useId()
  const save = useAction((disposition: string | null) => setDisposition(call.id, disposition))
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    // Somebody else has said it, or another page has; what is being typed here is not thrown away.
    const input = form.current?.querySelector('input')
    if (input && input !== document.activeElement) input.value = call.disposition ?? ''
  }, [call.disposition])
  function keep(typed: string): void {
    const disposition = typed.trim() || null
    if (disposition !== call.disposition) save.run(disposition)
  }
  return (
    <form
      ref={form}
      onSubmit={event => {
        event.preventDefault()
        keep(String(new FormData(event.currentTarget).get('disposition')))
      }}
    >
      <Field
        label={words.disposition}
        name="disposition"
        list={list}
        maxLength={100}
        autoComplete="off"
        placeholder={words.dispositionHint}
        defaultValue={call.disposition ?? ''}
        onBlur={event => keep(event.target.value)}
      />
      <datalist id={list}>
        {words.dispositions.map(each => (
          <option key={each} value={each} />
        ))}
      </datalist>
      <Problem error={save.error} />
    </form>
  )
}
