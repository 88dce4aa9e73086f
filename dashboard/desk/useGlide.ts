import { type RefObject, useLayoutEffect, useRef } from 'react'

const GLIDE: KeyframeAnimationOptions = { duration: 180, easing: 'cubic-bezier(0.2, 0, 0, 1)' }

/**
 * Rows that make room for a new one glide there instead of jumping, so that the eye can follow the one it is on. Rows
 * are told apart by `data-row`.
 */
export function useGlide(list: RefObject<HTMLElement | null>, items: readonly unknown[]): void {
  const before = useRef(new Map<string, number>())
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured whenever the rows change, and only then
  useLayoutEffect(() => {
    const after = new Map<string, number>()
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches
    for (const row of list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? []) {
      const key = row.dataset.row!
      const from = before.current.get(key)
      after.set(key, row.offsetTop)
      if (from === undefined || from === row.offsetTop || still) continue
      row.animate([{ transform: `translateY(${from - row.offsetTop}px)` }, { transform: 'none' }], GLIDE)
    }
    before.current = after
  }, [items])
}
