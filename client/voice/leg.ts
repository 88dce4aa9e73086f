import { canUseFrames, connectFrames, type Frames } from './frames.ts'
import { connectPeer, type Peer } from './peer.ts'
import type { FromBrowser } from './protocol.ts'
import { type Arrivals, heardBetween, type Quality, qualityOf } from './quality.ts'

export interface LegState {
  connection: 'connecting' | 'connected' | 'reconnecting'
  /** How the audio travels; null while it does not. */
  via: 'udp' | 'socket' | null
  muted: boolean
  /** Of the last seconds; null before anything was heard. */
  quality: Quality | null
}

/** The audio of one leg. It keeps itself connected, in whichever way the network allows, until it is closed. */
export interface Leg {
  readonly state: LegState
  /** Connects, or connects anew. */
  connect(): void
  /** The connection to the server is gone: nothing that was asked will be answered, and no frame comes. Audio over UDP goes on. */
  unplugged(): void
  /** The server's answer to what {@link connect} offered. */
  answer(sdp: string): void
  /** The server takes the audio in frames, on this channel. */
  takeFrames(channel: number): void
  receiveFrame(channel: number, frame: Uint8Array): void
  /** The server cannot connect it so, or not now. */
  refused(): void
  mute(muted: boolean): void
  /** What it says; null: nothing. The leg uses a copy of its own. */
  setMicrophone(track: MediaStreamTrack | null): void
  close(): void
}

/** What legs of one page know of its network. */
export interface Network {
  iceServers(): RTCIceServer[]
  /** Until when UDP is not worth trying, by `performance.now()`. */
  udpBlockedUntil: number
}

export interface LegOptions {
  leg: string
  muted: boolean
  network: Network
  send(message: FromBrowser): void
  sendFrame(channel: number, frame: Uint8Array): void
  onStream(slot: number, stream: MediaStream): void
  /** An offer has not been answered: the connection to the server is suspect. */
  onUnanswered(): void
  changed(): void
}

const ANSWER_MS = 4000
const AGAIN_MS = 3000
const REPORT_MS = 5000
/** What is blocked is not unblocked in a minute; but a server that was down for a moment must not count as blocked for ever. */
const BLOCKED_MS = 5 * 60_000

export function createLeg(options: LegOptions): Leg {
  const { leg, network, send } = options
  let state: LegState = { connection: 'connecting', via: null, muted: options.muted, quality: null }
  let microphone: MediaStreamTrack | null = null
  let peer: Peer | null = null
  let frames: Frames | null = null
  let channel: number | null = null
  /** What the server has been asked for and has not answered. */
  let asked: 'answer' | 'frames' | null = null
  /** To be connected once more as soon as it has: answers do not say to which offer they belong. */
  let again = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let reports: ReturnType<typeof setInterval> | undefined
  let closed = false

  function become(next: Partial<LegState>): void {
    state = { ...state, ...next }
    options.changed()
  }

  function disconnect(): void {
    clearTimeout(timer)
    clearInterval(reports)
    peer?.close()
    frames?.close()
    peer = frames = channel = asked = null
    if (state.via !== null) become({ connection: 'reconnecting', via: null })
  }

  function connect(): void {
    if (closed) return
    if (asked !== null) {
      again = true
      return
    }
    disconnect()
    if (performance.now() < network.udpBlockedUntil && canUseFrames()) askForFrames()
    else offer()
  }

  function offer(): void {
    const mine: Peer = connectPeer({
      iceServers: network.iceServers(),
      track: microphone,
      offer(sdp) {
        send({ type: 'offer', leg, sdp })
        expect('answer')
      },
      reports: {
        onStream: options.onStream,
        onConnected: () => connected('udp', mine.arrivals),
        onLost() {
          if (state.via === 'udp') connect()
          else fallBack()
        },
      },
    })
    peer = mine
  }

  /** WebRTC has not come through. */
  function fallBack(): void {
    disconnect()
    if (canUseFrames()) askForFrames()
    else tryLater()
  }

  function askForFrames(): void {
    send({ type: 'frames', leg })
    expect('frames')
  }

  function expect(what: 'answer' | 'frames'): void {
    asked = what
    timer = setTimeout(options.onUnanswered, ANSWER_MS)
  }

  /** Whether the server's word is still wanted. */
  function heardFrom(what: 'answer' | 'frames'): boolean {
    if (asked !== what) return false
    asked = null
    clearTimeout(timer)
    if (!again) return true
    again = false
    connect()
    return false
  }

  const tryLater = () => {
    timer = setTimeout(connect, AGAIN_MS)
  }

  function connected(via: 'udp' | 'socket', arrivals: () => Promise<Arrivals>): void {
    if (state.via === via) return
    become({ connection: 'connected', via })
    let before: Arrivals = { packets: 0, lost: 0, jitterMs: 0, roundTripMs: null }
    reports = setInterval(async () => {
      const after = await arrivals()
      const heard = heardBetween(before, after)
      before = after
      if (heard === null || closed || state.via !== via) return
      become({ quality: qualityOf(heard) })
      send({ type: 'quality', leg, ...heard })
    }, REPORT_MS)
  }

  return {
    get state() {
      return state
    },
    connect,
    unplugged() {
      again = false
      if (frames !== null) disconnect()
      if (asked === null) return
      asked = null
      clearTimeout(timer)
    },
    answer(sdp) {
      if (heardFrom('answer')) peer?.answer(sdp)
    },
    takeFrames(given) {
      if (!heardFrom('frames')) return
      // It came to this although UDP was tried: other legs need not try.
      network.udpBlockedUntil = Math.max(network.udpBlockedUntil, performance.now() + BLOCKED_MS)
      channel = given
      const mine: Frames = connectFrames({
        track: microphone,
        send: frame => options.sendFrame(given, frame),
        reports: {
          onStream: options.onStream,
          onConnected: () => connected('socket', mine.arrivals),
          onLost() {
            disconnect()
            tryLater()
          },
        },
      })
      frames = mine
    },
    receiveFrame(on, frame) {
      if (on === channel) frames?.receive(frame)
    },
    refused() {
      if (heardFrom('answer')) fallBack()
      else if (heardFrom('frames')) tryLater()
    },
    mute(muted) {
      if (microphone !== null) microphone.enabled = !muted
      become({ muted })
    },
    setMicrophone(track) {
      const old = microphone
      // A copy: each leg is muted by itself.
      microphone = track?.clone() ?? null
      if (microphone !== null) microphone.enabled = !state.muted
      peer?.setTrack(microphone)
      frames?.setTrack(microphone)
      old?.stop()
    },
    close() {
      closed = true
      disconnect()
      microphone?.stop()
      microphone = null
    },
  }
}
