import { createHmac } from 'node:crypto'
import type { Config } from '../config.ts'

/**
 * What RingCentral sends back with every event. Where Ringside makes the subscription and no token is configured, it is
 * derived from the client secret: the same in every process and after every restart, and known to nobody else.
 */
export function verificationTokens({ ringcentral }: Config): string[] {
  if (ringcentral.verificationTokens.length > 0 || ringcentral.subscription === null)
    return ringcentral.verificationTokens
  return [
    createHmac('sha256', ringcentral.subscription.clientSecret).update('webhook verification token').digest('hex'),
  ]
}
