import { Link } from '@tanstack/react-router'
import { Button } from '../../react/Button.tsx'
import { CallPopup, type CallPopupActions } from '../../react/CallPopup.tsx'
import { Elapsed } from '../../react/Elapsed.tsx'
import { Problem } from '../../react/Problem.tsx'
import type { PopupCall } from '../../react/popup.ts'
import { useAction } from '../../react/useAction.ts'
import { callerName } from '../live/announcement.ts'
import { useCenter } from '../live/Center.tsx'
import { createCaller, settleCaller, takeCall } from '../live/callActions.ts'
import { useGo } from '../live/useGo.ts'
import { useSession } from '../session/session.tsx'
import { useText, useWords } from '../text/text.tsx'

/** More than this many lines say how many more there are. */
const MAX_LINES = 3

/** The card of the ringing call that is open. */
export function OpenPopup({ shown }: { shown: PopupCall }) {
  const { text, format } = useWords()
  const { agentId, country } = useSession()
  return (
    <CallPopup
      key={shown.call.id}
      call={shown.call}
      card={shown.card}
      agentId={agentId}
      country={country}
      locale={format}
      leftMs={shown.leavesAt === null ? shown.leftMs : shown.leavesAt - Date.now()}
      text={text.popup}
      actions={usePopupActions(shown)}
    />
  )
}

function usePopupActions({ call }: PopupCall): CallPopupActions {
  const { onPopup } = useCenter()
  const go = useGo()
  const callId = call.id
  return {
    async onTake() {
      await takeCall(callId)
    },
    onView: go.toContact,
    onDismiss: () => onPopup({ type: 'dismiss', callId }),
    onSettle: contactId => settleCaller(callId, contactId),
    onCreate: caller => createCaller(call, caller),
    onHold: held => onPopup({ type: held ? 'hold' : 'release', callId }),
    onKeep: kept => onPopup({ type: kept ? 'keep' : 'let_go', callId }),
    onOpenCall: go.toCall,
    onOpenRequest: go.toRequest,
  }
}

/** The other ringing calls, one line each. */
export function RingingLines({ calls }: { calls: readonly PopupCall[] }) {
  const text = useText()
  return (
    <section aria-label={text.popup.moreRinging(calls.length)}>
      <ul className="divide-y divide-line">
        {calls.slice(0, MAX_LINES).map(({ call }) => (
          <RingingLine key={call.id} call={call} />
        ))}
      </ul>
      {calls.length > MAX_LINES && (
        <Link to="/desk" className="block px-4 py-2 text-soft hover:text-ink">
          {text.popup.moreRinging(calls.length - MAX_LINES)}
        </Link>
      )}
    </section>
  )
}

function RingingLine({ call }: { call: PopupCall['call'] }) {
  const text = useText()
  const { agentId, country } = useSession()
  const { onPopup } = useCenter()
  const take = useAction(() => takeCall(call.id))
  const who = callerName(call, { country, text })
  return (
    <li className="px-4 py-2">
      <div className="flex items-center gap-3">
        <span className="size-2 flex-none rounded-full bg-ringing" aria-hidden="true" />
        <button
          type="button"
          className="min-w-0 grow truncate rounded text-left font-semibold hover:underline"
          onClick={() => onPopup({ type: 'open', callId: call.id })}
        >
          {who}
        </button>
        <span className="text-soft">
          <span className="sr-only">{text.popup.state.ringing} </span>
          <Elapsed since={call.startedAt} />
        </span>
        {agentId !== null && call.agent === null && (
          <Button pending={take.pending} onClick={() => take.run()} aria-label={`${text.deskScreen.take}: ${who}`}>
            {text.deskScreen.take}
          </Button>
        )}
      </div>
      <Problem error={take.error} />
    </li>
  )
}
