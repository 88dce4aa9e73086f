import { Id } from '../../client/contract/words.ts'
import { CallStatus, Direction } from '../../client/contract.ts'
import type { CallFilter } from './calls.ts'

/** The filters of the call history as they stand in the address. */
export interface CallSearch {
  status?: CallFilter['status']
  direction?: CallFilter['direction']
  queue?: string | undefined
  agent?: string | undefined
  /** Days as they are where the person is: `2026-03-01`. */
  from?: string | undefined
  to?: string | undefined
  q?: string | undefined
  /** What is searched, unless it is the calls themselves. */
  in?: 'said' | undefined
}

/** Whatever somebody may have typed into the address: what is not understood is left out. */
export function readCallSearch(search: Record<string, unknown>): CallSearch {
  const text = (name: string): string | undefined => {
    const value = search[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const day = (name: string): string | undefined => {
    const value = text(name)
    return value && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined
  }
  return withoutGaps({
    status: CallStatus.safeParse(search.status).data,
    direction: Direction.safeParse(search.direction).data,
    queue: text('queue'),
    agent: Id.safeParse(search.agent).data,
    from: day('from'),
    to: day('to'),
    q: text('q'),
    in: search.in === 'said' ? 'said' : undefined,
  })
}

export function filterOf({ from, to, in: _, ...same }: CallSearch): CallFilter {
  return withoutGaps({
    ...same,
    since: from && midnight(from, 0),
    until: to && midnight(to, 1),
  })
}

/** The beginning of a day, or of one some days after it, where the person is. */
function midnight(day: string, daysLater: number): string {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number]
  return new Date(year, month - 1, date + daysLater).toISOString()
}

const withoutGaps = <Fields extends object>(fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields
