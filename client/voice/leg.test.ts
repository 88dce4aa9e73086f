import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createLeg, type Leg, type Network } from './leg.ts'
import type { FromBrowser } from './protocol.ts'
import { FakePeer, FakeTrack, fakeComputer } from './testing.ts'

let leg: Leg
let sent: FromBrowser[]
let network: Network
let unanswered: number

beforeEach(() => {
  vi.useFakeTimers()
  fakeComputer()
  sent = []
  unanswered = 0
  network = { iceServers: () => [{ urls: 'turn:a' }], udpBlockedUntil: 0 }
  leg = createLeg({
    leg: 'L',
    muted: false,
    network,
    send: message => sent.push(message),
    sendFrame: () => {},
    onStream: () => {},
    onUnanswered: () => unanswered++,
    changed: () => {},
  })
})
afterEach(() => {
  leg.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** Frames need WebCodecs; what they do with it is tried in a real browser. */
function haveFrames(): void {
  for (const name of ['AudioEncoder', 'AudioDecoder', 'AudioWorkletNode']) vi.stubGlobal(name, class {})
}
const settle = () => vi.advanceTimersByTimeAsync(0)
const offers = () => sent.filter(({ type }) => type === 'offer')

async function connect(): Promise<void> {
  leg.connect()
  await settle()
  leg.answer('answer')
  FakePeer.last.becomes('connected')
}

describe('a leg', () => {
  test('offers one line to speak and hear and four to hear, and is connected when audio can flow', async () => {
    leg.connect()
    await settle()
    expect(FakePeer.last.lines.map(({ direction }) => direction)).toEqual(['sendrecv', ...Array(4).fill('recvonly')])
    expect(FakePeer.last.configuration.iceServers).toEqual([{ urls: 'turn:a' }])
    expect(sent).toEqual([{ type: 'offer', leg: 'L', sdp: 'offer 0' }])
    leg.answer('the answer')
    expect(FakePeer.last.answer).toBe('the answer')
    expect(leg.state).toMatchObject({ connection: 'connecting', via: null })
    FakePeer.last.becomes('connected')
    expect(leg.state).toMatchObject({ connection: 'connected', via: 'udp' })
  })

  test('each leg is muted by itself, and stays muted through another microphone and another connection', async () => {
    const track = new FakeTrack()
    leg.setMicrophone(track as never)
    await connect()
    leg.mute(true)
    expect([track.enabled, FakePeer.last.microphone!.enabled]).toEqual([true, false])
    leg.setMicrophone(new FakeTrack() as never)
    expect(FakePeer.last.microphone!.enabled).toBe(false)
    await connect()
    expect(FakePeer.last.microphone!.enabled).toBe(false)
    leg.mute(false)
    expect(FakePeer.last.microphone!.enabled).toBe(true)
  })

  test.each([
    ['a failure', 'failed', 0],
    ['a second without anything', 'disconnected', 1000],
  ])('connects anew after %s', async (_what, state, wait) => {
    await connect()
    FakePeer.last.becomes(state)
    await vi.advanceTimersByTimeAsync(wait)
    expect(leg.state).toMatchObject({ connection: 'reconnecting', via: null })
    expect(offers()).toHaveLength(2)
    expect(FakePeer.all[0]!.closed).toBe(true)
  })

  test('a shorter gap changes nothing', async () => {
    await connect()
    FakePeer.last.becomes('disconnected')
    await vi.advanceTimersByTimeAsync(900)
    FakePeer.last.becomes('connected')
    await vi.advanceTimersByTimeAsync(5000)
    expect(offers()).toHaveLength(1)
    expect(leg.state.connection).toBe('connected')
  })

  test('asked to connect again while an answer is on its way, it does so after it: the answer is to the old offer', async () => {
    leg.connect()
    await settle()
    leg.connect()
    await settle()
    expect(offers()).toHaveLength(1)
    leg.answer('to the first')
    await settle()
    expect(offers()).toHaveLength(2)
    leg.answer('to the second')
    expect(FakePeer.last.answer).toBe('to the second')
    expect(FakePeer.all[0]!.answer).toBeNull()
  })

  test('not connected in four seconds, it asks to use the socket', async () => {
    haveFrames()
    leg.connect()
    await settle()
    leg.answer('answer')
    await vi.advanceTimersByTimeAsync(3999)
    expect(sent).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(sent[1]).toEqual({ type: 'frames', leg: 'L' })
  })

  test('an offer that the server cannot take leads to the socket at once', async () => {
    haveFrames()
    leg.connect()
    await settle()
    leg.refused()
    expect(sent[1]).toEqual({ type: 'frames', leg: 'L' })
    // Nor that: later.
    leg.refused()
    await vi.advanceTimersByTimeAsync(3000)
    expect(offers()).toHaveLength(2)
  })

  test('where UDP is known to be blocked it is not tried', async () => {
    haveFrames()
    network.udpBlockedUntil = performance.now() + 1000
    leg.connect()
    await settle()
    expect(sent).toEqual([{ type: 'frames', leg: 'L' }])
  })

  test('a browser that knows only UDP tries it again', async () => {
    leg.connect()
    await settle()
    leg.answer('answer')
    await vi.advanceTimersByTimeAsync(4000 + 3000)
    expect(offers()).toHaveLength(2)
  })

  test('an offer that nobody answers makes the connection to the server suspect', async () => {
    leg.connect()
    await vi.advanceTimersByTimeAsync(4000)
    expect(unanswered).toBe(1)
    leg.unplugged()
    leg.connect()
    await settle()
    expect(offers()).toHaveLength(2)
  })

  test('what it has heard is reported', async () => {
    await connect()
    FakePeer.last.stats.set('in', {
      type: 'inbound-rtp',
      kind: 'audio',
      packetsReceived: 90,
      packetsLost: 10,
      jitter: 0.01,
    })
    FakePeer.last.stats.set('pair', { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.05 })
    await vi.advanceTimersByTimeAsync(5000)
    expect(sent.at(-1)).toEqual({ type: 'quality', leg: 'L', lossPercent: 10, jitterMs: 10, roundTripMs: 50 })
    expect(leg.state.quality!.level).toBe('poor')
    // Nothing came since: silence says nothing.
    await vi.advanceTimersByTimeAsync(5000)
    expect(sent.filter(({ type }) => type === 'quality')).toHaveLength(1)
  })

  test('closed, it lets go of everything', async () => {
    const track = new FakeTrack()
    leg.setMicrophone(track as never)
    await connect()
    leg.close()
    expect(FakePeer.last.closed).toBe(true)
    expect(track.copies[0]!.readyState).toBe('ended')
    expect(track.readyState).toBe('live')
    leg.connect()
    expect(FakePeer.all).toHaveLength(1)
  })
})
