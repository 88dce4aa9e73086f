import { readBody } from '../body.ts'
import type { Provider, Webhook } from '../provider.ts'
import { parse } from './parse.ts'
import { handshake, type RingCentralCredentials, verify } from './verify.ts'

export { handshake }

/** RingCentral event notifications: it routes its calls itself and tells us of them. */
export const ringcentral = {
  name: 'ringcentral',
  capabilities: {
    takesInstructions: false,
    signsWebhooks: false,
    ordersReports: true,
    recordsBridges: false,
    softphones: false,
  },
  recognises,
  verify,
  parse,
  render: null,
  // Call control takes a permission of its own, which an account that only reports its calls has no need of.
  rest: null,
} as const satisfies Provider<RingCentralCredentials>

/** The envelope that every event comes in. */
function recognises(webhook: Webhook): boolean {
  if (handshake(webhook) !== null) return true
  const body = readBody(webhook)
  if (body.kind !== 'json') return false
  const { event, body: content } = body.values
  return typeof event === 'string' && event.includes('/restapi/') && typeof content === 'object' && content !== null
}
