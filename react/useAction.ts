import { useState, useTransition } from 'react'

export interface Action<Args extends unknown[]> {
  run(...args: Args): void
  pending: boolean
  /** What went wrong, until it is tried again. */
  error: Error | null
}

/** Something that is asked of the server by a person: one at a time, and what went wrong is said where it was asked. */
export function useAction<Args extends unknown[]>(perform: (...args: Args) => Promise<unknown>): Action<Args> {
  const [pending, start] = useTransition()
  const [error, setError] = useState<Error | null>(null)
  return {
    pending,
    error,
    run(...args) {
      if (pending) return
      start(async () => {
        setError(null)
        try {
          await perform(...args)
        } catch (problem) {
          setError(problem instanceof Error ? problem : new Error(String(problem)))
        }
      })
    },
  }
}
