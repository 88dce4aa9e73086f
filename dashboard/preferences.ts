import { useSyncExternalStore } from 'react'

/** What a person has chosen on this device. */
export interface Preferences {
  theme: 'system' | 'light' | 'dark'
  /** Two quiet tones when a call rings. */
  sound: boolean
  /** The browser's own notifications. */
  notifications: boolean
  /** Single keys that do something. */
  shortcuts: boolean
  /** No calls by telephone are wanted, only those that the page itself carries. */
  webCallsOnly: boolean
}

const DEFAULTS: Preferences = {
  theme: 'system',
  sound: true,
  notifications: false,
  shortcuts: true,
  webCallsOnly: false,
}
/** Also read by public/theme.js, before anything else is there. */
const KEY = 'ringside.preferences'

let preferences = read()
const listeners = new Set<() => void>()

function read(): Preferences {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(KEY) ?? '{}') }
  } catch {
    return DEFAULTS
  }
}

function become(next: Preferences): void {
  preferences = next
  if (next.theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = next.theme
  for (const listener of listeners) listener()
}

export const currentPreferences = (): Preferences => preferences

export function prefer(choice: Partial<Preferences>): void {
  become({ ...preferences, ...choice })
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences))
  } catch {
    // Storage is full or forbidden: the choice holds until the page is closed.
  }
}

// Chosen in one tab, chosen in all.
window.addEventListener('storage', event => {
  if (event.key === KEY) become(read())
})

export function usePreferences(): Preferences {
  return useSyncExternalStore(
    listener => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => preferences,
  )
}
