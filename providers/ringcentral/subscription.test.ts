import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Api, ApiFailure, connect } from './api.ts'
import { keepSubscription, type SubscriptionOptions, type World } from './subscription.ts'

const DAY = 86_400_000
const START = Date.UTC(2026, 0, 1)
const ADDRESS = 'https://cc.example.com/webhooks/ringcentral'
const ALL_EVENTS = [
  '/restapi/v1.0/account/~/telephony/sessions',
  '/restapi/v1.0/account/~/extension/~/presence?detailedTelephonyState=true',
]

interface Made {
  id: string
  status: string
  creationTime: string
  expirationTime: string
  eventFilters: string[]
  deliveryMode: { transportType: string; address: string; verificationToken?: string }
  expiresIn: number
}

/** RingCentral's side: subscriptions that expire, and faults on demand. Time moves only while somebody sleeps. */
class RingCentral {
  now = START
  subscriptions: Made[] = []
  requests: string[] = []
  logins = 0
  faults: ApiFailure[] = []
  /** Called before each request; what it throws is the answer. */
  beforeRequest: (method: string, path: string, body?: { eventFilters?: string[] }) => void = () => {}
  #made = 0

  add(change: Partial<Made> = {}): Made {
    const made: Made = {
      id: `sub${++this.#made}`,
      status: 'Active',
      creationTime: new Date(this.now).toISOString(),
      expirationTime: new Date(this.now + 7 * DAY).toISOString(),
      eventFilters: [],
      deliveryMode: { transportType: 'WebHook', address: ADDRESS },
      expiresIn: 604_800,
      ...change,
    }
    this.subscriptions.push(made)
    return made
  }

  world(): World {
    return {
      now: () => this.now,
      random: () => 0.5,
      sleep: async ms => {
        this.now += ms
        // Every process gets its turn.
        await new Promise(resolve => setImmediate(resolve))
      },
      connect: async () => {
        this.logins += 1
        this.#fail()
        return { request: async (method, path, body) => structuredClone(this.#answer(method, path, body)) }
      },
    }
  }

  #fail(): void {
    const fault = this.faults.shift()
    if (fault) throw fault
  }

  #answer(method: string, path: string, body: object | undefined): unknown {
    this.requests.push(`${method} ${path.replace('/restapi/v1.0', '')}`)
    this.#fail()
    this.beforeRequest(method, path, body)
    this.subscriptions = this.subscriptions.filter(made => Date.parse(made.expirationTime) > this.now)
    const [, id, renew] = /\/subscription\/(\w+)(\/renew)?$/.exec(path) ?? []
    if (id === undefined) return method === 'GET' ? { records: this.subscriptions } : this.add(body)
    const found = this.subscriptions.find(made => made.id === id)
    if (!found) throw new ApiFailure('Resource not found', 404, null)
    if (method === 'DELETE') this.subscriptions = this.subscriptions.filter(made => made !== found)
    else Object.assign(found, body, { expirationTime: new Date(this.now + 7 * DAY).toISOString() })
    expect(method === 'POST').toBe(renew !== undefined)
    return method === 'DELETE' ? null : found
  }
}

/** Keeps a subscription for so many days of invented time, in so many processes. */
async function keep(ringcentral: RingCentral, days: number, processes = 1) {
  const abort = new AbortController()
  const logged: string[] = []
  const line = (details: object, message: string) => void logged.push(`${message} ${JSON.stringify(details)}`)
  const world = ringcentral.world()
  const until = ringcentral.now + days * DAY
  const options: SubscriptionOptions = {
    clientId: 'myClientId',
    clientSecret: 'secret-client',
    jwt: 'secret-jwt',
    serverUrl: 'https://platform.ringcentral.com',
    address: ADDRESS,
    verificationToken: 'secret-token',
    log: { info: line, warn: line, error: line },
    signal: abort.signal,
  }
  const sleep: World['sleep'] = async (ms, signal) => {
    // Time moves for all processes together: each sleeps its share.
    await world.sleep(ms / processes, signal)
    if (ringcentral.now >= until) abort.abort()
  }
  await Promise.all(Array.from({ length: processes }, () => keepSubscription(options, { ...world, sleep })))
  for (const entry of logged) expect(entry).not.toMatch(/secret/)
  return logged
}

const count = (ringcentral: RingCentral, request: RegExp): number =>
  ringcentral.requests.filter(made => request.test(made)).length

describe('a subscription', () => {
  test('is made, looked after and renewed every day', async () => {
    const ringcentral = new RingCentral()
    await keep(ringcentral, 30)
    expect(ringcentral.subscriptions).toMatchObject([
      {
        id: 'sub1',
        eventFilters: ALL_EVENTS,
        deliveryMode: { transportType: 'WebHook', address: ADDRESS, verificationToken: 'secret-token' },
        expiresIn: 604_800,
      },
    ])
    expect(count(ringcentral, /^POST \/subscription$/)).toBe(1)
    expect(count(ringcentral, /renew$/)).toBe(29)
    expect(count(ringcentral, /^GET/)).toBe(30 * 24 * 12)
    expect(ringcentral.logins).toBe(1)
  })

  test('that is there already is taken over, not doubled', async () => {
    const ringcentral = new RingCentral()
    const { id } = ringcentral.add({ eventFilters: ['/something/else'] })
    const other = ringcentral.add({ deliveryMode: { transportType: 'WebHook', address: 'https://elsewhere.example' } })
    await keep(ringcentral, 0.5)
    expect(count(ringcentral, /^POST/)).toBe(0)
    expect(ringcentral.subscriptions).toMatchObject([
      { id, eventFilters: ALL_EVENTS, deliveryMode: { verificationToken: 'secret-token' } },
      { id: other.id, eventFilters: [] },
    ])
  })

  test('that may not be changed is replaced', async () => {
    const ringcentral = new RingCentral()
    const { id } = ringcentral.add()
    ringcentral.beforeRequest = method => {
      if (method === 'PUT') throw new ApiFailure('Parameter [deliveryMode] is invalid', 400, null)
    }
    await keep(ringcentral, 0.1)
    expect(ringcentral.subscriptions).toHaveLength(1)
    expect(ringcentral.subscriptions[0]?.id).not.toBe(id)
  })

  test.each(['Blacklisted', 'gone'])('that is %s is made anew within minutes', async fate => {
    const ringcentral = new RingCentral()
    let lost = 0
    ringcentral.beforeRequest = () => {
      if (lost > 0 || ringcentral.now < START + DAY / 2) return
      lost = ringcentral.now
      if (fate === 'gone') ringcentral.subscriptions = []
      else ringcentral.subscriptions[0]!.status = fate
    }
    const logged = await keep(ringcentral, 1)
    expect(ringcentral.subscriptions).toMatchObject([{ id: 'sub2', status: 'Active', eventFilters: ALL_EVENTS }])
    expect(Date.parse(ringcentral.subscriptions[0]!.creationTime) - lost).toBeLessThanOrEqual(300_000)
    if (fate === 'Blacklisted') expect(logged.join()).toMatch(/stopped working/)
  })

  test('there is one of, however many processes keep it', async () => {
    const ringcentral = new RingCentral()
    await keep(ringcentral, 3, 3)
    expect(ringcentral.subscriptions).toHaveLength(1)
    expect(ringcentral.subscriptions[0]).toMatchObject({ status: 'Active', eventFilters: ALL_EVENTS })
  })

  test('whose surplus is deleted keeps the oldest, in every process alike', async () => {
    const ringcentral = new RingCentral()
    const younger = ringcentral.add({ creationTime: '2025-12-31T00:00:00.000Z' })
    const oldest = ringcentral.add({ creationTime: '2025-12-30T00:00:00.000Z' })
    const logged = await keep(ringcentral, 0.1, 2)
    expect(ringcentral.subscriptions.map(({ id }) => id)).toEqual([oldest.id])
    expect(count(ringcentral, new RegExp(`^DELETE .*${younger.id}`))).toBe(2)
    // The slower of two processes finds the work done.
    expect(logged.join()).not.toMatch(/could not be checked/)
  })

  test('does with presence alone where sessions are not allowed', async () => {
    const ringcentral = new RingCentral()
    ringcentral.beforeRequest = (_method, _path, body) => {
      if (body?.eventFilters?.includes(ALL_EVENTS[0]!)) throw new ApiFailure('In order to call this API…', 403, null)
    }
    const logged = await keep(ringcentral, 0.1)
    expect(ringcentral.subscriptions).toMatchObject([{ eventFilters: [ALL_EVENTS[1]] }])
    expect(logged.join()).toMatch(/presence only/)
  })
})

describe('trouble', () => {
  test('of too many requests is waited out for as long as RingCentral says', async () => {
    const ringcentral = new RingCentral()
    ringcentral.faults = [new ApiFailure('Request rate exceeded', 429, 120_000), new ApiFailure('…', 429, null)]
    const times: number[] = []
    ringcentral.beforeRequest = () => void times.push(ringcentral.now - START)
    await keep(ringcentral, 0.01)
    // Two minutes, then the penalty of one minute, each with a little chance on top.
    expect(times[0]).toBeCloseTo((120_000 + 60_000) * 1.05)
  })

  test('of any other kind is tried again ever more slowly, and starts with signing in', async () => {
    const ringcentral = new RingCentral()
    const lost = () => new ApiFailure('fetch failed', null, null)
    ringcentral.faults = [lost(), lost(), lost(), new ApiFailure('Token expired', 401, null), ...Array(20).fill(lost())]
    const logged = await keep(ringcentral, 0.5)
    expect(ringcentral.subscriptions).toHaveLength(1)
    expect(ringcentral.logins).toBe(25)
    const pauses = logged.flatMap(entry => /"retryInSeconds":(\d+)/.exec(entry)?.slice(1).map(Number) ?? [])
    expect(pauses).toHaveLength(24)
    expect(pauses.slice(0, 5)).toEqual([8, 15, 30, 60, 120])
    expect(Math.max(...pauses)).toBe(675)
  })

  test.each([
    [null, 2],
    [401, 2],
    [500, 1],
  ])('in the middle (%s) makes it %i sign-ins', async (status, logins) => {
    const ringcentral = new RingCentral()
    let failed = false
    ringcentral.beforeRequest = () => {
      if (failed || ringcentral.now === START) return
      failed = true
      throw new ApiFailure('trouble', status, null)
    }
    await keep(ringcentral, 0.1)
    expect(failed).toBe(true)
    expect(ringcentral.logins).toBe(logins)
  })

  test('at renewing costs nothing while a week is left', async () => {
    const ringcentral = new RingCentral()
    ringcentral.beforeRequest = (_method, path) => {
      if (path.endsWith('renew') && ringcentral.now < START + 3 * DAY) throw new ApiFailure('Internal', 500, null)
    }
    await keep(ringcentral, 10)
    expect(ringcentral.subscriptions).toMatchObject([{ id: 'sub1' }])
  })

  test('ends at once when the server stops', async () => {
    const abort = new AbortController()
    const never: Api = { request: () => new Promise((_, reject) => abort.signal.addEventListener('abort', reject)) }
    const keeping = keepSubscription(
      { ...({} as SubscriptionOptions), signal: abort.signal },
      { connect: async () => never, now: () => 0, random: () => 0, sleep: async () => {} },
    )
    await new Promise(resolve => setImmediate(resolve))
    abort.abort()
    await keeping
  })
})

describe('the official SDK', () => {
  interface Captured {
    id: string
    requests: { method: string; url: string; headers: Record<string, string>; body: string | null }[]
  }
  const AUTH = new URL('vectors/auth.json', import.meta.url)
  const { results }: { results: Captured[] } = JSON.parse(readFileSync(AUTH, 'utf8'))
  const captured = (id: string) => results.find(result => result.id === id)!.requests[0]!
  const TOKEN = { access_token: 'U1BBR.access', token_type: 'bearer', expires_in: 3600, refresh_token: 'U1BBR.refresh' }

  const signIn = async (answer: (url: string) => Response) => {
    const sent: Captured['requests'] = []
    const send: typeof fetch = async (input, init) => {
      const request = input as Request
      expect(init?.signal).toBeInstanceOf(AbortSignal)
      const headers = Object.fromEntries(request.headers)
      sent.push({ method: request.method, url: request.url, headers, body: await request.text() })
      return request.url.endsWith('/oauth/token') ? Response.json(TOKEN) : answer(request.url)
    }
    const api = await connect(
      {
        clientId: 'myClientId',
        clientSecret: 'myClientSecret',
        jwt: 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
        serverUrl: 'https://platform.ringcentral.com',
        signal: new AbortController().signal,
      },
      send,
    )
    return { api, sent }
  }

  test('signs in, subscribes and renews as RingCentral expects', async () => {
    const { api, sent } = await signIn(() => Response.json({ id: 'sub1' }))
    const { body } = captured('subscribe-webhook')
    expect(await api.request('POST', '/restapi/v1.0/subscription', JSON.parse(body!))).toEqual({ id: 'sub1' })
    await api.request('POST', '/restapi/v1.0/subscription/sub1/renew')
    expect(sent).toHaveLength(3)
    for (const [index, id] of ['jwt-login', 'subscribe-webhook', 'renew'].entries()) {
      const { headers, ...request } = captured(id)
      expect(sent[index]).toMatchObject({ method: request.method, url: request.url, body: request.body ?? '' })
      const { 'content-type': type, ...others } = headers
      expect(sent[index]?.headers).toMatchObject(others)
      expect(sent[index]?.headers['content-type']).toContain(type)
    }
  })

  test('reports what RingCentral refuses, how long to wait, and no credentials', async () => {
    const body = JSON.stringify({ errorCode: 'CMN-301', message: 'Request rate exceeded' })
    const headers = { 'retry-after': '60', 'content-type': 'application/json' }
    const { api } = await signIn(() => new Response(body, { status: 429, headers }))
    const failure = await api
      .request('GET', '/restapi/v1.0/subscription')
      .catch((error: unknown) => error as ApiFailure)
    expect(failure).toBeInstanceOf(ApiFailure)
    expect(failure).toMatchObject({ message: 'Request rate exceeded', status: 429, retryAfter: 60_000 })
    expect(Object.getOwnPropertyNames(failure).sort()).toEqual(['message', 'retryAfter', 'stack', 'status'])
  })

  test('says that the credentials are wrong, or that nobody answers', async () => {
    const account = {
      clientId: 'a',
      clientSecret: 'b',
      jwt: 'c',
      serverUrl: 'https://x.example',
      signal: new AbortController().signal,
    }
    const refuse = async () => Response.json({ error: 'invalid_grant', error_description: 'Bad JWT' }, { status: 400 })
    await expect(connect(account, refuse)).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(/sign in.*JWT/),
    })
    const vanish = async () => Promise.reject(new TypeError('fetch failed'))
    await expect(connect(account, vanish)).rejects.toMatchObject({ status: null, message: 'fetch failed' })
  })

  test('answers a deletion with nothing', async () => {
    const { api } = await signIn(() => new Response(null, { status: 204 }))
    expect(await api.request('DELETE', '/restapi/v1.0/subscription/sub1')).toBeNull()
  })
})
