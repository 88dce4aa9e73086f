import type { Action, Prompt } from '../../core/action.ts'
import type { InputResult } from '../../core/signal.ts'
import type { Act, LineInput } from './line.ts'
import { ask, BREATH_MS, type Draft, setLeg, silence, sound, update } from './lineDraft.ts'
import { startRecording, stopRecording, type Written } from './lineRecording.ts'
import { hangUpNumber, outcomeOfNumber, ring } from './numberLeg.ts'
import type { News } from './report.ts'

/** How long keys are kept for a question that has not been asked yet, and how many. */
const TYPED_AHEAD_MS = 10_000
const MAX_TYPED = 64
/** How often the script is asked for again while the answer is older than what we came for. */
const MAX_TRIES = 3
/** A shorter message is none. */
const LEAST_MESSAGE_MS = 1000
/** How often one prompt is repeated at most, where its number says so. */
const MAX_LOOP = 100

type Gather = Extract<Action, { type: 'gather' }>

/** The script has come. */
export function receive(draft: Draft, { step, actions }: Extract<LineInput, { type: 'script' }>): void {
  const { asking } = draft.line
  if (asking === null) return
  if (step <= asking.after && asking.tries < MAX_TRIES) {
    ask(draft, 'input', asking.after, [{ type: 'input', result: { type: 'none' } }], asking)
    return
  }
  update(draft, { asking: null, script: { step, rest: actions, since: draft.now }, act: null })
  // It has survived a restart, and where it led has not.
  if (!actions.some(action => action.type === 'bridge' && action.to.type === 'number')) hangUpNumber(draft, 'dismissed')
  const prompts = actions.flatMap(action =>
    action.type === 'gather' ? action.prompts : isPrompt(action) ? action : [],
  )
  if (prompts.length > 0) draft.effects.push({ type: 'prepare', sounds: prompts })
  performNext(draft)
}

/** Whatever is played up to `step` is over; what was typed is kept. */
export function interrupt(draft: Draft, step: number): void {
  const { script, asking } = draft.line
  if (asking !== null) update(draft, { asking: { ...asking, after: Math.max(asking.after, step) } })
  else if (script !== null && script.step <= step) {
    drop(draft)
    ask(draft, 'input', step, [{ type: 'input', result: { type: 'none' } }], { after: step, tries: 0 })
  }
}

/** Does the next of what the script says, if the opener can hear it. */
export function performNext(draft: Draft): void {
  const { script, legs, opener } = draft.line
  if (script === null || legs[opener]?.media !== 'connected') return
  const [action] = script.rest
  switch (action?.type) {
    case 'say':
    case 'play': {
      const next = script.rest.findIndex(each => !isPrompt(each))
      const length = next === -1 ? script.rest.length : next
      update(draft, { script: { ...script, rest: script.rest.slice(length) } })
      playThrough(draft, 'prompts', script.rest.slice(0, length).filter(isPrompt))
      break
    }
    case 'gather':
      if (!collect(draft, action)) playThrough(draft, 'gather', action.prompts)
      break
    case 'record':
      update(draft, { act: { type: 'playing', of: 'beep', rest: [] } })
      sound(draft, draft.line.opener, 'script', [{ type: 'tone', tone: 'beep' }], 1)
      break
    case 'bridge':
      if (action.to.type === 'softphone')
        update(draft, { act: { type: 'ringing', to: 'softphone', until: draft.now + action.ringSeconds * 1000 } })
      // No line leads from here to the telephone network, but the phones of our own pages have numbers too.
      else ring(draft, action.to.number, action.callerId, action.ringSeconds)
      break
    case 'resume':
      breathe(draft)
      break
    case 'hangUp':
    case undefined:
      update(draft, { act: { type: 'done' } })
      break
    default:
      action satisfies never
  }
}

/** The script has come to its end, for which nobody does anything (any more). */
export function breathe(draft: Draft): void {
  const { since, rest } = draft.line.script!
  const until = since + BREATH_MS
  if (draft.now < until) update(draft, { act: { type: 'pausing', until } })
  else if (rest[0]?.type === 'bridge') finish(draft, { type: 'dialled', outcome: outcomeOfNumber(draft.line) })
  else finish(draft, { type: 'none' })
}

/** One after the other, as often as each says; nothing comes after what is repeated for ever. */
function playThrough(draft: Draft, of: 'prompts' | 'gather', prompts: readonly Prompt[]): void {
  const endless = prompts.findIndex(isEndless)
  const length = endless === 0 ? 1 : endless === -1 ? prompts.length : endless
  update(draft, { act: { type: 'playing', of, rest: endless === 0 ? [] : prompts.slice(length) } })
  if (endless === 0) sound(draft, draft.line.opener, 'script', prompts.slice(0, 1), 0)
  else if (length === 0) goOn(draft, of)
  else sound(draft, draft.line.opener, 'script', prompts.slice(0, length).flatMap(repeated), 1)
}

const isEndless = (prompt: Prompt): boolean => prompt.type === 'play' && prompt.loop === 0

const repeated = (prompt: Prompt): Prompt[] =>
  Array.from({ length: prompt.type === 'play' ? Math.min(prompt.loop, MAX_LOOP) : 1 }, () => prompt)

/** A leg has heard what it was played to the end. */
export function played(draft: Draft, leg: string): void {
  const { act } = draft.line
  setLeg(draft, leg, { hears: null })
  if (leg !== draft.line.opener || act?.type !== 'playing') return
  if (act.of !== 'beep' && act.rest.length > 0) playThrough(draft, act.of, act.rest)
  else goOn(draft, act.of)
}

/** The prompts have been heard. */
function goOn(draft: Draft, of: Extract<Act, { type: 'playing' }>['of']): void {
  const [action] = draft.line.script!.rest
  if (of === 'prompts') performNext(draft)
  else if (action?.type === 'gather') listen(draft, action)
  else if (action?.type === 'record') {
    const { maxSeconds, silenceSeconds } = action
    const id = startRecording(
      draft,
      'voicemail',
      { left: [draft.line.opener], right: [] },
      { maxSeconds, silenceSeconds },
    )
    update(draft, { act: { type: 'recording', id } })
  }
}

const listen = (draft: Draft, { timeoutSeconds }: Gather): void =>
  update(draft, { act: { type: 'listening', until: draft.now + timeoutSeconds * 1000 } })

/** The opener presses keys. */
export function press(draft: Draft, digits: string): void {
  const { act, typed, script } = draft.line
  const keys = digits.replace(/[^0-9*#A-D]/g, '')
  // Who talks to somebody presses keys for nobody.
  if (keys === '' || act?.type === 'talking') return
  if (act?.type === 'recording') {
    stopRecording(draft, act.id)
    return
  }
  const isStale = !isGathering(act) && draft.now - typed.at > TYPED_AHEAD_MS
  update(draft, { typed: { keys: ((isStale ? '' : typed.keys) + keys).slice(0, MAX_TYPED), at: draft.now } })
  const [action] = script?.rest ?? []
  if (isGathering(act) && action?.type === 'gather') collect(draft, action)
}

const isGathering = (act: Act | null): boolean =>
  act?.type === 'listening' || (act?.type === 'playing' && act.of === 'gather')

/** Takes what was typed, and waits for more where that is not all. False: nothing was typed, or long ago. */
function collect(draft: Draft, gather: Gather): boolean {
  const { typed, act } = draft.line
  if (typed.keys === '' || (!isGathering(act) && draft.now - typed.at > TYPED_AHEAD_MS)) {
    update(draft, { typed: NOTHING_TYPED })
    return false
  }
  const { digits, length } = readKeys(typed.keys, gather.digits)
  if (length === null) {
    silence(draft, draft.line.opener)
    listen(draft, gather)
  } else {
    update(draft, { typed: { ...typed, keys: typed.keys.slice(length) } })
    finish(draft, { type: 'digits', digits })
  }
  return true
}

export const NOTHING_TYPED = { keys: '', at: 0 }

/** `#` ends what was entered; alone it is a key like any other. `length`: of all that was; null: more may come. */
function readKeys(keys: string, most: number): { digits: string; length: number | null } {
  const hash = keys.indexOf('#', 1)
  if (hash !== -1 && hash < most) return { digits: keys.slice(0, hash), length: hash + 1 }
  return keys.length >= most ? { digits: keys.slice(0, most), length: most } : { digits: keys, length: null }
}

/** The script is over, this came of it: what next? `before`: what is told along with it. */
export function finish(draft: Draft, result: InputResult, before: News[] = []): void {
  const { step } = draft.line.script!
  drop(draft)
  ask(draft, 'input', step, [...before, { type: 'input', result }])
}

/** Nothing of the script is done any more. A message that was being recorded is told of when it is written. */
export function drop(draft: Draft): void {
  const { act } = draft.line
  if (act?.type === 'recording') stopRecording(draft, act.id)
  if ((act?.type === 'ringing' || act?.type === 'talking') && act.to === 'number') hangUpNumber(draft, 'dismissed')
  silence(draft, draft.line.opener)
  update(draft, { script: null, act: null })
}

/** The opener's message is written. `step`: of the script that asked for it. */
export function takeMessage(draft: Draft, step: number, { id, url, milliseconds, silent }: Written): void {
  const { act, farewell } = draft.line
  const isMessage = milliseconds >= LEAST_MESSAGE_MS && !silent
  const seconds = Math.floor(milliseconds / 1000)
  const result: InputResult = isMessage ? { type: 'recorded', recordingId: id, url, seconds } : { type: 'none' }
  /** That there is something to listen to. */
  const kept: News[] = isMessage
    ? [{ type: 'recording', of: 'voicemail', recordingId: id, status: 'completed', url, seconds }]
    : []
  if (!isMessage) draft.effects.push({ type: 'discard', id })
  if (act?.type === 'recording' && act.id === id) {
    update(draft, { act: null })
    finish(draft, result, kept)
    return
  }
  // The script is over, or the call is.
  const message: News[] = isMessage ? [{ type: 'input', result }, ...kept] : []
  const isLast = farewell?.message === id
  if (isLast) update(draft, { farewell: null })
  const news = isLast ? [...message, ...farewell.news] : message
  if (news.length > 0) draft.effects.push({ type: 'report', purpose: 'input', step, news, asks: false })
}

/** Time is up for keys, or for the breath that a script takes. */
export function giveUpListening(draft: Draft): void {
  const { act, typed } = draft.line
  if (act?.type === 'pausing') breathe(draft)
  else if (act?.type === 'listening') {
    update(draft, { typed: NOTHING_TYPED })
    finish(draft, typed.keys === '' ? { type: 'none' } : { type: 'digits', digits: typed.keys })
  }
}

const isPrompt = (action: Action): action is Prompt => action.type === 'say' || action.type === 'play'
