import { PresenceStatus } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { useCenter } from '../live/Center.tsx'
import { choosePresence } from '../live/callActions.ts'
import { useSoftphone } from '../softphone/Softphone.tsx'
import { useText } from '../text/text.tsx'
import { isChangedByCenter, PRESENCE_KEYS, presenceInWords, type PresenceStatus as Status } from './presence.ts'

/** Beside its word, never instead of it. */
const DOTS: Record<Status, string> = {
  available: 'bg-live',
  busy: 'bg-missed',
  break: 'bg-ringing',
  offline: 'bg-edge',
}

export const PresenceDot = ({ status, className = '' }: { status: Status; className?: string }) => (
  <span className={`size-2 flex-none rounded-full ${DOTS[status]} ${className}`} aria-hidden="true" />
)

/** What the agent is; nothing for those who take no calls. */
export function StatusControl({ onChosen }: { onChosen?: () => void }) {
  const words = useText().deskStatus
  const { agent } = useCenter()
  const { phone } = useSoftphone()
  const choose = useAction(async (status: Status) => {
    // The browser asks its question now, and not while the first caller waits for a word.
    if (status === 'available' && agent?.phone === null) void phone?.askForMicrophone()
    await choosePresence(status)
    onChosen?.()
  })
  if (agent === null) return null
  return (
    <div>
      <fieldset className="flex max-w-full flex-wrap gap-1 rounded-lg bg-sunken p-1">
        <legend className="sr-only">{words.label}</legend>
        {PresenceStatus.options.map(status => (
          <button
            key={status}
            type="button"
            aria-pressed={agent.presence.status === status}
            aria-keyshortcuts={PRESENCE_KEYS[status]}
            className="flex cursor-pointer items-center gap-1.5 rounded-md px-2.5 py-1 font-medium whitespace-nowrap text-soft hover:text-ink aria-pressed:bg-chosen aria-pressed:text-ink aria-pressed:shadow-sm pointer-coarse:py-2"
            onClick={() => choose.run(status)}
          >
            <PresenceDot status={status} />
            {words.status[status]}
          </button>
        ))}
      </fieldset>
      <Problem error={choose.error} />
    </div>
  )
}

/** What it means, on a line that is always there, so that a change moves nothing. On a break also a place to say why. */
export function StatusLine() {
  const text = useText()
  const { agent } = useCenter()
  if (agent === null) return null
  const { presence } = agent
  return (
    <div className="w-full space-y-2">
      <p
        role="status"
        className={`min-h-10 md:min-h-5 ${isChangedByCenter(presence, text) ? 'font-medium text-missed' : 'text-soft'}`}
      >
        {presenceInWords(presence, text)}
      </p>
      {presence.status === 'break' && <BreakReason key={presence.since} />}
    </div>
  )
}

function BreakReason() {
  const words = useText().deskStatus
  const save = useAction((reason: string) => choosePresence('break', reason))
  return (
    <form
      className="flex max-w-sm items-end gap-2"
      onSubmit={event => {
        event.preventDefault()
        save.run(String(new FormData(event.currentTarget).get('reason')))
      }}
    >
      <Field
        label={words.reason}
        name="reason"
        list="break-reasons"
        required
        maxLength={100}
        autoComplete="off"
        className="grow"
      />
      <datalist id="break-reasons">
        {words.reasons.map(reason => (
          <option key={reason} value={reason} />
        ))}
      </datalist>
      <Button type="submit" pending={save.pending}>
        {words.setReason}
      </Button>
      <Problem error={save.error} />
    </form>
  )
}
