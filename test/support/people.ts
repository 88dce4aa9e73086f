import type * as contract from '../../client/contract.ts'
import type { TestServer } from './server.ts'

/** Somebody who takes calls, through the API as its own desk would. */
export interface Person {
  id: string
  name: string
  /** What it signs in with. */
  credentials: { email: string; password: string }
  ask<Answer = never>(path: string, method?: string, json?: unknown): Promise<{ status: number; body: Answer }>
  be(presence: 'available' | 'busy' | 'break' | 'offline'): Promise<void>
  /** What it is, with the reason where there is one. */
  presence(): Promise<string>
  /** What it is doing. */
  activity(): Promise<contract.Agent['activity']>
  /** What rings there just now. */
  offers(): Promise<contract.LiveOffer[]>
  /** Accepts the only offer. Throws when there is none, or it is gone. */
  accept(): Promise<contract.LiveOffer>
}

let people = 0

/** Adds an agent of these queues, offline. */
export async function hire(
  server: Pick<TestServer, 'url' | 'api' | 'signIn'>,
  name: string,
  queues: string[],
  more: { phone?: string; skills?: Record<string, number> } = {},
): Promise<Person> {
  const email = `${name.toLowerCase()}${++people}@example.com`
  const password = 'correct horse battery'
  await must(server.api('/api/users', { json: { email, name, role: 'agent', password, queues } }))
  const cookie = await server.signIn(email, password)
  const ask: Person['ask'] = async (path, method = 'GET', json) => {
    const response = await fetch(server.url + path, {
      method,
      headers: { cookie, ...(json !== undefined && { 'content-type': 'application/json' }) },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    })
    return { status: response.status, body: (await response.json()) as never }
  }
  const { id } = (await must(ask<contract.Agent>('/api/agents/me'))).body
  if (Object.keys(more).length > 0) await must(server.api(`/api/agents/${id}`, { method: 'PATCH', json: more }))
  const offers = async () => (await must(ask<{ items: contract.LiveOffer[] }>('/api/offers'))).body.items
  return {
    id,
    name,
    credentials: { email, password },
    ask,
    offers,
    async be(presence) {
      await must(ask('/api/agents/me/presence', 'PUT', { presence }))
    },
    async presence() {
      const { presence } = (await must(ask<contract.Agent>('/api/agents/me'))).body
      return presence.reason === null ? presence.status : `${presence.status} (${presence.reason})`
    },
    async activity() {
      return (await must(ask<contract.Agent>('/api/agents/me'))).body.activity
    },
    async accept() {
      const live = await offers()
      if (live.length !== 1) throw new Error(`${live.length} offers ring at ${name}`)
      await must(ask(`/api/offers/${live[0]!.id}/accept`, 'POST'))
      return live[0]!
    },
  }
}

/** Throws for what is not a success. */
export async function must<Answer extends { status: number; body: unknown }>(asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked
  if (answer.status >= 300) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`)
  return answer
}
