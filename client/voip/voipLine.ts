import { type Api, createApi } from '../api.ts'
import type { RecordingChoice, VoipCall, VoipEvent, VoipRecording, VoipRoom } from '../contract.ts'
import * as contract from '../contract.ts'
import { recall, remember } from '../voice/memory.ts'
import { type EnterRoom, enterRoom, type RoomAudio, type RoomAudioState } from './roomAudio.ts'
import { followVoipEvents, type VoipConnection } from './voipEvents.ts'

/** The telephone of one person in one page: rings, speaks, and calls. */
export interface VoipLine {
  /** A new object whenever something has changed, the same one until then. */
  readonly state: VoipLineState
  subscribe(listener: () => void): () => void
  /** Everything that happens to this person's calls, on whatever page. */
  onEvent(listener: (event: VoipEvent) => void): () => void
  /** The operations that the line itself does not do, with this person's token. Throws `ApiError`, as all of these do. */
  readonly api: Api
  /** Rings at somebody's. `name`: what it is called here, and as whom it is called there. */
  call(supabaseUserId: string, callerName?: string): Promise<void>
  accept(): Promise<void>
  decline(): Promise<void>
  hangUp(): Promise<void>
  mute(muted: boolean): void
  /**
   * Tells what this page has shown, or what the customer has chosen: one of `call.recording.choices`. `language`: of the
   * words that are shown. Nothing is recorded before; a page that never says it is not recorded.
   */
  answerRecording(choice: RecordingChoice, language: string): Promise<void>
  /** The page goes. A call is not hung up: the page may come back for it. */
  close(): void
}

export interface VoipLineState {
  connection: VoipConnection
  /** The call that rings or goes on here. */
  call: LineCall | null
  /** How the last one ended, until there is another. */
  ended: VoipCall | null
}

export interface LineCall {
  call: VoipCall
  as: 'caller' | 'callee'
  /** Null while it rings here. */
  audio: RoomAudioState | null
  /** What is to be known about recording; null: nothing, or not before it is answered here. */
  recording: VoipRecording | null
}

/** The way into a room, with what is said there of recording; a server that is older says nothing. */
type Entrance = VoipRoom & { token: string; recording?: VoipRecording | null }

export interface VoipLineOptions {
  /** Where Ringside is; the page's own origin unless given. */
  url?: string | undefined
  /** The bearer token of whoever is signed in. */
  getToken(): Promise<string> | string
  enter?: EnterRoom
}

const GO_BACK_MS = 1000

const RANK: Record<VoipCall['status'], number> = {
  RINGING: 0,
  IN_PROGRESS: 1,
  COMPLETED: 2,
  MISSED: 2,
  DECLINED: 2,
  FAILED: 2,
}

/** Whether `news` tells of a later state of the same call. */
const isLater = (news: VoipCall | null, call: VoipCall): news is VoipCall =>
  news?.roomName === call.roomName && RANK[news.status] > RANK[call.status]

/** A no is the last word. */
const rankOf = ({ said }: VoipRecording): number => (said === null ? 0 : said === 'decline' ? 2 : 1)

/** Which call this tab speaks in: after a reload it goes on with that one, and with no other page's. */
const MEMORY = 'voip.room'

export function openVoipLine({ url = '', getToken, enter = enterRoom(url) }: VoipLineOptions): VoipLine {
  const api = createApi({
    baseUrl: url,
    fetch: async (input, init = {}) => {
      const headers = new Headers(init.headers)
      headers.set('authorization', `Bearer ${await getToken()}`)
      return fetch(input, { ...init, headers, credentials: 'omit' })
    },
  })
  const listeners = new Set<() => void>()
  const eventListeners = new Set<(event: VoipEvent) => void>()
  let connection: VoipConnection = 'connecting'
  let current: { call: VoipCall; as: LineCall['as']; audio: RoomAudio | null } | null = null
  let ended: VoipCall | null = null
  /** Counts what has been heard, so that an answer that was asked for before knows that it comes too late. */
  let heard = 0
  /** What was heard last: an answer that was on the way longer knows less. */
  let news: VoipCall | null = null
  /** What was heard of recording, about whichever call. */
  let recording: { roomName: string; latest: VoipRecording } | null = null
  let goingBack: ReturnType<typeof setTimeout> | undefined
  /** This page has answered, and is not told yet that it has. */
  let accepting = false
  let state = look()

  function look(): VoipLineState {
    const call = current && {
      call: current.call,
      as: current.as,
      audio: current.audio?.state ?? null,
      recording: recording?.roomName === current.call.roomName ? recording.latest : null,
    }
    return { connection, call, ended }
  }

  function changed(): void {
    state = look()
    for (const listener of [...listeners]) listener()
  }

  /** Answers and events tell of the same, in any order. */
  function learn(roomName: string, news: VoipRecording | null | undefined): void {
    if (!news) return
    const known = recording?.roomName === roomName ? recording.latest : null
    if (known === null || rankOf(news) >= rankOf(known)) recording = { roomName, latest: news }
  }

  /** The audio says how it is; out of the room, it goes back in as long as the call lives. */
  function audioChanged(): void {
    const out = current?.audio?.state.out ?? null
    if (out === 'elsewhere') {
      end(null)
      return
    }
    if (out === 'refused') goingBack ??= setTimeout(() => void goBack(), GO_BACK_MS)
    changed()
  }

  async function goBack(): Promise<void> {
    const mine = current
    const there = await api.call(contract.currentVoipCall).then(
      answer => answer.current,
      () => undefined, // it is tried again
    )
    goingBack = undefined
    if (mine === null || current !== mine || mine.audio?.state.out !== 'refused') return
    if (there === undefined) return audioChanged()
    if (there?.roomName !== mine.call.roomName) return end(null)
    learn(there.roomName, there.recording)
    mine.audio.leave()
    mine.audio = enter(there, audioChanged)
    changed()
  }

  function begin(call: VoipCall, as: LineCall['as'], room: Entrance | null): void {
    if (room !== null) learn(room.roomName, room.recording)
    if (isLater(news, call)) {
      if (news.endedAt === null) begin(news, as, room)
      else end(news)
      return
    }
    // Told of twice, by the answer and by the event, it is one call.
    const audio = current?.call.roomName === call.roomName ? current.audio : null
    if (current !== null && audio === null) current.audio?.leave()
    ended = null
    current = { call, as, audio: audio ?? (room && enter(room, audioChanged)) }
    if (room !== null) remember('tab', MEMORY, call.roomName)
    changed()
  }

  function end(call: VoipCall | null): void {
    if (current === null && call === null) return
    current?.audio?.leave()
    current = null
    ended = call
    remember('tab', MEMORY, null)
    changed()
  }

  function hear(event: VoipEvent): void {
    heard++
    const { call } = event
    if (event.type === 'call-recording') learn(call.roomName, event.recording)
    else news = call
    const mine = current?.call.roomName === call.roomName ? current : null
    if (event.type === 'incoming-call') {
      if (current === null) begin(call, 'callee', null)
    } else if (mine !== null && event.type === 'call-accepted') {
      // Answered on another page of this person: that one speaks.
      if (mine.audio !== null) begin(call, mine.as, null)
      else if (!accepting) end(null)
    } else if (mine !== null && (event.type === 'call-declined' || event.type === 'call-ended')) end(call)
    else if (event.type === 'call-recording') changed()
    for (const listener of [...eventListeners]) listener(event)
  }

  /** What was missed: a call that rings, one that was going on before a reload, one that is over meanwhile. */
  async function catchUp(): Promise<void> {
    const before = heard
    const known = current?.call.roomName
    const { current: there } = await api.call(contract.currentVoipCall)
    if (heard !== before || current?.call.roomName !== known) return
    if (there === null || there.roomName !== known) end(null)
    if (there === null) return
    const speaksHere = known === there.roomName || recall('tab', MEMORY, null) === there.roomName
    if (there.call.status === 'RINGING' && there.as === 'callee') begin(there.call, 'callee', null)
    else if (speaksHere) begin(there.call, there.as, there)
  }

  const stop = followVoipEvents({
    url,
    getToken,
    onEvent: hear,
    onLive: () => void catchUp().catch(() => {}), // the next connection asks again
    onConnection(next) {
      connection = next
      changed()
    },
  })

  const mine = (): string => {
    if (current === null) throw new Error('there is no call')
    return current.call.roomName
  }

  return {
    get state() {
      return state
    },
    api,
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    onEvent(listener) {
      eventListeners.add(listener)
      return () => void eventListeners.delete(listener)
    },
    async call(calleeSupabaseId, callerName) {
      const started = await api.call(contract.startVoipCall, {
        body: { calleeSupabaseId, ...(callerName !== undefined && { callerName }) },
      })
      begin(started.call, 'caller', { ...started, token: started.callerToken })
    },
    async accept() {
      accepting = true
      try {
        const answered = await api.call(contract.acceptVoipCall, { params: { roomName: mine() } })
        begin(answered.call, 'callee', answered)
      } finally {
        accepting = false
      }
    },
    async decline() {
      const { call } = await api.call(contract.declineVoipCall, { params: { roomName: mine() } })
      if (current?.call.roomName === call.roomName) end(null)
    },
    async hangUp() {
      const roomName = mine()
      // Whoever hangs up is not heard any longer, whether or not the server can be told.
      const call = current?.call ?? null
      end(null)
      const over = await api.call(contract.endVoipCall, { params: { roomName } })
      if (call !== null && current === null) {
        ended = over.call
        changed()
      }
    },
    mute: muted => current?.audio?.mute(muted),
    async answerRecording(choice, language) {
      const roomName = mine()
      const answer = await api.call(contract.answerVoipRecording, { params: { roomName }, body: { choice, language } })
      learn(roomName, answer.recording)
      changed()
    },
    close() {
      stop()
      clearTimeout(goingBack)
      listeners.clear()
      eventListeners.clear()
      current?.audio?.leave()
    },
  }
}
