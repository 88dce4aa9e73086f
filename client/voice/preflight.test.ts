import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { tryConnection } from './preflight.ts'
import type { FromBrowser } from './protocol.ts'
import { FakePeer, FakeSocket, fakeComputer } from './testing.ts'

beforeEach(() => {
  vi.useFakeTimers()
  fakeComputer()
  for (const name of ['AudioEncoder', 'AudioDecoder', 'AudioWorkletNode']) vi.stubGlobal(name, class {})
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** A server that gives a leg, and what else the network lets through. */
function serve(through: FromBrowser['type'][], udp: boolean): void {
  const server = FakeSocket.last
  server.onTold = message => {
    if (!through.includes(message.type)) return
    if (message.type === 'try') server.says({ type: 'leg', leg: 'x', ticket: '', callId: '', as: 'participant' })
    if (message.type === 'frames') server.says({ type: 'frames', leg: 'x', channel: 0 })
    if (message.type !== 'offer') return
    server.says({ type: 'answer', leg: 'x', sdp: 'answer' })
    if (udp) FakePeer.last.becomes('connected')
  }
  server.says({ type: 'ready', iceServers: [] })
}

test.each([
  ['udp', () => serve(['try', 'offer'], true)],
  ['socket-only', () => serve(['try', 'offer', 'frames'], false)],
  ['no-audio', () => serve(['try', 'offer'], false)],
  ['no-server', () => serve([], true)],
  ['no-server', () => {}],
] as const)('%s', async (expected, begin) => {
  const trying = tryConnection()
  begin()
  await vi.advanceTimersByTimeAsync(20_000)
  expect(await trying).toBe(expected)
  expect(FakeSocket.all.every(({ closed }) => closed)).toBe(true)
  expect(FakePeer.all.every(({ closed }) => closed)).toBe(true)
})

test('a browser without the means for frames has only UDP', async () => {
  vi.stubGlobal('AudioEncoder', undefined)
  const trying = tryConnection()
  serve(['try', 'offer', 'frames'], false)
  await vi.advanceTimersByTimeAsync(20_000)
  expect(await trying).toBe('no-audio')
})
