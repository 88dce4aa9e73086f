import { Mixer } from './mixer.ts'
import { concealed, SILENCE } from './opusPacket.ts'
import type { Source } from './source.ts'
import { type Frame, Track } from './track.ts'

/** 20 ms of a channel, as they are written. */
export interface Moment {
  packet: Uint8Array
  speaking: boolean
}

/** Quieter than this, -dBov, is no speech: rooms and fans are. */
const SPEECH = 50
/** A shorter hole is left to the decoder to conceal. */
const CONCEALED_FRAMES = 3
/** Voices that spoke at once are mixed until they have taken turns for so long (20 ms each): every change of hand clicks. */
const MIXED_FOR = 100

/**
 * One channel of a recording. One voice is written as it came, untouched; two that speak at once are mixed, and so is the
 * little while afterwards.
 */
export class Lane {
  readonly #elapsed: () => number
  #tracks: Track[] = []
  #mixer: Mixer<Track> | null = null
  #mixUntil = 0
  #last: { track: Track; packet: Uint8Array } | null = null
  #missing = CONCEALED_FRAMES

  /** @param elapsed milliseconds since the recording began. */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed
  }

  /** From now on exactly these voices are in it. */
  follow(sources: readonly Source[]): void {
    const left = this.#tracks.filter(track => !sources.includes(track.source))
    for (const track of left) track.detach()
    for (const source of sources) {
      const known = this.#tracks.find(track => track.source === source)
      if (!known) this.#tracks.push(new Track(source, this.#elapsed))
      else source.sinks.add(known) // it may have left a moment ago
    }
  }

  /** What is to be written from one place up to another. Every place is asked for once, in order. */
  async compose(from: number, to: number): Promise<Moment[]> {
    const rows: Row[] = []
    for (let index = from; index < to; index++) rows.push(await this.#rowAt(index))
    if (rows.some(row => row.filter(isSpeech).length > 1)) this.#mixUntil = to + MIXED_FOR
    const moments: Moment[] = []
    for (const row of rows) {
      const packet = from < this.#mixUntil ? await this.#mixed(row) : this.#passed(row)
      moments.push({ packet, speaking: row.some(isSpeech) })
    }
    if (to >= this.#mixUntil) this.#freeMixer()
    for (const track of this.#tracks.filter(isOver)) track.free()
    this.#tracks = this.#tracks.filter(track => !isOver(track))
    return moments
  }

  free(): void {
    this.#freeMixer()
    for (const track of this.#tracks) track.free()
    this.#tracks = []
  }

  async #rowAt(index: number): Promise<Row> {
    const row: Row = []
    for (const track of this.#tracks) {
      const frame = track.frameAt(index)
      if (!frame) continue
      if (frame.level === null) await track.measure(frame)
      row.push({ track, frame })
    }
    return row
  }

  async #mixed(row: Row): Promise<Uint8Array> {
    this.#mixer ??= await Mixer.open()
    this.#last = null
    return this.#mixer.mix(row.map(({ track, frame }) => [track, frame.packet] as const))
  }

  #passed(row: Row): Uint8Array {
    const chosen = row.find(isSpeech) ?? row.find(({ track }) => track === this.#last?.track) ?? row[0]
    if (chosen) {
      this.#last = { track: chosen.track, packet: chosen.frame.packet }
      this.#missing = 0
      return chosen.frame.packet
    }
    this.#missing++
    return this.#last && this.#missing <= CONCEALED_FRAMES ? concealed(this.#last.packet) : SILENCE
  }

  #freeMixer(): void {
    this.#mixer?.free()
    this.#mixer = null
  }
}

type Row = { track: Track; frame: Frame }[]

const isSpeech = ({ frame }: Row[number]): boolean => (frame.level ?? 127) < SPEECH
const isOver = (track: Track): boolean => track.empty && !track.source.sinks.has(track)
