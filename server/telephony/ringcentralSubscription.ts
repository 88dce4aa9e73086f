import { keepSubscription } from '../../providers/ringcentral/subscription.ts'
import type { App } from '../app.ts'
import { verificationTokens } from './ringcentralToken.ts'

/** Keeps RingCentral sending its events here, where its credentials are configured. */
export function keepRingcentralSubscription(app: App, signal: AbortSignal): void {
  const { subscription } = app.config.ringcentral
  const [verificationToken] = verificationTokens(app.config)
  if (subscription === null || verificationToken === undefined) return
  keepSubscription({
    ...subscription,
    address: `${app.addresses[0]}/api/webhooks/ringcentral`,
    verificationToken,
    log: app.log,
    signal,
  })
}
