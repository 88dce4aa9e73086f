import { useState } from 'react'
import { setMyPhone } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { useAction } from '../../react/useAction.ts'
import { api } from '../api.ts'
import { useCenter } from '../live/Center.tsx'
import { prefer, usePreferences } from '../preferences.ts'
import { useSoftphone } from '../softphone/Softphone.tsx'
import { problemAt, useText } from '../text/text.tsx'

/** Put off until the page is opened anew: where nobody can be heard it matters too much to be silenced for good. */
let putOff = false

/**
 * For an agent without a telephone: what that means, and the place to say the number. Where the page is a softphone only
 * some calls are missed, perhaps none: there one may be silent about it for good.
 */
export function PhoneNotice() {
  const words = useText().deskPhone
  const { agent } = useCenter()
  const { phone, opening } = useSoftphone()
  const { webCallsOnly } = usePreferences()
  const [closed, setClosed] = useState(putOff)
  const save = useAction((phone: string) => api.call(setMyPhone, { body: { phone } }))
  if (agent === null || agent.phone !== null || closed || opening || (phone !== null && webCallsOnly)) return null
  const title = phone ? words.webTitle : words.title
  return (
    <section
      aria-label={title}
      className={`border-b border-line px-4 py-3 md:px-6 ${phone ? 'bg-surface' : 'bg-ringing-ground'}`}
    >
      {phone === null && <h2 className="mb-2 text-ringing">{title}</h2>}
      <form
        className="flex flex-wrap items-end gap-2"
        onSubmit={event => {
          event.preventDefault()
          save.run(String(new FormData(event.currentTarget).get('phone')))
        }}
      >
        <Field
          label={phone ? words.webTitle : words.number}
          name="phone"
          type="tel"
          required
          maxLength={60}
          autoComplete="tel"
          className={phone ? 'w-full max-w-sm' : 'w-56'}
          problem={problemAt(save.error, 'phone') ?? save.error?.message}
        />
        <Button type="submit" pending={save.pending}>
          {words.save}
        </Button>
        <Button
          look="plain"
          onClick={() => {
            putOff = true
            setClosed(true)
            if (phone) prefer({ webCallsOnly: true })
          }}
        >
          {words.later}
        </Button>
      </form>
      {phone === null && <p className="ringside-hint mt-1">{words.hint}</p>}
    </section>
  )
}
