import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FakeSocket, fakeNetwork } from './testing.ts'
import { openVoiceSocket, type VoiceSocket } from './voiceSocket.ts'

let network: ReturnType<typeof fakeNetwork>
let socket: VoiceSocket
const states: string[] = []

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  network = fakeNetwork()
  states.length = 0
  socket = openVoiceSocket(() => [{ type: 'resume', ticket: 'secret' }])
  socket.onState(state => states.push(state))
})
afterEach(() => {
  socket.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const ready = () => FakeSocket.last.says({ type: 'ready', iceServers: [{ urls: 'turn:a' }] })

describe('a voice socket', () => {
  test('is open when the server is ready, and greets it first', () => {
    socket.send({ type: 'beFirst' })
    expect(FakeSocket.last.url).toBe('wss://calls.example.com/voice')
    expect(socket.state).toBe('connecting')
    ready()
    expect(socket.state).toBe('open')
    expect(socket.iceServers).toEqual([{ urls: 'turn:a' }])
    expect(FakeSocket.last.typesTold()).toEqual(['resume', 'beFirst'])
  })

  test('comes back after a break, sooner at first, and greets again', () => {
    ready()
    FakeSocket.last.breaks()
    expect(socket.state).toBe('reconnecting')
    vi.advanceTimersByTime(300)
    expect(FakeSocket.all).toHaveLength(2)
    FakeSocket.last.breaks()
    vi.advanceTimersByTime(599)
    expect(FakeSocket.all).toHaveLength(2)
    vi.advanceTimersByTime(1)
    ready()
    expect(FakeSocket.last.typesTold()).toEqual(['resume'])
    expect(states).toEqual(['open', 'reconnecting', 'open'])
  })

  test('what is said of a leg waits until the leg is back; what has passed is left out', () => {
    ready()
    FakeSocket.last.breaks()
    socket.send({ type: 'hangUp', leg: 'a' })
    socket.send({ type: 'digits', leg: 'b', digits: '1' })
    socket.send({ type: 'offer', leg: 'a', sdp: '' })
    vi.advanceTimersByTime(300)
    ready()
    expect(FakeSocket.last.typesTold()).toEqual(['resume'])
    FakeSocket.last.says({ type: 'ended', leg: 'b', reason: 'lost' })
    FakeSocket.last.says({ type: 'leg', leg: 'a', ticket: 't', callId: 'c', as: 'agent' })
    FakeSocket.last.says({ type: 'leg', leg: 'b', ticket: 't', callId: 'c', as: 'agent' })
    expect(FakeSocket.last.told).toEqual([
      { type: 'resume', ticket: 'secret' },
      { type: 'hangUp', leg: 'a' },
    ])
  })

  test('knows at once that there is no network, and tries again at once when there is', () => {
    ready()
    const first = FakeSocket.last
    network.goOffline()
    expect(socket.state).toBe('offline')
    expect(first.closed).toBe(true)
    network.goOnline()
    expect(FakeSocket.all).toHaveLength(2)
    ready()
    expect(socket.state).toBe('open')
  })

  test('tries without a network as well: the server may be on this computer', () => {
    network.goOffline()
    vi.advanceTimersByTime(300)
    FakeSocket.last.breaks()
    expect(socket.state).toBe('offline')
    vi.advanceTimersByTime(600)
    ready()
    expect(socket.state).toBe('open')
  })

  test('what has not been sent can be taken back', () => {
    const unsend = socket.send({ type: 'beFirst' })
    unsend()
    ready()
    expect(FakeSocket.last.typesTold()).toEqual(['resume'])
    socket.send({ type: 'beFirst' })()
    expect(FakeSocket.last.typesTold()).toEqual(['resume', 'beFirst'])
  })

  test('a server that falls silent is given up', () => {
    ready()
    vi.advanceTimersByTime(10_000)
    expect(FakeSocket.last.typesTold()).toEqual(['resume', 'ping'])
    FakeSocket.last.says({ type: 'pong' })
    vi.advanceTimersByTime(10_000)
    expect(socket.state).toBe('open')
    vi.advanceTimersByTime(10_000)
    expect(socket.state).toBe('reconnecting')
    expect(FakeSocket.all[0]!.closed).toBe(true)
  })

  test('one that takes the connection and never says a word is given up too', () => {
    vi.advanceTimersByTime(10_000)
    expect(socket.state).toBe('connecting')
    vi.advanceTimersByTime(300)
    expect(FakeSocket.all).toHaveLength(2)
  })

  test('audio that cannot be sent in time is left out', () => {
    ready()
    socket.sendFrame(7, new Uint8Array([1, 0, 9]))
    FakeSocket.last.bufferedAmount = 17 * 1024
    socket.sendFrame(7, new Uint8Array([1, 0, 9]))
    expect(FakeSocket.last.frames).toEqual([new Uint8Array([7, 1, 0, 9])])
  })

  test('audio comes with the channel of its leg', () => {
    const heard: [number, number[]][] = []
    socket.onFrame((channel, frame) => heard.push([channel, [...frame]]))
    FakeSocket.last.sendsFrame([3, 1, 0])
    FakeSocket.last.sendsFrame([3])
    expect(heard).toEqual([[3, [1, 0]]])
  })

  test('closed, it stays closed', () => {
    ready()
    socket.close()
    network.goOnline()
    vi.advanceTimersByTime(60_000)
    expect(FakeSocket.all).toHaveLength(1)
  })
})
