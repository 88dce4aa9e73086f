import { useEffect, useEffectEvent, useState } from 'react'

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'] as const

/** The keys of a telephone, also by those of the keyboard. */
export function Keypad({ label, typedLabel, onKey }: { label: string; typedLabel: string; onKey(key: string): void }) {
  const [typed, setTyped] = useState('')

  function press(key: string): void {
    setTyped(before => (before + key).slice(-20))
    onKey(key)
  }

  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    const elsewhere = event.ctrlKey || event.altKey || event.metaKey || event.repeat || isTyping(event.target)
    if (!elsewhere && (KEYS as readonly string[]).includes(event.key)) press(event.key)
  })
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKeyDown(event)
    window.addEventListener('keydown', listener)
    return () => window.removeEventListener('keydown', listener)
  }, [])

  return (
    <div>
      <output
        aria-label={typedLabel}
        className="block h-6 overflow-hidden text-center font-mono text-soft tracking-widest"
      >
        {typed}
      </output>
      <fieldset className="mx-auto mt-2 grid w-fit grid-cols-3 gap-3" aria-label={label}>
        {KEYS.map(key => (
          <button
            key={key}
            type="button"
            onClick={() => press(key)}
            className="size-16 cursor-pointer touch-manipulation rounded-full border border-edge text-2xl font-medium tabular-nums transition-colors select-none hover:bg-sunken active:bg-accent-ground motion-reduce:transition-none"
          >
            {key}
          </button>
        ))}
      </fieldset>
    </div>
  )
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select') !== null
