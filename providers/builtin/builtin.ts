import { readBody } from '../body.ts'
import type { Commands, Provider, Webhook } from '../provider.ts'
import { parse } from './parse.ts'
import { render } from './render.ts'
import { type BuiltinCredentials, SIGNATURE, verify } from './verify.ts'

/** Calls over the web: our own exchange (`exchange.ts`) carries them, in this process. */
export const builtin = {
  name: 'builtin',
  capabilities: {
    takesInstructions: true,
    signsWebhooks: true,
    ordersReports: true,
    recordsBridges: false,
    softphones: true,
  },
  recognises,
  verify,
  parse,
  render,
  rest: exchange => exchange.commands,
} as const satisfies Provider<BuiltinCredentials, { commands: Commands }>

function recognises(webhook: Webhook): boolean {
  if (webhook.headers[SIGNATURE] !== undefined) return true
  const body = readBody(webhook)
  return body.kind === 'json' && Object.hasOwn(body.values, 'news')
}
