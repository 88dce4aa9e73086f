import * as contract from '../../client/contract.ts'
import { seesCall } from '../../core/role.ts'
import { agentOf } from '../access/actor.ts'
import { findCall, findCalls } from '../calls/callStore.ts'
import { callView } from '../calls/callView.ts'
import { dealCards } from '../calls/cards.ts'
import { demand } from '../calls/center.ts'
import { type Routes, serve } from '../platform/http.ts'
import { notFound, Refusal } from '../platform/refusal.ts'
import { agentNames, listLiveOffers, listRoutingSteps, peopleOf, wasOffered } from './offerStore.ts'
import { offerTold } from './offerView.ts'

/** What rings at an agent, what it answers, and why it was asked. */
export const offerRoutes: Routes = (http, app) => {
  const { db, center } = app

  serve(http, app, contract.listOffers, ({ who }) =>
    db.inWorkspace(who.workspaceId, async tx => {
      const offers = await listLiveOffers(tx, agentOf(who).id)
      const records = new Map(
        (
          await findCalls(
            tx,
            offers.map(({ callId }) => callId),
          )
        ).map(record => [record.call.id, record]),
      )
      const offered = offers.map(({ callId }) => records.get(callId)!)
      const cards = await dealCards(tx, offered)
      const items = offers.map((offer, index) => ({
        ...offer,
        call: callView(offered[index]!.call),
        card: cards[index]!,
      }))
      return { items, nextCursor: null }
    }),
  )

  for (const [route, type] of [
    [contract.acceptOffer, 'accept'],
    [contract.declineOffer, 'decline'],
  ] as const) {
    serve(http, app, route as typeof contract.acceptOffer, async ({ who, params }) => {
      const agent = agentOf(who)
      const input = { type, offerId: params.id, agentId: agent.id }
      const { offer, call } = await demand(center, who.workspaceId, input).catch(async error => {
        const gone = error instanceof Refusal && error.code === 'offer_gone'
        // What was never offered to this agent is not gone: for it, it never was.
        if (gone && !(await db.inWorkspace(who.workspaceId, tx => wasOffered(tx, params.id, agent.id))))
          throw notFound('offer')
        throw error
      })
      return { success: true, offer: offerTold(offer!, agent, call!), call: callView(call!) }
    })
  }

  serve(http, app, contract.getRouting, async ({ who, params }) => {
    const steps = await db.inWorkspace(who.workspaceId, async tx => {
      const record = await findCall(tx, params.id)
      if (record === null || !seesCall(who, record.call)) throw notFound('call')
      return { queue: record.call.queue, offers: await listRoutingSteps(tx, params.id), named: await agentNames(tx) }
    })
    const { waiting } = await center.take(who.workspaceId, { type: 'explain', callId: params.id })
    return {
      offers: steps.offers,
      waiting: waiting && {
        queue: steps.queue ?? { id: waiting.explanation.queueId, name: '' },
        position: waiting.place.position,
        estimatedWaitSeconds: waiting.place.waitSeconds,
        since: new Date(waiting.since).toISOString(),
        ...peopleOf(waiting.explanation, steps.named),
      },
    }
  })
}
