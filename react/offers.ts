import type { z } from 'zod'
import type { Call, Explanation, LiveOffer, Offer, OfferOutcome } from '../client/contract.ts'
import type { LiveEvent } from '../client/live.ts'
import { settledCard, withContact } from './callQueue.ts'

/** What is offered to an agent just now. */
export type Offered = LiveOffer

/** What is offered to this agent after one more event, oldest first. Hearing an event twice changes nothing. */
export function offersAfter(offers: readonly Offered[], event: LiveEvent, agentId: string | null): readonly Offered[] {
  switch (event.type) {
    case 'offer.made': {
      if (event.offer.agent.id !== agentId) return offers
      const { offer, call, card, explanation } = event
      return [...offers.filter(({ id }) => id !== offer.id), { ...offer, call, card, explanation }]
    }
    case 'offer.ended':
      return offers.some(({ id }) => id === event.offer.id) ? offers.filter(({ id }) => id !== event.offer.id) : offers
    case 'call.contact_settled':
      return offers.map(offer =>
        offer.callId === event.call.id ? { ...offer, call: event.call, card: settledCard(offer.card)! } : offer,
      )
    case 'contact.updated':
    case 'contact.deleted':
      return offers.map(offer => ({ ...offer, call: withContact(offer.call, event) }))
    default:
      return offers
  }
}

/** An offer that ended without its agent having decided it, and how. */
export interface LostOffer {
  offer: Offer
  call: Call
  outcome: Exclude<z.infer<typeof OfferOutcome>, 'accepted' | 'rejected'>
}

/**
 * What has to be explained to this agent after one more event: an offer that is gone through no decision of theirs. The
 * next offer makes the last one old news.
 */
export function lostOfferAfter(lost: LostOffer | null, event: LiveEvent, agentId: string | null): LostOffer | null {
  if (!('offer' in event) || event.offer.agent.id !== agentId) return lost
  if (event.type === 'offer.made') return null
  if (event.outcome === 'accepted' || event.outcome === 'rejected') return lost
  return { offer: event.offer, call: event.call, outcome: event.outcome }
}

/** Why it was this agent, as far as its screen says it. */
export interface Why {
  /** The rule by which the queue chooses. */
  strategy: Explanation['strategy']
  /** How many others could have been asked as well; those at whom it rings too are counted. */
  others: number
  /** Whether it was kept for this agent while others could have taken it. */
  held: boolean
}

export function whyOf({ agent, explanation }: Pick<Offered, 'agent' | 'explanation'>): Why | null {
  if (explanation === null) return null
  return {
    strategy: explanation.strategy,
    others: [...explanation.offeredTo, ...explanation.eligible].filter(id => id !== agent.id).length,
    held: explanation.hindered.some(({ hindrances }) =>
      hindrances.some(hindrance => hindrance.type === 'held-for' && hindrance.agentId === agent.id),
    ),
  }
}
