/**
 * 20 ms (as a rule) of one voice inside the engine. Sequence and timestamp do not wrap around here: only the wire has so
 * few bits for them.
 */
export interface AudioPacket {
  sequence: number
  /** Samples at 48 kHz. */
  timestamp: number
  /** Begins to speak after a silence that was not sent. */
  marker: boolean
  /** Opus. */
  payload: Uint8Array
  /** -dBov, 0 the loudest, 127 silence; null when the sender does not say. */
  level: number | null
}

/** Whoever takes what a source says: a listener's slot, a recording. */
export interface Sink {
  take(packet: AudioPacket): void
  /** What follows does not go on where the last packet ended: numbers begin anew. */
  cut(): void
}

/** Something that can be heard: somebody's microphone, a sound that is played. */
export class Source {
  readonly sinks = new Set<Sink>()

  protected emit(packet: AudioPacket): void {
    for (const sink of this.sinks) sink.take(packet)
  }

  protected cut(): void {
    for (const sink of this.sinks) sink.cut()
  }
}
