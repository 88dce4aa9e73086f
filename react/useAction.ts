import { useState } from 'react'

export interface Action<Args extends unknown[]> {
  run(...args: Args): void
  pending: boolean
  /** What went wrong, until it is tried again. */
  error: Error | null
}

/**
 * Something that is asked of the server by a person: one at a time, and what went wrong is said where it was asked. No
 * transition of React's: those wait for each other, and one request would keep the buttons of all others from working.
 */
export function useAction<Args extends unknown[]>(perform: (...args: Args) => Promise<unknown>): Action<Args> {
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<Error | null>(null)
  async function perhaps(...args: Args): Promise<void> {
    setPending(true)
    setError(null)
    try {
      await perform(...args)
    } catch (problem) {
      setError(problem instanceof Error ? problem : new Error(String(problem)))
    }
    setPending(false)
  }
  return {
    pending,
    error,
    run(...args) {
      if (!pending) void perhaps(...args)
    },
  }
}
