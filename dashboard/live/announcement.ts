import type { LiveEvent } from '../../client/live.ts'
import { shownNumber } from '../../react/callQueue.ts'
import { type LostOffer, lostOfferAfter } from '../../react/offers.ts'
import { ringsForAnybody } from '../../react/popup.ts'
import type { Text } from '../text/en.ts'

export interface Announcement {
  words: string
  /** A call that rings for whoever listens interrupts; everything else waits for a pause. */
  urgent: boolean
}

interface Listener {
  agentId: string | null
  country: string
  text: Text
}

/** What somebody who does not look at the page is told of an event; null where it is not worth a word. */
export function announcementOf(event: LiveEvent, { agentId, country, text }: Listener): Announcement | null {
  switch (event.type) {
    case 'call.arrived': {
      const who = callerName(event.call, { country, text })
      return ringsForAnybody(event.call)
        ? { words: text.announce.ringing(who, event.call.queue?.name ?? null), urgent: true }
        : { words: text.announce.newCall(who), urgent: false }
    }
    case 'offer.made': {
      const { offer, call } = event
      if (offer.agent.id !== agentId) return null
      const who = callerName(call, { country, text })
      return { words: text.deskOffer.announce(text.popup.offer.title[offer.kind], who, offer.queue.name), urgent: true }
    }
    case 'offer.ended': {
      const lost = lostOfferAfter(null, event, agentId)
      return lost && { words: lostOfferInWords(lost, { country, text }), urgent: false }
    }
    case 'call.assigned':
      if (event.agent.id === agentId) return null
      return { words: text.announce.taken(callerName(event.call, { country, text }), event.agent.name), urgent: false }
    case 'request.created':
      return { words: text.announce.newRequest(event.request.subject), urgent: false }
    default:
      return null
  }
}

/** What has become of an offer that is gone through no decision of its agent. */
export function lostOfferInWords({ call, outcome }: LostOffer, { country, text }: Pick<Listener, 'country' | 'text'>) {
  return text.deskOffer.lost[outcome](callerName(call, { country, text }))
}

type Party = Parameters<typeof shownNumber>[0] & { contact: { name: string } | null; callerName?: string | null }

/** The other side of a call in the fewest words that tell. */
export function callerName(call: Party, { country, text }: Pick<Listener, 'country' | 'text'>): string {
  return call.contact?.name ?? shownNumber(call, country) ?? call.callerName ?? text.popup.withheld
}
