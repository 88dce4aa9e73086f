import { useEffect, useRef, useState } from 'react'

/** How long what was wanted is shown after the server has agreed: events of what was before may still be under way. */
const AGREED_MS = 1000

export interface Wanted<Value> {
  /** What is wanted, or is so. */
  value: Value
  /** What went wrong, until something is wanted again. */
  error: Error | null
  want(value: Value): void
}

/**
 * Something that the server keeps, shown as wanted from the moment it is pressed; and as it is when the server has
 * refused, or has had its time.
 */
export function useWanted<Value>(actual: Value, ask: (value: Value) => Promise<unknown>): Wanted<Value> {
  const [wanted, setWanted] = useState<{ value: Value; agreed: boolean } | null>(null)
  const [error, setError] = useState<Error | null>(null)
  const asked = useRef(0)

  useEffect(() => {
    if (!wanted?.agreed) return
    const timer = setTimeout(() => setWanted(null), AGREED_MS)
    return () => clearTimeout(timer)
  }, [wanted])

  return {
    value: wanted === null ? actual : wanted.value,
    error,
    want(value) {
      const number = ++asked.current
      setWanted({ value, agreed: false })
      setError(null)
      ask(value).then(
        () => {
          if (number === asked.current) setWanted({ value, agreed: true })
        },
        (problem: unknown) => {
          if (number !== asked.current) return
          setWanted(null)
          setError(problem instanceof Error ? problem : new Error(String(problem)))
        },
      )
    },
  }
}
