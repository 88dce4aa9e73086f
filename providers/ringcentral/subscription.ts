import { setTimeout as wait } from 'node:timers/promises'
import { type Api, type ApiAccount, ApiFailure, connect } from './api.ts'

export interface SubscriptionOptions extends ApiAccount {
  /** Where RingCentral shall post events. It asks back while the subscription is made: the server must be listening. */
  address: string
  /** Comes back with every event. */
  verificationToken: string
  log: Log
  /** Stops the keeping; the subscription itself stays for the next process. */
  signal: AbortSignal
}

export interface Log {
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** Time, chance and the network. */
export interface World {
  connect(account: ApiAccount): Promise<Api>
  /** Epoch milliseconds. */
  now(): number
  /** Resolves after so many milliseconds, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** From 0 to 1. */
  random(): number
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const CHECK_EVERY = 5 * MINUTE
const RENEW_EVERY = DAY
/** Seconds. A week of which a day is used: renewing may fail for days before anything is missed. */
const EXPIRES_IN = (7 * DAY) / 1000
const LONGEST_PAUSE = 15 * MINUTE
/** Every request sooner than this after a refusal for too many starts RingCentral's penalty anew. */
const PENALTY = MINUTE

const SUBSCRIPTIONS = '/restapi/v1.0/subscription'
const PRESENCE = '/restapi/v1.0/account/~/extension/~/presence?detailedTelephonyState=true'
const SESSIONS = '/restapi/v1.0/account/~/telephony/sessions'

/**
 * Keeps exactly one webhook subscription alive at an address until the signal aborts: makes it, renews it every day,
 * looks every five minutes whether it still works, and makes it anew when RingCentral has dropped or blacklisted it.
 * Any number of processes may do this for the same address. Never rejects: what goes wrong is logged and tried again.
 */
export async function keepSubscription(options: SubscriptionOptions, world: World = REAL_WORLD): Promise<void> {
  const { log, signal } = options
  const keeper = new Keeper(options, world)
  for (let failures = 0; !signal.aborted; ) {
    let pause = CHECK_EVERY
    try {
      await keeper.check()
      failures = 0
    } catch (error) {
      if (signal.aborted) return
      failures += 1
      pause = pauseAfter(error, failures, world.random())
      // The message only: the error itself holds the request, and the request our credentials.
      const reason = error instanceof Error ? error.message : String(error)
      log.warn({ reason, retryInSeconds: Math.round(pause / 1000) }, 'RingCentral subscription could not be checked')
    }
    await world.sleep(pause, signal)
  }
}

function pauseAfter(error: unknown, failures: number, chance: number): number {
  const { status = null, retryAfter = null } = error instanceof ApiFailure ? error : {}
  if (status === 429) return Math.max(retryAfter ?? 0, PENALTY) * (1 + chance / 10)
  return Math.min(LONGEST_PAUSE, 5000 * 2 ** Math.min(failures, 10)) * (0.5 + chance / 2)
}

interface Subscription {
  id: string
  status: string
  creationTime?: string
  expirationTime?: string
  eventFilters?: string[]
  disabledFilters?: unknown[]
  deliveryMode?: { transportType?: string; address?: string }
  blacklistedData?: object
}

class Keeper {
  readonly #options: SubscriptionOptions
  readonly #world: World
  #api: Api | null = null
  /** The subscription that this process has set up as it must be, and when it was last renewed. */
  #kept: { id: string; renewedAt: number } | null = null

  constructor(options: SubscriptionOptions, world: World) {
    this.#options = options
    this.#world = world
  }

  async check(): Promise<void> {
    const ours = await this.#list()
    const broken = ours.filter(({ status }) => status !== 'Active')
    // The same one in every process, or two processes would each delete the other's.
    const [kept, ...surplus] = ours.filter(({ status }) => status === 'Active').sort(byAge)
    for (const { id, status, blacklistedData } of broken) {
      this.#options.log.warn({ id, status, ...blacklistedData }, 'RingCentral subscription stopped working')
    }
    for (const { id } of [...broken, ...surplus]) await this.#delete(id)
    if (!kept) await this.#create()
    else if (kept.id !== this.#kept?.id) await this.#adopt(kept)
    else if (this.#isDue(kept)) await this.#renew(kept)
  }

  async #list(): Promise<Subscription[]> {
    const { records = [] } = (await this.#request('GET', SUBSCRIPTIONS)) as { records?: Subscription[] }
    return records.filter(({ deliveryMode }) => deliveryMode?.address === this.#options.address)
  }

  async #create(): Promise<void> {
    this.#keep(await this.#ask('POST', SUBSCRIPTIONS), 'RingCentral subscription made')
  }

  /**
   * Takes over one that was there before. Which token it sends cannot be seen, so everything is set once; where
   * RingCentral does not allow that, a new one takes its place.
   */
  async #adopt({ id }: Subscription): Promise<void> {
    try {
      this.#keep(await this.#ask('PUT', `${SUBSCRIPTIONS}/${id}`), 'RingCentral subscription taken over')
    } catch (error) {
      if (!isRefusal(error)) throw error
      await this.#delete(id)
      await this.#create()
    }
  }

  #isDue({ expirationTime }: Subscription): boolean {
    const now = this.#world.now()
    const left = Date.parse(expirationTime ?? '') - now
    return now - this.#kept!.renewedAt >= RENEW_EVERY || left < (EXPIRES_IN * 1000) / 2
  }

  async #renew({ id }: Subscription): Promise<void> {
    try {
      const renewed = await this.#request('POST', `${SUBSCRIPTIONS}/${id}/renew`)
      this.#keep(renewed as Subscription, 'RingCentral subscription renewed')
    } catch (error) {
      if (!isRefusal(error)) throw error
      await this.#delete(id)
      await this.#create()
    }
  }

  #keep({ id, expirationTime, disabledFilters = [] }: Subscription, message: string): void {
    this.#kept = { id, renewedAt: this.#world.now() }
    this.#options.log.info({ id, expirationTime }, message)
    if (disabledFilters.length > 0) {
      this.#options.log.warn({ id, disabledFilters }, 'RingCentral does not send some of the events asked for')
    }
  }

  async #delete(id: string): Promise<void> {
    try {
      await this.#request('DELETE', `${SUBSCRIPTIONS}/${id}`)
    } catch (error) {
      // Another process was faster.
      if (!(error instanceof ApiFailure && error.status === 404)) throw error
    }
  }

  /** Sessions need a permission that RingCentral grants on request. Presence alone still tells who is calling. */
  async #ask(method: 'POST' | 'PUT', path: string): Promise<Subscription> {
    try {
      return (await this.#request(method, path, this.#wanted([SESSIONS, PRESENCE]))) as Subscription
    } catch (error) {
      if (!isRefusal(error) || error.status !== 403) throw error
      this.#options.log.warn(
        { reason: error.message },
        'RingCentral refuses telephony sessions: asking for presence only',
      )
      return (await this.#request(method, path, this.#wanted([PRESENCE]))) as Subscription
    }
  }

  async #request(...request: Parameters<Api['request']>): Promise<unknown> {
    try {
      this.#api ??= await this.#world.connect(this.#options)
      return await this.#api.request(...request)
    } catch (error) {
      // No answer, or no longer signed in: the next attempt starts with signing in.
      if (!(error instanceof ApiFailure) || error.status === null || error.status === 401) this.#api = null
      throw error
    }
  }

  #wanted(eventFilters: string[]): object {
    const { address, verificationToken } = this.#options
    const deliveryMode = { transportType: 'WebHook', address, verificationToken }
    return { eventFilters, deliveryMode, expiresIn: EXPIRES_IN }
  }
}

const byAge = (a: Subscription, b: Subscription): number =>
  (a.creationTime ?? '').localeCompare(b.creationTime ?? '') || a.id.localeCompare(b.id)

/** RingCentral understood and said no, and would say so again. */
const isRefusal = (error: unknown): error is ApiFailure & { status: number } =>
  error instanceof ApiFailure && error.status !== null && [400, 403, 404, 409, 422].includes(error.status)

const REAL_WORLD: World = {
  connect,
  now: Date.now,
  sleep: (ms, signal) => wait(ms, undefined, { signal }).catch(() => {}),
  random: Math.random,
}
