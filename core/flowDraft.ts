import type { Action, Media, Prompt } from './action.ts'
import type { FlowDefinition, Next, Spoken } from './flow.ts'
import { goOn } from './flowConsent.ts'
import type { Awaiting, FlowEffect, FlowFacts, FlowRun } from './flowRun.ts'
import { type PhraseName, phrase } from './phrase.ts'
import { type LookUp, toPrompt } from './prompt.ts'
import { cleanLine } from './text.ts'

/** A step in the making. `run` is replaced, never changed; what is said gathers in `prompts` until a script is ready. */
export interface Draft {
  run: FlowRun
  prompts: Prompt[]
  effects: FlowEffect[]
  readonly facts: FlowFacts
}

export const draftOf = (run: FlowRun, facts: FlowFacts): Draft => ({ run, prompts: [], effects: [], facts })

/** The script is complete: nothing more is entered in this step. */
export const READY = Symbol('ready')

/** The node to enter next (null: the flow has come to its end), or none. */
export type Onward = Next | typeof READY

/** Completes the script by what it ends with. It is played, or what the caller has to know before. */
export function wait(draft: Draft, ending: Action, awaiting: Awaiting): typeof READY {
  const { run, prompts } = draft
  draft.run = goOn({ ...run, awaiting }, draft.facts, [...prompts, ending])
  return READY
}

/** Music, and then the question what next. */
export function holdOn(draft: Draft, media: Media, awaiting: Awaiting): typeof READY {
  draft.prompts.push({ type: 'play', media, loop: 1 })
  return wait(draft, { type: 'resume' }, awaiting)
}

export const hangUp = (draft: Draft): typeof READY =>
  wait(draft, { type: 'hangUp' }, { type: 'end', voicemailOf: null })

/** Waits for one key after these prompts. */
export const askForKey = (draft: Draft, prompts: Prompt[], timeoutSeconds: number, awaiting: Awaiting): typeof READY =>
  wait(draft, { type: 'gather', prompts, digits: 1, timeoutSeconds, speech: null }, awaiting)

export const definitionOf = ({ run, facts }: Draft): FlowDefinition | null => facts.definition(run.flowId, run.version)

/** What a name in curly brackets or in a condition stands for. */
export const lookUpIn =
  ({ run, facts }: Draft): LookUp =>
  name => {
    if (Object.hasOwn(run.variables, name)) return run.variables[name]!
    return name === 'language' ? run.language : facts.lookUp(name)
  }

/** Prompt for this caller; null when there is nothing to hear. */
export const hear = (draft: Draft, spoken: Spoken): Prompt | null =>
  toPrompt(spoken, draft.run.language, definitionOf(draft)?.language ?? draft.run.language, lookUpIn(draft))

/** Says what is written, or else the center's own phrase; without one, nothing. */
export function say(draft: Draft, spoken: Spoken | null, otherwise?: PhraseName): void {
  const prompt = spoken && hear(draft, spoken)
  if (prompt) draft.prompts.push(prompt)
  else if (otherwise) draft.prompts.push(phrase(otherwise, draft.run.language))
}

/** Values come from callers and from the web: one line of at most 500 characters. */
export function setVariable(draft: Draft, name: string, value: string): void {
  const variables = { ...draft.run.variables, [name]: cleanLine(value, 500) ?? '' }
  draft.run = { ...draft.run, variables }
}

/** Within bounds, whatever a definition says. */
export const within = (value: number, least: number, most: number): number =>
  Number.isFinite(value) ? Math.min(most, Math.max(least, Math.round(value))) : least
