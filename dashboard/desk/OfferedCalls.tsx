import { OfferCard, type OfferCardActions } from '../../react/OfferCard.tsx'
import type { Offered } from '../../react/offers.ts'
import { lostOfferInWords } from '../live/announcement.ts'
import { useCenter } from '../live/Center.tsx'
import { acceptOffer, declineOffer } from '../live/callActions.ts'
import { useGo } from '../live/useGo.ts'
import { useSession } from '../session/session.tsx'
import { useText, useWords } from '../text/text.tsx'

/** The card of what is offered to whoever is signed in. */
export function OpenOffer({ offered }: { offered: Offered }) {
  const { text, format } = useWords()
  const { country } = useSession()
  const go = useGo()
  const actions: OfferCardActions = {
    onAccept: () => acceptOffer(offered.id),
    onDecline: () => declineOffer(offered.id),
    onOpenCall: go.toCall,
    onOpenRequest: go.toRequest,
  }
  return (
    <OfferCard
      key={offered.id}
      offered={offered}
      country={country}
      locale={format}
      text={text.popup}
      actions={actions}
    />
  )
}

/** What became of an offer that is gone; read out by the page's own live region. */
export function LostOfferNotice() {
  const text = useText()
  const { country } = useSession()
  const { lostOffer } = useCenter()
  if (lostOffer === null) return null
  return (
    <p className="rounded-xl border border-line bg-raised px-4 py-2.5">
      {lostOfferInWords(lostOffer, { country, text })}
    </p>
  )
}
