import { io } from 'socket.io-client'
import { describe, expect, test } from 'vitest'
import { openOnServer, serverUrl } from './support/databases.ts'
import { startProcess } from './support/process.ts'
import { ADMIN, ADMIN_API_KEY } from './support/server.ts'

const name = serverUrl
  ? 'equal processes on one PostgreSQL'
  : 'equal processes (skipped: no PostgreSQL at TEST_DATABASE_URL)'
describe.skipIf(serverUrl === null)(name, () => {
  test('start at once on an empty database, share the work, and every screen hears of all of it, once', async () => {
    const database = await openOnServer(serverUrl!)
    const env = {
      DATABASE_URL: database.url!,
      ADMIN_API_KEY,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
    }
    const servers = await Promise.all([startProcess(env), startProcess(env), startProcess(env)])
    try {
      const [{ n }] = (await database.db.asSystem(sql => sql.query('select count(*)::int as n from workspaces'))) as [
        { n: number },
      ]
      expect(n).toBe(1)

      const heard = await Promise.all(servers.map(({ url }) => listen(url)))
      const ids = Array.from({ length: 60 }, (_, index) => `CA${index}`)
      const statuses = await Promise.all(
        ids.flatMap((id, index) => [
          report(servers[index % 3]!.url, 'incoming', id, 'ringing'),
          // The same news reaches another process at the same instant, and a later one a third.
          report(servers[(index + 1) % 3]!.url, 'incoming', id, 'ringing'),
          report(servers[(index + 2) % 3]!.url, 'status', id, 'completed'),
        ]),
      )
      expect(new Set(statuses)).toEqual(new Set([200]))
      for (let i = 0; i < 300 && heard.some(({ ended }) => ended.size < ids.length); i++) {
        await new Promise(resolve => setTimeout(resolve, 20))
      }
      for (const { seqs, arrived, ended } of heard) {
        expect([...arrived].sort()).toEqual([...ids].sort())
        expect(ended.size).toBe(ids.length)
        // In order, without gaps, once.
        expect(seqs).toEqual(seqs.map((_, index) => seqs[0]! + index))
      }
      for (const { close } of heard) close()
    } finally {
      await Promise.all(servers.map(server => server.end('SIGTERM')))
      await database.close()
    }
  })
})

async function report(url: string, kind: string, CallSid: string, CallStatus: string): Promise<number> {
  const response = await fetch(`${url}/api/webhooks/call/${kind}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ CallSid, CallStatus, From: '+14155550100', Direction: 'inbound' }),
  })
  return response.status
}

interface Heard {
  seqs: number[]
  arrived: Set<string>
  ended: Set<string>
  close(): void
}

async function listen(url: string): Promise<Heard> {
  const socket = io(url, { auth: { apiKey: ADMIN_API_KEY }, transports: ['websocket'], forceNew: true })
  const heard: Heard = { seqs: [], arrived: new Set(), ended: new Set(), close: () => socket.disconnect() }
  socket.on('event', (event: { seq: number; type: string; call: { providerCallId: string; status: string } }) => {
    heard.seqs.push(event.seq)
    if (event.type === 'call.arrived') heard.arrived.add(event.call.providerCallId)
    if (event.call.status === 'completed') heard.ended.add(event.call.providerCallId)
  })
  expect(await socket.timeout(5000).emitWithAck('subscribe', { since: null })).toMatchObject({ ok: true })
  return heard
}
