import type { FastifyInstance } from 'fastify'
import * as contract from '../../client/contract.ts'
import { authorOf } from '../access/actor.ts'
import type { App } from '../app.ts'
import { pageOfShort } from '../platform/cursor.ts'
import { serve } from '../platform/http.ts'
import { conflict, invalid, notFound, type Refusal } from '../platform/refusal.ts'
import type { Couriers } from './couriers.ts'
import { replay } from './deliveryStore.ts'
import { addEndpoint, changeEndpoint, removeEndpoint, seeEndpoint } from './endpointChange.ts'
import { listEndpoints, lockEndpoint, rotateSecret } from './endpointStore.ts'
import { newSecret, writeSecret } from './signature.ts'
import { problemWithTarget } from './target.ts'

/** Long enough to exchange a secret everywhere in working hours. */
const OVERLAP_MS = 24 * 3600_000

export function endpointRoutes(http: FastifyInstance, app: App, couriers: Couriers): void {
  const { db, envelopes } = app

  serve(http, app, contract.listWebhooks, async ({ who, query }) =>
    pageOfShort(await db.inWorkspace(who.workspaceId, tx => listEndpoints(tx)), query),
  )

  serve(http, app, contract.createWebhook, async ({ who, body }) => {
    await checkTarget(app, body.url)
    const { name = new URL(body.url).host, url, types = ['call.status_update'], token = null } = body
    const made = await db.inWorkspace(who.workspaceId, tx =>
      addEndpoint(tx, envelopes, { name, url, types: [...new Set(types)], token }, authorOf(who)),
    )
    return { success: true, ...made }
  })

  serve(http, app, contract.updateWebhook, async ({ who, params: { id }, body }) => {
    if (body.url !== undefined) await checkTarget(app, body.url)
    const given = body.types === undefined ? body : { ...body, types: [...new Set(body.types)] }
    const webhook = await db.inWorkspace(who.workspaceId, tx => changeEndpoint(tx, envelopes, id, given, authorOf(who)))
    return { success: true, webhook }
  })

  serve(http, app, contract.deleteWebhook, async ({ who, params: { id } }) => {
    await db.inWorkspace(who.workspaceId, tx => removeEndpoint(tx, envelopes, id, authorOf(who)))
    return { success: true }
  })

  serve(http, app, contract.rotateWebhookSecret, async ({ who, params: { id } }) => {
    const secret = newSecret()
    const webhook = await db.inWorkspace(who.workspaceId, async tx => {
      const endpoint = await lockEndpoint(tx, envelopes, id)
      if (endpoint === null) throw notFound('webhook')
      const previousUntil = new Date(Date.parse(tx.now) + OVERLAP_MS).toISOString()
      await rotateSecret(tx, envelopes, id, secret, previousUntil)
      tx.emit({
        type: 'webhook.updated',
        webhook: { id, name: endpoint.name },
        changed: ['secret'],
        by: authorOf(who),
      })
      return seeEndpoint(tx, id)
    })
    return { success: true, webhook, secret: writeSecret(secret) }
  })

  serve(http, app, contract.replayFailedDeliveries, async ({ who, params: { id }, body }) => {
    const replayed = await db.inWorkspace(who.workspaceId, async tx => {
      const endpoint = await lockEndpoint(tx, envelopes, id)
      if (endpoint === null) throw notFound('webhook')
      if (!endpoint.enabled) throw webhookOff()
      const deliveries = await replay(tx, id, { failedSince: body.since ?? null })
      if (deliveries > 0)
        tx.emit({ type: 'webhook.replayed', webhook: { id, name: endpoint.name }, deliveries, by: authorOf(who) })
      return deliveries
    })
    couriers.wake({ workspaceId: who.workspaceId, id })
    return { success: true, replayed }
  })
}

/** Throws the 400 that says why events may not be sent there. */
export async function checkTarget(app: App, url: string, path = 'url'): Promise<void> {
  const message = await problemWithTarget(url, app.config.webhookAllowPrivate)
  if (message !== null) throw invalid([{ path, message }])
}

export const webhookOff = (): Refusal => conflict('webhook_off', 'This webhook is turned off. Turn it on first.')
