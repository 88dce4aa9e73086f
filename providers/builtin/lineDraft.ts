import { isSupervisor } from '../../core/conversation.ts'
import type { EndReason } from '../../core/leg.ts'
import type { DialOutcome } from '../../core/signal.ts'
import type { Departure, Effect, Leg, Line, Recording, Sound, Sounding } from './line.ts'
import type { LegNews, News } from './report.ts'

/** A line in the making: `line` is replaced, never changed; what is to be done gathers in `effects`. */
export interface Draft {
  line: Line
  effects: Effect[]
  readonly now: number
  readonly newId: string
}

/** How long a leg may take to come back, and how long to come in at all. Milliseconds. */
export const GRACE_MS = 15_000
export const SETUP_MS = 30_000

/** A script is not over sooner by itself, so that nothing spins where nothing can be played. Milliseconds. */
export const BREATH_MS = 1000

export function update(draft: Draft, changes: Partial<Line>): void {
  draft.line = { ...draft.line, ...changes }
}

export function setLeg(draft: Draft, id: string, changes: Partial<Leg>): void {
  const { legs } = draft.line
  update(draft, { legs: { ...legs, [id]: { ...legs[id]!, ...changes } } })
}

export const newLeg = (attached: boolean, until: number): Leg => ({
  attached,
  media: 'new',
  answered: false,
  silent: false,
  until,
  hears: null,
})

/** It is awaited from now on, for the first time or again. */
export function letIn(draft: Draft, id: string, until: number): LegNews {
  const { legs, entries, gone } = draft.line
  const { [id]: _, ...others } = gone
  update(draft, {
    legs: { ...legs, [id]: newLeg(false, until) },
    entries: { ...entries, [id]: (entries[id] ?? 0) + 1 },
    gone: others,
  })
  return legNews(draft.line, id, 'ringing')
}

export function takeOut(draft: Draft, id: string, departure: Departure): LegNews {
  const { [id]: leg, ...legs } = draft.line.legs
  update(draft, { legs, gone: { ...draft.line.gone, [id]: departure } })
  draft.effects.push({ type: 'leave', leg: id, departure })
  return legNews(draft.line, id, 'ended', leg!.answered ? 'completed' : END_REASONS[departure])
}

export const END_REASONS: Record<Departure, EndReason> = {
  'hung-up': 'hangup',
  declined: 'rejected',
  lost: 'failed',
  dismissed: 'canceled',
  unanswered: 'no-answer',
  failed: 'failed',
}

/** What the end of the other side is for the one that is still there. */
export function outcomeOf(answered: boolean, departure: Departure): DialOutcome {
  if (departure === 'lost' || departure === 'failed') return 'failed'
  if (answered) return 'answered'
  return departure === 'declined' ? 'busy' : 'no-answer'
}

export function setRecording(draft: Draft, id: string, changes: Partial<Recording>): void {
  const recordings = draft.line.recordings.map(each => (each.id === id ? { ...each, ...changes } : each))
  update(draft, { recordings })
}

/** From now on the leg is played this instead of what it was being played. */
export function sound(
  draft: Draft,
  leg: string,
  what: Sounding['what'],
  sounds: readonly Sound[],
  times: Sounding['times'],
): void {
  const id = String(draft.line.counter)
  update(draft, { counter: draft.line.counter + 1 })
  setLeg(draft, leg, { hears: { id, what, sounds, times } })
  draft.effects.push({ type: 'play', leg, id, sounds, times })
}

export function silence(draft: Draft, leg: string): void {
  if (!draft.line.legs[leg]?.hears) return
  setLeg(draft, leg, { hears: null })
  draft.effects.push({ type: 'stop', leg })
}

export const report = (draft: Draft, purpose: 'status' | 'recording', news: News[]): void =>
  void draft.effects.push({ type: 'report', purpose, step: 0, news, asks: false })

/** Tells what has happened; the answer is what is to be played now. `after`, `tries`: as in {@link Line.asking}. */
export function ask(
  draft: Draft,
  purpose: 'incoming' | 'input',
  step: number,
  news: News[],
  { after, tries } = { after: -1, tries: 0 },
): void {
  update(draft, { asking: { after, tries: tries + 1 } })
  draft.effects.push({ type: 'report', purpose, step, news, asks: true })
}

export function legNews(
  { room, opener, entries }: Line,
  id: string,
  status: LegNews['status'],
  endReason: EndReason | null = null,
): LegNews {
  const isOpener = id === opener
  return {
    type: 'leg',
    leg: isOpener ? room : `${room}/${id}/${entries[id] ?? 1}`,
    party: isOpener ? 'customer' : isSupervisor(id) ? 'supervisor' : 'agent',
    status,
    endReason,
  }
}
