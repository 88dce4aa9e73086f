import { useEffect, useEffectEvent } from 'react'
import { usePreferences } from '../preferences.ts'

/** Where keys are for typing, or for something that has them all to itself. */
const TYPING = 'input, textarea, select, [contenteditable], dialog'

/**
 * How the focus came to where it is. Enter belongs to what somebody has gone to by keyboard; for whoever has merely
 * clicked there (on their status, say) it answers. `:focus-visible` cannot tell: it becomes true with the key itself.
 */
let wentByKeyboard = false

/**
 * Every shortcut is declared by what it presses (`aria-keyshortcuts`): a button is clicked, a field gets the focus. What
 * is not on the page has no shortcut.
 */
export function useShortcuts(onHelp: () => void): void {
  const { shortcuts } = usePreferences()
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.repeat) return
    if (event.target instanceof Element && event.target.closest(TYPING)) return
    if (document.querySelector(':popover-open')) return
    if (event.key === 'Enter' && wentByKeyboard && event.target !== document.body) return
    // Single characters can be turned off, for people whose microphone types.
    if (event.key.length === 1 && !shortcuts) return
    if (event.key === '?') {
      event.preventDefault()
      onHelp()
      return
    }
    const key = CSS.escape(event.key.length === 1 ? event.key.toLowerCase() : event.key)
    const target = document.querySelector<HTMLElement>(`[aria-keyshortcuts~="${key}"]:not(:disabled)`)
    if (!target) return
    event.preventDefault()
    if (target instanceof HTMLButtonElement) target.click()
    else target.focus()
  })
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if (event.key === 'Tab') wentByKeyboard = true
      onKey(event)
    }
    const onPointer = () => {
      wentByKeyboard = false
    }
    window.addEventListener('keydown', listener)
    window.addEventListener('pointerdown', onPointer, true)
    return () => {
      window.removeEventListener('keydown', listener)
      window.removeEventListener('pointerdown', onPointer, true)
    }
  }, [])
}
