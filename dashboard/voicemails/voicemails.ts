import type { Callback, Voicemail } from '../../client/contract.ts'
import type { LiveEvent } from '../../client/live.ts'
import { type Pages, withItem } from '../live/pages.ts'

/** All messages, after one more event. One that is on no page that has been loaded comes with its page. */
export function voicemailsAfter(voicemails: Pages<Voicemail>, event: LiveEvent): Pages<Voicemail> {
  if (!('voicemailId' in event)) return voicemails
  const next = voicemailAfter(find(voicemails, event.voicemailId), event)
  return next ? withItem(voicemails, next, { belongs: true, at: each => each.leftAt }) : voicemails
}

function voicemailAfter(known: Voicemail | null, event: Extract<LiveEvent, { voicemailId: string }>): Voicemail | null {
  switch (event.type) {
    case 'voicemail.left': {
      const { queue, contact, from, id } = event.call
      if (known !== null || queue === null) return known
      return {
        id: event.voicemailId,
        call: { id },
        queue,
        from,
        contact,
        seconds: event.seconds,
        leftAt: event.at,
        status: 'new',
        agent: null,
        transcript: null,
        // Not told here: asked for (`queries.ts`).
        recordingId: null,
        audioUrl: null,
      }
    }
    case 'voicemail.taken_up':
      return known && { ...known, status: 'in-progress', agent: event.agent }
    case 'voicemail.put_back':
      return known && { ...known, status: 'new', agent: null }
    case 'voicemail.done':
      return known && { ...known, status: 'done' }
  }
}

/** All promised callbacks, after one more event. What comes of one that failed is not in the event: it is asked for. */
export function callbacksAfter(callbacks: Pages<Callback>, event: LiveEvent): Pages<Callback> {
  if (!('callbackId' in event)) return callbacks
  const next = callbackAfter(find(callbacks, event.callbackId), event)
  return next ? withItem(callbacks, next, { belongs: true, at: each => each.promisedAt }) : callbacks
}

function callbackAfter(known: Callback | null, event: Extract<LiveEvent, { callbackId: string }>): Callback | null {
  switch (event.type) {
    case 'callback.promised': {
      const { queue, contact, id } = event.call
      if (known !== null || queue === null) return known
      return {
        id: event.callbackId,
        call: { id },
        queue,
        number: event.number,
        contact,
        status: 'waiting',
        agent: null,
        promisedAt: event.at,
        attempts: 0,
      }
    }
    case 'callback.taken_up':
      // Told twice, it is one attempt.
      if (known === null || known.status === 'in-progress') return known
      return { ...known, status: 'in-progress', agent: event.agent, attempts: known.attempts + 1 }
    case 'callback.put_back':
      return known && { ...known, status: 'waiting', agent: null }
    case 'callback.failed':
      if (event.reason === 'agent-unreachable') return known && { ...known, status: 'waiting', agent: null }
      return known && { ...known, status: 'failed' }
    case 'callback.done':
      return known && { ...known, status: 'done' }
  }
}

const find = <Item extends { id: string }>(list: Pages<Item>, id: string): Item | null =>
  list.pages.flatMap(({ items }) => items).find(item => item.id === id) ?? null

/** What an agent has taken up and not finished, besides calls. */
export type Work = ({ kind: 'voicemail' } & Voicemail) | ({ kind: 'callback' } & Callback)

/** An agent's own work, of all that is in progress; what is oldest first. */
export const workOf = (agentId: string | null, voicemails: Voicemail[], callbacks: Callback[]): Work[] =>
  [
    ...voicemails.map(voicemail => ({ kind: 'voicemail' as const, ...voicemail })),
    ...callbacks.map(callback => ({ kind: 'callback' as const, ...callback })),
  ]
    .filter(({ agent, status }) => agent !== null && agent.id === agentId && status === 'in-progress')
    .toSorted((a, b) => (begunAt(a) < begunAt(b) ? -1 : 1))

const begunAt = (work: Work): string => (work.kind === 'voicemail' ? work.leftAt : work.promisedAt)

/** The work that is left after one more event; what is taken up has to be fetched. */
export function workAfter(work: readonly Work[], event: LiveEvent): readonly Work[] {
  switch (event.type) {
    case 'voicemail.put_back':
    case 'voicemail.done':
      return work.filter(({ id }) => id !== event.voicemailId)
    case 'callback.put_back':
    case 'callback.done':
    case 'callback.failed':
      return work.filter(({ id }) => id !== event.callbackId)
    default:
      return work
  }
}

/** What there is to hear of it, where the audio is ours. */
export const recordingOf = (work: Work) =>
  work.kind === 'voicemail' && work.recordingId !== null && work.audioUrl !== null
    ? { kind: work.kind, id: work.recordingId, audioUrl: work.audioUrl, seconds: work.seconds }
    : null
