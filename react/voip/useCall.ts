import { useSyncExternalStore } from 'react'
import type { VoipLine, VoipLineState } from '../../client/voip/voipLine.ts'
import { useVoip } from './RingsideVoip.tsx'

export interface CallControls extends VoipLineState {
  /** Rings at somebody's. Rejects with `ApiError` where that cannot be. */
  start(supabaseUserId: string, callerName?: string): Promise<void>
  accept(): Promise<void>
  decline(): Promise<void>
  hangUp(): Promise<void>
  mute(muted: boolean): void
  /** What this page has shown of recording, or what the customer has chosen: see {@link VoipLine.answerRecording}. */
  answerRecording: VoipLine['answerRecording']
}

const NOTHING: VoipLineState = { connection: 'connecting', call: null, ended: null }
const never = () => () => {}

/** The call that rings or goes on on this page, and everything that can be done about it. */
export function useCall(): CallControls {
  const { line } = useVoip()
  const state = useSyncExternalStore(
    line?.subscribe ?? never,
    () => line?.state ?? NOTHING,
    () => NOTHING,
  )
  const open = () => {
    if (line === null) throw new Error('The page is not ready yet.')
    return line
  }
  return {
    ...state,
    start: async (supabaseUserId, callerName) => open().call(supabaseUserId, callerName),
    accept: async () => open().accept(),
    decline: async () => open().decline(),
    hangUp: async () => open().hangUp(),
    mute: muted => line?.mute(muted),
    answerRecording: async (choice, language) => open().answerRecording(choice, language),
  }
}
