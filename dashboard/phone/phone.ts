import type { MicrophoneProblem } from '../../client/voice/devices.ts'
import { recall, remember } from '../../client/voice/memory.ts'
import type { EndedReason, FromBrowser, LineState } from '../../client/voice/protocol.ts'
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
  /** The leg of the present call. */
  let current: string | null = null
  let asked: FromBrowser | null = null
  let unsend: () => void = () => {}
  /** Calls that were given up before the exchange had taken them: it will all the same. */
  let abandoned = 0
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
    current = null
    talkingSince = null
    remember('tab', SINCE, null)
    voice.microphone.close()
    changed()
  }

  function dial(): void {
    unsend()
    unsend = voice.send(asked!)
  }

  function giveUp(): void {
    unsend()
    if (voice.state.socket === 'open') abandoned++
  }

  function hear(next: LineState): void {
    line = next
    if (next.phase !== 'talking' || talkingSince !== null) return
    // A reload must not make the conversation look shorter.
    talkingSince = recall('tab', SINCE, Date.now())
    remember('tab', SINCE, talkingSince)
  }

  voice.subscribe(changed)

  voice.onMessage(message => {
    switch (message.type) {
      case 'ready':
        // What was asked for on a connection that broke before the answer is asked for again.
        abandoned = 0
        if (stage === 'dialling') dial()
        break
      case 'leg':
        if (abandoned > 0) {
          abandoned--
          voice.hangUp(message.leg)
        } else {
          stage = 'calling'
          current = message.leg
        }
        break
      case 'line':
        if (message.leg === current) hear(message.line)
        break
      case 'ended':
        if (message.leg === current || stage === 'returning')
          end({ type: 'ended', reason: message.reason, outcome: line?.outcome ?? null })
        return
      case 'refused':
        if (message.leg !== null) return
        if (stage === 'dialling') end({ type: 'refused', code: message.code, message: message.message })
        // The server no longer knows the call that this page came back for.
        else if (voice.state.legs.length === 0 && stage !== 'idle')
          end({ type: 'ended', reason: 'lost', outcome: null })
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
      asked = { type: 'call', ...details }
      dial()
      changed()
    },
    hangUp() {
      if (stage === 'idle') return
      if (stage === 'dialling') giveUp()
      if (state.leg !== null) voice.hangUp(state.leg.leg)
      end({ type: 'left' })
    },
    mute: muted => state.leg && voice.mute(state.leg.leg, muted),
    digits: digits => state.leg && voice.digits(state.leg.leg, digits),
    callMeBack: () => state.leg && voice.send({ type: 'callMeBack', leg: state.leg.leg }),
  }
}
