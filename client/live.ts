import { io } from 'socket.io-client'
import type { z } from 'zod'
import type {
  Call,
  Card,
  Explanation,
  Listening,
  Offer,
  OfferOutcome,
  Presence,
  Recording,
  SpecialKind,
  SupportRequest,
} from './contract.ts'

/** Why calls may not go to a number: its kind, its country, that there is none such, or how many there have been. */
type Barred =
  | { because: 'unreadable' }
  | { because: 'kind'; kind: SpecialKind }
  | { because: 'country' | 'unassigned'; country: string }
  | { because: 'limit'; callsPerHour: number }

interface Named {
  id: string
  name: string
}

/** What happened, as it is sent to screens. `seq` counts up per workspace; not every number is for everybody. */
export type LiveEvent = { seq: number; at: string } & (
  | { type: 'call.arrived'; call: Call; card: Card }
  | { type: 'call.status_changed'; call: Call; previousStatus: Call['status'] }
  | { type: 'call.updated'; call: Call }
  | { type: 'call.assigned'; call: Call; agent: Named }
  | { type: 'call.contact_settled'; call: Call; by: Named }
  | { type: 'call.logged'; call: Call; by: Named }
  | { type: 'call.note_added'; call: Call; note: { id: string; text: string }; by: Named }
  | { type: 'call.queued'; call: Call }
  | { type: 'call.diverted'; call: Call; reason: string; to: string }
  | { type: 'call.barred'; call: Call; number: string; barred: Barred }
  | { type: 'call.requeued'; call: Call; agent: Named }
  | { type: 'call.transferred'; call: Call; to: string; by: Named; left: Named | null }
  | { type: 'call.consent_noted'; call: Call; given: boolean }
  | { type: 'call.disposed' | 'call.hung_up'; call: Call; by: Named }
  | { type: 'call.held' | 'call.resumed' | 'call.muted' | 'call.unmuted'; call: Call; by: Named }
  | {
      type: 'recording.started' | 'recording.paused' | 'recording.resumed' | 'recording.stopped'
      call: Call
      by: Named
    }
  | { type: 'recording.completed'; recordingId: string; call: Call; of: Recording['kind']; seconds: number }
  | { type: 'recording.failed'; recordingId: string; call: Call }
  | { type: 'recording.available'; recordingId: string; call: Call; of: Recording['kind'] }
  /** `by` null: whoever had a signed link. */
  | {
      type: 'recording.deleted'
      recordingId: string
      call: Call
      reason: string
      note: string | null
      by: Named | null
    }
  | { type: 'transcript.read'; recordingId: string; call: Call; by: Named }
  | { type: 'retention.applied'; recordings: number; seconds: number }
  | { type: 'call_settings.updated'; changed: string[]; by: Named }
  | { type: 'privacy.exported'; subject: { ending: string; hash: string }; by: Named }
  | { type: 'privacy.erased'; subject: { ending: string; hash: string }; by: Named }
  | { type: 'recording.heard'; recordingId: string; call: Call; by: Named | null }
  | { type: 'recording.held'; recordingId: string; call: Call; reason: string; by: Named }
  | { type: 'recording.released'; recordingId: string; call: Call; by: Named }
  | { type: 'recording.transcribed'; recordingId: string; call: Call; of: Recording['kind'] }
  | { type: 'consultation.asked'; call: Call; asked: Named; by: Named }
  | { type: 'consultation.answered'; call: Call; agent: Named }
  | { type: 'consultation.merged'; call: Call; threeWay: boolean; by: Named }
  /** `by` null: nobody ended it; `reason` says why it is over. */
  | {
      type: 'consultation.ended'
      call: Call
      asked: Named
      reason: 'ended' | 'left' | 'unanswered' | 'declined'
      by: Named | null
      left: Named | null
    }
  | {
      type: 'supervision.started' | 'supervision.changed'
      call: Call
      listening: z.infer<typeof Listening>
      visible: boolean
      by: Named
    }
  | { type: 'supervision.ended'; call: Call; visible: boolean; by: Named }
  | { type: 'offer.made'; offer: Offer; call: Call; card: Card; explanation: Explanation | null }
  | { type: 'offer.ended'; offer: Offer; call: Call; outcome: z.infer<typeof OfferOutcome> }
  /** `by` null: the center itself, for the reason that `presence` gives. */
  | {
      type: 'agent.presence_changed'
      agent: Named
      presence: z.infer<typeof Presence>
      previous: z.infer<typeof Presence>
      by: Named | null
    }
  | { type: 'agent.wrap_up_started'; agent: Named; call: Call; until: string }
  | { type: 'agent.wrap_up_extended'; agent: Named; callId: string; until: string }
  | { type: 'agent.wrap_up_ended'; agent: Named; callId: string }
  | { type: 'agent.updated'; agent: Named; changed: string[]; by: Named }
  | { type: 'voicemail.left'; voicemailId: string; call: Call; seconds: number }
  | { type: 'voicemail.taken_up'; voicemailId: string; call: Call; agent: Named }
  | { type: 'voicemail.put_back'; voicemailId: string; call: Call; agent: Named }
  | { type: 'voicemail.done'; voicemailId: string; call: Call; by: Named }
  | { type: 'callback.promised'; callbackId: string; call: Call; number: string }
  | { type: 'callback.taken_up'; callbackId: string; call: Call; agent: Named }
  | { type: 'callback.put_back'; callbackId: string; call: Call; agent: Named }
  | { type: 'callback.failed'; callbackId: string; call: Call; reason: string }
  | { type: 'callback.done'; callbackId: string; call: Call; by: Named }
  | { type: 'request.created'; request: SupportRequest; card: Card }
  | { type: 'request.updated'; request: SupportRequest; by: Named }
  | { type: 'contact.created' | 'contact.updated' | 'contact.deleted'; contact: Named; by: Named }
  | { type: 'contact.imported'; imported: number; rejected: number; by: Named }
  | { type: 'contact.merged'; contact: Named; from: Named; by: Named }
  | { type: 'user.created'; user: Named; role: string; by: Named }
  | { type: 'user.updated'; user: Named; changed: string[]; by: Named }
  | { type: 'user.left'; user: Named; by: Named }
  | { type: 'user.returned'; user: Named; role: string; by: Named }
  | { type: 'user.signed_in' | 'user.signed_out' | 'user.sign_in_failed'; user: Named }
  | {
      type:
        | 'user.sessions_ended'
        | 'user.second_factor_added'
        | 'user.second_factor_removed'
        | 'user.recovery_code_used'
        | 'user.recovery_codes_renewed'
      user: Named
      by: Named
    }
  | { type: 'sign_in_policy.updated'; secondFactorFor: string[]; by: Named }
  | { type: 'api_key.created' | 'api_key.revoked'; key: Named; by: Named }
  | { type: 'api_key.rotated'; key: Named; previousUntil: string | null; by: Named }
  | { type: 'api_key.limited'; key: Named; requestsPerHour: number | null; by: Named }
  | { type: 'number.added' | 'number.updated' | 'number.removed'; number: Named; by: Named }
  | { type: 'api_key.rotated'; key: Named; previousUntil: string | null; by: Named }
  | { type: 'api_key.limited'; key: Named; requestsPerHour: number | null; by: Named }
  | { type: 'queue.created' | 'queue.deleted'; queue: Named; by: Named }
  | { type: 'queue.updated'; queue: Named; changed: string[]; by: Named }
  | { type: 'hours.created' | 'hours.updated' | 'hours.deleted'; hours: Named; by: Named }
  | { type: 'prompt.created' | 'prompt.updated' | 'prompt.deleted'; prompt: Named; by: Named }
  | { type: 'custom_field.created' | 'custom_field.updated' | 'custom_field.deleted'; field: Named; by: Named }
  | { type: 'connector.connected' | 'connector.disconnected'; connector: Named; by: Named }
  | { type: 'connector.updated'; connector: Named; changed: string[]; by: Named }
  | { type: 'connector.failed'; connector: Named; problem: string }
  | { type: 'flow.created' | 'flow.updated' | 'flow.deleted'; flow: Named; by: Named }
  | { type: 'flow.published'; flow: Named; version: number; by: Named }
  | { type: 'webhook.created' | 'webhook.deleted'; webhook: Named; by: Named }
  | { type: 'webhook.updated'; webhook: Named; changed: string[]; by: Named }
  | { type: 'webhook.replayed'; webhook: Named; deliveries: number; by: Named }
  | { type: 'webhook.disabled'; webhook: Named; reason: string }
  | { type: 'workspace.created'; workspace: Named }
  | { type: 'participant.created' | 'participant.updated'; participant: Named; by: Named }
  | { type: 'audit.exported'; filter: Record<string, string>; by: Named }
  /** Of a call between two people at web pages: in the activity log only, for it is told live to those two alone. */
  | {
      type: 'voip.started' | 'voip.accepted' | 'voip.declined' | 'voip.missed' | 'voip.ended'
      voip: { from: Named; to: Named }
    }
  | {
      type: 'voip.consent_noted'
      voip: { from: Named; to: Named; consent: { said: { choice: 'shown' | 'allow' | 'decline' } } }
    }
)

/** What has been heard so far: enough to go on after a break, and to bring an answer that took a while up to date. */
export interface Heard {
  /** The last number seen; null before anything was. */
  seq: number | null
  /** The latest events, oldest first. */
  recent: readonly LiveEvent[]
}

export const NOTHING_HEARD: Heard = { seq: null, recent: [] }
const KEPT = 500

/** What is known after one more event; the same object when it is a repeat. */
export function hear(heard: Heard, event: LiveEvent): Heard {
  if (heard.seq !== null && event.seq <= heard.seq) return heard
  return { seq: event.seq, recent: [...heard.recent.slice(1 - KEPT), event] }
}

/** `refused`: the server does not take these credentials (any more). */
export type Connection = 'connecting' | 'live' | 'reconnecting' | 'refused'

/** The live stream of a signed-in member of staff. */
export interface Live {
  readonly connection: Connection
  readonly heard: Heard
  /** Each listener is told of every event once, in order. */
  onEvent(listener: (event: LiveEvent) => void): () => void
  /** Away for too long to be told everything: fetch again what is shown. */
  onResync(listener: () => void): () => void
  onConnection(listener: () => void): () => void
  close(): void
}

type Acknowledgement = { ok: true; seq: number } | { ok: false; error: string }

const ACKNOWLEDGE_MS = 10_000

/** Follows what happens after `since`, for ever, through any number of breaks: nothing twice, nothing left out. */
export function followLive(options: {
  since: number | null
  /** Where Ringside is; the page's own origin unless given. */
  url?: string
  /** For programs; pages go by their session. */
  apiKey?: string
}): Live {
  let heard: Heard = { ...NOTHING_HEARD, seq: options.since }
  let connection: Connection = 'connecting'
  /** The server ended it: what these credentials may see may have changed. */
  let hungUp = false
  let comeBack: ReturnType<typeof setTimeout> | undefined
  const onEvent = new Set<(event: LiveEvent) => void>()
  const onResync = new Set<() => void>()
  const onConnection = new Set<() => void>()

  const socket = io(options.url ?? '/', {
    path: '/socket.io',
    transports: ['websocket'],
    withCredentials: true,
    ...(options.apiKey !== undefined && { auth: { apiKey: options.apiKey } }),
    // Desks that lost one server together must not come back in one instant.
    reconnectionDelay: 500,
    reconnectionDelayMax: 10_000,
    randomizationFactor: 0.5,
    // A stream of its own: closing it must not close somebody else's on the same page.
    forceNew: true,
  })

  function become(next: Connection): void {
    if (connection === next) return
    connection = next
    for (const listener of onConnection) listener()
  }

  function tellResync(): void {
    for (const listener of onResync) listener()
  }

  async function subscribe(): Promise<void> {
    let answer: Acknowledgement
    try {
      answer = await socket.timeout(ACKNOWLEDGE_MS).emitWithAck('subscribe', { since: heard.seq })
    } catch {
      // Connected to something that does not answer: begin again.
      if (socket.connected) socket.disconnect().connect()
      return
    }
    if (!answer.ok) {
      socket.disconnect()
      return become('refused')
    }
    // What was missed has been sent before this answer; what it skipped is not for us.
    heard = { ...heard, seq: Math.max(heard.seq ?? 0, answer.seq) }
    become('live')
    if (hungUp) tellResync()
    hungUp = false
  }

  socket.on('connect', () => void subscribe())
  socket.on('disconnect', reason => {
    if (connection === 'refused' || reason === 'io client disconnect') return
    become('reconnecting')
    if (reason !== 'io server disconnect') return
    // The library takes that as final. If the credentials are gone, subscribing will tell.
    hungUp = true
    comeBack = setTimeout(() => socket.connect(), 500 + Math.random() * 1000)
  })
  socket.on('connect_error', () => {
    if (connection !== 'refused') become('reconnecting')
  })
  socket.on('event', (event: LiveEvent) => {
    const next = hear(heard, event)
    if (next === heard) return
    heard = next
    for (const listener of onEvent) listener(event)
  })
  socket.on('resync', ({ seq }: { seq: number }) => {
    heard = { seq, recent: [] }
    tellResync()
  })

  const listen =
    <Listener>(listeners: Set<Listener>) =>
    (listener: Listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    }

  return {
    get connection() {
      return connection
    },
    get heard() {
      return heard
    },
    onEvent: listen(onEvent),
    onResync: listen(onResync),
    onConnection: listen(onConnection),
    close() {
      clearTimeout(comeBack)
      socket.disconnect()
    },
  }
}
