import { type FocusEvent, useRef, useState } from 'react'
import type { Call, Card } from '../client/contract.ts'
import { Button } from './Button.tsx'
import { CallerForm, type NewCaller } from './CallerForm.tsx'
import { CallerHeading } from './CallerHeading.tsx'
import { CallerHistory } from './CallerHistory.tsx'
import { Candidates } from './Candidates.tsx'
import { callerOf } from './caller.ts'
import { canTake } from './callQueue.ts'
import { Problem } from './Problem.tsx'
import { SHOWN_MS } from './popup.ts'
import { type PopupText, popupTextEn } from './popupText.ts'
import { useAction } from './useAction.ts'

export interface CallPopupActions {
  onTake(): Promise<void>
  onView(contactId: string): void
  onDismiss(): void
  /** With null: none of the candidates. */
  onSettle(contactId: string | null): Promise<void>
  onCreate(caller: NewCaller): Promise<void>
  /** Somebody looks at it closely: the time until it leaves stands still. */
  onHold(held: boolean): void
  /** Somebody writes in it: it must not leave at all. */
  onKeep(kept: boolean): void
  onOpenCall?(callId: string): void
  onOpenRequest?(requestId: string): void
}

interface CallPopupProps {
  call: Call
  card: Card | null
  /** Whoever looks; null for those who take no calls. */
  agentId: string | null
  /** Numbers of this country are written without its code. */
  country: string
  locale: string
  /** Milliseconds until it leaves by itself. */
  leftMs: number
  actions: CallPopupActions
  text?: PopupText
}

/** Who is calling, all that is known of them, and what can be done about it. */
export function CallPopup(props: CallPopupProps) {
  const { call, card, agentId, country, locale, leftMs, actions, text = popupTextEn } = props
  const [creating, setCreating] = useState(false)
  const take = useAction(actions.onTake)
  const caller = callerOf(call, card)

  const self = useRef<HTMLElement>(null)
  /** For when what had the focus is about to go: it stays with the call. */
  const focusSelf = () => self.current?.focus()

  function openForm(open: boolean): void {
    setCreating(open)
    actions.onKeep(open)
    if (!open) focusSelf()
  }

  function onBlur(event: FocusEvent<HTMLElement>): void {
    if (!event.currentTarget.contains(event.relatedTarget)) actions.onHold(false)
  }

  return (
    <article
      ref={self}
      tabIndex={-1}
      className="ringside-popup"
      aria-label={text.incomingCall}
      onMouseEnter={() => actions.onHold(true)}
      onMouseLeave={event => {
        if (!event.currentTarget.contains(document.activeElement)) actions.onHold(false)
      }}
      onFocus={() => actions.onHold(true)}
      onBlur={onBlur}
    >
      {call.agent === null && <Countdown leftMs={leftMs} />}
      <CallerHeading call={call} caller={caller} country={country} text={text} />
      <Button look="plain" shortcut="d Escape" className="ringside-dismiss" onClick={actions.onDismiss}>
        {text.dismiss}
      </Button>
      <div className="ringside-actions">
        {agentId !== null && canTake(call) && (
          <Button look="primary" shortcut="t" pending={take.pending} onClick={() => take.run()}>
            {take.pending ? text.taking : text.take}
          </Button>
        )}
        {call.agent && (
          <p className="ringside-taken" role="status">
            {call.agent.id === agentId ? text.yours : text.takenBy(call.agent.name)}
          </p>
        )}
        {caller.kind === 'known' && <Button onClick={() => actions.onView(caller.contactId)}>{text.view}</Button>}
        {caller.kind === 'unknown' && (
          <Button aria-expanded={creating} onClick={() => openForm(!creating)}>
            {text.create}
          </Button>
        )}
      </div>
      <Problem error={take.error} />
      {creating && caller.kind === 'unknown' && (
        <CallerForm
          number={call.from}
          suggestedName={call.callerName}
          country={country}
          text={text}
          onSave={async made => {
            await actions.onCreate(made)
            openForm(false)
          }}
          onCancel={() => openForm(false)}
        />
      )}
      {caller.kind === 'candidates' && (
        <Candidates
          candidates={caller.candidates}
          text={text}
          onSettle={async contactId => {
            await actions.onSettle(contactId)
            focusSelf()
          }}
        />
      )}
      {card && (
        <CallerHistory
          card={card}
          locale={locale}
          text={text}
          onOpenCall={actions.onOpenCall}
          onOpenRequest={actions.onOpenRequest}
        />
      )}
    </article>
  )
}

/** How much of its time is left, as a line that grows shorter; it stands still while the popup is looked at. */
function Countdown({ leftMs }: { leftMs: number }) {
  // Begins where the time stands when it is first shown; from there on the style sheet runs it.
  const [passed] = useState(SHOWN_MS - leftMs)
  return (
    <div className="ringside-countdown" aria-hidden="true">
      <div style={{ animationDelay: `${-passed}ms` }} />
    </div>
  )
}
