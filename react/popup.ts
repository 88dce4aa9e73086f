import type { Call, Card } from '../client/contract.ts'
import type { LiveEvent } from '../client/live.ts'
import { isOver, type QueuedCall, settledCard } from './callQueue.ts'

/** A popup leaves by itself after this long. */
export const SHOWN_MS = 30_000
/** How long it still says that somebody else was first. */
export const WITHDRAWN_MS = 4_000

/** The card of one ringing call. */
export interface PopupCall {
  call: Call
  card: Card | null
  /** When it leaves by itself, in milliseconds of the clock; null while it is held. */
  leavesAt: number | null
  /** What was left of its time when it was held. */
  leftMs: number
  /** Somebody is writing in it: it stays whatever happens to the call. */
  kept: boolean
}

export interface Popup {
  /** In the order in which they came, so that what somebody is reading stays where it is. */
  calls: readonly PopupCall[]
  /** Whose card is open; the others are one line each. */
  openId: string | null
  /** Calls that had their popup and do not get another. */
  done: ReadonlySet<string>
}

export const NO_POPUP: Popup = { calls: [], openId: null, done: new Set() }

export type PopupInput =
  /** `card` is what is known of the call from before, for events that bring none. */
  | { type: 'event'; event: LiveEvent; card: Card | null }
  /** The call queue has been fetched: what rings, rings here too. */
  | { type: 'queue'; calls: readonly QueuedCall[] }
  | { type: 'open' | 'dismiss' | 'hold' | 'release' | 'keep' | 'let_go'; callId: string }
  /** Time has passed. */
  | { type: 'tick' }

/** Who looks, and when. */
export interface Onlooker {
  agentId: string | null
  now: number
}

/** What the popup is after one input. Pure: the time is handed in. */
export function popupAfter(popup: Popup, input: PopupInput, onlooker: Onlooker): Popup {
  switch (input.type) {
    case 'event':
      return afterEvent(popup, input.event, input.card, onlooker)
    case 'queue':
      return afterQueue(popup, input.calls, onlooker)
    case 'open':
      return popup.calls.some(({ call }) => call.id === input.callId) ? { ...popup, openId: input.callId } : popup
    case 'dismiss':
      return remove(popup, input.callId)
    case 'hold':
      return change(popup, input.callId, shown => hold(shown, onlooker.now))
    case 'release':
      return change(popup, input.callId, shown => (shown.kept ? shown : release(shown, onlooker.now)))
    case 'keep':
      return change(popup, input.callId, shown => ({ ...hold(shown, onlooker.now), kept: true }))
    case 'let_go':
      return letGo(popup, input.callId, onlooker.now)
    case 'tick':
      return popup.calls
        .filter(({ leavesAt }) => leavesAt !== null && leavesAt <= onlooker.now)
        .reduce((rest, { call }) => remove(rest, call.id), popup)
    default:
      return input satisfies never
  }
}

/** When {@link popupAfter} wants to be told that time has passed; null while nothing waits for it. */
export function nextTick(popup: Popup): number | null {
  const times = popup.calls.map(({ leavesAt }) => leavesAt).filter(at => at !== null)
  return times.length === 0 ? null : Math.min(...times)
}

/** The popup without the calls that are shown elsewhere, offered to whoever looks. */
export function popupBesides(popup: Popup, offered: readonly { callId: string }[]): Popup {
  const calls = popup.calls.filter(({ call }) => !offered.some(({ callId }) => callId === call.id))
  if (calls.length === popup.calls.length) return popup
  const open = calls.find(({ call }) => call.id === popup.openId) ?? calls[0]
  return { ...popup, calls, openId: open?.call.id ?? null }
}

/** Inbound, ringing, and nobody's yet: what a popup is for. */
export const ringsForAnybody = (call: Call): boolean =>
  call.direction === 'inbound' && rings(call) && call.agent === null

const rings = (call: Call): boolean => call.status === 'ringing' || call.status === 'initiated'

function afterEvent(popup: Popup, event: LiveEvent, card: Card | null, onlooker: Onlooker): Popup {
  switch (event.type) {
    case 'call.arrived':
      return withCall(popup, event.call, event.card, onlooker)
    case 'call.contact_settled':
      return withCall(popup, event.call, settledCard(card), onlooker)
    // What is offered to whoever looks has a card of its own.
    case 'offer.made':
      return event.offer.agent.id === onlooker.agentId
        ? remove(popup, event.call.id)
        : withCall(popup, event.call, event.card, onlooker)
    default:
      return 'call' in event ? withCall(popup, event.call, card, onlooker) : popup
  }
}

function afterQueue(popup: Popup, calls: readonly QueuedCall[], onlooker: Onlooker): Popup {
  const alive = new Set(calls.map(call => call.id))
  const rest = popup.calls
    .filter(({ call, kept }) => !kept && !alive.has(call.id))
    .reduce((left, { call }) => remove(left, call.id), popup)
  return calls.toReversed().reduce((next, { card, kind: _, ...call }) => {
    // One that has been ringing for longer has had its popup, here or on the page before.
    const rungMs = Math.max(0, onlooker.now - Date.parse(call.startedAt))
    const isNew = !next.calls.some(shown => shown.call.id === call.id)
    return isNew && rungMs >= SHOWN_MS ? next : withCall(next, call, card, onlooker, SHOWN_MS - rungMs)
  }, rest)
}

function withCall(
  popup: Popup,
  call: Call,
  card: Card | null,
  { agentId, now }: Onlooker,
  leftMs: number = SHOWN_MS,
): Popup {
  const shown = popup.calls.find(other => other.call.id === call.id)
  if (!shown) {
    // It cannot ring again once it is over, so there is nothing left to remember.
    if (isOver(call) && popup.done.has(call.id)) {
      return { ...popup, done: new Set([...popup.done].filter(id => id !== call.id)) }
    }
    if (!ringsForAnybody(call) || popup.done.has(call.id)) return popup
    const fresh: PopupCall = { call, card, leavesAt: now + leftMs, leftMs, kept: false }
    return { ...popup, calls: [...popup.calls, fresh], openId: popup.openId ?? call.id }
  }
  const told = { ...shown, call, card: card ?? shown.card }
  if (shown.kept) return replace(popup, told)
  // Mine now: from here on it is shown as the call that I am on.
  if (!rings(call) || call.agent?.id === agentId) return remove(popup, call.id)
  if (call.agent !== null && shown.call.agent === null) {
    return replace(popup, { ...told, leavesAt: now + WITHDRAWN_MS, leftMs: WITHDRAWN_MS })
  }
  return replace(popup, told)
}

function hold(shown: PopupCall, now: number): PopupCall {
  if (shown.leavesAt === null) return shown
  return { ...shown, leavesAt: null, leftMs: Math.max(0, shown.leavesAt - now) }
}

function release(shown: PopupCall, now: number): PopupCall {
  return shown.leavesAt === null ? { ...shown, leavesAt: now + shown.leftMs } : shown
}

function letGo(popup: Popup, callId: string, now: number): Popup {
  const shown = popup.calls.find(({ call }) => call.id === callId)
  if (!shown?.kept) return popup
  if (!ringsForAnybody(shown.call)) return remove(popup, callId)
  return replace(popup, release({ ...shown, kept: false }, now))
}

function remove(popup: Popup, callId: string): Popup {
  const calls = popup.calls.filter(({ call }) => call.id !== callId)
  if (calls.length === popup.calls.length) return popup
  const gone = popup.calls.find(({ call }) => call.id === callId)!
  return {
    calls,
    openId: popup.openId === callId ? (calls[0]?.call.id ?? null) : popup.openId,
    done: isOver(gone.call) ? popup.done : new Set([...popup.done, callId]),
  }
}

const change = (popup: Popup, callId: string, how: (shown: PopupCall) => PopupCall): Popup => {
  const shown = popup.calls.find(({ call }) => call.id === callId)
  return shown ? replace(popup, how(shown)) : popup
}

const replace = (popup: Popup, shown: PopupCall): Popup => ({
  ...popup,
  calls: popup.calls.map(other => (other.call.id === shown.call.id ? shown : other)),
})
