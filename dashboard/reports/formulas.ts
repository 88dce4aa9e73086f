import { erlangA, erlangC, offeredLoad } from '../../core/staffing.ts'
import type { StaffingSearch } from './staffingSearch.ts'

export type Question = Required<StaffingSearch>

/** Shares from 0 to 1, seconds; null where the formula does not know it. */
export interface Figures {
  serviceLevel: number
  /** Mean wait of all callers, those included who give up. */
  meanWait: number
  abandonment: number | null
  occupancy: number
  pWait: number
}

/** What the formulas say; `endless`: without giving up, the line would grow forever. Null: it does not apply. */
export function formulas(question: Question, agents: number): { c: Figures | 'endless'; a: Figures | null } {
  // The formulas know one handle time: writing things up keeps an agent as busy as talking.
  const handleTime = question.talk + question.wrapUp
  const c = () => {
    const { serviceLevel, meanWait, occupancy, pWait } = erlangC(question.calls, handleTime, agents)
    return { serviceLevel: serviceLevel(question.within), meanWait, abandonment: null, occupancy, pWait }
  }
  const a = () => {
    const { serviceLevel, meanWait, pAbandon, occupancy, pWait } = erlangA(
      question.calls,
      handleTime,
      question.patience,
      agents,
    )
    return { serviceLevel: serviceLevel(question.within), meanWait, abandonment: pAbandon, occupancy, pWait }
  }
  return {
    c: offeredLoad(question.calls, handleTime) < agents ? c() : 'endless',
    a: question.patience > 0 ? a() : null,
  }
}
