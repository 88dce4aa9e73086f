import { agentIn, CUSTOMER, recordedLanes } from '../../core/conversation.ts'
import type { LineInput, Recording } from './line.ts'
import { type Draft, report, setRecording, update } from './lineDraft.ts'

/** How long the end of a recording may take to be written. */
const WRITING_MS = 5000
/** Where one could not be written, the next is not tried at once: a full disk is not emptied in a second. */
const AGAIN_MS = 60_000

/** @returns its id. */
export function startRecording(
  draft: Draft,
  of: Recording['of'],
  lanes: Recording['lanes'],
  limits: { maxSeconds: number; silenceSeconds: number } | null,
): string {
  const { recordings, script } = draft.line
  const id = draft.newId
  const until = limits === null ? null : draft.now + limits.maxSeconds * 1000 + WRITING_MS
  const recording: Recording = { id, of, step: script?.step ?? 0, paused: false, lanes, until }
  update(draft, { recordings: [...recordings, recording] })
  draft.effects.push({ type: 'record', id, channels: of === 'call' ? 'stereo' : 'mono', lanes, limits })
  return id
}

/** A recording of a conversation of which nothing more is known than that it is being written. */
export const writtenSoon = (id: string, now: number): Recording => ({
  ...{ id, of: 'call', step: 0, paused: false, lanes: { left: [], right: [] } },
  until: now + WRITING_MS,
})

export function stopRecording(draft: Draft, id: string): void {
  setRecording(draft, id, { until: draft.now + WRITING_MS })
  draft.effects.push({ type: 'stopRecording', id })
}

/** Nothing of the conversation is recorded any more. */
export function stopCallRecording(draft: Draft): void {
  const running = runningIn(draft)
  if (running !== undefined) stopRecording(draft, running.id)
}

const runningIn = ({ line }: Draft) => line.recordings.find(({ of, until }) => of === 'call' && until === null)

/** The conversation is recorded from the moment both are connected and as long as they talk, if it is to be. */
export function settleRecording(draft: Draft): void {
  const { act, conversation, legs } = draft.line
  if (conversation === null || conversation.recording === 'off' || act?.type !== 'talking') {
    stopCallRecording(draft)
    return
  }
  const running = runningIn(draft)
  const lanes = recordedLanes(conversation)
  const paused = conversation.recording === 'paused'
  if (running === undefined) {
    if (draft.line.recordAgainAt !== null) return
    const agent = agentIn(conversation)
    const isThere = (id: string | undefined) => legs[id ?? '']?.media === 'connected'
    if (paused || !isThere(CUSTOMER) || !isThere(agent?.id)) return
    const recordingId = startRecording(draft, 'call', lanes, null)
    report(draft, 'recording', [
      { type: 'recording', of: 'call', recordingId, status: 'in-progress', url: null, seconds: null },
    ])
    return
  }
  if (running.paused !== paused) draft.effects.push({ type: 'pauseRecording', id: running.id, paused })
  if (JSON.stringify(running.lanes) !== JSON.stringify(lanes))
    draft.effects.push({ type: 'recordLegs', id: running.id, lanes })
  setRecording(draft, running.id, { paused, lanes })
}

/** A recording is written, as far as it has got. Null: nothing is known of it (any more). */
export function takeWritten(draft: Draft, id: string): Recording | null {
  const recording = draft.line.recordings.find(each => each.id === id)
  if (recording === undefined) return null
  update(draft, { recordings: draft.line.recordings.filter(each => each !== recording) })
  return recording
}

/** What became of the recording of a conversation. */
export function tellRecording(draft: Draft, { id, milliseconds, url, failed }: Written): void {
  const status = milliseconds > 0 && !failed ? ('completed' as const) : ('absent' as const)
  if (failed && !draft.line.over) update(draft, { recordAgainAt: draft.now + AGAIN_MS })
  const seconds = Math.round(milliseconds / 1000)
  report(draft, 'recording', [{ type: 'recording', of: 'call', recordingId: id, status, url, seconds }])
}

export type Written = Omit<Extract<LineInput, { type: 'recorded' }>, 'type'>
