import type { WebhookAttempt } from '../../client/contract.ts'
import { nextAttemptAt, TEST_TYPE, webhookTypeOf } from '../../core/webhook.ts'
import type { App } from '../app.ts'
import { createAlarm } from '../platform/alarm.ts'
import { onOwnBehalf } from '../platform/cause.ts'
import type { Tx } from '../platform/db.ts'
import type { StoredEvent } from '../platform/eventLog.ts'
import { createKeptConnections, fetchBytes } from '../platform/outgoing.ts'
import { recordingLink } from '../recordings/recordingLink.ts'
import { judge, noAnswer, RESPONSE_CHARACTERS, type Verdict } from './answer.ts'
import {
  type Claimed,
  claimDue,
  failPending,
  forgetEnded,
  giveBack,
  insertTest,
  keepOutcomes,
  messageIdOf,
  nextDue,
  type Outcome,
  readOn,
  releaseClaims,
} from './deliveryStore.ts'
import {
  disableEndpoint,
  type Endpoint,
  type EndpointRef,
  listEnabled,
  listOverdue,
  lockEndpoint,
  noteHealth,
} from './endpointStore.ts'
import { loadMessages, type Message, withRecording } from './message.ts'
import { signedHeaders } from './signature.ts'

/**
 * Brings the event log to the endpoints: each has a courier, who reads on from the endpoint's cursor and sends what has
 * become due. Couriers know nothing of one another, so a slow or dead endpoint delays nobody else. Everything that they
 * know is in the tables: one that is killed is replaced by any other, in whatever process.
 *
 * At least once, and in order per call: of what is pending for an endpoint and of one call, only the oldest is attempted.
 */
export interface Couriers {
  /** There may be something to be sent to this endpoint. */
  wake(ref: EndpointRef): void
  /** Sends a test now, once. Returns the delivery's id, null where there is no such endpoint. */
  test(ref: EndpointRef): Promise<string | null>
  start(): Promise<void>
  /** Nothing new is begun; what is under way is finished by {@link idle}. */
  stop(): void
  idle(): Promise<void>
}

export interface CourierOptions {
  /** Milliseconds since the epoch. */
  clock?: () => number
  /** From 0 up to, not including, 1. */
  random?: () => number
  /** For a whole attempt: name, connection, answer. */
  deadlineMs?: number
}

/** How many attempts of one endpoint are under way at once in this process. */
const AT_ONCE = 10
/** How many it has at hand besides, so that one transaction is for many. */
const AT_HAND = 50
/** Outcomes that come within this time are written down together, while there is something else to be sent. */
const GATHER_MS = 10
/** Only whoever has died loses what it has taken on: longer than any attempt takes. */
const LEASE_MS = 30_000
const DEADLINE_MS = 15_000
/** How long after a round that has failed another one is tried. */
const AGAIN_MS = 1000
/** How many rounds are in the database at once: calls come first. */
const ROUNDS_AT_ONCE = 2
/** What is under way when the server ends has this long. */
const FINISH_MS = 5000

const KEEP_MS = 30 * 24 * 3600_000
const FORGET_EVERY_MS = 3600_000
const FORGET_AT_ONCE = 1000

/** What one process does for one endpoint. */
interface Courier {
  ref: EndpointRef
  /** As it was in the last round. */
  endpoint: Endpoint | null
  /** Taken on, and not begun. */
  jobs: Job[]
  /** Taken on too long ago to be begun. */
  stale: Claimed[]
  underWay: number
  /** How attempts went that are not written down yet. */
  outcomes: (Outcome & { verdict: Verdict })[]
  running: boolean
  /** Something has happened since the last round began. */
  woken: boolean
  /** Why the last round has failed; null: it has not. */
  problem: string | null
}

interface Job {
  claimed: Claimed
  /** Null: there is nothing to be told any more. */
  message: Message | null
}

const laneOf = ({ workspaceId, id }: EndpointRef): string => `${workspaceId} ${id}`

export function createCouriers(
  app: Pick<App, 'config' | 'db' | 'log' | 'envelopes' | 'addresses'>,
  options: CourierOptions = {},
): Couriers {
  const { config, db, log, envelopes } = app
  const { clock = Date.now, random = Math.random, deadlineMs = DEADLINE_MS } = options
  /** By workspace, then by endpoint. */
  const couriers = new Map<string, Map<string, Courier>>()
  const running = new Set<Promise<unknown>>()
  const inDatabase = createGate(ROUNDS_AT_ONCE)
  const kept = createKeptConnections()
  const ending = new AbortController()
  let stopped = false
  let forgetting: NodeJS.Timeout | undefined

  const alarm = createAlarm({
    log,
    shared: db.shared,
    ring(lane) {
      const [workspaceId, id] = lane.split(' ') as [string, string]
      wake({ workspaceId, id })
    },
    overdue: async until => (await db.asSystem(sql => listOverdue(sql, until))).map(laneOf),
  })

  function keep<T>(work: Promise<T>): Promise<T> {
    running.add(work)
    work.finally(() => running.delete(work)).catch(() => {})
    return work
  }

  function wake(ref: EndpointRef): void {
    const own = couriers.get(ref.workspaceId) ?? new Map<string, Courier>()
    couriers.set(ref.workspaceId, own)
    const known = own.get(ref.id)
    const courier: Courier = known ?? {
      ref,
      endpoint: null,
      jobs: [],
      stale: [],
      underWay: 0,
      outcomes: [],
      running: false,
      woken: false,
      problem: null,
    }
    own.set(ref.id, courier)
    stir(courier)
  }

  function stir(courier: Courier): void {
    courier.woken = true
    if (!courier.running) void keep(onOwnBehalf(() => run(courier)))
  }

  /** Rounds, for as long as something happens meanwhile. */
  async function run(courier: Courier): Promise<void> {
    courier.running = true
    try {
      while (courier.woken && (!stopped || courier.outcomes.length > 0 || courier.stale.length > 0)) {
        if (courier.jobs.length > 0) await new Promise(resolve => setTimeout(resolve, GATHER_MS))
        courier.woken = false
        await inDatabase(() => round(courier))
        courier.problem = null
      }
    } catch (error) {
      const problem = String(error)
      // What a missing key keeps from being sent would say so every second.
      if (!stopped && problem !== courier.problem)
        log.error(
          { err: error, endpointId: courier.ref.id },
          'webhooks cannot be sent to an endpoint; it is tried again',
        )
      courier.problem = problem
      alarm.set(laneOf(courier.ref), Date.now() + AGAIN_MS)
    } finally {
      courier.running = false
    }
  }

  /** One transaction: writes down what has been done, reads on in the log, takes on what is due. */
  async function round(courier: Courier): Promise<void> {
    const { ref } = courier
    const outcomes = courier.outcomes.splice(0)
    const stale = courier.stale.splice(0)
    const limit = stopped ? 0 : AT_ONCE + AT_HAND - courier.jobs.length - courier.underWay
    try {
      const taken = await db.inWorkspace(ref.workspaceId, async tx => {
        const now = clock()
        const endpoint = await lockEndpoint(tx, envelopes, ref.id)
        if (endpoint === null) return null
        await writeDown(tx, endpoint, outcomes, now)
        await giveBack(tx, stale)
        if (!endpoint.enabled) return null
        const more = await readOn(tx, endpoint, now)
        const claimed = limit > 0 ? await claimDue(tx, ref.id, { limit, now, leaseMs: LEASE_MS }) : []
        const messages = await loadMessages(tx, claimed)
        const due = claimed.length === limit ? null : await nextDue(tx, ref.id, now)
        return { endpoint, more, due, jobs: claimed.map((claimed, index) => ({ claimed, message: messages[index]! })) }
      })
      if (taken === null) {
        // Turned off, or gone: whoever turns it on again wakes it.
        courier.jobs = []
        if (courier.underWay === 0) couriers.get(ref.workspaceId)?.delete(ref.id)
        return
      }
      if (taken.more) courier.woken = true
      alarm.set(laneOf(ref), taken.due)
      courier.endpoint = taken.endpoint
      courier.jobs.push(...taken.jobs)
      beginJobs(courier)
    } catch (error) {
      courier.outcomes.unshift(...outcomes)
      courier.stale.unshift(...stale)
      throw error
    }
  }

  async function writeDown(tx: Tx, endpoint: Endpoint, outcomes: Courier['outcomes'], now: number): Promise<void> {
    if (outcomes.length === 0) return
    await keepOutcomes(tx, endpoint.id, outcomes, now)
    const latest = (delivered: boolean) =>
      outcomes.findLast(({ verdict }) => verdict.delivered === delivered)?.attempt.at ?? null
    await noteHealth(tx, endpoint.id, { succeededAt: latest(true), failedAt: latest(false) })
    const gone = outcomes.find(({ verdict }) => verdict.gone)
    if (gone === undefined || !endpoint.enabled) return
    endpoint.enabled = false
    await disableEndpoint(tx, endpoint.id, gone.attempt.error)
    await failPending(tx, endpoint.id, 'The endpoint has been turned off.')
    tx.emit({
      type: 'webhook.disabled',
      webhook: { id: endpoint.id, name: endpoint.name },
      reason: gone.attempt.error ?? '',
    })
  }

  /** Nothing is begun that might still be under way when it is somebody else's, or when the server ends. */
  function beginJobs(courier: Courier): void {
    while (courier.jobs.length > 0 && courier.underWay < AT_ONCE) {
      const job = courier.jobs.shift()!
      if (stopped || clock() + deadlineMs >= job.claimed.until) {
        courier.stale.push(job.claimed)
        courier.woken = true
      } else {
        courier.underWay++
        void keep(deliver(courier, job))
      }
    }
  }

  async function deliver(courier: Courier, { claimed, message }: Job): Promise<void> {
    const outcome = await attempt(courier.ref.workspaceId, courier.endpoint!, claimed, message)
    courier.underWay--
    // Nobody knows how it went: it is attempted again when its lease ends.
    if (outcome !== null) courier.outcomes.push(outcome)
    beginJobs(courier)
    stir(courier)
  }

  /** Null when it was broken off because the server ends. */
  async function attempt(
    workspaceId: string,
    endpoint: Endpoint,
    claimed: Claimed,
    message: Message | null,
  ): Promise<(Outcome & { verdict: Verdict }) | null> {
    const at = new Date(clock()).toISOString()
    const began = performance.now()
    const verdict =
      message === null
        ? ERASED
        : await post(workspaceId, endpoint, claimed, message).then(
            answer => judge(answer, clock()),
            error => noAnswer(error, deadlineMs),
          )
    if (ending.signal.aborted && verdict.status === null) return null
    const attempt: WebhookAttempt = {
      at,
      status: verdict.status,
      latencyMs: Math.round(performance.now() - began),
      error: verdict.error,
      response: verdict.response,
    }
    const final = verdict.delivered || verdict.gone || message === null || claimed.type === TEST_TYPE
    const dueAt = final
      ? null
      : nextAttemptAt({
          firstAt: claimed.firstAttemptAt ?? Date.parse(at),
          now: clock(),
          retryAfterMs: verdict.retryAfterMs,
          random: random(),
        })
    const status = verdict.delivered ? 'delivered' : dueAt === null ? 'failed' : 'pending'
    return { claimed, attempt, status, dueAt, verdict }
  }

  async function post(workspaceId: string, endpoint: Endpoint, claimed: Claimed, message: Message) {
    const { recordingId, callId } = message
    const link = recordingId === null ? null : (await recordingLink(app, workspaceId, recordingId)).url
    const body = JSON.stringify(withRecording(message, link))
    return fetchBytes({
      method: 'POST',
      url: endpoint.url,
      body,
      headers: {
        // Spelled as documented: there are receivers that look for them letter by letter.
        'Content-Type': 'application/json',
        'user-agent': 'Ringside-Webhooks/1',
        ...(endpoint.token !== null && { Authorization: `Bearer ${endpoint.token}` }),
        'X-Webhook-Event': message.payload.event,
        ...(callId !== null && { 'X-Call-ID': callId }),
        ...signedHeaders(messageIdOf(claimed.id), body, clock(), endpoint.secrets),
      },
      deadlineMs,
      allowPrivate: config.webhookAllowPrivate,
      maxBytes: 4 * RESPONSE_CHARACTERS,
      cut: true,
      signal: ending.signal,
      kept,
    })
  }

  /** What is committed in this process is told by it; what others leave undone is found by the alarm. */
  function heed(events: StoredEvent[]): void {
    const { workspaceId } = events[0]!
    for (const { event } of events)
      if (event.type === 'webhook.created' || event.type === 'webhook.updated')
        wake({ workspaceId, id: event.webhook.id })
    if (!events.some(({ event }) => webhookTypeOf(event.type) !== null)) return
    for (const courier of couriers.get(workspaceId)?.values() ?? []) stir(courier)
  }

  async function forgetOld(): Promise<void> {
    const until = new Date(clock() - KEEP_MS)
    while ((await db.asSystem(sql => forgetEnded(sql, until, FORGET_AT_ONCE))) === FORGET_AT_ONCE);
  }

  return {
    wake,
    async test(ref) {
      const taken = await db.inWorkspace(ref.workspaceId, async tx => {
        const endpoint = await lockEndpoint(tx, envelopes, ref.id)
        if (endpoint === null) return null
        const claimed = await insertTest(tx, ref.id, clock(), LEASE_MS)
        return { endpoint, claimed, message: (await loadMessages(tx, [claimed]))[0]! }
      })
      if (taken === null) return null
      const { endpoint, claimed, message } = taken
      const outcome = await attempt(ref.workspaceId, endpoint, claimed, message)
      await db.inWorkspace(ref.workspaceId, async tx => {
        const locked = await lockEndpoint(tx, envelopes, ref.id)
        if (locked !== null && outcome !== null) await writeDown(tx, locked, [outcome], clock())
      })
      return claimed.id
    },
    async start() {
      db.onCommitted(heed)
      for (const ref of await db.asSystem(listEnabled)) {
        // A database of one process: whoever had taken something on is dead.
        if (!db.shared) await db.inWorkspace(ref.workspaceId, tx => releaseClaims(tx, ref.id))
        wake(ref)
      }
      await alarm.start()
      const forget = () =>
        void forgetOld().catch(error => log.warn({ err: error }, 'old deliveries could not be forgotten; they will be'))
      forget()
      forgetting = setInterval(forget, FORGET_EVERY_MS)
      forgetting.unref()
    },
    stop() {
      stopped = true
      alarm.stop()
      clearInterval(forgetting)
    },
    async idle() {
      const patience = setTimeout(() => ending.abort(), FINISH_MS)
      while (running.size > 0) await Promise.allSettled(running)
      clearTimeout(patience)
      kept.close()
    },
  }
}

const ERASED: Verdict = {
  status: null,
  delivered: false,
  gone: false,
  retryAfterMs: 0,
  error: 'The event that it tells of has been erased.',
  response: null,
}

/** Lets so many in at once; the others wait in line. */
function createGate(size: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let free = size
  return async work => {
    if (free > 0) free--
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
