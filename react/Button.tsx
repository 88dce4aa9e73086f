import type { ButtonHTMLAttributes } from 'react'

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `primary`: the one thing to do here. `plain`: as quiet as text. `danger`: what cannot be taken back. */
  look?: 'primary' | 'secondary' | 'plain' | 'danger'
  /**
   * What it does is being done, or has been and would change nothing. It cannot be pressed, and keeps the focus: browsers
   * take it from what is disabled.
   */
  pending?: boolean
  /** Keys that do the same, as for `aria-keyshortcuts`. The first is shown; they are listened for elsewhere. */
  shortcut?: string
}

export function Button({ look = 'secondary', pending = false, shortcut, children, className, ...button }: ButtonProps) {
  return (
    <button
      type="button"
      className={`ringside-button${className ? ` ${className}` : ''}`}
      data-look={look}
      {...(shortcut === undefined ? {} : { 'aria-keyshortcuts': shortcut })}
      {...button}
      {...(pending && { 'aria-disabled': true, onClick: event => event.preventDefault() })}
    >
      {children}
      {shortcut !== undefined && (
        <span className="ringside-key" aria-hidden="true">
          {keyCap(shortcut.split(' ')[0]!)}
        </span>
      )}
    </button>
  )
}

/** As it stands on the key: letters in capitals, names as they are. */
const keyCap = (key: string): string => (key.length === 1 ? key.toUpperCase() : key)
