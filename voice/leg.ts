import { listen } from './audibility.ts'
import type { Player } from './player.ts'
import { SEQUENCES, TIMESTAMPS, unwrap } from './rtp.ts'
import { Slot } from './slot.ts'
import { type AudioPacket, Source } from './source.ts'

/** What carries a leg's audio to and fro. */
export interface Connection {
  /** Streams that it can send at once. */
  readonly slots: number
  send(slot: number, packet: AudioPacket): void
  close(): void
}

/** What a connection tells. Nothing more once it is `lost` or was closed. */
export interface ConnectionEvents {
  /** Audio can flow. */
  connected(): void
  /** Numbers as on the wire: 16 and 32 bits. */
  audio(packet: AudioPacket): void
  /** The numbers of what follows have nothing to do with those before. */
  restarted(): void
  digit(digit: string): void
  lost(): void
}

/** Nothing has come from a connected leg for so long: it is silent. */
export const SILENT_MS = 5000

/**
 * Somebody's place in a room, whatever carries its audio at the moment. It takes part with one connection; a new one takes
 * over when it is up, so that whoever listens hears the change as a short pause at most.
 */
export class Leg extends Source {
  readonly id: string
  readonly #now: () => number
  #connection: Connection | null = null
  /** Announced, and not up yet. */
  #coming: Connection | null = null
  #slots: Slot[] = []
  #numbers: { sequence: number; timestamp: number } | null = null
  #heardAt = 0
  #silent = false
  /** What is played to it. */
  player: Player | null = null

  /** @param now a clock, milliseconds. */
  constructor(id: string, now: () => number) {
    super()
    this.id = id
    this.#now = now
  }

  get connected(): boolean {
    return this.#connection !== null
  }

  /** A connection that is not up yet. One that was announced before is given up. */
  expect(connection: Connection): void {
    this.#coming?.close()
    this.#coming = connection
  }

  /** A connection is up: from now on it is the one. */
  take(connection: Connection): void {
    if (this.#coming === connection) this.#coming = null
    this.#drop()
    this.#connection = connection
    this.#slots = Array.from(
      { length: connection.slots },
      (_, index) => new Slot(index, (slot, packet) => connection.send(slot, packet), this.#now),
    )
    this.#heardAt = this.#now()
    this.#silent = false
    this.restart()
  }

  /** @returns whether the leg has no connection any more, and none to come. */
  lose(connection: Connection): boolean {
    connection.close()
    if (this.#coming === connection) this.#coming = null
    if (this.#connection === connection) this.#drop()
    return !this.#connection && !this.#coming
  }

  disconnect(): void {
    this.#coming?.close()
    this.#coming = null
    this.#drop()
  }

  /** Whether this connection is the one whose audio counts. */
  isFrom(connection: Connection): boolean {
    return this.#connection === connection
  }

  /** @returns whether it had been silent. */
  hear(packet: AudioPacket): boolean {
    const near = this.#numbers ?? packet
    const sequence = unwrap(packet.sequence, near.sequence, SEQUENCES)
    const timestamp = unwrap(packet.timestamp, near.timestamp, TIMESTAMPS)
    if (!this.#numbers || sequence > this.#numbers.sequence) this.#numbers = { sequence, timestamp }
    this.#heardAt = this.#now()
    this.emit({ ...packet, sequence, timestamp })
    const wasSilent = this.#silent
    this.#silent = false
    return wasSilent
  }

  restart(): void {
    this.#numbers = null
    this.cut()
  }

  /** @returns whether it has become silent since this was asked the last time. */
  becameSilent(): boolean {
    if (!this.#connection || this.#silent || this.#now() - this.#heardAt < SILENT_MS) return false
    this.#silent = true
    return true
  }

  /** What is played to it comes first, then these voices, as many as its connection carries. */
  listenTo(voices: readonly Source[]): void {
    listen(this.#slots, this.player ? [this.player, ...voices] : voices)
  }

  #drop(): void {
    this.#connection?.close()
    this.#connection = null
    listen(this.#slots, [])
    this.#slots = []
  }
}
