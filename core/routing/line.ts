import { type QueueSettings, queueProblems, type Strategy } from '../queue.ts'
import type { Desk } from './desk.ts'
import { Ordering } from './ordering.ts'

/** A queue, and the order in which its agents are asked. */
export interface Line {
  settings: QueueSettings
  ordering: Ordering<Desk>
  members: ReadonlySet<string>
}

/** By id. Throws when settings cannot be used (see `queueProblems`) or two queues share an id. */
export function linesOf(queues: readonly QueueSettings[]): Map<string, Line> {
  const lines = new Map<string, Line>()
  const shared = new Map<Strategy, Ordering<Desk>>()
  for (const settings of queues) {
    const { id, strategy, agents } = settings
    const problems = queueProblems(settings)
    if (lines.has(id)) problems.push('Another queue has the same id.')
    if (problems.length > 0) throw new Error(`Queue “${id}”: ${problems.join(' ')}`)
    const byList = strategy === 'in-order' || strategy === 'round-robin'
    const ordering = (byList ? undefined : shared.get(strategy)) ?? new Ordering<Desk>(strategy, agents)
    if (!byList) shared.set(strategy, ordering)
    lines.set(id, { settings, ordering, members: new Set(agents) })
  }
  return lines
}
