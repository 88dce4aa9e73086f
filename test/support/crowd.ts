import twilio from 'twilio/lib/webhooks/webhooks.js'
import type { Agent, Call, LiveOffer } from '../../client/contract.ts'
import type { LiveEvent } from '../../client/live.ts'
import { exponential, type Random, randomStream } from '../../simulator/random.ts'
import type { Answer, Cluster } from './cluster.ts'
import type { LargeCenter } from './largeCenter.ts'
import type { Observer, SeenCall } from './observer.ts'

export const PUBLIC_URL = 'https://calls.example.com'
export const AUTH_TOKEN = 'a1b2c3d4e5f60718293a4b5c6d7e8f90'

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
const between = (random: Random, least: number, most: number): number => least + random() * (most - least)

export interface CrowdMeans {
  cluster: Cluster
  center: LargeCenter
  observer: Observer
  apiKey: string
  seed: number
  calls: number
  durationMs: number
}

/** Callers and agents as they are: impatient, forgetful, often away. */
export interface Crowd {
  /** Everybody does what they do until the time is over and the last caller has hung up. */
  run(): Promise<void>
  hear(event: LiveEvent): void
  /** Calls and agents as the center shows them in the end; returns when nobody has anything at hand, or throws. */
  settle(): Promise<{ calls: Call[]; agents: Agent[] }>
  readonly webhooks: number
}

export function createCrowd({ cluster, center, observer, apiKey, seed, calls, durationMs }: CrowdMeans): Crowd {
  const operator = { 'x-api-key': apiKey }
  const agents = new Map(center.agents.map((agent, index) => [agent.id, createAgent(agent.id, agent.cookie, index)]))
  /** What each live call waits for: that somebody has taken it. */
  const taken = new Map<string, () => void>()
  /** Repeats that are still to be sent. */
  const repeats = new Set<Promise<unknown>>()
  let closing = false
  let close = () => {}
  const closed = new Promise<void>(resolve => {
    close = resolve
  })
  let webhooks = 0

  const failed = (error: unknown) => void observer.wrong.push(String(error))
  const anybody = (random: Random): number => Math.floor(random() * cluster.urls.length)

  // Callers

  /** A webhook as the provider sends it; every fifth comes again, with or without the token that tells it is the same. */
  async function report(random: Random, call: SeenCall, path: string, status: string): Promise<void> {
    const fields = {
      CallSid: call.providerCallId,
      AccountSid: 'AC00000000000000000000000000000001',
      From: '+14155550100',
      To: call.to,
      Direction: 'inbound',
      CallStatus: status,
    }
    const token = random() < 0.5 ? { 'i-twilio-idempotency-token': crypto.randomUUID() } : {}
    const send = async () => {
      const { status } = await cluster.ask(path, {
        method: 'POST',
        first: anybody(random),
        body: new URLSearchParams(fields).toString(),
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-twilio-signature': twilio.getExpectedTwilioSignature(AUTH_TOKEN, PUBLIC_URL + path, fields),
          ...token,
        },
      })
      webhooks++
      if (status === 200) call.acknowledged++
      else observer.wrong.push(`a webhook of ${call.providerCallId} was answered with ${status}`)
    }
    if (random() < 0.2) {
      // Also long after the end.
      const again = sleep(between(random, 0, 6000)).then(send)
      repeats.add(again)
      again.finally(() => repeats.delete(again)).catch(failed)
    }
    await send()
  }

  async function phone(index: number): Promise<void> {
    const random = randomStream(seed, `caller ${index}`)
    const { number } = center.queues[Math.floor(random() * center.queues.length)]!
    const call = observer.arriving(`CA${(seed * 100_000 + index).toString(16).padStart(32, '0')}`, number)
    const isRush = random() < 0.3
    const patienceMs = random() < 0.3 ? exponential(random, 12_000) : Number.POSITIVE_INFINITY
    const talkMs = between(random, 800, 5000)
    const agentHangsUp = random() < 0.4
    const accepted = new Promise<void>(resolve => taken.set(call.providerCallId, resolve))

    await sleep(isRush ? between(random, 0, 4000) : between(random, 0, durationMs * 0.9))
    if (random() < 0.15) await report(random, call, '/api/twilio/call-status', 'ringing')
    await report(random, call, '/api/twilio/incoming-call', 'ringing')
    const giveUp = patienceMs === Number.POSITIVE_INFINITY ? [] : [sleep(patienceMs)]
    const isTaken = await Promise.race([accepted.then(() => true), closed, ...giveUp])
    if (isTaken) {
      await Promise.race([sleep(talkMs), closed])
      if (agentHangsUp && call.owner !== null) await agents.get(call.owner.agentId)!.hangUp(call)
    }
    // The lines of a company that closes do not all fall silent in one instant.
    if (closing) await sleep(between(random, 0, 3000))
    observer.lettingGo(call)
    await report(random, call, '/api/twilio/call-status', 'completed')
    call.endAcknowledged = true
  }

  // Agents

  function createAgent(id: string, cookie: string, index: number) {
    const random = randomStream(seed, `agent ${index}`)
    let comingBack = false

    const ask = (path: string, method = 'GET', json?: unknown): Promise<Answer> =>
      cluster.ask(path, {
        method,
        first: anybody(random),
        headers: { cookie, ...(json !== undefined && { 'content-type': 'application/json' }) },
        ...(json !== undefined && { body: JSON.stringify(json) }),
      })
    async function be(presence: 'available' | 'break'): Promise<void> {
      const { status } = await ask('/api/agents/me/presence', 'PUT', { presence })
      if (status !== 200) observer.wrong.push(`${id} could not be ${presence}: ${status}`)
    }
    async function absence(): Promise<void> {
      await Promise.race([sleep(between(random, 6000, 16_000)), closed])
    }

    async function accept(offer: LiveOffer): Promise<void> {
      const call = observer.calls.get(offer.call.providerCallId)!
      call.doubtful.add(id)
      const { status, body } = await ask(`/api/offers/${offer.id}/accept`, 'POST')
      if (status === 200) {
        const { call: told } = body as { call: Call }
        observer.accept(id, told)
        await confirm(call, told.id)
      } else if (status !== 409) observer.wrong.push(`an accept was answered with ${status}`)
    }

    /** Whatever process is asked, from the answer on it is this agent's. */
    async function confirm({ providerCallId }: SeenCall, callId: string): Promise<void> {
      const { body } = await cluster.ask(`/api/calls/${callId}`, { first: anybody(random), headers: operator })
      const { agent } = body as Call
      if (agent?.id !== id) observer.wrong.push(`${providerCallId} was accepted by ${id} and shows ${agent?.id}`)
    }

    return {
      async work(): Promise<void> {
        await sleep(between(random, 0, 15_000))
        while (!closing) {
          await be('available')
          await Promise.race([sleep(between(random, 5000, 14_000)), closed])
          if (closing) return
          await be('break')
          await absence()
        }
      },
      async ring(offerId: string): Promise<void> {
        await sleep(between(random, 100, 2500))
        const askedAt = Date.now()
        const { body } = await ask('/api/offers')
        const { items } = body as { items: LiveOffer[] }
        observer.list(id, items, askedAt)
        const offer = items.find(each => each.id === offerId)
        if (offer === undefined) return
        const mood = random()
        if (mood < 0.68) await accept(offer)
        else if (mood < 0.78) await ask(`/api/offers/${offer.id}/decline`, 'POST')
        else if (mood < 0.84) await be('break')
      },
      /** Was taken out of the line for not answering, and says so itself some time later. */
      async comeBack(): Promise<void> {
        if (comingBack) return
        comingBack = true
        await sleep(between(random, 1000, 4000))
        comingBack = false
        if (!closing) await be('available')
      },
      async hangUp(call: SeenCall): Promise<void> {
        observer.lettingGo(call)
        const { status } = await ask(`/api/calls/${call.id}/hang-up`, 'POST')
        if (status !== 200) observer.wrong.push(`hanging up ${call.providerCallId} was answered with ${status}`)
      },
      async listOffers(): Promise<LiveOffer[]> {
        return ((await ask('/api/offers')).body as { items: LiveOffer[] }).items
      },
    }
  }

  function hear(event: LiveEvent): void {
    // Also an agent whose accept was never answered learns that the call is its own.
    if (event.type === 'call.assigned') taken.get(event.call.providerCallId)?.()
    if (event.type === 'offer.made') agents.get(event.offer.agent.id)?.ring(event.offer.id).catch(failed)
    if (event.type === 'agent.presence_changed' && event.by === null)
      agents.get(event.agent.id)?.comeBack().catch(failed)
  }

  async function listCalls(): Promise<Call[]> {
    const listed: Call[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const more: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const { body } = await cluster.ask(`/api/calls?limit=200${more}`, { first: 0, headers: operator })
      const page = body as { items: Call[]; nextCursor: string | null }
      listed.push(...page.items)
      cursor = page.nextCursor
    }
    return listed
  }

  return {
    hear,
    get webhooks() {
      return webhooks
    },
    async run() {
      const working = [...agents.values()].map(agent => agent.work().catch(failed))
      const calling = Array.from({ length: calls }, (_, index) => phone(index).catch(failed))
      await sleep(durationMs)
      closing = true
      close()
      await Promise.all([...calling, ...working])
      while (repeats.size > 0) await Promise.allSettled(repeats)
    },
    async settle() {
      const isFree = ({ activity }: Agent) => activity === 'away' || activity === 'ready'
      const giveUpAt = Date.now() + 10_000
      for (;;) {
        const { body } = await cluster.ask('/api/agents', { first: 0, headers: operator })
        const { items } = body as { items: Agent[] }
        if (items.every(isFree) || Date.now() > giveUpAt) {
          for (const [id, agent] of agents)
            if ((await agent.listOffers()).length > 0)
              observer.wrong.push(`something rings at ${id} though all is over`)
          return { calls: await listCalls(), agents: items }
        }
        await sleep(200)
      }
    },
  }
}
