import { offeredLoad } from '../../core/staffing.ts'
import type { Question as Played } from '../../simulator/whatIf.ts'
import type { StaffingSearch } from './staffingSearch.ts'

export type Question = Required<StaffingSearch>

/** Enough for bands of about a percentage point, and little enough for an answer in a moment. */
const RUNS = 20
const CALLS_PER_RUN = 3000
/** The same question gets the same answer. */
const SEED = 1

/** The question for one number of agents, as the simulator is asked it. */
export const askedWith = (question: Question, agents: number): Played => ({
  callsPerHour: question.calls,
  // There a call's time includes what is written up after it.
  ahtSeconds: question.talk + question.wrapUp,
  agents,
  patienceSeconds: question.patience === 0 ? null : question.patience,
  withinSeconds: question.within,
  wrapUpSeconds: question.wrapUp,
  maxWaitSeconds: question.maxWait === 0 ? null : question.maxWait,
  strategy: question.strategy,
  runs: RUNS,
  callsPerRun: CALLS_PER_RUN,
  seed: SEED,
})

/** Whether the line would grow forever: more work than these agents can do, and nobody ever leaves unanswered. */
export const isEndless = ({ calls, talk, wrapUp, patience, maxWait }: Question, agents: number): boolean =>
  patience === 0 && maxWait === 0 && offeredLoad(calls, talk + wrapUp) >= agents

/** The numbers of agents to look at, the asked one first, then its neighbours outwards. */
export function around(agents: number, reach = 5): number[] {
  const near = Array.from({ length: reach }, (_, index) => [agents + index + 1, agents - index - 1]).flat()
  return [agents, ...near].filter(count => count >= 1)
}
