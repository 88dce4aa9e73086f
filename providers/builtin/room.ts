import type { Prompt } from '../../core/action.ts'
import { audibility, type Conversation, CUSTOMER, hearsMusic, hearsRinging } from '../../core/conversation.ts'
import type { EndReason } from '../../core/leg.ts'
import type { Departure, Leg, LegInput, Line } from './line.ts'
import {
  ask,
  BREATH_MS,
  type Draft,
  END_REASONS,
  GRACE_MS,
  legNews,
  letIn,
  outcomeOf,
  report,
  SETUP_MS,
  setLeg,
  silence,
  sound,
  takeOut,
  update,
} from './lineDraft.ts'
import { stopCallRecording } from './lineRecording.ts'
import { PHONE, pairsOf, partnerOf } from './numberLeg.ts'
import { breathe, drop, finish, NOTHING_TYPED, performNext } from './performance.ts'
import type { News } from './report.ts'

/** Something happens to one leg. */
export function move(draft: Draft, { type: what, leg: id }: LegInput): void {
  const leg = draft.line.legs[id]
  if (leg === undefined) return
  switch (what) {
    case 'attached':
      setLeg(draft, id, { attached: true, until: leg.media === 'connected' ? null : draft.now + GRACE_MS })
      break
    case 'detached':
      setLeg(draft, id, { attached: false, until: leg.until ?? draft.now + GRACE_MS })
      break
    case 'connected':
      connect(draft, id, leg)
      break
    case 'silent':
      setLeg(draft, id, { silent: true })
      break
    case 'lost':
      setLeg(draft, id, { media: 'lost', until: leg.until ?? draft.now + GRACE_MS })
      if (leg.attached) draft.effects.push({ type: 'again', leg: id })
      break
    case 'left':
      depart(draft, id, leg.answered || isCaller(draft.line, id) ? 'hung-up' : 'declined')
      break
    case 'unreachable':
      depart(draft, id, 'failed')
      break
    default:
      what satisfies never
  }
}

function connect(draft: Draft, id: string, leg: Leg): void {
  setLeg(draft, id, { media: 'connected', answered: true, silent: false, until: leg.attached ? null : leg.until })
  const { conversation, script, asking, act, opener } = draft.line
  // What carried its audio before may have died, and the next knows nothing.
  if (conversation !== null || id === PHONE) draft.effects.push({ type: 'hear', pairs: pairsOf(draft.line) })
  if (leg.media === 'lost' && leg.hears !== null) sound(draft, id, leg.hears.what, leg.hears.sounds, leg.hears.times)
  const news = [legNews(draft.line, id, 'in-progress')]
  if (id === opener && script === null && asking === null) ask(draft, 'incoming', 0, news)
  else if (!leg.answered) report(draft, 'status', news)
  if (id === opener && act === null) performNext(draft)
}

/** A leg is out of it for good. With the opener's, the call ends; with its partner's, the script that led there. */
export function depart(draft: Draft, id: string, departure: Departure): void {
  if (id === draft.line.opener) {
    end(draft, END_REASONS[departure], departure)
    return
  }
  const { legs, act } = draft.line
  const isPartner = partnerOf(draft.line) === id
  const { answered } = legs[id]!
  const news = takeOut(draft, id, departure)
  if (!isPartner) report(draft, 'status', [news])
  else if (act?.type === 'ringing' && act.to === 'number') {
    report(draft, 'status', [news])
    breathe(draft)
  } else {
    // Whom a number has led to is not called again, however its side of the conversation ended.
    const isNumber = act?.type === 'talking' && act.to === 'number'
    finish(draft, { type: 'dialled', outcome: isNumber ? 'answered' : outcomeOf(answered, departure) }, [news])
  }
}

/** Whether it is the side that called us. */
export const isCaller = ({ opener }: Line, id: string): boolean => id === CUSTOMER && opener === CUSTOMER

/** From now on those may be in the room whom the conversation names, and nobody else. */
export function arrange(draft: Draft, conversation: Conversation): void {
  const { conversation: before, gone, legs, opener } = draft.line
  if (before !== null && conversation.revision <= before.revision) return
  const named = new Set(conversation.parties.map(({ id }) => id))
  const news: News[] = Object.keys(legs)
    .filter(id => id !== opener && id !== PHONE && !named.has(id))
    .map(id => takeOut(draft, id, 'dismissed'))
  // Who is named still, or again after it was not, is let in; who has left since it was named is not.
  update(draft, { conversation, gone: Object.fromEntries(Object.entries(gone).filter(([id]) => named.has(id))) })
  for (const party of conversation.parties) {
    const { legs, gone } = draft.line
    if (party.id === CUSTOMER || legs[party.id] !== undefined || gone[party.id] !== undefined) continue
    news.push(letIn(draft, party.id, draft.now + SETUP_MS))
    draft.effects.push({ type: 'invite', leg: party.id, party })
  }
  if (news.length > 0) report(draft, 'status', news)
  draft.effects.push({ type: 'hear', pairs: pairsOf(draft.line) })
}

/** The call is over: nobody stays. What the opener was saying to a recorder is told together with the end. */
export function end(draft: Draft, endReason: EndReason, departure: Departure): void {
  const { act, opener } = draft.line
  const message = act?.type === 'recording' ? act.id : null
  drop(draft)
  const { legs } = draft.line
  const news: News[] = Object.keys(legs)
    .filter(id => id !== opener)
    .map(id => takeOut(draft, id, 'dismissed'))
  const last = takeOut(draft, opener, departure)
  news.push({ ...last, endReason: legs[opener]!.answered ? 'completed' : endReason })
  stopCallRecording(draft)
  update(draft, {
    over: true,
    asking: null,
    recordAgainAt: null,
    farewell: message === null ? null : { message, news },
  })
  if (message === null) report(draft, 'status', news)
}

/** Whether the two can talk is seen from who is there, whatever has led to it. */
export function settleBridge(draft: Draft): void {
  const { act, legs, gone, script } = draft.line
  if (act?.type !== 'ringing' && act?.type !== 'talking') return
  const partner = partnerOf(draft.line)
  const leg = legs[partner ?? '']
  if (act.type === 'ringing' && leg?.answered)
    update(draft, { act: { type: 'talking', to: act.to }, typed: NOTHING_TYPED })
  // Of a number, its leg says all that there is to say.
  else if (act.to === 'number') return
  // Who is to talk has left before it began.
  else if (act.type === 'ringing' && partner !== null && gone[partner] !== undefined)
    update(draft, { act: { ...act, until: Math.min(act.until, script!.since + BREATH_MS) } })
  // Nobody has the call any more: another script is on its way, or it has been lost.
  else if (act.type === 'talking' && leg === undefined)
    update(draft, { act: { type: 'ringing', to: 'softphone', until: draft.now + SETUP_MS } })
}

/** Nobody has come to talk with the customer in time. */
export function giveUpRinging(draft: Draft): void {
  const { legs, gone } = draft.line
  const partner = partnerOf(draft.line)
  const departure = gone[partner ?? '']
  if (partner !== null && legs[partner] !== undefined) depart(draft, partner, 'unanswered')
  // Who hung up was heard by the customer already, while it was being told something.
  else finish(draft, { type: 'dialled', outcome: outcomeOf(departure === 'hung-up', departure ?? 'unanswered') })
}

/** Music and ringing for whoever is kept waiting. The opener is played the script until it is connected. */
export function settleSounds(draft: Draft): void {
  const { act, conversation, legs, opener } = draft.line
  const isMusicFor = (id: string): boolean =>
    conversation !== null &&
    (hearsMusic(conversation).includes(id) || (id === CUSTOMER && isForsaken(conversation, legs)))
  const ringing = conversation === null ? [] : hearsRinging(conversation)
  const isBridged = act?.type === 'ringing' || act?.type === 'talking'
  for (const [id, { hears, answered }] of Object.entries(legs)) {
    if (!answered || (id === opener && !isBridged)) continue
    const isRung = ringing.includes(id) || (id === opener && act?.type === 'ringing')
    const wanted = isRung ? 'ringing' : isMusicFor(id) ? 'music' : null
    if ((hears?.what ?? null) === wanted) continue
    if (wanted === null) silence(draft, id)
    else sound(draft, id, wanted, [wanted === 'music' ? HOLD_MUSIC : { type: 'tone', tone: 'ringback' }], 0)
  }
}

/** Whoever the customer could hear has gone without a word. A page that is only loaded anew is back before that is known. */
function isForsaken(conversation: Conversation, legs: Line['legs']): boolean {
  const voices = audibility(conversation).flatMap(([listener, speaker]) => (listener === CUSTOMER ? [speaker] : []))
  const isGone = (id: string): boolean => legs[id] !== undefined && !legs[id].attached && legs[id].silent
  return voices.length > 0 && voices.every(isGone)
}

const HOLD_MUSIC: Prompt = { type: 'play', media: 'hold-music', loop: 0 }
