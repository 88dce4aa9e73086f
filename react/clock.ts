import { useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
let ticking: ReturnType<typeof setInterval> | undefined

/** One clock for everything on the page that runs. */
function onTick(listener: () => void): () => void {
  listeners.add(listener)
  ticking ??= setInterval(() => {
    for (const each of listeners) each()
  }, 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(ticking)
    ticking = undefined
  }
}

/** Whole seconds since then, running. Only the component that asks is rendered again. */
export function useSecondsSince(time: string): number {
  const read = () => Math.max(0, Math.floor((Date.now() - Date.parse(time)) / 1000))
  return useSyncExternalStore(onTick, read, read)
}

/** Whole seconds until then, running down to 0. */
export function useSecondsUntil(time: string): number {
  const read = () => Math.max(0, Math.ceil((Date.parse(time) - Date.now()) / 1000))
  return useSyncExternalStore(onTick, read, read)
}

/** `0:07`, `12:40`, `1:02:07`. */
export function clock(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}
