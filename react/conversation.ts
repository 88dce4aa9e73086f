import type { Call, Conversation } from '../client/contract.ts'

export type Party = Conversation['parties'][number]

/** As whom this agent speaks in a call whose audio is ours; null: they do not. */
export const speakerIn = ({ conversation }: Pick<Call, 'conversation'>, agentId: string | null): Party | null =>
  conversation?.parties.find(
    ({ role, person }) => (role === 'agent' || role === 'consultant') && person?.id === agentId,
  ) ?? null

/** Whether a call occupies this agent: it is theirs, or they are asked about it. */
export const occupies = (call: Pick<Call, 'agent' | 'conversation'>, agentId: string | null): boolean =>
  agentId !== null && (call.agent?.id === agentId || speakerIn(call, agentId) !== null)
