import {
  ConnectionState,
  DisconnectReason,
  MediaDeviceFailure,
  type RemoteTrack,
  Room,
  RoomEvent,
} from 'livekit-client'
import type { VoipRoom } from '../contract.ts'
import type { MicrophoneProblem } from '../voice/devices.ts'
import type { RoomAudio, RoomAudioState } from './roomAudio.ts'

/** A room of a LiveKit server. */
export function enterLiveKit({ token, url }: VoipRoom & { token: string }, changed: () => void): RoomAudio {
  const room = new Room({ adaptiveStream: false, dynacast: false })
  let muted = false
  let microphone: MicrophoneProblem | null = null
  let out: RoomAudioState['out'] = null
  /** What plays what is heard. */
  const elements = new Set<HTMLMediaElement>()

  room
    .on(RoomEvent.TrackSubscribed, (track: RemoteTrack) => {
      if (track.kind === 'audio') elements.add(track.attach())
    })
    .on(RoomEvent.TrackUnsubscribed, (track: RemoteTrack) => {
      for (const element of track.detach()) elements.delete(element)
    })
    .on(RoomEvent.ConnectionStateChanged, changed)
    .on(RoomEvent.AudioPlaybackStatusChanged, changed)
    .on(RoomEvent.Disconnected, reason => {
      out = reason === DisconnectReason.DUPLICATE_IDENTITY ? 'elsewhere' : 'refused'
      changed()
    })

  async function speak(): Promise<void> {
    try {
      await room.localParticipant.setMicrophoneEnabled(!muted)
      microphone = null
    } catch (error) {
      microphone = problemOf(error)
    }
    changed()
  }

  room.connect(url ?? '', token).then(speak, () => {
    out = 'refused'
    changed()
  })
  // Browsers play nothing before somebody has done something on the page.
  const resume = () => void room.startAudio().catch(() => {})
  for (const gesture of ['pointerdown', 'keydown']) document.addEventListener(gesture, resume)

  return {
    get state(): RoomAudioState {
      return {
        connection: CONNECTIONS[room.state],
        muted,
        microphone,
        silenced: !room.canPlaybackAudio,
        out,
      }
    },
    mute(is) {
      muted = is
      if (room.state === ConnectionState.Connected) void speak()
      else changed()
    },
    leave() {
      for (const gesture of ['pointerdown', 'keydown']) document.removeEventListener(gesture, resume)
      room.removeAllListeners()
      for (const element of elements) element.remove()
      void room.disconnect()
    },
  }
}

const CONNECTIONS: Record<ConnectionState, RoomAudioState['connection']> = {
  [ConnectionState.Disconnected]: 'connecting',
  [ConnectionState.Connecting]: 'connecting',
  [ConnectionState.Connected]: 'connected',
  [ConnectionState.Reconnecting]: 'reconnecting',
  [ConnectionState.SignalReconnecting]: 'reconnecting',
}

function problemOf(error: unknown): MicrophoneProblem {
  switch (MediaDeviceFailure.getFailure(error)) {
    case MediaDeviceFailure.PermissionDenied:
      return 'refused'
    case MediaDeviceFailure.NotFound:
      return 'none-found'
    case MediaDeviceFailure.DeviceInUse:
      return 'in-use'
    default:
      return globalThis.isSecureContext ? 'unsupported' : 'insecure-context'
  }
}
