import type * as contract from '../../client/contract.ts'
import type { CenterEvent } from '../../core/event.ts'
import { Carrier, type PhoneCall } from './carrier.ts'
import type { TestDatabase } from './databases.ts'
import { hire, must, type Person } from './people.ts'
import { PUBLIC_URL } from './script.ts'
import { startTestServer, type TestServer } from './server.ts'

const AUTH_TOKEN = 'a1b2c3d4e5f60718293a4b5c6d7e8f90'
const NUMBER = '+12025550111'

/** An id that is nobody's. */
export const NOBODY = '019b8e00-0000-7000-8000-000000000000'

/** A fresh center with a number that leads straight into Sales, and people: Mia and Noa of Sales, Hugo of HR; all offline. */
export interface SalesLine {
  server: TestServer
  mia: Person
  noa: Person
  hugo: Person
  /** A customer calls, from this number. */
  ring(from?: string): Promise<PhoneCall>
  callOf(caller: PhoneCall): Promise<contract.Call>
  /** Changes settings of Sales. */
  setSales(settings: object): Promise<void>
  /** What the log tells, newest first. */
  activity(): Promise<CenterEvent[]>
  /** Everybody hangs up and goes home. */
  quiet(): Promise<void>
  close(): Promise<void>
}

export async function openSalesLine(open: () => Promise<TestDatabase>): Promise<SalesLine> {
  const server = await startTestServer({ PUBLIC_URL, TWILIO_AUTH_TOKEN: AUTH_TOKEN }, open)
  const carrier = new Carrier({ url: server.url, publicUrl: PUBLIC_URL, authToken: AUTH_TOKEN })
  await must(server.api('/api/numbers', { json: { number: NUMBER, queue: 'sales' } }))
  const [mia, noa, hugo] = [
    await hire(server, 'Mia', ['sales']),
    await hire(server, 'Noa', ['sales']),
    await hire(server, 'Hugo', ['hr']),
  ]
  const list = async <Item>(path: string) => ((await must(server.api(path))).body as { items: Item[] }).items
  return {
    server,
    mia,
    noa,
    hugo,
    ring: (from = '+14155550101') => carrier.dial(from, NUMBER),
    async callOf({ sid }) {
      const calls = await list<contract.Call>('/api/calls?limit=200')
      return calls.find(({ providerCallId }) => providerCallId === sid)!
    },
    async setSales(settings) {
      const queues = await list<contract.Queue>('/api/queues')
      const { id } = queues.find(({ name }) => name === 'sales')!
      await must(server.api(`/api/queues/${id}`, { method: 'PATCH', json: settings }))
    },
    activity: () => list<CenterEvent>('/api/activity?limit=200'),
    async quiet() {
      await carrier.hangUpAll()
      for (const person of [mia, noa, hugo]) await person.be('offline')
    },
    close: () => server.close(),
  }
}
