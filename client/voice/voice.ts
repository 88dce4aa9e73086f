import { chosenDevices, type DeviceChoice, type MicrophoneProblem, rememberDevices } from './devices.ts'
import { createLeg, type Leg, type LegState, type Network } from './leg.ts'
import { recall, remember } from './memory.ts'
import { createMicrophone, type Microphone } from './microphone.ts'
import type { FromBrowser, FromServer, LegRole } from './protocol.ts'
import { createSpeaker } from './speaker.ts'
import { openVoiceSocket, type SocketState, type VoiceSocket } from './voiceSocket.ts'

export interface VoiceLeg extends LegState {
  leg: string
  callId: string
  as: LegRole
}

export interface VoiceState {
  socket: SocketState
  legs: readonly VoiceLeg[]
  /** Legs from before a reload, or from before a break, are being asked for. */
  returning: boolean
  microphone: MicrophoneProblem | null
  /** The browser plays nothing before somebody has clicked or typed on this page; then it does by itself. */
  silenced: boolean
}

/** Everything that a page needs to speak and hear: its connection to the exchange, and the audio of all its legs. */
export interface Voice {
  /** A new object whenever something has changed, the same one until then. */
  readonly state: VoiceState
  subscribe(listener: () => void): () => void
  /** Opened by itself with the first leg, let go with the last; a page may open it sooner. */
  readonly microphone: Microphone
  /** For what is not about audio: to call, to be called back, to enter a room. As {@link VoiceSocket.send}. */
  send(message: FromBrowser): () => void
  onMessage(listener: (message: FromServer) => void): () => void
  mute(leg: string, muted: boolean): void
  digits(leg: string, digits: string): void
  /** The leg is gone from this page at once, and from the server as soon as it can be told. */
  hangUp(leg: string): void
  chooseDevices(choice: Partial<DeviceChoice>): Promise<void>
  /** Closes everything here. Calls are not hung up: for a while the page may come back for them. */
  close(): void
}

export interface VoiceOptions {
  /** Keeps apart what different pages of one origin remember in one tab. */
  name: string
  /** What the server is told first on every connection; legs that were there are asked for by themselves. */
  greet?: () => FromBrowser[]
  /** Where the exchange is; on the page's own origin unless given. */
  url?: string
}

/** What a reload must not forget: how to get a leg back, and that it must not suddenly be heard. */
interface Kept {
  leg: string
  ticket: string
  muted: boolean
}

export function openVoice({ name, greet = () => [], url }: VoiceOptions): Voice {
  const memory = `legs.${name}`
  const kept = new Map(recall<Kept[]>('tab', memory, []).map(each => [each.leg, each]))
  const legs = new Map<string, { audio: Leg; callId: string; as: LegRole; slots: Set<number>; session: number }>()
  /** Hung up here; the server may not know yet. */
  const leaving = new Set<string>()
  /** Counts the connections to the server. */
  let session = 0
  const network: Network = { iceServers: () => socket.iceServers, udpBlockedUntil: 0 }
  const listeners = new Set<() => void>()
  const microphone = createMicrophone(chosenDevices().microphone, () => {
    for (const { audio } of legs.values()) audio.setMicrophone(microphone.track)
    changed()
  })
  const speaker = createSpeaker(chosenDevices().speaker, changed)
  const socket = openVoiceSocket(
    () => [...greet(), ...[...kept.values()].map(({ ticket }): FromBrowser => ({ type: 'resume', ticket }))],
    url,
  )
  let state = look()

  function look(): VoiceState {
    return {
      socket: socket.state,
      legs: [...legs].map(([leg, { audio, callId, as }]) => ({ leg, callId, as, ...audio.state })),
      returning: [...kept.keys()].some(leg => !legs.has(leg) && !leaving.has(leg)),
      microphone: microphone.problem,
      silenced: speaker.silenced,
    }
  }

  function changed(): void {
    state = look()
    for (const listener of [...listeners]) listener()
  }

  function keep(entry: Kept): void {
    kept.set(entry.leg, entry)
    save()
  }

  function forget(leg: string): void {
    leaving.delete(leg)
    if (kept.delete(leg)) save()
  }

  const save = () =>
    remember(
      'tab',
      memory,
      [...kept.values()].filter(({ leg }) => !leaving.has(leg)),
    )

  function take(message: Extract<FromServer, { type: 'leg' }>): void {
    const { leg, ticket, callId, as } = message
    const muted = kept.get(leg)?.muted ?? false
    keep({ leg, ticket, muted })
    if (leaving.has(leg)) return
    const known = legs.get(leg)
    if (known !== undefined) {
      // Told of twice it is still one; but on a new connection its audio may be gone with the old one.
      if (known.session !== session) known.audio.connect()
      known.session = session
      return
    }
    const slots = new Set<number>()
    const audio = createLeg({
      leg,
      muted,
      network,
      send: socket.send,
      sendFrame: socket.sendFrame,
      onStream(slot, stream) {
        slots.add(slot)
        speaker.play(`${leg} ${slot}`, stream)
      },
      onUnanswered: socket.distrust,
      changed,
    })
    legs.set(leg, { audio, callId, as, slots, session })
    audio.setMicrophone(microphone.track)
    audio.connect()
    void microphone.open()
    changed()
  }

  function drop(leg: string): void {
    const gone = legs.get(leg)
    if (gone === undefined) return
    legs.delete(leg)
    gone.audio.close()
    for (const slot of gone.slots) speaker.stop(`${leg} ${slot}`)
    if (legs.size === 0) microphone.close()
  }

  function receive(message: FromServer): void {
    switch (message.type) {
      case 'leg':
        take(message)
        return
      case 'answer':
        legs.get(message.leg)?.audio.answer(message.sdp)
        return
      case 'frames':
        legs.get(message.leg)?.audio.takeFrames(message.channel)
        return
      case 'again':
        legs.get(message.leg)?.audio.connect()
        return
      case 'ended':
        forget(message.leg)
        drop(message.leg)
        changed()
        return
      case 'refused':
        if (message.leg !== null && legs.has(message.leg)) {
          legs.get(message.leg)!.audio.refused()
          return
        }
        // It may have been about a ticket. Legs that are given nevertheless come with another.
        for (const leg of [...kept.keys()]) {
          if (legs.get(leg)?.session === session) continue
          forget(leg)
          drop(leg)
        }
        changed()
    }
  }

  const stopListening = [
    socket.onMessage(receive),
    socket.onFrame((channel, frame) => {
      for (const { audio } of legs.values()) audio.receiveFrame(channel, frame)
    }),
    socket.onState(next => {
      if (next === 'open') session++
      for (const { audio } of legs.values()) audio.unplugged()
      changed()
    }),
    onNetworkChange(() => {
      network.udpBlockedUntil = 0
      socket.distrust()
    }),
  ]

  return {
    get state() {
      return state
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    microphone,
    send: socket.send,
    onMessage: socket.onMessage,
    mute(leg, muted) {
      const entry = kept.get(leg)
      if (entry !== undefined) keep({ ...entry, muted })
      legs.get(leg)?.audio.mute(muted)
    },
    digits(leg, digits) {
      if (legs.has(leg)) socket.send({ type: 'digits', leg, digits })
    },
    hangUp(leg) {
      if (!legs.has(leg)) return
      leaving.add(leg)
      save()
      socket.send({ type: 'hangUp', leg })
      drop(leg)
      changed()
    },
    async chooseDevices(choice) {
      rememberDevices(choice)
      await Promise.all([
        choice.microphone === undefined ? null : microphone.choose(choice.microphone),
        choice.speaker === undefined ? null : speaker.choose(choice.speaker),
      ])
    },
    close() {
      for (const stop of stopListening) stop()
      listeners.clear()
      socket.close()
      for (const leg of [...legs.keys()]) drop(leg)
      microphone.close()
      speaker.close()
    },
  }
}

/** Told when the computer has changed to another network: from wireless to mobile, say. */
function onNetworkChange(listener: () => void): () => void {
  // Not in every browser, and not in TypeScript's.
  const { connection } = navigator as { connection?: EventTarget & { type?: string } }
  let type = connection?.type
  const check = () => {
    // It also tells of every change of the estimated speed.
    if (connection?.type === type) return
    type = connection?.type
    listener()
  }
  connection?.addEventListener('change', check)
  window.addEventListener('online', listener)
  return () => {
    connection?.removeEventListener('change', check)
    window.removeEventListener('online', listener)
  }
}
