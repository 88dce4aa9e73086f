import type { Call, Named } from '../../core/call.ts'
import type { OfferState } from '../../core/event.ts'
import type { LiveOffer } from './routingStore.ts'
import type { Settings } from './settings.ts'

/** An offer as events tell it. */
export const offerState = (offer: LiveOffer, { queues, agents }: Pick<Settings, 'queues' | 'agents'>): OfferState =>
  tell(offer, queues.get(offer.queueId)?.name, agents.get(offer.agentId)?.name)

/** An offer as its agent sees it, once it has answered. */
export const offerTold = (offer: LiveOffer, agent: Named, call: Pick<Call, 'queue'>): OfferState =>
  tell(offer, call.queue?.name, agent.name)

const tell = (offer: LiveOffer, queueName = '', agentName = ''): OfferState => ({
  id: offer.id,
  kind: offer.kind,
  workId: offer.workId,
  callId: offer.callId,
  queue: { id: offer.queueId, name: queueName },
  agent: { id: offer.agentId, name: agentName },
  attempt: offer.attempt,
  madeAt: new Date(offer.madeAt).toISOString(),
  expiresAt: new Date(offer.expiresAt).toISOString(),
  waitedSeconds: offer.waitedSeconds,
})
