import { readBody } from '../body.ts'
import type { Provider, Webhook } from '../provider.ts'
import { parse } from './parse.ts'
import { type LiveKitCredentials, verify } from './verify.ts'

/** Rooms of a LiveKit server: it carries the audio and tells us who is there. */
export const livekit = {
  name: 'livekit',
  capabilities: {
    takesInstructions: false,
    signsWebhooks: true,
    ordersReports: false,
    recordsBridges: false,
    softphones: false,
  },
  recognises,
  verify,
  parse,
  render: null,
  rest: null,
} as const satisfies Provider<LiveKitCredentials>

function recognises(webhook: Webhook): boolean {
  if (webhook.headers['content-type']?.startsWith('application/webhook+json')) return true
  const body = readBody(webhook)
  return body.kind === 'json' && typeof body.values.event === 'string' && /^EV_/.test(String(body.values.id))
}
