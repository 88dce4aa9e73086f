import { randomUUID } from 'node:crypto'
import { type Party, partyOfAgent } from '../../core/conversation.ts'
import type { Engine, EngineEvent, Sound as SoundFile } from '../../voice/engine.ts'
import type { Commands, Document, ProviderCall, Purpose, Told, Webhook } from '../provider.ts'
import {
  type Adopted,
  adopt,
  advance,
  begin,
  type Caller,
  type Decided,
  type Departure,
  dial,
  dueAt,
  type Effect,
  type Line,
  type LineInput,
  type Moment,
  type Sound,
} from './line.ts'
import { readScript } from './render.ts'
import type { Report } from './report.ts'
import { SIGNATURE, sign } from './verify.ts'

/**
 * A telephone exchange of our own: it plays scripts to customers in a browser and connects them with agents in theirs,
 * on top of the voice engine. To the flow it is a provider like any other. A call's id here is its room's.
 */
export interface Exchange {
  commands: Required<Pick<Commands, 'arrange'>> & Commands
  /** Somebody calls; its leg is `CUSTOMER`. */
  begin(room: string, caller: Caller): void
  /** Goes on with a call that lived when the server was stopped. See `adopt` in `line.ts`. */
  adopt(
    room: string,
    call: Omit<Adopted, 'recordings'> & { recordings: readonly { id: string; milliseconds: number }[] },
  ): void
  /** Whether there is such a leg, connected or awaited. */
  has(room: string, leg: string): boolean
  /** The leg's page is there. False: there is no such leg (any more). */
  attach(room: string, leg: string): boolean
  detach(room: string, leg: string): void
  /** Both reject as the engine's do, and with {@link NoSuchLeg}. */
  connect(room: string, leg: string, offer: string): Promise<string>
  connectFrames(room: string, leg: string, send: (frame: Uint8Array) => void): Promise<void>
  frame(room: string, leg: string, frame: Uint8Array): void
  /** Its connection is known to be gone. */
  disconnect(room: string, leg: string): void
  /** Keys that the leg's person presses. */
  digits(room: string, leg: string, digits: string): void
  /** The leg's person hangs up. */
  leave(room: string, leg: string): void
  /** Calls that live. */
  readonly size: number
  /** Nothing is done any more but to tell of what is being recorded, which the engine ends. Calls stay as they are. */
  suspend(): void
  /** Resolves when what was to be reported is. */
  idle(): Promise<void>
}

export interface ExchangeMeans {
  engine: Engine
  /** The sound of a prompt or a tone. Rejects when there is none. */
  soundOf(room: string, sound: Sound): Promise<SoundFile>
  /** Hands a report over. Resolves, when it is durable, with the answer; rejects when it could not be taken. */
  deliver(room: string, webhook: Webhook, purpose: Purpose): Promise<Document | null>
  /** What reports are signed with. */
  secret: string
  /** Where a recording is written, and how whoever plays it finds it. */
  recordingFile(room: string, recordingId: string): { file: string; url: string }
  /** There is nothing in it to listen to. */
  discardRecording(room: string, recordingId: string): void
  /** Tells the page of a leg; `over`: nothing will come of the call any more. */
  pages: {
    /** `callId`: our own id of a call that we began. */
    invite(room: string, leg: string, party: Party, callId: string | null): void
    /** Somebody is called at a number; whoever answers attaches the leg. */
    ring(room: string, leg: string, call: { number: string; callerId: string | null }): Promise<Rung>
    again(room: string, leg: string): void
    left(room: string, leg: string, departure: Departure): void
    over(room: string): void
  }
  warn(message: string, details: Record<string, unknown>): void
}

/** What there is at a number: a page that rings, only pages that are on a call, none. */
export type Rung = 'ringing' | 'busy' | 'absent'

/** There is no such leg, or it has ended. */
export class NoSuchLeg extends Error {}

/** How long a caller may hear nothing because a sound is not ready. */
const SOUND_MS = 5000
/** A report that cannot be handed over is tried again, and given up in the end. */
const RETRY_MS = { first: 200, longest: 5000, inAll: 10 * 60_000 }

interface Open {
  line: Line
  timer: NodeJS.Timeout | undefined
  /** One report after the other. */
  reports: Promise<void>
}

export function createExchange(means: ExchangeMeans): Exchange {
  const { engine, soundOf, recordingFile, pages, warn } = means
  const open = new Map<string, Open>()
  /** Which part of what it is played each leg is hearing. */
  const playing = new Map<string, { part: string; over(): void }>()
  const stopping = new AbortController()

  function take(room: string, input: LineInput): void {
    const call = open.get(room)
    if (call !== undefined) apply(call, advance(call.line, input, moment()))
  }

  const failed = (error: unknown) => warn('our own exchange has failed at something', { err: error })

  /** A call that this exchange did not have. */
  function carry(decided: Decided): void {
    const call: Open = { line: decided.line, timer: undefined, reports: Promise.resolve() }
    open.set(decided.line.room, call)
    apply(call, decided)
  }

  function apply(call: Open, { line, effects }: Decided): void {
    call.line = line
    clearTimeout(call.timer)
    const due = dueAt(line)
    // A little late rather than early: looked at too soon, nothing would be due.
    if (due !== null && !stopping.signal.aborted)
      call.timer = setTimeout(() => take(line.room, { type: 'look' }), Math.max(0, due - Date.now()) + 1)
    for (const effect of effects) {
      try {
        carryOut(call, effect)
      } catch (error) {
        warn('the voice engine did not do what it was asked', { room: line.room, effect: effect.type, err: error })
      }
    }
  }

  function carryOut(call: Open, effect: Effect): void {
    const { room } = call.line
    switch (effect.type) {
      case 'report':
        // It tells of this moment, however long those before it take.
        call.reports = call.reports.then(told(call.line, effect)).catch(failed)
        break
      case 'prepare':
        for (const sound of effect.sounds) soundOf(room, sound).catch(() => {}) // when it is played, it is asked for again
        break
      case 'play':
        endPlaying(room, effect.leg)
        play(call, effect).catch(failed)
        break
      case 'stop':
        endPlaying(room, effect.leg)
        engine.stop(room, effect.leg)
        break
      case 'hear':
        engine.hear(room, effect.pairs)
        break
      case 'record': {
        const { id, channels, lanes, limits } = effect
        engine.record(room, { id, file: recordingFile(room, id).file, channels, lanes, limits })
        break
      }
      case 'recordLegs':
        engine.recordLegs(room, effect.id, effect.lanes)
        break
      case 'pauseRecording':
        engine.pauseRecording(room, effect.id, effect.paused)
        break
      case 'stopRecording':
        engine.stopRecording(room, effect.id)
        break
      case 'discard':
        means.discardRecording(room, effect.id)
        break
      case 'invite':
        pages.invite(room, effect.leg, effect.party, call.line.callId)
        break
      case 'ring':
        ring(room, effect).catch(failed)
        break
      case 'again':
        pages.again(room, effect.leg)
        break
      case 'leave':
        endPlaying(room, effect.leg)
        engine.leave(room, effect.leg)
        pages.left(room, effect.leg, effect.departure)
        break
      case 'over':
        void call.reports.then(() => {
          open.delete(room)
          pages.over(room)
        })
        break
      default:
        effect satisfies never
    }
  }

  async function ring(room: string, { leg, number, callerId }: Extract<Effect, { type: 'ring' }>): Promise<void> {
    const rung = await pages.ring(room, leg, { number, callerId }).catch((error): Rung => {
      warn('a number could not be looked up, and is not reached', { room, err: error })
      return 'absent'
    })
    if (rung === 'busy') take(room, { type: 'left', leg })
    else if (rung === 'absent') take(room, { type: 'unreachable', leg })
  }

  /** Plays what is ready, and when that has been heard what is by then: nobody waits for the last sound to hear the first. */
  async function play(call: Open, { leg, id, sounds, times }: Extract<Effect, { type: 'play' }>): Promise<void> {
    const { room } = call.line
    // Something else may be to be heard by the time that a sound is ready.
    const isWanted = () => call.line.legs[leg]?.hears?.id === id
    // What goes on for ever is worth waiting for; what is said once must not hold up what comes after it.
    const patienceMs = times === 0 ? null : SOUND_MS
    const coming: Promise<SoundFile | null>[] = sounds.map(sound => findSound(room, sound, patienceMs))
    const ready: (SoundFile | null)[] = []
    for (const [index, sound] of coming.entries())
      void sound.then(file => {
        ready[index] = file
      })
    for (let next = 0, part = 0; next < coming.length; part++) {
      await coming[next]
      // What is ready in the same moment is played in one go, without a gap.
      await new Promise(resolve => setImmediate(resolve))
      const from = next
      while (next < coming.length && ready[next] !== undefined) next++
      const files = ready.slice(from, next).filter(file => file != null)
      if (!isWanted()) return
      if (files.length === 0) continue
      engine.play(room, leg, `${id}/${part}`, files, times)
      if (times === 0) return
      await new Promise<void>(resolve => void playing.set(keyOf(room, leg), { part: `${id}/${part}`, over: resolve }))
      if (!isWanted()) return
    }
    if (times === 1) take(room, { type: 'played', leg, id })
  }

  /** What the leg is being played is over, or is not to be heard any more. */
  function endPlaying(room: string, leg: string): void {
    const ended = playing.get(keyOf(room, leg))
    playing.delete(keyOf(room, leg))
    ended?.over()
  }

  /** Null: there is none; the call goes on without it. */
  async function findSound(room: string, sound: Sound, patienceMs: number | null): Promise<SoundFile | null> {
    try {
      return await (patienceMs === null ? soundOf(room, sound) : within(patienceMs, soundOf(room, sound)))
    } catch (error) {
      warn('a sound is missing; the caller hears what comes after it', { room, sound: sound.type, err: error })
      return null
    }
  }

  function told(
    { room, callId }: Line,
    { purpose, step, news, asks }: Extract<Effect, { type: 'report' }>,
  ): () => Promise<void> {
    const report: Report = { id: randomUUID(), call: room, at: new Date().toISOString(), news }
    const url = `builtin:/${purpose}?${new URLSearchParams({
      ...(purpose === 'input' && { step: String(step) }),
      ...(callId !== null && { call: callId }),
    })}`
    return async () => {
      const document = await deliver({ url, report, purpose })
      if (!asks) return
      if (document === null) take(room, { type: 'unanswered' })
      else take(room, { type: 'script', ...readScript(document) })
    }
  }

  /** Null: it could not be handed over, or nothing is to be played. */
  async function deliver({ url, report, purpose }: { url: string; report: Report; purpose: Purpose }) {
    const body = Buffer.from(JSON.stringify(report))
    const headers = { 'content-type': 'application/json', [SIGNATURE]: sign(means.secret, url, body) }
    const since = Date.now()
    for (let pause = RETRY_MS.first; ; pause = Math.min(pause * 2, RETRY_MS.longest)) {
      try {
        const webhook = { method: 'POST', urls: [url], headers, body, receivedAt: Date.now() }
        return await means.deliver(report.call, webhook, purpose)
      } catch (error) {
        const again = Date.now() - since < RETRY_MS.inAll && !stopping.signal.aborted
        warn('a report of our own exchange could not be taken', { room: report.call, again, err: error })
        if (!again) return null
        await new Promise(resolve => setTimeout(resolve, pause))
      }
    }
  }

  engine.on((event: EngineEvent) => {
    switch (event.type) {
      case 'leg.connected':
        take(event.room, { type: 'connected', leg: event.leg })
        break
      case 'leg.lost':
        take(event.room, { type: 'lost', leg: event.leg })
        break
      case 'digit':
        digits(event.room, event.leg, event.digit)
        break
      case 'play.ended':
        if (playing.get(keyOf(event.room, event.leg))?.part === event.id) endPlaying(event.room, event.leg)
        break
      case 'recording.ended': {
        const { room, recordingId: id, milliseconds, spokenMilliseconds, reason } = event
        const silent = reason === 'silence' && spokenMilliseconds === 0
        const failed = reason === 'failed'
        take(room, { type: 'recorded', id, silent, failed, milliseconds, url: recordingFile(room, id).url })
        break
      }
      // Whoever holds its breath is still there: it counts only of those whose page is gone.
      case 'leg.silent':
        take(event.room, { type: 'silent', leg: event.leg })
        break
      default:
        event satisfies never
    }
  })

  function digits(room: string, leg: string, digits: string): void {
    if (open.get(room)?.line.opener === leg) take(room, { type: 'digits', digits })
  }

  const has = (room: string, leg: string): boolean => open.get(room)?.line.legs[leg] !== undefined

  function existing(room: string, leg: string): void {
    if (!has(room, leg)) throw new NoSuchLeg('This call is over, or you are not in it any more.')
  }

  /** Commands are about calls that this process carries. */
  async function command({ providerCallId }: ProviderCall, input: LineInput): Promise<Told> {
    if (!open.has(providerCallId) || open.get(providerCallId)!.line.over)
      return { done: false, gone: true, retryable: false, reason: 'The call is over.' }
    if (stopping.signal.aborted)
      return { done: false, gone: false, retryable: true, reason: 'The exchange is being stopped.' }
    take(providerCallId, input)
    return { done: true }
  }

  return {
    commands: {
      ask: (call, url) => command(call, { type: 'ask', step: Number(new URL(url).searchParams.get('step')) }),
      hangUp: call => command(call, { type: 'hangUp' }),
      arrange: (call, conversation) => command(call, { type: 'arrange', conversation }),
      async dial(to, from, { answer }, ringSeconds) {
        if (to.type === 'number') return NO_NETWORK
        const room = randomUUID()
        const { agentId: id } = to
        const agent: Party = { id: partyOfAgent(id), role: 'agent', person: { id, name: '' }, muted: false }
        const callId = new URL(answer).searchParams.get('call')
        carry(dial(room, { callId, agent, from, ringSeconds }, moment()))
        return { done: true, providerCallId: room }
      },
      sendText: async () => NO_NETWORK,
    },
    begin(room, caller) {
      carry(begin(room, caller, moment()))
    },
    adopt(room, { recordings, ...known }) {
      const line = adopt(room, { ...known, recordings: recordings.map(({ id }) => id) }, Date.now())
      carry({ line, effects: [] })
      for (const { id, milliseconds } of recordings)
        take(room, {
          type: 'recorded',
          id,
          silent: false,
          failed: false,
          milliseconds,
          url: recordingFile(room, id).url,
        })
    },
    has,
    attach(room, leg) {
      if (!has(room, leg)) return false
      take(room, { type: 'attached', leg })
      return true
    },
    detach: (room, leg) => take(room, { type: 'detached', leg }),
    async connect(room, leg, offer) {
      existing(room, leg)
      return engine.connect(room, leg, offer)
    },
    async connectFrames(room, leg, send) {
      existing(room, leg)
      await engine.connectFrames(room, leg, send)
    },
    frame: (room, leg, frame) => void (has(room, leg) && engine.frame(room, leg, frame)),
    disconnect: (room, leg) => void (has(room, leg) && engine.disconnect(room, leg)),
    digits,
    leave: (room, leg) => take(room, { type: 'left', leg }),
    get size() {
      return open.size
    },
    suspend() {
      stopping.abort()
      for (const room of open.keys()) take(room, { type: 'suspend' })
    },
    async idle() {
      await Promise.all([...open.values()].map(({ reports }) => reports))
    },
  }
}

const keyOf = (room: string, leg: string): string => `${room} ${leg}`

const moment = (): Moment => ({ now: Date.now(), newId: randomUUID() })

const NO_NETWORK: Told = {
  done: false,
  gone: false,
  retryable: false,
  reason: 'No telephone network is connected here.',
}

/** Rejects when it takes longer. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not ready within ${milliseconds / 1000} s`)), milliseconds)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
