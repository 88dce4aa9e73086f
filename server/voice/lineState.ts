import type { LineState } from '../../client/voice/protocol.ts'
import { type Call, isOver } from '../../core/call.ts'
import { CUSTOMER, hearsMusic } from '../../core/conversation.ts'
import { readAddress } from '../../core/phoneNumber.ts'

/** What the flow does not say of itself. */
export interface LineFacts {
  /** Where it stands in line; null: not known. */
  place: { position: number; waitSeconds: number | null } | null
  /** The key by which its queue offers to call back; null: it does not. */
  callbackKey: string | null
}

/** How a call stands, as its customer is shown it. */
export function lineState(call: Call, { place, callbackKey }: LineFacts): LineState {
  const phase = phaseOf(call)
  const waiting = phase === 'waiting'
  return {
    phase,
    queue: call.queue?.name ?? null,
    agent: call.agent?.name ?? null,
    position: waiting ? (place?.position ?? null) : null,
    waitSeconds: waiting ? (place?.waitSeconds ?? null) : null,
    canBeCalledBack:
      waiting && callbackKey !== null && isAskedForKeys(call) && readAddress(call.from, 'US').kind === 'phone',
    outcome: isOver(call) ? call.outcome : null,
  }
}

/** Only then does its queue's key mean anything. */
const isAskedForKeys = ({ flow }: Call): boolean =>
  flow?.awaiting.type === 'queue' && flow.awaiting.asking === null && flow.script.at(-1)?.type === 'gather'

function phaseOf(call: Call): LineState['phase'] {
  if (isOver(call)) return 'over'
  const { flow, conversation, legs } = call
  switch (flow?.awaiting.type) {
    case 'bridge': {
      if (!legs.some(({ party, status }) => party === 'agent' && status === 'in-progress')) return 'ringing'
      return conversation !== null && hearsMusic(conversation).includes(CUSTOMER) ? 'held' : 'talking'
    }
    case 'agent':
      return 'ringing'
    case 'voicemail':
      return 'message'
    case 'queue':
    // A number without a flow: it waits until somebody takes it.
    case undefined:
      return 'waiting'
    case 'input':
    case 'fetch':
    case 'callback':
    case 'end':
      return 'menu'
    default:
      return flow!.awaiting satisfies never
  }
}
