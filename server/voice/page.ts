import type { WebSocket } from 'ws'
import type { EndedReason, FromBrowser, FromServer, LegRole } from '../../client/voice/protocol.ts'
import { NoSuchLeg } from '../../providers/builtin/exchange.ts'
import { BadOffer, EngineFull } from '../../voice/engine.ts'
import type { Log } from '../platform/log.ts'

/** A leg as the page that speaks and hears for it uses it, whatever carries it. */
export interface PageLeg {
  /** As the page names it. */
  readonly id: string
  /** Both reject with BadOffer, EngineFull, and NoSuchLeg when it is over. */
  connect(offer: string): Promise<string>
  connectFrames(send: (frame: Uint8Array) => void): Promise<void>
  frame(frame: Uint8Array): void
  digits(digits: string): void
  callMeBack(): void
  hangUp(): void
  /** The page does not have it any more: it was closed, or another one has the leg. `viaSocket`: so is its audio. */
  detach(viaSocket: boolean): void
}

type AboutLeg = Extract<FromBrowser, { leg: string }>

/** More than this waiting to be sent is more than a second of audio: old audio is worth less than none. */
const MAX_BUFFERED_BYTES = 16 * 1024
const MAX_CHANNELS = 256

/** One browser page and the legs that it speaks and hears for. */
export class Page {
  private readonly socket: WebSocket
  private readonly log: Log
  private readonly legs = new Map<string, PageLeg>()
  /** Legs whose audio comes over this connection, by channel. */
  private readonly channels: string[] = []
  private readonly closing: (() => void)[] = []

  constructor(socket: WebSocket, log: Log) {
    this.socket = socket
    this.log = log
  }

  send(message: FromServer): void {
    if (this.isOpen) this.socket.send(JSON.stringify(message))
  }

  refuse(leg: string | null, code: string, message: string): void {
    this.send({ type: 'refused', leg, code, message })
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN
  }

  /** It speaks and hears for somebody just now. */
  get isOnCall(): boolean {
    return this.legs.size > 0
  }

  /** The page has this leg from now on. */
  give(leg: PageLeg, told: { ticket: string; callId: string; as: LegRole }): void {
    this.legs.set(leg.id, leg)
    this.send({ type: 'leg', leg: leg.id, ...told })
  }

  /** It does not any more. */
  end(id: string, reason: EndedReason): void {
    const leg = this.legs.get(id)
    if (leg === undefined) return
    this.letGo(leg)
    this.send({ type: 'ended', leg: id, reason })
  }

  /** What to do when it is closed. */
  onClose(listener: () => void): void {
    this.closing.push(listener)
  }

  close(): void {
    this.socket.close()
  }

  closed(): void {
    for (const leg of [...this.legs.values()]) this.letGo(leg)
    for (const listener of this.closing) listener()
  }

  private letGo(leg: PageLeg): void {
    this.legs.delete(leg.id)
    leg.detach(this.channels.includes(leg.id))
  }

  /** What the page says of one of its legs; of any other there is nothing to be said. */
  async hear(message: AboutLeg): Promise<void> {
    const leg = this.legs.get(message.leg)
    if (leg === undefined) {
      this.send({ type: 'ended', leg: message.leg, reason: 'lost' })
      return
    }
    switch (message.type) {
      case 'offer':
      case 'frames':
        await this.connect(leg, message)
        break
      case 'digits':
        leg.digits(message.digits)
        break
      case 'callMeBack':
        leg.callMeBack()
        break
      case 'hangUp':
        leg.hangUp()
        break
      case 'quality':
        this.log.debug({ ...message }, 'how a leg is heard')
        break
      default:
        message satisfies never
    }
  }

  private async connect(leg: PageLeg, message: Extract<AboutLeg, { type: 'offer' | 'frames' }>): Promise<void> {
    try {
      if (message.type === 'offer') {
        const sdp = await leg.connect(message.sdp)
        this.send({ type: 'answer', leg: leg.id, sdp })
        return
      }
      const channel = this.channelOf(leg.id)
      await leg.connectFrames(frame => this.sendFrame(channel, frame))
      this.send({ type: 'frames', leg: leg.id, channel })
    } catch (error) {
      if (error instanceof NoSuchLeg) this.end(leg.id, 'lost')
      else if (error instanceof BadOffer) this.refuse(leg.id, 'bad_offer', error.message)
      else if (error instanceof EngineFull)
        this.refuse(leg.id, 'engine_full', 'All lines are taken just now. Try again in a moment.')
      else {
        this.log.warn({ err: error }, 'a leg could not be connected')
        this.refuse(leg.id, 'not_connected', 'The audio could not be connected. Try again.')
      }
    }
  }

  private channelOf(id: string): number {
    const known = this.channels.indexOf(id)
    if (known !== -1) return known
    if (this.channels.length >= MAX_CHANNELS) throw new EngineFull('This page has had too many legs.')
    return this.channels.push(id) - 1
  }

  private sendFrame(channel: number, frame: Uint8Array): void {
    if (!this.isOpen || this.socket.bufferedAmount > MAX_BUFFERED_BYTES) return
    const bytes = new Uint8Array(1 + frame.length)
    bytes[0] = channel
    bytes.set(frame, 1)
    this.socket.send(bytes)
  }

  hearFrame(bytes: Uint8Array): void {
    if (bytes.length < 2) return
    this.legs.get(this.channels[bytes[0]!] ?? '')?.frame(bytes.subarray(1))
  }
}
