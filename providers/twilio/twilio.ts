import { readBody } from '../body.ts'
import type { Provider, Webhook } from '../provider.ts'
import { parse } from './parse.ts'
import { render } from './render.ts'
import { rest, type TwilioAccount } from './rest.ts'
import { type TwilioCredentials, verify } from './verify.ts'

/** Twilio Programmable Voice: signed form posts in, TwiML out. */
export const twilio = {
  name: 'twilio',
  capabilities: {
    takesInstructions: true,
    signsWebhooks: true,
    ordersReports: true,
    recordsBridges: true,
    softphones: false,
  },
  recognises,
  verify,
  parse,
  render,
  rest,
} as const satisfies Provider<TwilioCredentials, TwilioAccount>

function recognises(webhook: Webhook): boolean {
  if (webhook.headers['x-twilio-signature'] !== undefined) return true
  const body = readBody(webhook)
  return 'values' in body && Object.hasOwn(body.values, 'CallSid')
}
