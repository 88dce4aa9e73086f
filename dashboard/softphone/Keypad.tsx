import { useState } from 'react'
import { useText } from '../text/text.tsx'
import { Dialog } from '../ui/Dialog.tsx'

const KEYS = [...'123456789*0#']

interface KeypadProps {
  onPress(key: string): void
  onClose(): void
}

/** The keys of a telephone, for whoever is at the other end. Typed ones do the same. */
export function Keypad({ onPress, onClose }: KeypadProps) {
  const words = useText().voice.talk
  const [pressed, setPressed] = useState('')
  function press(key: string): void {
    onPress(key)
    setPressed(before => before + key)
  }
  return (
    <Dialog title={words.keypad} onClose={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the buttons below do the same */}
      <div
        onKeyDown={event => {
          if (event.ctrlKey || event.metaKey || event.altKey || !KEYS.includes(event.key)) return
          event.preventDefault()
          press(event.key)
        }}
      >
        <output
          aria-label={words.keys}
          className="mb-3 block h-9 truncate text-center text-2xl leading-9 tracking-widest tabular-nums"
        >
          {pressed.slice(-18)}
        </output>
        <div className="mx-auto grid max-w-64 grid-cols-3 gap-2">
          {KEYS.map(key => (
            <button
              key={key}
              type="button"
              className="h-14 cursor-pointer rounded-lg border border-edge text-xl font-semibold hover:bg-sunken"
              onClick={() => press(key)}
            >
              {key}
            </button>
          ))}
        </div>
      </div>
    </Dialog>
  )
}
