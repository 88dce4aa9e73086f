import { isDeepStrictEqual } from 'node:util'
import { v7 as newId } from 'uuid'
import type { Webhook } from '../../client/contract.ts'
import type { Named } from '../../core/call.ts'
import { changesBetween } from '../../core/changes.ts'
import type { Tx } from '../platform/db.ts'
import type { Envelopes } from '../platform/envelope.ts'
import { notFound } from '../platform/refusal.ts'
import { failPending } from './deliveryStore.ts'
import {
  deleteEndpoint,
  disableEndpoint,
  type EndpointChange,
  type EndpointFields,
  enableEndpoint,
  insertEndpoint,
  listEndpoints,
  lockEndpoint,
  updateEndpoint,
} from './endpointStore.ts'
import { newSecret, writeSecret } from './signature.ts'

export async function seeEndpoint(tx: Tx, id: string): Promise<Webhook> {
  const [webhook] = await listEndpoints(tx, id)
  if (webhook === undefined) throw notFound('webhook')
  return webhook
}

/** A new endpoint and the secret that signs what it is sent, which nobody gets to see again. */
export async function addEndpoint(
  tx: Tx,
  envelopes: Envelopes,
  fields: EndpointFields,
  by: Named,
): Promise<{ webhook: Webhook; secret: string }> {
  const id = newId()
  const secret = newSecret()
  await insertEndpoint(tx, envelopes, { id, ...fields, secret, createdBy: by.name })
  tx.emit({ type: 'webhook.created', webhook: { id, name: fields.name }, by })
  return { webhook: await seeEndpoint(tx, id), secret: writeSecret(secret) }
}

/** Changes what is given and differs. Throws a 404 refusal. */
export async function changeEndpoint(
  tx: Tx,
  envelopes: Envelopes,
  id: string,
  given: EndpointChange & { enabled?: boolean | undefined },
  by: Named,
): Promise<Webhook> {
  const endpoint = await lockEndpoint(tx, envelopes, id)
  if (endpoint === null) throw notFound('webhook')
  const { name, url, types, token, enabled } = endpoint
  const before = { name, url, types, token, enabled }
  const after = { ...before, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) }
  const changed = (Object.keys(before) as (keyof typeof before)[]).filter(
    key => !isDeepStrictEqual(before[key], after[key]),
  )
  if (changed.length === 0) return seeEndpoint(tx, id)
  await updateEndpoint(tx, envelopes, id, given)
  if (after.enabled && !enabled) await enableEndpoint(tx, id)
  if (!after.enabled && enabled) {
    await disableEndpoint(tx, id, null)
    await failPending(tx, id, 'The endpoint was turned off.')
  }
  tx.emit({
    type: 'webhook.updated',
    webhook: { id, name: after.name },
    changed,
    changes: changesBetween({ ...before, token: null }, { ...after, token: null }),
    by,
  })
  return seeEndpoint(tx, id)
}

/** Throws a 404 refusal. */
export async function removeEndpoint(tx: Tx, envelopes: Envelopes, id: string, by: Named): Promise<void> {
  const endpoint = await lockEndpoint(tx, envelopes, id)
  if (endpoint === null) throw notFound('webhook')
  await deleteEndpoint(tx, id)
  tx.emit({ type: 'webhook.deleted', webhook: { id, name: endpoint.name }, by })
}
