import { currentPreferences } from '../preferences.ts'

let audio: AudioContext | null = null
/** Of all the tabs of this browser, only the one that holds the lock rings. */
let holdsBell = false
/** What the softphone says, which knows this person's other computers too; null: there is none. */
let isFirst: boolean | null = null

const isBell = (): boolean => isFirst ?? holdsBell

/** Whether this page is the one that rings; null: whichever tab of this browser holds the bell. */
export function ringHere(first: boolean | null): void {
  isFirst = first
}

/** Browsers let a page sound only after somebody has clicked or typed on it. */
function wake(): void {
  if (audio || !navigator.userActivation.hasBeenActive) return
  audio = new AudioContext()
  // Locks exist on safe connections only; elsewhere every tab rings.
  if (!('locks' in navigator)) {
    holdsBell = true
    return
  }
  void navigator.locks.request('ringside.bell', () => {
    holdsBell = true
    // Held for as long as this tab is open; the next one takes over.
    return new Promise<never>(() => {})
  })
}

const GESTURES = ['pointerup', 'keydown'] as const

/** Ready to ring from the first gesture on. */
export function awaitGesture(): () => void {
  for (const gesture of GESTURES) window.addEventListener(gesture, wake)
  return () => {
    for (const gesture of GESTURES) window.removeEventListener(gesture, wake)
  }
}

/** How long it is quiet between two rings of a call that is offered. */
const RING_EVERY_MS = 3000

/** Rings until it is stopped, if this person wants sound; whichever page holds the bell does it. */
export function keepRinging(): () => void {
  const ringOnce = () => {
    if (currentPreferences().sound && isBell()) playTones()
  }
  ringOnce()
  const timer = setInterval(ringOnce, RING_EVERY_MS)
  return () => clearInterval(timer)
}

/** Two quiet tones, a fourth apart. */
export function playTones(): void {
  wake()
  if (!audio) return
  const context = audio
  void context.resume()
  for (const [index, frequency] of [587.33, 783.99].entries()) {
    const begin = context.currentTime + index * 0.16
    const tone = context.createOscillator()
    const volume = context.createGain()
    tone.frequency.value = frequency
    volume.gain.setValueAtTime(0, begin)
    volume.gain.linearRampToValueAtTime(0.12, begin + 0.02)
    volume.gain.exponentialRampToValueAtTime(0.0001, begin + 0.6)
    tone.connect(volume).connect(context.destination)
    tone.start(begin)
    tone.stop(begin + 0.62)
  }
}

interface Notice {
  /** One notification per tag, however many tabs give it. */
  tag: string
  title: string
  body: string
  onClick(): void
}

/** Says that a call rings, in the ways that this person has chosen. */
export function ring(notice: Notice): void {
  if (currentPreferences().sound && isBell()) playTones()
  notify(notice)
}

/** The browser's own notification, where this person wants it. */
export function notify({ tag, title, body, onClick }: Notice): void {
  if (!currentPreferences().notifications || !('Notification' in window) || Notification.permission !== 'granted')
    return
  try {
    const notification = new Notification(title, { body, tag: `ringside-${tag}`, icon: '/icon.svg', silent: true })
    notification.onclick = () => {
      window.focus()
      notification.close()
      onClick()
    }
  } catch {
    // Browsers on telephones have the word, but let only service workers use it.
  }
}
