import type { FromBrowser, FromServer } from './protocol.ts'
import { VOICE_PATH } from './protocol.ts'

/** `offline`: as `reconnecting`, and the computer itself says that it has no network. */
export type SocketState = 'connecting' | 'open' | 'reconnecting' | 'offline'

/** The page's one connection to the exchange. It comes back by itself, for ever. */
export interface VoiceSocket {
  readonly state: SocketState
  /** As RTCPeerConnection takes them; empty until the connection has been open once. */
  readonly iceServers: RTCIceServer[]
  /**
   * What is said while there is no connection is said when there is one: about a leg, once the server has it back. What
   * only makes sense at its moment (offers, figures) is left out instead.
   *
   * @returns takes it back, if it has not been sent yet.
   */
  send(message: FromBrowser): () => void
  /** The audio of a leg. Left out when the connection cannot keep up, or is not there. */
  sendFrame(channel: number, frame: Uint8Array): void
  onMessage(listener: (message: FromServer) => void): () => void
  onFrame(listener: (channel: number, frame: Uint8Array) => void): () => void
  onState(listener: (state: SocketState) => void): () => void
  /** What should have been answered was not, or the network is another one: this connection is given up for a new one. */
  distrust(): void
  close(): void
}

const FIRST_RETRY_MS = 300
const LAST_RETRY_MS = 4000
const PING_MS = 10_000
/** More than this waiting to be sent is more than a second of audio: old audio is worth less than none. */
const MAX_BUFFERED_BYTES = 16 * 1024

const PASSING: readonly FromBrowser['type'][] = ['offer', 'frames', 'quality', 'ping']

/**
 * @param greet what the server is told first on every connection: who this page is and which legs it had.
 * @param url where the exchange is; on the page's own origin unless given.
 */
export function openVoiceSocket(greet: () => FromBrowser[], url = ownUrl()): VoiceSocket {
  let socket: WebSocket | null = null
  let state: SocketState = 'connecting'
  let iceServers: RTCIceServer[] = []
  let unsent: FromBrowser[] = []
  let failures = 0
  let retry: ReturnType<typeof setTimeout> | undefined
  let heartbeat: ReturnType<typeof setInterval> | undefined
  let answered = true
  let closed = false
  const onMessage = new Set<(message: FromServer) => void>()
  const onFrame = new Set<(channel: number, frame: Uint8Array) => void>()
  const onState = new Set<(state: SocketState) => void>()

  function become(next: SocketState): void {
    if (state === next) return
    state = next
    for (const listener of [...onState]) listener(next)
  }

  function connect(): void {
    drop()
    if (closed) return
    const mine = new WebSocket(url)
    mine.binaryType = 'arraybuffer'
    socket = mine
    // Servers and proxies that take a connection and then say nothing.
    answered = false
    heartbeat = setInterval(beat, PING_MS)
    mine.onmessage = ({ data }) => {
      answered = true
      if (typeof data === 'string') receive(JSON.parse(data) as FromServer)
      else receiveFrame(new Uint8Array(data as ArrayBuffer))
    }
    mine.onclose = () => {
      if (socket === mine) lose()
    }
  }

  /** Lets go of the present connection, if there is one. */
  function drop(): void {
    clearTimeout(retry)
    clearInterval(heartbeat)
    const old = socket
    socket = null
    if (old === null) return
    // A closing handshake over a dead network takes a minute; nobody waits for it.
    old.onmessage = old.onclose = null
    old.close()
  }

  function lose(): void {
    drop()
    if (closed) return
    become(navigator.onLine === false ? 'offline' : state === 'connecting' && failures === 0 ? state : 'reconnecting')
    // Without a network as well: a server on this very computer needs none.
    // Pages that lost one server together must not come back in one instant.
    const wait = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures) * (0.5 + Math.random())
    failures++
    retry = setTimeout(connect, wait)
  }

  function beat(): void {
    if (!answered) {
      lose()
      return
    }
    answered = false
    if (state === 'open') transmit({ type: 'ping' })
  }

  function receive(message: FromServer): void {
    if (message.type === 'ready') {
      iceServers = message.iceServers
      failures = 0
      for (const greeting of greet()) transmit(greeting)
      become('open')
    }
    for (const listener of [...onMessage]) listener(message)
    if (message.type === 'ready') release(said => !('leg' in said))
    if (message.type === 'leg') release(said => 'leg' in said && said.leg === message.leg)
    if (message.type === 'ended') unsent = unsent.filter(said => !('leg' in said && said.leg === message.leg))
  }

  function receiveFrame(bytes: Uint8Array): void {
    if (bytes.length < 2) return
    for (const listener of onFrame) listener(bytes[0]!, bytes.subarray(1))
  }

  function release(ripe: (message: FromBrowser) => boolean): void {
    const now = unsent.filter(ripe)
    unsent = unsent.filter(message => !ripe(message))
    for (const message of now) transmit(message)
  }

  const transmit = (message: FromBrowser) => socket?.send(JSON.stringify(message))

  const goOnline = () => {
    failures = 0
    connect()
  }
  window.addEventListener('online', goOnline)
  window.addEventListener('offline', lose)
  connect()

  const listen =
    <Listener>(listeners: Set<Listener>) =>
    (listener: Listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    }

  return {
    get state() {
      return state
    },
    get iceServers() {
      return iceServers
    },
    send(message) {
      if (state === 'open') transmit(message)
      else if (!PASSING.includes(message.type)) unsent.push(message)
      return () => {
        unsent = unsent.filter(each => each !== message)
      }
    },
    sendFrame(channel, frame) {
      if (state !== 'open' || socket === null || socket.bufferedAmount > MAX_BUFFERED_BYTES) return
      const bytes = new Uint8Array(1 + frame.length)
      bytes[0] = channel
      bytes.set(frame, 1)
      socket.send(bytes)
    },
    onMessage: listen(onMessage),
    onFrame: listen(onFrame),
    onState: listen(onState),
    distrust() {
      if (state === 'open') lose()
    },
    close() {
      closed = true
      drop()
      window.removeEventListener('online', goOnline)
      window.removeEventListener('offline', lose)
    },
  }
}

function ownUrl(): string {
  const url = new URL(VOICE_PATH, location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  return url.href
}
