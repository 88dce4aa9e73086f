import { type Queue, Strategy } from '../../client/contract.ts'

/** What is asked on the staffing page, as it stands in the address. What is not given is as usual. */
export interface StaffingSearch {
  calls?: number
  /** Seconds, as all spans here. */
  talk?: number
  wrapUp?: number
  agents?: number
  /** 0: callers never give up. */
  patience?: number
  within?: number
  /** 0: no bound. */
  maxWait?: number
  strategy?: Queue['strategy']
}

export const USUAL: Required<StaffingSearch> = {
  calls: 120,
  talk: 180,
  wrapUp: 0,
  agents: 8,
  patience: 120,
  within: 20,
  maxWait: 0,
  strategy: 'longest-idle',
}

/** Least and most that can be asked: what a browser works out while somebody waits for it. */
export const BOUNDS = {
  calls: [1, 5000],
  talk: [5, 7200],
  wrapUp: [0, 3600],
  agents: [1, 500],
  patience: [0, 36_000],
  within: [0, 3600],
  maxWait: [0, 36_000],
} as const satisfies Partial<Record<keyof StaffingSearch, readonly [number, number]>>

/** Whatever somebody may have typed into the address: what is not understood is left out. */
export function readStaffingSearch(search: Record<string, unknown>): StaffingSearch {
  const read: StaffingSearch = {}
  for (const [name, [least, most]] of Object.entries(BOUNDS) as [keyof typeof BOUNDS, readonly [number, number]][]) {
    const value = Number(search[name] || Number.NaN)
    const given = search[name] === '0' || search[name] === 0 ? 0 : value
    if (Number.isInteger(given) && given >= least && given <= most) read[name] = given
  }
  const strategy = Strategy.safeParse(search.strategy).data
  return strategy === undefined ? read : { ...read, strategy }
}
