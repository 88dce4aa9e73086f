import type { Call } from '../../core/call.ts'

/** A call that our own exchange carries in this process, as it was last heard of. */
export interface LiveCall {
  workspaceId: string
  call: Call | null
}
