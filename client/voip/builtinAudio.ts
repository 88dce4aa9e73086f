import type { VoipRoom } from '../contract.ts'
import { VOICE_PATH } from '../voice/protocol.ts'
import { openVoice } from '../voice/voice.ts'
import type { RoomAudio, RoomAudioState } from './roomAudio.ts'

/** A room of Ringside's own voice engine. */
export function enterBuiltin({ token }: VoipRoom & { token: string }, changed: () => void, url: string): RoomAudio {
  const at = new URL(VOICE_PATH, new URL(url, location.href))
  at.protocol = at.protocol.replace('http', 'ws')
  let out: RoomAudioState['out'] = null
  let muted = false
  const voice = openVoice({ name: 'voip', url: at.href, greet: () => [{ type: 'enter', token }] })
  const stop = voice.subscribe(() => {
    const [leg] = voice.state.legs
    if (leg !== undefined && leg.muted !== muted) voice.mute(leg.leg, muted)
    changed()
  })
  const stopMessages = voice.onMessage(message => {
    // The token is what brings the leg back: it has no ticket, and what a reloaded page asks for by one is not there.
    const isOut = message.type === 'refused' && message.leg === null && message.code !== 'bad_ticket'
    if (message.type !== 'ended' && !isOut) return
    out = message.type === 'ended' && message.reason === 'elsewhere' ? 'elsewhere' : 'refused'
    changed()
  })

  return {
    get state(): RoomAudioState {
      const [leg] = voice.state.legs
      return {
        connection: leg?.connection ?? 'connecting',
        muted,
        microphone: voice.state.microphone,
        silenced: voice.state.silenced,
        out,
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
