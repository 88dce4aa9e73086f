import type { DeviceChoice, MicrophoneProblem } from '../voice/devices.ts'
import type { LegRole } from '../voice/protocol.ts'
import type { Quality } from '../voice/quality.ts'

/**
 * A telephone in the page of somebody who works here. It is told by the center which calls it is part of; accepting,
 * holding and transferring are the center's business and not known here. `conformance.ts` is what every one must pass.
 */
export interface Softphone {
  /** A new object whenever something has changed, the same one until then. */
  readonly state: SoftphoneState
  subscribe(listener: () => void): () => void
  /** Of several pages of one person, this is the one that rings and speaks from now on. */
  beFirst(): void
  /** Kept through reconnections and reloads. A leg that is not there is ignored, here and below. */
  mute(leg: string, muted: boolean): void
  /** Keys of a telephone, 0–9, * and #, for whoever is at the other end. */
  digits(leg: string, digits: string): void
  hangUp(leg: string): void
  /** Holds at once, also for legs that speak, and is remembered on this computer. What is not given stays. */
  chooseDevices(choice: Partial<DeviceChoice>): Promise<void>
  /** Asks for the microphone before it is needed, so that the first call does not wait for a question. */
  askForMicrophone(): Promise<MicrophoneProblem | null>
  /** The page goes, or the person signs out. Calls are not hung up. */
  stop(): void
}

export interface SoftphoneState {
  /** Whether the center can reach this telephone now. */
  registered: boolean
  /** Whether this page is the one that rings. */
  first: boolean
  legs: readonly SoftphoneLeg[]
  /** Why nobody can hear this person; null: they can be heard, or nobody has asked yet. */
  microphone: MicrophoneProblem | null
  /** The browser plays nothing before somebody has clicked or typed on this page; then it does by itself. */
  silenced: boolean
}

/** This person's part of one call. It is gone from the list when the call has ended, or speaks elsewhere. */
export interface SoftphoneLeg {
  leg: string
  callId: string
  as: LegRole
  connection: 'connecting' | 'connected' | 'reconnecting'
  /** How the audio travels; null while it does not. */
  via: 'udp' | 'socket' | null
  muted: boolean
  /** Of the last seconds; null before anything was heard. */
  quality: Quality | null
}
