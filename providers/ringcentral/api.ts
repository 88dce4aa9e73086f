/** The few requests that keeping a subscription takes, as RingCentral's own SDK makes them. */
export interface Api {
  /** Resolves to the decoded answer, null where it has none. Throws {@link ApiFailure}. */
  request(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<unknown>
}

export interface ApiAccount {
  clientId: string
  clientSecret: string
  /** The JWT credential from the developer console. */
  jwt: string
  /** `https://platform.ringcentral.com` */
  serverUrl: string
  /** Ends what is under way. */
  signal: AbortSignal
}

/** A request that RingCentral refused, or that never got there. */
export class ApiFailure extends Error {
  /** HTTP status; null when there was no answer. */
  readonly status: number | null
  /** How long to leave RingCentral alone, in milliseconds; null where it does not say. */
  readonly retryAfter: number | null

  constructor(message: string, status: number | null, retryAfter: number | null) {
    super(message)
    this.status = status
    this.retryAfter = retryAfter
  }
}

const TIMEOUT = 30_000

/** Signs in. The SDK renews its access token by itself for about a week; after that, sign in again. */
export async function connect(account: ApiAccount, send: typeof fetch = fetch): Promise<Api> {
  // Loaded here and not above: it is large, and most servers never need it.
  const { SDK } = await import('@ringcentral/sdk')
  const { clientId, clientSecret, jwt, serverUrl: server, signal } = account
  const platform = new SDK({
    server,
    clientId,
    clientSecret,
    // All instances share one store in memory, and would share one access token with it.
    cachePrefix: `rc-${clientId}-`,
    // The SDK's own has no timeout: one answer that never comes would end all renewals.
    fetch: (input, init) => send(input, { ...init, signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]) }),
    Request,
    Response,
    Headers,
  }).platform()
  await settled(platform.login({ jwt }), 'RingCentral refuses to sign in (check client id, client secret and JWT): ')
  return {
    async request(method, path, body) {
      const response = await settled(platform.send({ method, url: path, body }))
      const text = await response.text()
      return text === '' ? null : JSON.parse(text)
    },
  }
}

/** The answer, or its refusal without the request: that holds our credentials, and errors end up in logs. */
async function settled(answer: Promise<Response>, refused = ''): Promise<Response> {
  try {
    return await answer
  } catch (error) {
    const { message = String(error), response, retryAfter } = error as Partial<Failure>
    const status = response?.status ?? null
    throw new ApiFailure((status === null ? '' : refused) + message, status, retryAfter ?? null)
  }
}

/** What the SDK throws. `retryAfter` is in milliseconds. */
interface Failure extends Error {
  response?: Response
  retryAfter?: number
}
