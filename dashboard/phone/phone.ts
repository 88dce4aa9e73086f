import type { MicrophoneProblem } from '../../client/voice/devices.ts'
import { recall, remember } from '../../client/voice/memory.ts'
import type { EndedReason, LineState } from '../../client/voice/protocol.ts'
import { openVoice, type Voice, type VoiceLeg, type VoiceState } from '../../client/voice/voice.ts'

/** How a call ended, or why there was none. */
export type Ending =
  | { type: 'ended'; reason: EndedReason; outcome: LineState['outcome'] }
  /** Hung up here. */
  | { type: 'left' }
  | { type: 'no-microphone'; problem: MicrophoneProblem }
  /** The server's own sentence says why. */
  | { type: 'refused'; code: string; message: string }

export interface PhoneState {
  /**
   * `asking`: the browser asks for the microphone. `dialling`: the exchange has been told. `returning`: a call from
   * before a reload is being asked for. `calling`: there is a call.
   */
  stage: 'idle' | 'asking' | 'dialling' | 'returning' | 'calling'
  /** Of the last call, while there is none. */
  ending: Ending | null
  line: LineState | null
  /** Milliseconds since 1970; null before anybody has answered. */
  talkingSince: number | null
  socket: VoiceState['socket']
  /** Null until the exchange has taken the call. */
  leg: VoiceLeg | null
  microphone: MicrophoneProblem | null
  silenced: boolean
}

export interface CallDetails {
  to: string
  from: string | null
  name: string | null
  language: string | null
  widgetKey: string | null
}

/** A customer's telephone: one call at a time. */
export interface Phone {
  /** A new object whenever something has changed, the same one until then. */
  readonly state: PhoneState
  subscribe(listener: () => void): () => void
  readonly voice: Voice
  call(details: CallDetails): Promise<void>
  hangUp(): void
  mute(muted: boolean): void
  digits(digits: string): void
  callMeBack(): void
}

const SINCE = 'phone.talkingSince'

export function createPhone(): Phone {
  const voice = openVoice({ name: 'phone' })
  const listeners = new Set<() => void>()
  let stage: PhoneState['stage'] = voice.state.returning ? 'returning' : 'idle'
  let ending: Ending | null = null
  let line: LineState | null = null
  let talkingSince: number | null = null
  let state = look()

  function look(): PhoneState {
    const { socket, legs, microphone, silenced } = voice.state
    return { stage, ending, line, talkingSince, socket, leg: legs[0] ?? null, microphone, silenced }
  }

  function changed(): void {
    state = look()
    for (const listener of [...listeners]) listener()
  }

  function end(how: Ending): void {
    stage = 'idle'
    ending = how
    line = null
    talkingSince = null
    remember('tab', SINCE, null)
    voice.microphone.close()
    changed()
  }

  function hear(next: LineState): void {
    line = next
    if (next.phase !== 'talking' || talkingSince !== null) return
    // A reload must not make the conversation look shorter.
    talkingSince = recall('tab', SINCE, Date.now())
    remember('tab', SINCE, talkingSince)
  }

  voice.subscribe(() => {
    // The server no longer knows the call that was asked for.
    if (stage === 'returning' && !voice.state.returning && voice.state.legs.length === 0)
      end({ type: 'ended', reason: 'lost', outcome: null })
    else changed()
  })

  voice.onMessage(message => {
    switch (message.type) {
      case 'leg':
        // Given up while the exchange was still making it.
        if (stage === 'idle' || stage === 'asking') voice.hangUp(message.leg)
        else stage = 'calling'
        break
      case 'line':
        hear(message.line)
        break
      case 'ended':
        if (stage !== 'idle') end({ type: 'ended', reason: message.reason, outcome: line?.outcome ?? null })
        return
      case 'refused':
        if (stage !== 'dialling' || message.leg !== null) return
        end({ type: 'refused', code: message.code, message: message.message })
        return
    }
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
    voice,
    async call(details) {
      if (stage !== 'idle') return
      stage = 'asking'
      ending = null
      changed()
      const problem = await voice.microphone.open()
      if (problem !== null) {
        end({ type: 'no-microphone', problem })
        return
      }
      // Hung up while the browser was asking.
      if ((stage as PhoneState['stage']) !== 'asking') return voice.microphone.close()
      stage = 'dialling'
      voice.send({ type: 'call', ...details })
      changed()
    },
    hangUp() {
      if (stage === 'idle') return
      if (state.leg !== null) voice.hangUp(state.leg.leg)
      end({ type: 'left' })
    },
    mute: muted => state.leg && voice.mute(state.leg.leg, muted),
    digits: digits => state.leg && voice.digits(state.leg.leg, digits),
    callMeBack: () => state.leg && voice.send({ type: 'callMeBack', leg: state.leg.leg }),
  }
}
