import type { Webhook } from './provider.ts'
import { ringcentral } from './ringcentral/ringcentral.ts'
import { twilio } from './twilio/twilio.ts'
import { vonage } from './vonage/vonage.ts'

/** Every provider there is, in the order in which they are asked whether a webhook is theirs. */
export const providers = [twilio, vonage, ringcentral] as const

export type AnyProvider = (typeof providers)[number]

/** Whose webhook this is, from its shape alone; null when nobody knows it. Proves nothing: verify it next. */
export function recognise(webhook: Webhook): AnyProvider | null {
  return providers.find(provider => provider.recognises(webhook)) ?? null
}
