import type { VoipRoom } from '../contract.ts'
import type { MicrophoneProblem } from '../voice/devices.ts'

/** One stay in the room of a call: a microphone that the other hears, and what the other says. */
export interface RoomAudio {
  /** A new object whenever something has changed. */
  readonly state: RoomAudioState
  mute(muted: boolean): void
  /** For good. */
  leave(): void
}

export interface RoomAudioState {
  connection: 'connecting' | 'connected' | 'reconnecting'
  muted: boolean
  /** Why this person is not heard; null: nothing that is known. */
  microphone: MicrophoneProblem | null
  /** The browser plays nothing before somebody has clicked or typed on this page. */
  silenced: boolean
  /** Null: it is in the room, or on its way. `elsewhere`: this person speaks on another page now. */
  out: 'elsewhere' | 'refused' | null
}

export type EnterRoom = (room: VoipRoom & { token: string }, changed: () => void) => RoomAudio

/** The audio of whichever provider the room is of; what that takes is loaded with the first call. */
export const enterRoom =
  (url: string): EnterRoom =>
  (room, changed) =>
    later(
      room.provider === 'livekit'
        ? import('./livekitAudio.ts').then(({ enterLiveKit }) => enterLiveKit(room, changed))
        : import('./builtinAudio.ts').then(({ enterBuiltin }) => enterBuiltin(room, changed, url)),
      changed,
    )

const CONNECTING: RoomAudioState = {
  connection: 'connecting',
  muted: false,
  microphone: null,
  silenced: false,
  out: null,
}

/** What is asked of audio that is still being loaded holds once it is there. */
function later(loading: Promise<RoomAudio>, changed: () => void): RoomAudio {
  let audio: RoomAudio | null = null
  let state = CONNECTING
  let left = false
  loading.then(
    loaded => {
      audio = loaded
      if (left) return audio.leave()
      audio.mute(state.muted)
      changed()
    },
    () => {
      state = { ...state, out: 'refused' }
      changed()
    },
  )
  return {
    get state() {
      return audio?.state ?? state
    },
    mute(muted) {
      state = { ...state, muted }
      audio?.mute(muted)
      if (audio === null) changed()
    },
    leave() {
      left = true
      audio?.leave()
    },
  }
}
