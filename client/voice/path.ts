import type { Arrivals } from './quality.ts'

/** One way in which a leg's audio travels, from connecting to its end. A leg that reconnects gets a new one. */
export interface Path {
  /** Another microphone, or none. */
  setTrack(track: MediaStreamTrack | null): void
  arrivals(): Promise<Arrivals>
  /** Ends it without telling anybody. */
  close(): void
}

/** What a path reports to its leg. */
export interface PathReports {
  /** Something to hear. `slot`: streams with the same number replace each other. */
  onStream(slot: number, stream: MediaStream): void
  /** Audio flows, or could. */
  onConnected(): void
  /** Once; the path does nothing more. */
  onLost(): void
}
