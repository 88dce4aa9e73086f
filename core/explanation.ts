import { type AgentProfile, type AgentState, occupiedSlots, type Skills } from './agent.ts'
import { type Presence, takesCalls } from './presence.ts'
import { levelOf, type Strategy } from './queue.ts'

/** Why an agent of the queue cannot be asked. */
export type Hindrance =
  | { type: 'unknown' }
  | { type: 'presence'; presence: Presence }
  | { type: 'no-free-slot'; occupied: number; capacity: number }
  | { type: 'skill'; skill: string; needs: number; has: number }
  | { type: 'passed-it-up' }
  | { type: 'held-for'; agentId: string }

/** “Why did this call go to Ana?” */
export interface Explanation {
  callId: string
  queueId: string
  strategy: Strategy
  requires: Skills
  /** Whom it rings at just now. */
  offeredTo: string[]
  /** Who could be asked as well, first choice first. */
  eligible: string[]
  hindered: { agentId: string; hindrances: Hindrance[] }[]
}

/** Everything that keeps this agent from being asked; empty: nothing does. */
export function hindrancesOf(
  agent: { profile: AgentProfile; state: AgentState },
  call: { requires: Skills; passedUp: boolean; heldFor: string | null },
): Hindrance[] {
  const { profile, state } = agent
  const hindrances: Hindrance[] = []
  const occupied = occupiedSlots(state)
  if (!takesCalls(state.presence)) hindrances.push({ type: 'presence', presence: state.presence })
  if (occupied >= profile.capacity) hindrances.push({ type: 'no-free-slot', occupied, capacity: profile.capacity })
  for (const [skill, needs] of Object.entries(call.requires)) {
    const has = levelOf(profile.skills, skill)
    if (has < needs) hindrances.push({ type: 'skill', skill, needs, has })
  }
  if (call.passedUp) hindrances.push({ type: 'passed-it-up' })
  if (call.heldFor !== null && call.heldFor !== profile.id) hindrances.push({ type: 'held-for', agentId: call.heldFor })
  return hindrances
}
