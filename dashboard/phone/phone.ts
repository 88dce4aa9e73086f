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
   * `ringing`: somebody calls this page. `asking`: the browser asks for the microphone. `dialling`: the exchange has been
   * told. `returning`: a call from before a reload is being asked for. `calling`: there is a call.
   */
  stage: 'idle' | 'ringing' | 'asking' | 'dialling' | 'returning' | 'calling'
  /** Who calls this page, until the two are connected. `from`: E.164. */
  incoming: { ring: string; from: string | null; name: string | null } | null
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
  /** Takes the call that rings. */
  answer(): Promise<void>
  /** Hangs up, or declines what rings. */
  hangUp(): void
  mute(muted: boolean): void
  digits(digits: string): void
  callMeBack(): void
}

const SINCE = 'phone.talkingSince'
const TICKET = 'phone.ticket'

export function createPhone(): Phone {
  /** Of the last call that gave a number: there this page can be called. Another tab may be somebody else's. */
  let ticket = recall<string | null>('tab', TICKET, null)
  const voice = openVoice({ name: 'phone', greet: () => (ticket === null ? [] : [{ type: 'reachable', ticket }]) })
  const listeners = new Set<() => void>()
  let stage: PhoneState['stage'] = voice.state.returning ? 'returning' : 'idle'
  let ending: Ending | null = null
  let incoming: PhoneState['incoming'] = null
  let line: LineState | null = null
  let talkingSince: number | null = null
  /** The leg of the present call. */
  let current: string | null = null
  /** That of the call before: what came of it is told after its end. */
  let last: string | null = null
  let asked: FromBrowser | null = null
  let unsend: () => void = () => {}
  /** Calls that were given up before the exchange had taken them: it will all the same. */
  let abandoned = 0
  /** The same of calls to this page, by ring. */
  const abandonedRings = new Set<string>()
  let state = look()

  function look(): PhoneState {
    const { socket, legs, microphone, silenced } = voice.state
    return { stage, incoming, ending, line, talkingSince, socket, leg: legs[0] ?? null, microphone, silenced }
  }

  function changed(): void {
    state = look()
    for (const listener of [...listeners]) listener()
  }

  function end(how: Ending | null): void {
    stage = 'idle'
    ending = how
    incoming = null
    line = null
    last = current
    current = null
    talkingSince = null
    remember('tab', SINCE, null)
    voice.microphone.close()
    changed()
  }

  /** As soon as there is a microphone, the exchange is told this. */
  async function reach(message: FromBrowser): Promise<void> {
    stage = 'asking'
    changed()
    const problem = await voice.microphone.open()
    // Given up while the browser was asking.
    if ((stage as PhoneState['stage']) !== 'asking') return voice.microphone.close()
    if (problem !== null) {
      decline()
      end({ type: 'no-microphone', problem })
      return
    }
    stage = 'dialling'
    asked = message
    dial()
    changed()
  }

  function decline(): void {
    if (incoming !== null) voice.send({ type: 'decline', ring: incoming.ring })
  }

  function dial(): void {
    unsend()
    unsend = voice.send(asked!)
  }

  function giveUp(): void {
    unsend()
    if (voice.state.socket !== 'open') return
    if (incoming === null) abandoned++
    else abandonedRings.add(incoming.ring)
  }

  function hear(next: LineState): void {
    line = next
    if (next.phase !== 'talking' || talkingSince !== null) return
    // A reload must not make the conversation look shorter.
    talkingSince = recall('tab', SINCE, Date.now())
    remember('tab', SINCE, talkingSince)
  }

  function becomeReachable(by: string): void {
    ticket = by
    remember('tab', TICKET, ticket)
    voice.send({ type: 'reachable', ticket })
  }

  voice.subscribe(changed)

  voice.onMessage(message => {
    switch (message.type) {
      case 'ready':
        // What was asked for on a connection that broke before the answer is asked for again.
        abandoned = 0
        abandonedRings.clear()
        if (stage === 'dialling') dial()
        // What rings still is told again.
        if (stage === 'ringing') end(ending)
        break
      case 'incoming':
        if (stage === 'idle' || message.ring === incoming?.ring) {
          if (stage === 'idle') stage = 'ringing'
          incoming = { ring: message.ring, from: message.from, name: message.name }
        } else voice.send({ type: 'decline', ring: message.ring })
        break
      case 'incomingOver':
        abandonedRings.delete(message.ring)
        if (message.ring === incoming?.ring) end(ending)
        return
      case 'leg':
        if (abandonedRings.delete(message.leg)) voice.hangUp(message.leg)
        else if (abandoned > 0 && message.leg !== incoming?.ring) {
          abandoned--
          voice.hangUp(message.leg)
        } else {
          if (stage === 'dialling' && asked?.type === 'call' && asked.from !== null) becomeReachable(message.ticket)
          stage = 'calling'
          incoming = null
          current = message.leg
        }
        break
      case 'line':
        if (message.leg === current) hear(message.line)
        else if (message.leg === last && ending?.type === 'ended') ending = { ...ending, outcome: message.line.outcome }
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
      ending = null
      await reach({ type: 'call', ...details })
    },
    async answer() {
      if (stage === 'ringing') await reach({ type: 'answer', ring: incoming!.ring })
    },
    hangUp() {
      if (stage === 'idle') return
      if (stage === 'dialling') giveUp()
      else decline()
      if (state.leg !== null) voice.hangUp(state.leg.leg)
      // Who would not answer is told again how its own call had ended.
      end(incoming === null ? { type: 'left' } : ending)
    },
    mute: muted => state.leg && voice.mute(state.leg.leg, muted),
    digits: digits => state.leg && voice.digits(state.leg.leg, digits),
    callMeBack: () => state.leg && voice.send({ type: 'callMeBack', leg: state.leg.leg }),
  }
}
