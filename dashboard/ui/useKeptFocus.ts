import { type MouseEvent, type RefObject, useLayoutEffect, useRef } from 'react'

const FOCUSABLE = ':is(a[href], button, input, select, textarea, summary):not([hidden], :disabled)'

/**
 * For what people take parts away from, with buttons that go with their part. Browsers drop the focus with the button;
 * here it goes to what has come into its place, or to the last that is left. Spread it over an element that stays.
 */
export function useKeptFocus<E extends HTMLElement>(): {
  ref: RefObject<E | null>
  onClickCapture(event: MouseEvent<E>): void
} {
  const ref = useRef<E>(null)
  const pressed = useRef<number | null>(null)
  const places = () => [...ref.current!.querySelectorAll<HTMLElement>(FOCUSABLE)]
  useLayoutEffect(() => {
    if (pressed.current === null) return
    const all = places()
    if (document.activeElement === document.body) all[Math.min(pressed.current, all.length - 1)]?.focus()
    pressed.current = null
  })
  return {
    ref,
    onClickCapture(event) {
      const button = (event.target as Element).closest<HTMLElement>(FOCUSABLE)
      pressed.current = button && places().indexOf(button)
    },
  }
}
