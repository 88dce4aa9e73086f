import { openVoice, type VoiceState } from '../voice/voice.ts'
import type { Softphone, SoftphoneState } from './softphone.ts'

/**
 * The softphone of our own exchange. Whose it is the session cookie says.
 *
 * @param url where the exchange is; on the page's own origin unless given.
 */
export function openBuiltinSoftphone(url?: string): Softphone {
  const voice = openVoice({ name: 'desk', greet: () => [{ type: 'desk' }], ...(url !== undefined && { url }) })
  const listeners = new Set<() => void>()
  let registered = false
  let first = false
  let state = look(voice.state)

  function look({ legs, microphone, silenced }: VoiceState): SoftphoneState {
    return { registered, first, legs, microphone, silenced }
  }

  function changed(): void {
    state = look(voice.state)
    for (const listener of [...listeners]) listener()
  }

  voice.subscribe(() => {
    // On another connection the server says again that it knows this page, and whether it is the first.
    if (voice.state.socket !== 'open') registered = first = false
    changed()
  })
  voice.onMessage(message => {
    if (message.type !== 'first') return
    registered = true
    first = message.first
    changed()
  })

  return {
    get state() {
      return state
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    beFirst: () => voice.send({ type: 'beFirst' }),
    mute: voice.mute,
    digits: voice.digits,
    hangUp: voice.hangUp,
    chooseDevices: voice.chooseDevices,
    askForMicrophone: async () => {
      const problem = await voice.microphone.open()
      if (voice.state.legs.length === 0) voice.microphone.close()
      return problem
    },
    stop: voice.close,
  }
}
