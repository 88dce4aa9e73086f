import { io } from 'socket.io-client'
import type { Agent, Call, LiveOffer } from '../../client/contract.ts'
import type { LiveEvent } from '../../client/live.ts'
import type { Cluster } from './cluster.ts'

/** A call as its caller, its agent and whoever answered them know it. */
export interface SeenCall {
  providerCallId: string
  to: string
  /** The center's own id, as soon as anybody was told. */
  id: string | null
  /** Webhooks that were answered with 200. */
  acknowledged: number
  endAcknowledged: boolean
  /** Whose accept was answered with 200, and when; of whom it is not known whether it was done. */
  owner: { agentId: string; at: number } | null
  doubtful: Set<string>
  /** When the first word of its end was sent; null: it lives. */
  lettingGoAt: number | null
}

/**
 * Stands outside: knows only what was answered over HTTP and told by the live stream, and says what does not fit together.
 * It never looks into the tables.
 */
export class Observer {
  readonly wrong: string[] = []
  readonly calls = new Map<string, SeenCall>()
  readonly offers = new Map<string, { agentId: string; endings: string[] }>()
  accepted = 0
  private readonly held = new Map<string, SeenCall>()
  private seq = 0

  arriving(providerCallId: string, to: string): SeenCall {
    const call: SeenCall = {
      providerCallId,
      to,
      id: null,
      acknowledged: 0,
      endAcknowledged: false,
      owner: null,
      doubtful: new Set(),
      lettingGoAt: null,
    }
    this.calls.set(providerCallId, call)
    return call
  }

  lettingGo(call: SeenCall): void {
    call.lettingGoAt ??= Date.now()
  }

  /** An accept was answered with 200. */
  accept(agentId: string, { providerCallId }: Call): void {
    const call = this.calls.get(providerCallId)!
    const { owner } = call
    if (owner !== null && owner.agentId !== agentId)
      this.wrong.push(`${providerCallId} was accepted by ${owner.agentId} and by ${agentId}`)
    const other = this.held.get(agentId)
    if (other !== undefined && other !== call && other.lettingGoAt === null)
      this.wrong.push(`${agentId} holds ${other.providerCallId} and ${providerCallId}`)
    call.owner ??= { agentId, at: Date.now() }
    this.held.set(agentId, call)
    this.accepted++
  }

  /** What an agent was told rings there, having asked at `askedAt`. */
  list(agentId: string, offers: LiveOffer[], askedAt: number): void {
    if (offers.length > 1) this.wrong.push(`${offers.length} calls ring at ${agentId}, who can take one`)
    const held = this.held.get(agentId)
    for (const { call } of offers) {
      if (held !== undefined && held.lettingGoAt === null && held.owner!.at < askedAt)
        this.wrong.push(`${call.providerCallId} rings at ${agentId}, who holds ${held.providerCallId}`)
      const owner = this.calls.get(call.providerCallId)?.owner
      if (owner && owner.at < askedAt)
        this.wrong.push(`${call.providerCallId} rings at ${agentId} though ${owner.agentId} has it`)
    }
  }

  /** One event of the live stream. */
  hear(event: LiveEvent): void {
    if (event.seq !== this.seq + 1) this.wrong.push(`the stream told ${event.seq} after ${this.seq}`)
    this.seq = event.seq
    if ('call' in event) {
      const call = this.calls.get(event.call.providerCallId)
      if (call === undefined) this.wrong.push(`nobody made the call ${event.call.providerCallId}`)
      else if (call.id === null) call.id = event.call.id
      else if (call.id !== event.call.id) this.wrong.push(`${call.providerCallId} is two calls`)
    }
    if (event.type === 'offer.made') {
      if (this.offers.has(event.offer.id)) this.wrong.push(`the offer ${event.offer.id} was made twice`)
      this.offers.set(event.offer.id, { agentId: event.offer.agent.id, endings: [] })
    }
    if (event.type === 'offer.ended') {
      const offer = this.offers.get(event.offer.id)
      if (offer === undefined) this.wrong.push(`the offer ${event.offer.id} ended without having been made`)
      else offer.endings.push(event.outcome)
    }
  }

  /** Follows the live stream from its beginning, at whichever process is there. */
  follow(cluster: Cluster, apiKey: string, onEvent: (event: LiveEvent) => void): () => void {
    let closed = false
    let close = () => {}
    const connect = (index: number) => {
      if (closed) return
      const socket = io(cluster.urls[index]!, {
        auth: { apiKey },
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
        timeout: 3000,
      })
      let lost = false
      const moveOn = () => {
        if (lost) return
        lost = true
        socket.disconnect()
        setTimeout(connect, 100, (index + 1) % cluster.urls.length)
      }
      socket.on('connect', () => void socket.timeout(5000).emitWithAck('subscribe', { since: this.seq }).catch(moveOn))
      socket.on('connect_error', moveOn)
      socket.on('disconnect', moveOn)
      // Who was away for too long reads the log instead; meanwhile the stream goes on from its end.
      let meanwhile: LiveEvent[] | null = null
      const listen = (event: LiveEvent) => {
        this.hear(event)
        onEvent(event)
      }
      socket.on('resync', ({ seq }: { seq: number }) => {
        meanwhile = []
        readLog(cluster, index, apiKey, this.seq, seq)
          .then(missed => {
            for (const event of [...missed, ...meanwhile!]) listen(event)
            meanwhile = null
          })
          .catch(moveOn)
      })
      socket.on('event', (event: LiveEvent) => {
        if (meanwhile === null) listen(event)
        else meanwhile.push(event)
      })
      close = () => socket.disconnect()
    }
    connect(0)
    return () => {
      closed = true
      close()
    }
  }

  /** Holds what everybody was told against how it all ended, once every caller has hung up. */
  conclude(calls: Call[], agents: Agent[]): void {
    const listed = new Map<string, Call>()
    for (const call of calls) {
      if (listed.has(call.providerCallId)) this.wrong.push(`${call.providerCallId} is listed twice`)
      listed.set(call.providerCallId, call)
    }
    for (const seen of this.calls.values()) {
      const call = listed.get(seen.providerCallId)
      if (call === undefined) {
        if (seen.acknowledged > 0) this.wrong.push(`${seen.providerCallId} was acknowledged and is gone`)
      } else this.compare(seen, call)
    }
    for (const [id, { endings }] of this.offers)
      if (endings.length !== 1) this.wrong.push(`the offer ${id} ended ${endings.length} times: ${endings}`)
    for (const { id, activity } of agents)
      if (activity !== 'away' && activity !== 'ready') this.wrong.push(`${id} is not free but ${activity}`)
  }

  private compare(seen: SeenCall, call: Call): void {
    const told = `${seen.providerCallId} (${call.status}, ${call.outcome}, ${call.agent?.id})`
    if (call.to !== seen.to) this.wrong.push(`${told} was made to ${seen.to}, not ${call.to}`)
    if (seen.endAcknowledged && call.status !== 'completed') this.wrong.push(`${told} was acknowledged to be over`)
    if (seen.owner !== null) {
      if (call.agent?.id !== seen.owner.agentId) this.wrong.push(`${told} was accepted by ${seen.owner.agentId}`)
      if (call.outcome !== 'answered') this.wrong.push(`${told} was accepted and not answered`)
    } else if (call.agent !== null && !seen.doubtful.has(call.agent.id))
      this.wrong.push(`${told} has an agent who never accepted it`)
    else if (call.agent === null && call.outcome === 'answered') this.wrong.push(`${told} was answered by nobody`)
  }
}

/** Everything after `since` up to `until`, in order, from the activity log. */
async function readLog(
  cluster: Cluster,
  first: number,
  apiKey: string,
  since: number,
  until: number,
): Promise<LiveEvent[]> {
  const events: LiveEvent[] = []
  for (let cursor = ''; ; ) {
    const more = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const { body } = await cluster.ask(`/api/activity?limit=200${more}`, { first, headers: { 'x-api-key': apiKey } })
    const page = body as { items: LiveEvent[]; nextCursor: string | null }
    events.push(...page.items.filter(({ seq }) => seq > since && seq <= until))
    if (page.nextCursor === null || page.items.some(({ seq }) => seq <= since)) return events.reverse()
    cursor = page.nextCursor
  }
}
