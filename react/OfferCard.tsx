import { useState } from 'react'
import { Button } from './Button.tsx'
import { CallerHeading } from './CallerHeading.tsx'
import { CallerHistory } from './CallerHistory.tsx'
import { callerOf } from './caller.ts'
import { clock, useSecondsUntil } from './clock.ts'
import { type Offered, whyOf } from './offers.ts'
import { Problem } from './Problem.tsx'
import { type PopupText, popupTextEn } from './popupText.ts'
import { useAction } from './useAction.ts'

export interface OfferCardActions {
  onAccept(): Promise<void>
  onDecline(): Promise<void>
  onOpenCall?(callId: string): void
  onOpenRequest?(requestId: string): void
}

interface OfferCardProps {
  offered: Offered
  /** Numbers of this country are written without its code. */
  country: string
  locale: string
  actions: OfferCardActions
  text?: PopupText
}

/** A call, a promised callback or a message asks whoever looks: “yours?” Says who it is, why it is them, and how long. */
export function OfferCard({ offered, country, locale, actions, text = popupTextEn }: OfferCardProps) {
  const { call, card, kind } = offered
  const words = text.offer
  const accept = useAction(actions.onAccept)
  const decline = useAction(actions.onDecline)
  const busy = accept.pending || decline.pending
  return (
    <article className="ringside-offer" aria-label={words.title[kind]}>
      <RingLine madeAt={offered.madeAt} expiresAt={offered.expiresAt} />
      <p className="ringside-offer-title">
        {words.title[kind]}
        <SecondsLeft until={offered.expiresAt} text={text} />
      </p>
      <CallerHeading
        call={{ ...call, queue: offered.queue }}
        caller={callerOf(call, card)}
        country={country}
        text={text}
      />
      {kind === 'consultation' && call.agent && <p className="ringside-asks">{words.asks(call.agent.name)}</p>}
      <div className="ringside-actions">
        <Button look="primary" shortcut="Enter" pending={busy} onClick={() => accept.run()}>
          {accept.pending ? words.accepting : words.accept[kind]}
        </Button>
        <Button shortcut="d" pending={busy} onClick={() => decline.run()}>
          {words.decline}
        </Button>
      </div>
      <Problem error={accept.error ?? decline.error} />
      {!asksForMe(offered) && <Reasons offered={offered} text={text} />}
      <CallerHistory
        card={card}
        locale={locale}
        text={text}
        onOpenCall={actions.onOpenCall}
        onOpenRequest={actions.onOpenRequest}
      />
    </article>
  )
}

/** A colleague has chosen whom to ask: no rule of the queue has. */
const asksForMe = ({ kind, call }: Offered): boolean =>
  kind === 'consultation' && call.conversation?.consultation?.asked.type === 'agent'

/** Read when somebody asks for it; said aloud every second it would drown everything else. */
function SecondsLeft({ until, text }: { until: string; text: PopupText }) {
  return <span>{text.offer.secondsLeft(useSecondsUntil(until))}</span>
}

/** How much of the time to answer is left, as a line that grows shorter. */
function RingLine({ madeAt, expiresAt }: { madeAt: string; expiresAt: string }) {
  const lasts = Date.parse(expiresAt) - Date.parse(madeAt)
  // Begins where the time stands when it is first shown; from there on the style sheet runs it.
  const [passed] = useState(() => Date.now() - Date.parse(madeAt))
  return (
    <div className="ringside-countdown" aria-hidden="true">
      <div style={{ animationDuration: `${lasts}ms`, animationDelay: `${-passed}ms` }} />
    </div>
  )
}

function Reasons({ offered, text }: { offered: Offered; text: PopupText }) {
  const words = text.offer
  const why = whyOf(offered)
  const told = [
    why && (why.held ? words.held : words.rule[why.strategy]),
    words.waited(clock(offered.waitedSeconds)),
    why && words.others(why.others),
  ]
  return (
    <p className="ringside-why ringside-soft">
      <span className="ringside-strong">{words.why}</span> {told.filter(Boolean).join(' ')}
    </p>
  )
}
