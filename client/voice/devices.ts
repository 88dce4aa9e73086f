import { recall, remember } from './memory.ts'

/*
 * The microphones and loudspeakers of this computer, and which of them a person wants.
 */

/** Why there is no microphone. Each has its own remedy, so a page can say what to do. */
export type MicrophoneProblem =
  /** The person, or the browser's settings, said no. */
  | 'refused'
  | 'none-found'
  /** There is one, and it does not work: another program holds it, or the system does. */
  | 'in-use'
  /** Browsers give a microphone to pages on https or localhost only. */
  | 'insecure-context'
  /** This browser cannot speak over the web. */
  | 'unsupported'

export interface Device {
  id: string
  /** As the system calls it; empty until the page may use a microphone. */
  label: string
}

export interface Devices {
  microphones: readonly Device[]
  /** Empty where the browser does not let a page choose. */
  speakers: readonly Device[]
}

/** The ids of what a person has chosen; null: whatever the system uses. */
export interface DeviceChoice {
  microphone: string | null
  speaker: string | null
}

const NOTHING_CHOSEN: DeviceChoice = { microphone: null, speaker: null }

export const chosenDevices = (): DeviceChoice => ({ ...NOTHING_CHOSEN, ...recall('device', 'devices', {}) })

export const rememberDevices = (choice: Partial<DeviceChoice>): void =>
  remember('device', 'devices', { ...chosenDevices(), ...choice })

export async function listDevices(): Promise<Devices> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? []
  const ofKind = (kind: MediaDeviceKind): Device[] =>
    all
      // `default` and `communications` stand for devices that are listed under their own names as well.
      .filter(device => device.kind === kind && !['', 'default', 'communications'].includes(device.deviceId))
      .map(({ deviceId, label }) => ({ id: deviceId, label }))
  return { microphones: ofKind('audioinput'), speakers: ofKind('audiooutput') }
}

/** Told at once, and whenever something is plugged in or out. */
export function watchDevices(listener: (devices: Devices) => void): () => void {
  let watching = true
  const tell = () => void listDevices().then(devices => watching && listener(devices))
  tell()
  navigator.mediaDevices?.addEventListener('devicechange', tell)
  return () => {
    watching = false
    navigator.mediaDevices?.removeEventListener('devicechange', tell)
  }
}

/** What stands in the way before anybody is asked; null: nothing that is known. */
export function microphoneHindrance(): MicrophoneProblem | null {
  if (!globalThis.isSecureContext) return 'insecure-context'
  if (!navigator.mediaDevices?.getUserMedia || typeof RTCPeerConnection === 'undefined') return 'unsupported'
  return null
}

/** What a failed `getUserMedia` means. */
export function problemOf(error: unknown): MicrophoneProblem {
  switch ((error as { name?: string } | null)?.name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'refused'
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'none-found'
    case 'NotReadableError':
    case 'AbortError':
      return 'in-use'
    default:
      return 'unsupported'
  }
}
