import { readBody } from '../body.ts'
import type { Provider, Webhook } from '../provider.ts'
import { parse } from './parse.ts'
import { render } from './render.ts'
import { type VonageCredentials, verify } from './verify.ts'

/** Vonage Voice API: signed JSON in, NCCO out. */
export const vonage = {
  name: 'vonage',
  capabilities: {
    takesInstructions: true,
    signsWebhooks: true,
    ordersReports: true,
    recordsBridges: false,
    softphones: false,
  },
  recognises,
  verify,
  parse,
  render,
  // Commands are signed with the application's private key, and none is configured: only webhook secrets are.
  rest: null,
} as const satisfies Provider<VonageCredentials>

/** Ids that only Vonage names so, or its plain `uuid` beside what every one of its reports on a leg has. */
function recognises(webhook: Webhook): boolean {
  const body = readBody(webhook)
  if (body.kind !== 'json' && body.kind !== 'query') return false
  const has = (name: string) => Object.hasOwn(body.values, name)
  if (has('conversation_uuid') || has('conversation_uuid_from') || has('call_uuid')) return true
  return has('uuid') && (has('from') || has('from_user') || has('to') || has('status'))
}
