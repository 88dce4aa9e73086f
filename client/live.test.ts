import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type Socket } from 'socket.io'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { followLive, hear, type Live, type LiveEvent, NOTHING_HEARD } from './live.ts'

const event = (seq: number): LiveEvent => ({
  seq,
  at: '2026-03-01T10:00:00.000Z',
  type: 'user.signed_in',
  user: { id: 'u', name: 'Ana' },
})

test('a repeat is heard once, and only the latest events are remembered', () => {
  let heard = NOTHING_HEARD
  for (let seq = 1; seq <= 700; seq++) heard = hear(heard, event(seq))
  expect(heard.seq).toBe(700)
  expect(heard.recent).toHaveLength(500)
  expect(heard.recent[0]?.seq).toBe(201)
  expect(hear(heard, event(700))).toBe(heard)
  expect(hear(heard, event(12))).toBe(heard)
})

let http: HttpServer
let io: Server
let url: string
let lives: Live[] = []
/** What subscribers asked for, and how this server answers them. */
let asked: (number | null)[]
let answer: (socket: Socket, since: number | null) => Record<string, unknown>

beforeEach(async () => {
  asked = []
  answer = () => ({ ok: true, seq: 0 })
  http = createServer()
  io = new Server(http)
  io.on('connection', socket => {
    socket.on('subscribe', ({ since }: { since: number | null }, acknowledge: (body: unknown) => void) => {
      asked.push(since)
      acknowledge(answer(socket, since))
    })
  })
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
})
afterEach(async () => {
  for (const live of lives) live.close()
  lives = []
  await io.close()
})

function follow(since: number | null) {
  const live = followLive({ since, url })
  lives.push(live)
  const seen: number[] = []
  const resyncs = vi.fn()
  live.onEvent(({ seq }) => seen.push(seq))
  live.onResync(resyncs)
  return { live, seen, resyncs }
}
const isLive = (live: Live) => expect.poll(() => live.connection).toBe('live')
const breakConnections = () => {
  for (const socket of io.sockets.sockets.values()) socket.conn.close()
}

test('it begins where it was told to, and hears what was missed before what is new', async () => {
  answer = (socket, since) => {
    for (let seq = since! + 1; seq <= 5; seq++) socket.emit('event', event(seq))
    return { ok: true, seq: 5 }
  }
  const { live, seen } = follow(3)
  await isLive(live)
  io.emit('event', event(6))
  await expect.poll(() => seen).toEqual([4, 5, 6])
  expect(asked).toEqual([3])
})

test('after a break it goes on from the last it heard: nothing twice, nothing left out', async () => {
  const { live, seen, resyncs } = follow(null)
  await isLive(live)
  io.emit('event', event(1))
  io.emit('event', event(2))
  await expect.poll(() => seen).toEqual([1, 2])
  answer = (socket, since) => {
    // One too many: what was on its way when the line broke may come again.
    for (const seq of [since!, since! + 1, since! + 2]) socket.emit('event', event(seq))
    return { ok: true, seq: 4 }
  }
  breakConnections()
  await expect.poll(() => live.connection).toBe('reconnecting')
  await isLive(live)
  await expect.poll(() => seen).toEqual([1, 2, 3, 4])
  expect(asked).toEqual([null, 2])
  expect(resyncs).not.toHaveBeenCalled()
})

test('what is not for this person is skipped for good', async () => {
  const { live } = follow(7)
  answer = () => ({ ok: true, seq: 900 })
  await isLive(live)
  breakConnections()
  await expect.poll(() => asked).toEqual([7, 900])
})

test('away for too long, it says so and goes on from now', async () => {
  answer = socket => {
    socket.emit('resync', { seq: 5000 })
    return { ok: true, seq: 5000 }
  }
  const { live, seen, resyncs } = follow(1)
  await isLive(live)
  expect(resyncs).toHaveBeenCalledTimes(1)
  expect(live.heard).toEqual({ seq: 5000, recent: [] })
  io.emit('event', event(5001))
  await expect.poll(() => seen).toEqual([5001])
})

test('when the server hangs up, it comes back, and everything is fetched again: what may be seen may have changed', async () => {
  const { live, resyncs } = follow(null)
  await isLive(live)
  io.disconnectSockets(true)
  await expect.poll(() => live.connection).toBe('reconnecting')
  await isLive(live)
  expect(resyncs).toHaveBeenCalledTimes(1)
})

test('refused credentials end it', async () => {
  answer = () => ({ ok: false, error: 'Sign in.' })
  const { live } = follow(null)
  await expect.poll(() => live.connection).toBe('refused')
  await new Promise(resolve => setTimeout(resolve, 700))
  expect(asked).toHaveLength(1)
})
