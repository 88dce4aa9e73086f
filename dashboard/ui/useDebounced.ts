import { useEffect, useState } from 'react'

/** The value once it has been still for a moment. */
export function useDebounced<Value>(value: Value, ms = 150): Value {
  const [still, setStill] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setStill(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return still
}
