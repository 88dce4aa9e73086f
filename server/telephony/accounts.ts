import type { Provider, Verdict, Webhook } from '../../providers/provider.ts'
import { ringcentral } from '../../providers/ringcentral/ringcentral.ts'
import { twilio } from '../../providers/twilio/twilio.ts'
import { vonage } from '../../providers/vonage/vonage.ts'
import type { Config } from '../config.ts'
import { verificationTokens } from './ringcentralToken.ts'

/** A provider as it is set up here: what its webhooks are checked with, and whether they must be. */
export interface Account extends Pick<Provider<never>, 'name' | 'recognises' | 'parse' | 'render'> {
  /** Checks the sender; null where nothing is configured to check with. */
  verify: ((webhook: Webhook) => Verdict) | null
  mustBeSigned: boolean
  /** The variable that the operator sets to make checking possible. */
  variable: string
}

/** Every provider's account, from the configuration. */
export function createAccounts(config: Config) {
  function account<Credentials>(
    provider: Provider<Credentials>,
    secrets: string[],
    credentials: Credentials,
    variable: string,
  ): Account {
    return {
      name: provider.name,
      recognises: provider.recognises,
      parse: provider.parse,
      render: provider.render,
      verify: secrets.length === 0 ? null : webhook => provider.verify(webhook, credentials),
      mustBeSigned: config.production,
      variable,
    }
  }
  const { authTokens } = config.twilio
  const { signatureSecrets } = config.vonage
  const tokens = verificationTokens(config)
  return {
    twilio: account(twilio, authTokens, { authTokens }, 'TWILIO_AUTH_TOKEN'),
    vonage: account(vonage, signatureSecrets, { signatureSecrets }, 'VONAGE_SIGNATURE_SECRET'),
    ringcentral: account(ringcentral, tokens, { verificationTokens: tokens }, 'RINGCENTRAL_VERIFICATION_TOKEN'),
  }
}
