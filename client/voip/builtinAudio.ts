import type { VoipRoom } from '../contract.ts'
import { VOICE_PATH } from '../voice/protocol.ts'
import { openVoice } from '../voice/voice.ts'
import type { RoomAudio, RoomAudioState } from './roomAudio.ts'

/** A room of Ringside's own voice engine. */
export function enterBuiltin({ token }: VoipRoom & { token: string }, changed: () => void, url: string): RoomAudio {
  const at = new URL(VOICE_PATH, new URL(url, location.href))
  at.protocol = at.protocol.replace('http', 'ws')
  let refused = false
  let muted = false
  // Every page of the person enters with its token: what was entered before a reload is not asked for as well.
  const voice = openVoice({ name: 'voip', url: at.href })
  const stop = voice.subscribe(() => {
    const [leg] = voice.state.legs
    if (leg !== undefined && leg.muted !== muted) voice.mute(leg.leg, muted)
    changed()
  })
  const stopMessages = voice.onMessage(message => {
    if (message.type === 'ended' || (message.type === 'refused' && message.leg === null)) {
      refused = true
      changed()
    }
  })
  voice.send({ type: 'enter', token })

  return {
    get state(): RoomAudioState {
      const [leg] = voice.state.legs
      return {
        connection: leg?.connection ?? 'connecting',
        muted,
        microphone: voice.state.microphone,
        silenced: voice.state.silenced,
        refused,
      }
    },
    mute(is) {
      muted = is
      for (const { leg } of voice.state.legs) voice.mute(leg, is)
      changed()
    },
    leave() {
      stop()
      stopMessages()
      for (const { leg } of voice.state.legs) voice.hangUp(leg)
      voice.close()
    },
  }
}
