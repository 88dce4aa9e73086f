import type { Action, Prompt } from './action.ts'
import { type ConsentAnswer, mayRecord } from './consent.ts'
import type { FlowFacts, FlowRun } from './flowRun.ts'
import { type PhraseName, phrase } from './phrase.ts'
import { toPrompt } from './prompt.ts'
import type { InputResult } from './signal.ts'

/** How often an unclear answer is asked for again. */
const RETRIES = 1
/** Whole seconds. Who is only told, and need not answer, is not kept waiting. */
const ANSWER_SECONDS = 5
const OPT_OUT_SECONDS = 1

/**
 * Goes on with a script, unless it leads to a recording that the caller has not been told of: then that script waits, and
 * the announcement or the question is heard instead. It is over when the provider says so. What happens meanwhile (an
 * agent takes the call) changes what it leads to, not what is heard. Where the provider records, and there is nothing to
 * answer, the script that connects the two says it first: what records comes after it.
 */
export function goOn(run: FlowRun, facts: FlowFacts, script: Action[]): FlowRun {
  const { awaiting, asking, language } = run
  if (awaiting.type === 'voicemail' && isRefused(run, facts))
    return play({ ...run, awaiting: { type: 'end', voicemailOf: null } }, [
      phrase('unrecorded', language),
      { type: 'hangUp' },
    ])
  if (!isSought(run, facts)) return play(run, isRecorded(run, facts) ? recording(script) : script)
  if (isSaidLast(run, facts)) {
    if (awaiting.type !== 'bridge') return play(run, script)
    return { ...play(run, [spoken(run, facts), ...recording(script)]), asking: { next: null, attempts: 0 } }
  }
  if (asking && awaiting.type !== 'queue') {
    // Whoever takes the call is not to talk into how long the wait is: of all that is being said only this remains.
    const told = bringUp(run, facts)
    if (run.script.length <= told.length) return { ...run, asking: { ...asking, next: script } }
    return { ...play(run, told), asking: { ...asking, next: script } }
  }
  // On the way into a line, what the caller has been told so far comes first, and waiting afterwards.
  const lead = awaiting.type === 'queue' ? script.slice(0, script.at(-1)?.type === 'resume' ? -2 : -1) : []
  const next = script.slice(lead.length)
  return { ...play(run, [...lead, ...bringUp(run, facts)]), asking: { next, attempts: 0 } }
}

/** The announcement has been heard, or the question answered. `said` null: it is asked once more. */
export function hearOut(
  run: FlowRun,
  facts: FlowFacts,
  result: InputResult,
): { run: FlowRun; said: ConsentAnswer | null } {
  const { next, attempts } = run.asking!
  const { mode, policy, region, version, optOutKey } = facts.consent
  const answer = result.type === 'digits' ? result.digits : null
  const unclear = mode === 'ask' && answer !== '1' && answer !== '2'
  if (unclear && attempts < RETRIES) {
    const first = answer === null ? null : phrase('invalid', run.language)
    return { run: { ...play(run, bringUp(run, facts, first)), asking: { next, attempts: attempts + 1 } }, said: null }
  }
  const agreed = mode === 'ask' ? answer === '1' : answer === null || answer !== optOutKey
  // The agent may have been told no meanwhile.
  const given = agreed && run.consent?.given !== false
  const prompt = spoken(run, facts)
  const heard = prompt.type === 'say' ? prompt.text : prompt.media
  const { language } = run
  const said: ConsentAnswer =
    // Who says nothing takes nothing back that it has told the agent.
    answer === null && run.consent?.how === 'agent'
      ? { ...run.consent, heard, language }
      : { how: mode === 'ask' ? 'asked' : 'announced', given, policy, region, version, heard, language, answer }
  const after = { ...run, consent: said, asking: null }
  return { run: next === null ? after : goOn(after, facts, next), said }
}

const play = (run: FlowRun, script: Action[]): FlowRun => ({ ...run, step: run.step + 1, script, asking: null })

/** Whether something has to be said before what is awaited may be recorded. */
function isSought(run: FlowRun, facts: FlowFacts): boolean {
  const { consent = null } = run
  if (consent?.given === false || mayRecord(facts.consent.mode, consent)) return false
  return run.awaiting.type === 'voicemail' ? facts.consent.voicemail : isOfRecordedQueue(run, facts)
}

/** A message is nothing but a recording. */
const isRefused = ({ consent }: FlowRun, facts: FlowFacts): boolean =>
  facts.consent.voicemail && consent?.given === false

function isOfRecordedQueue({ awaiting }: FlowRun, { findQueue, recording }: FlowFacts): boolean {
  if (recording === null) return false
  const line = awaiting.type === 'bridge' ? awaiting.unanswered : awaiting
  return (line.type === 'queue' || line.type === 'agent') && findQueue(line.queueId)?.recording === true
}

/** Who is told and cannot answer need not be told before it comes to it. */
const isSaidLast = ({ awaiting }: FlowRun, { recording, consent }: FlowFacts): boolean =>
  recording === 'provider' && consent.mode === 'announce' && consent.optOutKey === null && awaiting.type !== 'voicemail'

const isRecorded = (run: FlowRun, facts: FlowFacts): boolean =>
  facts.recording === 'provider' && isOfRecordedQueue(run, facts) && mayRecord(facts.consent.mode, run.consent ?? null)

const recording = (script: Action[]): Action[] =>
  script.map(action => (action.type === 'bridge' ? { ...action, record: true } : action))

function bringUp(run: FlowRun, facts: FlowFacts, first: Prompt | null = null): Action[] {
  const { mode, optOutKey } = facts.consent
  const prompts = [first, spoken(run, facts)].filter(prompt => prompt !== null)
  const gather = { type: 'gather' as const, digits: 1, speech: null }
  if (mode === 'ask') return [{ ...gather, prompts, timeoutSeconds: ANSWER_SECONDS }]
  if (optOutKey === null) return [...prompts, { type: 'resume' }]
  const wayOut = phrase('key-unrecorded', run.language, { key: optOutKey })
  return [{ ...gather, prompts: [...prompts, wayOut], timeoutSeconds: OPT_OUT_SECONDS }]
}

function spoken({ language }: FlowRun, { consent, lookUp }: FlowFacts): Prompt {
  const [text, otherwise]: [typeof consent.question, PhraseName] =
    consent.mode === 'ask' ? [consent.question, 'record-question'] : [consent.announcement, 'record-announcement']
  return (text && toPrompt({ text }, language, language, lookUp)) ?? phrase(otherwise, language)
}
