import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import * as contract from '../../client/contract.ts'
import { authorOf } from '../access/actor.ts'
import type { App } from '../app.ts'
import { pageOf, readCursor } from '../platform/cursor.ts'
import type { Tx } from '../platform/db.ts'
import { serve } from '../platform/http.ts'
import { conflict, notFound } from '../platform/refusal.ts'
import { audioUrlOf } from '../recordings/recordingStore.ts'
import type { Couriers } from './couriers.ts'
import { findDelivery, listDeliveries, replay } from './deliveryStore.ts'
import { webhookOff } from './endpointRoutes.ts'
import { lockEndpoint } from './endpointStore.ts'
import { loadMessages, withRecording } from './message.ts'

const Cursor = z.tuple([z.uuid()])

export function deliveryRoutes(http: FastifyInstance, app: App, couriers: Couriers): void {
  const { db, envelopes } = app

  serve(http, app, contract.listWebhookDeliveries, ({ who, query: { limit, cursor, ...filter } }) =>
    db.inWorkspace(who.workspaceId, async tx => {
      const [before] = readCursor(Cursor, cursor) ?? []
      const deliveries = await listDeliveries(tx, { ...filter, before }, limit + 1)
      return pageOf(
        deliveries,
        limit,
        delivery => delivery,
        ({ id }) => [id],
      )
    }),
  )

  serve(http, app, contract.getWebhookDelivery, ({ who, params: { id } }) =>
    db.inWorkspace(who.workspaceId, tx => seeDelivery(tx, id)),
  )

  serve(http, app, contract.testWebhook, async ({ who, params: { id } }) => {
    const delivery = await couriers.test({ workspaceId: who.workspaceId, id })
    if (delivery === null) throw notFound('webhook')
    return { success: true, delivery: await db.inWorkspace(who.workspaceId, tx => seeDelivery(tx, delivery)) }
  })

  serve(http, app, contract.replayWebhookDelivery, async ({ who, params: { id } }) => {
    const delivery = await db.inWorkspace(who.workspaceId, async tx => {
      const found = await findDelivery(tx, id)
      // Before anything else is read that may have changed meanwhile.
      const endpoint = found && (await lockEndpoint(tx, envelopes, found.delivery.webhook.id))
      if (!endpoint) throw notFound('delivery')
      if (found.seq === null) throw conflict('is_test', 'This was a test: send another one.')
      if (!endpoint.enabled) throw webhookOff()
      if ((await replay(tx, endpoint.id, { id })) === 0)
        throw conflict('still_pending', 'This delivery is still being tried.')
      tx.emit({
        type: 'webhook.replayed',
        webhook: { id: endpoint.id, name: endpoint.name },
        deliveries: 1,
        by: authorOf(who),
      })
      return (await findDelivery(tx, id))!.delivery
    })
    couriers.wake({ workspaceId: who.workspaceId, id: delivery.webhook.id })
    return { success: true, delivery }
  })
}

async function seeDelivery(tx: Tx, id: string): Promise<contract.WebhookDeliveryDetails> {
  const found = await findDelivery(tx, id)
  if (found === null) throw notFound('delivery')
  const { delivery, seq, history } = found
  const [message] = await loadMessages(tx, [{ type: delivery.type, seq }])
  // A signed link is for the endpoint; whoever looks here is signed in and may hear it, or not.
  const url = message?.recordingId ? audioUrlOf(message.recordingId) : null
  return { ...delivery, history, payload: message ? withRecording(message, url) : null }
}
