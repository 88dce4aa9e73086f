import type { AgentNow } from '../../react/agents.ts'

/** Somebody to whom a call could be given, or who could be asked about it. */
export interface Colleague {
  agent: AgentNow
  /** Whether they would be asked just now. */
  free: boolean
}

/** The others, those who are free first, else by name. */
export const colleaguesOf = (agents: readonly AgentNow[], myId: string | null): Colleague[] =>
  agents
    .filter(({ id }) => id !== myId)
    .map(agent => ({ agent, free: agent.activity === 'ready' }))
    .toSorted((a, b) => Number(b.free) - Number(a.free) || a.agent.name.localeCompare(b.agent.name))

/** Those in whose name or team these letters stand, in any case. */
export function named(colleagues: readonly Colleague[], letters: string): readonly Colleague[] {
  const sought = letters.trim().toLowerCase()
  if (sought === '') return colleagues
  return colleagues.filter(({ agent }) => `${agent.name} ${agent.team ?? ''}`.toLowerCase().includes(sought))
}

/** How many of those who take the calls of a queue would be asked just now. */
export const freeIn = (agents: readonly AgentNow[], queueId: string): number =>
  agents.filter(({ activity, queues }) => activity === 'ready' && queues.some(({ id }) => id === queueId)).length
