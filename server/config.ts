import { z } from 'zod'
import { DATABASE_KEY_ID, type EnvelopeKey } from './platform/envelope.ts'
import { inWords } from './platform/inWords.ts'
import type { S3Account } from './platform/storageS3.ts'

/**
 * Everything that can be set from outside, each with its meaning and default. All problems are reported at once, by
 * variable name, before anything starts.
 */
const Environment = z.object({
  PORT: wholeNumber(0, 65_535).optional().describe('5000, or the next free port when that is taken'),
  HOST: text()
    .default('127.0.0.1')
    .describe('The address to listen on. Anything but loopback turns production rules on'),
  DATA_DIR: text().default('./data').describe('The embedded database and recordings'),
  DATABASE_URL: text()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres:// or postgresql://')
    .refine(
      URL.canParse,
      'must be postgres://user:password@host/database, with %23 for a # in the password and the like',
    )
    .optional()
    .describe('A PostgreSQL 15 or later, shared by any number of equal processes; the embedded one when not set'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, message: 'must be an address such as https://calls.example.com' })
    .transform(url => url.replace(/\/+$/, ''))
    .optional()
    .describe('How providers on the internet reach this server. Turns production rules on'),
  TRUSTED_PROXIES: text()
    .optional()
    .describe('Addresses or networks, comma-separated, whose X-Forwarded-For is believed'),
  ADMIN_EMAIL: z.email().optional().describe('First admin, used once on an empty database'),
  ADMIN_PASSWORD: text().min(12, 'must have at least 12 characters').optional().describe("The first admin's password"),
  ADMIN_API_KEY: text()
    .min(32, 'must have at least 32 characters')
    .optional()
    .describe('The operator’s API key: every permission in the first workspace, and may create workspaces'),
  ENCRYPTION_KEYS: text()
    .transform(encryptionKeys)
    .optional()
    .describe('id:base64 of 32 bytes, comma-separated: the first seals secrets at rest, all open them'),
  API_REQUESTS_PER_HOUR: wholeNumber(1, 1_000_000_000)
    .default(1000)
    .describe('Requests an hour to /functions/v1 per API key'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('warn'),

  SUPABASE_JWT_SECRET: text()
    .min(32, 'must have at least 32 characters')
    .optional()
    .describe('Bearer tokens signed with HS256'),
  SUPABASE_URL: z.url().optional().describe('Bearer tokens verified by the keys published there (JWKS)'),
  SUPABASE_JWT_AUDIENCE: text()
    .optional()
    .describe('Takes only bearer tokens that were made for this audience (`aud`); any when not set'),

  TWILIO_ACCOUNT_SID: text()
    .regex(/^AC\w+$/, 'must begin with AC, as Twilio writes it')
    .optional(),
  TWILIO_AUTH_TOKEN: text()
    .optional()
    .describe('Two, comma-separated, while it is being changed. Every webhook is then checked'),
  TWILIO_API_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Where Twilio’s API is, for a stand-in; https://api.twilio.com unless set'),
  TWILIO_PHONE_NUMBER: text().optional().describe('A number of yours at Twilio, added to the first workspace'),
  WEBHOOK_ALLOW_PRIVATE: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Whether flows and webhooks may ask servers at private addresses'),
  SPEECH_URL: apiAddress()
    .optional()
    .describe('Speaks what has no recording: a server with OpenAI’s /v1/audio/speech. English needs none'),
  SPEECH_KEY: text().optional(),
  SPEECH_MODEL: text().default('tts-1'),
  SPEECH_VOICE: text().default('alloy'),
  TRANSCRIPTION_URL: apiAddress()
    .optional()
    .describe('Writes down what was said: a server with OpenAI’s /v1/audio/transcriptions. Off when not set'),
  TRANSCRIPTION_KEY: text().optional(),
  TRANSCRIPTION_MODEL: text().default('whisper-1'),
  S3_BUCKET: text().optional().describe('Keeps recordings in this bucket; in DATA_DIR when not set'),
  S3_ENDPOINT: z
    .url({ protocol: /^https?$/, message: 'must be an address such as https://minio.example.com' })
    .optional()
    .describe('Where the store is; Amazon’s own when not set'),
  S3_REGION: text().default('us-east-1'),
  S3_ACCESS_KEY_ID: text().optional(),
  S3_SECRET_ACCESS_KEY: text().optional(),
  S3_PATH_STYLE: z
    .enum(['true', 'false'])
    .optional()
    .describe('Whether the bucket is in the path rather than in the host name; true with S3_ENDPOINT'),
  VONAGE_SIGNATURE_SECRET: text().optional().describe('Two, comma-separated, while it is being changed'),

  HUBSPOT_CLIENT_ID: text()
    .optional()
    .describe('An app of yours at HubSpot: its contacts are synced, calls are logged there'),
  HUBSPOT_CLIENT_SECRET: text().optional(),
  HUBSPOT_APP_URL: apiAddress().default('https://app.hubspot.com'),
  HUBSPOT_API_URL: apiAddress().default('https://api.hubapi.com'),
  SALESFORCE_CLIENT_ID: text().optional().describe('A connected app of yours at Salesforce, for the same'),
  SALESFORCE_CLIENT_SECRET: text().optional(),
  SALESFORCE_LOGIN_URL: apiAddress()
    .default('https://login.salesforce.com')
    .describe('A sandbox’s (https://test.salesforce.com), or your own domain’s'),

  RINGCENTRAL_CLIENT_ID: text().optional(),
  RINGCENTRAL_CLIENT_SECRET: text().optional(),
  RINGCENTRAL_JWT_TOKEN: text().optional(),
  RINGCENTRAL_ACCOUNT_ID: text().optional(),
  RINGCENTRAL_SERVER_URL: z.url().default('https://platform.ringcentral.com'),
  RINGCENTRAL_VERIFICATION_TOKEN: text()
    .min(8, 'must have at least 8 characters')
    .optional()
    .describe('What RingCentral sends back with every event, so that nobody else can'),

  LIVEKIT_API_URL: z
    .url({ protocol: /^(ws|http)s?$/, message: 'must be an address such as wss://livekit.example.com' })
    .transform(url => url.replace(/\/+$/, ''))
    .optional()
    .describe('A LiveKit server that carries calls between browsers, instead of this one'),
  LIVEKIT_API_KEY: text().optional(),
  LIVEKIT_API_SECRET: text().optional(),
  LIVEKIT_RECORD: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Whether LiveKit’s egress service records these calls'),

  INTERNAL_ADDRESS: text()
    .regex(/^[^\s/]+:\d+$/, 'must be host:port')
    .optional()
    .describe('Where other processes on the same database reach this one; its host name and port when not set'),
  VOICE_PROCESSES: wholeNumber(0, 64)
    .default(1)
    .describe('Media processes for calls over the web; 0: this process carries none'),
  VOICE_UDP_PORT: wholeNumber(0, 65_535)
    .optional()
    .describe('The UDP port of the first media process, the next ones follow; 40000, or the next that are free'),
  VOICE_PUBLIC_ADDRESSES: text()
    .optional()
    .describe(
      'Addresses at which browsers reach the media processes, comma-separated; this machine’s own when not set',
    ),
  VOICE_MAX_CALLS: wholeNumber(0).default(300).describe('Calls over the web that are carried at once'),
  TURN_URLS: text()
    .optional()
    .describe('Relays for browsers behind strict firewalls, comma-separated: turn:…, turns:…'),
  TURN_SECRET: text().optional().describe('The relay’s shared secret (coturn: static-auth-secret)'),
  TURN_USERNAME: text().optional().describe('Instead of a secret: the same credentials for everybody'),
  TURN_PASSWORD: text().optional(),
})

/** A variable that is set to nothing counts as not set. */
function text() {
  return z.string().trim()
}

/** The problems name no key: they are printed. */
function encryptionKeys(given: string, problems: z.RefinementCtx): EnvelopeKey[] {
  const keys = list(given).map(item => {
    const [, id = '', base64 = ''] = /^([\w.-]{1,32}):([\w+/-]{43}=?)$/.exec(item) ?? []
    return { id, key: new Uint8Array(Buffer.from(base64, 'base64')) }
  })
  if (keys.some(({ key }) => key.length !== 32)) {
    problems.addIssue('must be id:base64, comma-separated, each of 32 bytes (openssl rand -base64 32)')
  } else if (new Set([...keys.map(({ id }) => id), DATABASE_KEY_ID]).size <= keys.length) {
    problems.addIssue(`must give each key an id of its own, none of them “${DATABASE_KEY_ID}”`)
  }
  return keys
}

/** A whole number within these bounds, both included. */
function wholeNumber(min: number, max: number = Number.POSITIVE_INFINITY) {
  const message = `must be a whole number, ${max === Number.POSITIVE_INFINITY ? `${min} or more` : `${min} to ${max}`}`
  return z.coerce.number({ error: message }).int(message).min(min, message).max(max, message)
}

/** Where an API begins, without the `/v1` that many copy along with it. */
function apiAddress() {
  return z
    .url({ protocol: /^https?$/, message: 'must be an address such as http://localhost:8000' })
    .transform(url => url.replace(/\/+$/, '').replace(/\/v1$/, ''))
}

type Environment = z.output<typeof Environment>

export const DEFAULT_PORT = 5000

export interface Config {
  host: string
  /** Null: {@link DEFAULT_PORT}, or the next one that is free. */
  port: number | null
  dataDir: string
  databaseUrl: string | null
  publicUrl: string | null
  /** Webhooks must be signed, cookies are `Secure` where the address is https. */
  production: boolean
  trustedProxies: string[]
  admin: { email: string; password: string } | null
  adminApiKey: string | null
  /** The first seals, all open; none: the one in the database does. */
  encryptionKeys: EnvelopeKey[]
  apiRequestsPerHour: number
  logLevel: Environment['LOG_LEVEL']
  /** `audience` null: any, for tokens need not name one. */
  jwt: { secret: string | null; issuerUrl: string | null; audience: string | null }
  twilio: {
    authTokens: string[]
    phoneNumber: string | null
    /** Set when we may ask Twilio of our own accord: to fetch the next script, to send a message. */
    account: { accountSid: string; authToken: string } | null
    apiUrl: string | null
  }
  webhookAllowPrivate: boolean
  /** Null: what comes with Ringside, and English. */
  speech: { url: string; key: string | null; model: string; voice: string } | null
  /** Null: nothing is written down. */
  transcription: { url: string; key: string | null; model: string } | null
  /** Null: recordings are kept in `dataDir`. */
  s3: S3Account | null
  vonage: { signatureSecrets: string[] }
  ringcentral: {
    verificationTokens: string[]
    /** Set when Ringside is to create and renew the subscription itself. */
    subscription: { clientId: string; clientSecret: string; jwt: string; serverUrl: string } | null
  }
  /** Set when people may connect these CRMs. */
  hubspot: { clientId: string; clientSecret: string; appUrl: string; apiUrl: string } | null
  salesforce: { clientId: string; clientSecret: string; loginUrl: string } | null
  /** Set when LiveKit carries calls between browsers. */
  livekit: { apiUrl: string; apiKey: string; apiSecret: string; record: boolean } | null
  /** `host:port` at which other processes reach this one; null: as it listens. */
  internalAddress: string | null
  voice: {
    /** 0: no calls over the web. */
    processes: number
    /** Null: 40000, or the next one that is free. */
    udpPort: number | null
    publicAddresses: string[]
    maxCalls: number
    turn: { urls: string[]; secret: string | null; username: string | null; password: string | null }
  }
  /** Hold every answer against the contract; for tests. */
  checkAnswers: boolean
}

/** What is wrong with the environment, one sentence per variable. */
export class ConfigError extends Error {
  readonly problems: string[]
  constructor(problems: string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** Reads the environment. Throws {@link ConfigError} with every problem. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  )
  const result = Environment.safeParse(given, { error: inWords })
  // Our sentences begin with “This”, which here has a name.
  const problems = result.success
    ? []
    : result.error.issues.map(({ path, message }) => `${path.join('.')} ${message.replace(/^This /, '')}`)
  for (const [one, other] of [
    ['ADMIN_EMAIL', 'ADMIN_PASSWORD'],
    ['ADMIN_PASSWORD', 'ADMIN_EMAIL'],
  ] as const) {
    if (given[one] && !given[other]) problems.push(`${other} must be set together with ${one}`)
  }
  const subscription = ['RINGCENTRAL_CLIENT_ID', 'RINGCENTRAL_CLIENT_SECRET', 'RINGCENTRAL_JWT_TOKEN'] as const
  if (subscription.some(name => given[name])) {
    for (const name of subscription)
      if (!given[name]) problems.push(`${name} must be set together with the other RINGCENTRAL_ variables`)
    if (!given.PUBLIC_URL) problems.push('PUBLIC_URL must be set so that RingCentral can reach this server')
  }
  const s3 = ['S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const
  if ([...s3, 'S3_ENDPOINT'].some(name => given[name])) {
    for (const name of s3) if (!given[name]) problems.push(`${name} must be set together with the other S3_ variables`)
  }
  const livekit = ['LIVEKIT_API_URL', 'LIVEKIT_API_KEY', 'LIVEKIT_API_SECRET'] as const
  if (livekit.some(name => given[name])) {
    for (const name of livekit)
      if (!given[name]) problems.push(`${name} must be set together with the other LIVEKIT_API_ variables`)
  }
  for (const crm of ['HUBSPOT', 'SALESFORCE']) {
    const [id, secret] = [`${crm}_CLIENT_ID`, `${crm}_CLIENT_SECRET`]
    if (given[id] && !given[secret]) problems.push(`${secret} must be set together with ${id}`)
    if (given[secret] && !given[id]) problems.push(`${id} must be set together with ${secret}`)
  }
  if (!result.success || problems.length > 0) throw new ConfigError(problems)

  const set = result.data
  return {
    host: set.HOST,
    port: set.PORT ?? null,
    dataDir: set.DATA_DIR,
    databaseUrl: set.DATABASE_URL ?? null,
    publicUrl: set.PUBLIC_URL ?? null,
    production: set.PUBLIC_URL !== undefined || !isLoopback(set.HOST),
    trustedProxies: list(set.TRUSTED_PROXIES),
    admin:
      set.ADMIN_EMAIL && set.ADMIN_PASSWORD
        ? { email: set.ADMIN_EMAIL.toLowerCase(), password: set.ADMIN_PASSWORD }
        : null,
    adminApiKey: set.ADMIN_API_KEY ?? null,
    encryptionKeys: set.ENCRYPTION_KEYS ?? [],
    apiRequestsPerHour: set.API_REQUESTS_PER_HOUR,
    logLevel: set.LOG_LEVEL,
    jwt: {
      secret: set.SUPABASE_JWT_SECRET ?? null,
      issuerUrl: set.SUPABASE_URL?.replace(/\/+$/, '') ?? null,
      audience: set.SUPABASE_JWT_AUDIENCE ?? null,
    },
    twilio: {
      authTokens: list(set.TWILIO_AUTH_TOKEN),
      phoneNumber: set.TWILIO_PHONE_NUMBER ?? null,
      account: twilioAccount(set.TWILIO_ACCOUNT_SID, list(set.TWILIO_AUTH_TOKEN)[0]),
      apiUrl: set.TWILIO_API_URL ?? null,
    },
    webhookAllowPrivate: set.WEBHOOK_ALLOW_PRIVATE === 'true',
    speech: set.SPEECH_URL
      ? { url: set.SPEECH_URL, key: set.SPEECH_KEY ?? null, model: set.SPEECH_MODEL, voice: set.SPEECH_VOICE }
      : null,
    transcription: set.TRANSCRIPTION_URL
      ? { url: set.TRANSCRIPTION_URL, key: set.TRANSCRIPTION_KEY ?? null, model: set.TRANSCRIPTION_MODEL }
      : null,
    s3:
      set.S3_BUCKET && set.S3_ACCESS_KEY_ID && set.S3_SECRET_ACCESS_KEY
        ? {
            endpoint: set.S3_ENDPOINT ?? `https://s3.${set.S3_REGION}.amazonaws.com`,
            region: set.S3_REGION,
            bucket: set.S3_BUCKET,
            accessKeyId: set.S3_ACCESS_KEY_ID,
            secretAccessKey: set.S3_SECRET_ACCESS_KEY,
            pathStyle: (set.S3_PATH_STYLE ?? String(set.S3_ENDPOINT !== undefined)) === 'true',
          }
        : null,
    vonage: { signatureSecrets: list(set.VONAGE_SIGNATURE_SECRET) },
    hubspot:
      set.HUBSPOT_CLIENT_ID && set.HUBSPOT_CLIENT_SECRET
        ? {
            clientId: set.HUBSPOT_CLIENT_ID,
            clientSecret: set.HUBSPOT_CLIENT_SECRET,
            appUrl: set.HUBSPOT_APP_URL,
            apiUrl: set.HUBSPOT_API_URL,
          }
        : null,
    salesforce:
      set.SALESFORCE_CLIENT_ID && set.SALESFORCE_CLIENT_SECRET
        ? {
            clientId: set.SALESFORCE_CLIENT_ID,
            clientSecret: set.SALESFORCE_CLIENT_SECRET,
            loginUrl: set.SALESFORCE_LOGIN_URL,
          }
        : null,
    ringcentral: {
      verificationTokens: list(set.RINGCENTRAL_VERIFICATION_TOKEN),
      subscription:
        set.RINGCENTRAL_CLIENT_ID && set.RINGCENTRAL_CLIENT_SECRET && set.RINGCENTRAL_JWT_TOKEN
          ? {
              clientId: set.RINGCENTRAL_CLIENT_ID,
              clientSecret: set.RINGCENTRAL_CLIENT_SECRET,
              jwt: set.RINGCENTRAL_JWT_TOKEN,
              serverUrl: set.RINGCENTRAL_SERVER_URL,
            }
          : null,
    },
    livekit:
      set.LIVEKIT_API_URL && set.LIVEKIT_API_KEY && set.LIVEKIT_API_SECRET
        ? {
            apiUrl: set.LIVEKIT_API_URL,
            apiKey: set.LIVEKIT_API_KEY,
            apiSecret: set.LIVEKIT_API_SECRET,
            record: set.LIVEKIT_RECORD === 'true',
          }
        : null,
    internalAddress: set.INTERNAL_ADDRESS ?? null,
    voice: {
      processes: set.VOICE_PROCESSES,
      udpPort: set.VOICE_UDP_PORT ?? null,
      publicAddresses: list(set.VOICE_PUBLIC_ADDRESSES),
      maxCalls: set.VOICE_MAX_CALLS,
      turn: {
        urls: list(set.TURN_URLS),
        secret: set.TURN_SECRET ?? null,
        username: set.TURN_USERNAME ?? null,
        password: set.TURN_PASSWORD ?? null,
      },
    },
    checkAnswers: given.NODE_ENV === 'test',
  }
}

const twilioAccount = (accountSid: string | undefined, authToken: string | undefined) =>
  accountSid === undefined || authToken === undefined ? null : { accountSid, authToken }

const list = (value: string | undefined): string[] =>
  (value ?? '')
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')

export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host)

/** Every variable with what it means, for the documentation and `--help`. */
export const variables = (): { name: string; meaning: string }[] =>
  Object.entries(Environment.shape).map(([name, schema]) => ({ name, meaning: schema.description ?? '' }))
