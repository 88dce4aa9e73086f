import { vi } from 'vitest'
import type { FromBrowser, FromServer } from './protocol.ts'

/*
 * A browser's telephone parts without a browser, for tests.
 */

/** The server's end of a page's socket: what it was told, and what it says. */
export class FakeSocket {
  static all: FakeSocket[] = []
  /** Told of each new one, by whoever plays the server. */
  static onOpened: ((socket: FakeSocket) => void) | null = null
  /** The newest one. */
  static get last(): FakeSocket {
    return FakeSocket.all.at(-1)!
  }

  readonly url: string
  binaryType = 'blob'
  bufferedAmount = 0
  closed = false
  readonly told: FromBrowser[] = []
  readonly frames: Uint8Array[] = []
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: (() => void) | null = null
  /** Set by a test that plays the server: told of every message. */
  onTold: ((message: FromBrowser) => void) | null = null
  onClosed: (() => void) | null = null

  constructor(url: string) {
    this.url = url
    FakeSocket.all.push(this)
    FakeSocket.onOpened?.(this)
  }

  send(data: string | Uint8Array): void {
    if (this.closed) throw new Error('sent on a closed socket')
    if (typeof data !== 'string') return void this.frames.push(data)
    const message = JSON.parse(data) as FromBrowser
    this.told.push(message)
    this.onTold?.(message)
  }

  /** The page closes it. */
  close(): void {
    if (this.closed) return
    this.closed = true
    this.onClosed?.()
  }

  says(message: FromServer): void {
    this.onmessage?.({ data: JSON.stringify(message) })
  }

  sendsFrame(bytes: number[]): void {
    this.onmessage?.({ data: new Uint8Array(bytes).buffer })
  }

  /** The connection breaks. */
  breaks(): void {
    this.close()
    this.onclose?.()
  }

  typesTold(): string[] {
    return this.told.map(({ type }) => type)
  }
}

/** A window with a network that tests switch off and on. */
export function fakeNetwork(): { goOffline(): void; goOnline(): void } {
  const events = new EventTarget()
  const navigator = { onLine: true }
  vi.stubGlobal('window', events)
  vi.stubGlobal('navigator', navigator)
  vi.stubGlobal('location', { href: 'https://calls.example.com/phone' })
  vi.stubGlobal('WebSocket', FakeSocket)
  FakeSocket.all = []
  FakeSocket.onOpened = null
  return {
    goOffline() {
      navigator.onLine = false
      events.dispatchEvent(new Event('offline'))
    },
    goOnline() {
      navigator.onLine = true
      events.dispatchEvent(new Event('online'))
    },
  }
}

/** A microphone's track, or what is heard of somebody. */
export class FakeTrack extends EventTarget {
  readonly kind = 'audio'
  enabled = true
  readyState: 'live' | 'ended' = 'live'
  onended: (() => void) | null = null
  readonly copies: FakeTrack[] = []

  clone(): FakeTrack {
    const copy = new FakeTrack()
    this.copies.push(copy)
    return copy
  }

  stop(): void {
    this.readyState = 'ended'
  }
}

export class FakeStream {
  readonly tracks: FakeTrack[]
  constructor(tracks: FakeTrack[]) {
    this.tracks = tracks
  }
  getAudioTracks(): FakeTrack[] {
    return this.tracks
  }
}

/** The page's end of a WebRTC connection; the test says what becomes of it. */
export class FakePeer {
  static all: FakePeer[] = []
  static get last(): FakePeer {
    return FakePeer.all.at(-1)!
  }

  readonly configuration: RTCConfiguration
  readonly lines: { direction: string; sender: { track: unknown; replaceTrack(track: unknown): Promise<void> } }[] = []
  readonly stats = new Map<string, object>()
  localDescription: { sdp: string } | null = null
  answer: string | null = null
  signalingState = 'stable'
  connectionState = 'new'
  closed = false
  ontrack: ((event: object) => void) | null = null
  onconnectionstatechange: (() => void) | null = null

  constructor(configuration: RTCConfiguration) {
    this.configuration = configuration
    FakePeer.all.push(this)
  }

  addTransceiver(source: unknown, { direction }: { direction: string }) {
    const sender = {
      track: source === 'audio' ? null : source,
      async replaceTrack(track: unknown) {
        sender.track = track
      },
    }
    const line = { direction, sender }
    this.lines.push(line)
    return line
  }

  getTransceivers() {
    return this.lines
  }

  async setLocalDescription(): Promise<void> {
    this.signalingState = 'have-local-offer'
    this.localDescription = { sdp: `offer ${FakePeer.all.indexOf(this)}` }
  }

  async setRemoteDescription({ sdp }: { sdp: string }): Promise<void> {
    this.signalingState = 'stable'
    this.answer = sdp
  }

  async getStats(): Promise<Map<string, object>> {
    return this.stats
  }

  close(): void {
    this.closed = true
  }

  becomes(state: string): void {
    this.connectionState = state
    this.onconnectionstatechange?.()
  }

  /** What the page says on this connection. */
  get microphone(): FakeTrack | null {
    return this.lines[0]!.sender.track as FakeTrack | null
  }
}

/** A computer with a microphone and a loudspeaker. */
export interface FakeComputer {
  network: ReturnType<typeof fakeNetwork>
  /** What asking for the microphone the next time fails with; null: it works. */
  refuse: string | null
  /** Microphones that were opened. */
  readonly opened: FakeTrack[]
}

/** Stubs all that a telephone needs of a browser. */
export function fakeComputer(): FakeComputer {
  const computer: FakeComputer = { network: fakeNetwork(), refuse: null, opened: [] }
  FakePeer.all = []
  vi.stubGlobal('isSecureContext', true)
  vi.stubGlobal('RTCPeerConnection', FakePeer)
  vi.stubGlobal('MediaStream', FakeStream)
  vi.stubGlobal(
    'Audio',
    class {
      srcObject: unknown = null
      async play(): Promise<void> {}
      pause(): void {}
    },
  )
  vi.stubGlobal('localStorage', fakeStorage())
  newTab()
  Object.assign(navigator, {
    mediaDevices: Object.assign(new EventTarget(), {
      async getUserMedia() {
        const { refuse } = computer
        computer.refuse = null
        if (refuse !== null) throw Object.assign(new Error('no'), { name: refuse })
        const track = new FakeTrack()
        computer.opened.push(track)
        return new FakeStream([track])
      },
      enumerateDevices: async () => [],
    }),
  })
  return computer
}

/** From here on nothing is remembered of the tab before. */
export const newTab = (): void => void vi.stubGlobal('sessionStorage', fakeStorage())

function fakeStorage() {
  const items = new Map<string, string>()
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  }
}
