import { builtin } from '../../providers/builtin/builtin.ts'
import type { Commands, Provider, Verdict, Webhook } from '../../providers/provider.ts'
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
  /** What we can ask of it of our own accord; null where it takes no commands, or no account is configured. */
  commands: Commands | null
  /** Agents speak in the browser on its calls. */
  softphones: boolean
  /** Records conversations by telephone where the script says so. */
  recordsBridges: boolean
  /** Whether it is another process that gives its commands, just now. */
  isElsewhere(): boolean
  /** Where it reaches us. */
  addresses(base: string): Addresses
}

/** Absolute addresses of ours that a provider is given. */
export interface Addresses {
  /** Where it tells what came of this script and asks for the next. */
  input(step: number): string
  recording: string
  status: string
}

/** Every provider's account, from the configuration. */
export function createAccounts(config: Config) {
  function account<Credentials>(
    provider: Provider<Credentials>,
    secrets: string[],
    credentials: Credentials,
    variable: string,
    paths: { input: string; recording: string; status: string },
    commands: Commands | null = null,
  ): Account {
    return {
      name: provider.name,
      recognises: provider.recognises,
      parse: provider.parse,
      render: provider.render,
      verify: secrets.length === 0 ? null : webhook => provider.verify(webhook, credentials),
      mustBeSigned: config.production,
      variable,
      commands,
      softphones: provider.capabilities.softphones,
      recordsBridges: provider.capabilities.recordsBridges,
      isElsewhere: () => false,
      addresses: base => ({
        input: step => `${base}${paths.input}?step=${step}`,
        recording: `${base}${paths.recording}`,
        status: `${base}${paths.status}`,
      }),
    }
  }
  const { authTokens } = config.twilio
  const { signatureSecrets } = config.vonage
  const tokens = verificationTokens(config)
  return {
    twilio: account(
      twilio,
      authTokens,
      { authTokens },
      'TWILIO_AUTH_TOKEN',
      {
        input: '/api/twilio/ivr-input',
        recording: '/api/twilio/recording-status',
        status: '/api/twilio/call-status',
      },
      config.twilio.account &&
        twilio.rest(config.twilio.account, config.twilio.apiUrl === null ? {} : { apiUrl: config.twilio.apiUrl }),
    ),
    vonage: account(vonage, signatureSecrets, { signatureSecrets }, 'VONAGE_SIGNATURE_SECRET', {
      input: '/api/vonage/input',
      recording: '/api/vonage/recording',
      status: '/api/webhooks/call/status',
    }),
    ringcentral: account(
      ringcentral,
      tokens,
      { verificationTokens: tokens },
      'RINGCENTRAL_VERIFICATION_TOKEN',
      // It routes its calls itself, and asks nothing.
      {
        input: '/api/webhooks/ringcentral',
        recording: '/api/webhooks/ringcentral',
        status: '/api/webhooks/ringcentral',
      },
    ),
  }
}

/** What carriers can be asked, by their names: those that take commands and have an account here. */
export const carrierCommands = (config: Config): Map<string, Commands> =>
  new Map(Object.values(createAccounts(config)).flatMap(({ name, commands }) => (commands ? [[name, commands]] : [])))

/** Our own exchange, which carries calls over the web. It reports from within this process, whatever is configured. */
export const builtinAccount = (secret: string, commands: Commands | null, isElsewhere: () => boolean): Account => ({
  name: builtin.name,
  recognises: builtin.recognises,
  parse: builtin.parse,
  render: builtin.render,
  verify: webhook => builtin.verify(webhook, { secret }),
  mustBeSigned: true,
  variable: '',
  commands,
  softphones: builtin.capabilities.softphones,
  recordsBridges: builtin.capabilities.recordsBridges,
  isElsewhere,
  addresses: () => ({
    input: step => `builtin:/input?step=${step}`,
    recording: 'builtin:/recording',
    status: 'builtin:/status',
  }),
})
