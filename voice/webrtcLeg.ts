import { randomInt } from 'node:crypto'
import nodeDataChannel, { type PeerConnection, type Track } from 'node-datachannel'
import { KeyReader } from './dtmf.ts'
import type { Connection, ConnectionEvents } from './leg.ts'
import { parseRtp, RTP_HEADER, writeRtp } from './rtp.ts'
import { BadOffer, completeAnswer, type Offer, readOffer } from './sdp.ts'

/** From the answer to the first audio; a browser takes a tenth of a second. */
const MOST_CONNECTING_MS = 10_000
const LARGEST_PAYLOAD = 1500
const OPUS = 'minptime=10;useinbandfec=1'

export interface WebrtcOptions {
  /** The one UDP port of this process. */
  port: number
  /** Where browsers reach it, best first. */
  addresses: readonly string[]
}

/** A browser's connection, and the answer it is waiting for. */
export interface Negotiation {
  connection: Connection
  answer: Promise<string>
}

/**
 * Answers a browser's offer. The browser must be the one to offer: the other way around, its first packets may come before
 * the library knows the fingerprint that they are checked against.
 * @throws BadOffer
 */
export function openWebrtc(sdp: string, events: ConnectionEvents, { port, addresses }: WebrtcOptions): Negotiation {
  const offer = readOffer(sdp)
  const peer = new nodeDataChannel.PeerConnection('leg', {
    iceServers: [],
    enableIceUdpMux: true,
    portRangeBegin: port,
    portRangeEnd: port,
    disableAutoNegotiation: true,
    forceMediaTransport: true,
  })
  const connection = new WebrtcConnection(peer, offer, events)
  const answer = new Promise<string>((resolve, reject) => {
    connection.onClose(() => reject(new Error('The connection was given up before it was answered.')))
    peer.onGatheringStateChange(state => {
      const local = state === 'complete' ? peer.localDescription() : null
      if (local) resolve(completeAnswer(local.sdp, offer, addresses, port))
    })
    try {
      peer.setRemoteDescription(offer.sdp, 'offer')
      peer.setLocalDescription('answer')
    } catch (error) {
      reject(new BadOffer(`The offer cannot be answered: ${error instanceof Error ? error.message : error}`))
      connection.close()
    }
  })
  return { connection, answer }
}

/** A stream to the browser. */
interface Ear {
  track: Track
  ssrc: number
  opus: number
  /** Noted here: the library would have to be asked for each packet. */
  open: boolean
}

class WebrtcConnection implements Connection {
  readonly #peer: PeerConnection
  readonly #events: ConnectionEvents
  readonly #tracks: Track[] = []
  /** Streams to the browser. */
  readonly #ears: Ear[] = []
  readonly #keys = new KeyReader()
  readonly #buffer = Buffer.allocUnsafe(RTP_HEADER + LARGEST_PAYLOAD)
  readonly #timeout: NodeJS.Timeout
  /** Who is speaking over this line. */
  #ssrc: number | null = null
  #up = false
  #over = false
  #closed = () => {}

  constructor(peer: PeerConnection, offer: Offer, events: ConnectionEvents) {
    this.#peer = peer
    this.#events = events
    // All tracks stand before the offer is read: what is missing the library would add, with every codec offered.
    for (const line of offer.lines) {
      const direction =
        line.use === 'unused' ? 'Inactive' : line.use === 'ear' ? 'SendOnly' : line.hears ? 'SendRecv' : 'RecvOnly'
      const audio = new nodeDataChannel.Audio(line.mid, direction)
      audio.addOpusCodec(line.opus, OPUS)
      const speaks = line.use === 'microphone'
      if (speaks && line.telephoneEvent !== null) audio.addAudioCodec(line.telephoneEvent, 'telephone-event/8000')
      const ssrc = randomInt(1, 2 ** 32 - 1)
      const name = `voice-${this.#ears.length}`
      if (line.hears) audio.addSSRC(ssrc, 'ringside', name, name)
      const track = peer.addTrack(audio)
      this.#tracks.push(track)
      const ear: Ear = { track, ssrc, opus: line.opus, open: false }
      if (line.hears) this.#ears.push(ear)
      if (speaks) {
        track.onMessage(bytes => this.#receive(bytes, line.opus, line.telephoneEvent, offer.levelExtension))
        track.setMediaHandler(new nodeDataChannel.RtcpReceivingSession())
      }
      track.onOpen(() => {
        ear.open = true
        if (speaks) this.#connected()
      })
      track.onClosed(() => {
        ear.open = false
      })
    }
    peer.onStateChange(state => {
      if (state === 'disconnected' || state === 'failed' || state === 'closed') this.#lost()
    })
    this.#timeout = setTimeout(() => this.#lost(), MOST_CONNECTING_MS)
  }

  get slots(): number {
    return this.#ears.length
  }

  send(slot: number, packet: { sequence: number; timestamp: number; marker: boolean; payload: Uint8Array }): void {
    const { track, ssrc, opus, open } = this.#ears[slot]!
    if (this.#over || !open || packet.payload.length > LARGEST_PAYLOAD) return
    const { marker, sequence, timestamp, payload } = packet
    const length = writeRtp(this.#buffer, opus, marker, sequence, timestamp, ssrc, payload)
    try {
      track.sendMessageBinary(this.#buffer.subarray(0, length))
    } catch {
      // It closed a moment ago; its state is on the way.
    }
  }

  onClose(listener: () => void): void {
    this.#closed = listener
  }

  close(): void {
    if (this.#over) return
    this.#over = true
    this.#closed()
    clearTimeout(this.#timeout)
    for (const track of this.#tracks) track.close()
    this.#peer.close()
  }

  #receive(bytes: Buffer, opus: number, telephoneEvent: number | null, levelExtension: number | null): void {
    if (this.#over) return
    const packet = parseRtp(bytes, levelExtension)
    if (packet?.payloadType === opus) {
      if (this.#ssrc !== null && this.#ssrc !== packet.ssrc) this.#events.restarted()
      this.#ssrc = packet.ssrc
      if (packet.payload.length > 0) this.#events.audio(packet)
    } else if (packet && packet.payloadType === telephoneEvent) {
      const key = this.#keys.read(packet.timestamp, packet.payload)
      if (key) this.#events.digit(key)
    }
  }

  #connected(): void {
    if (this.#over || this.#up) return
    this.#up = true
    clearTimeout(this.#timeout)
    this.#events.connected()
  }

  #lost(): void {
    if (this.#over) return
    this.close()
    this.#events.lost()
  }
}
