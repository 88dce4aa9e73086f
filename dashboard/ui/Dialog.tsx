import { X } from 'lucide-react'
import { type ReactNode, useEffect, useId, useRef } from 'react'
import { useText } from '../text/text.tsx'

interface DialogProps {
  title: string
  onClose(): void
  children: ReactNode
  wide?: boolean
}

/** The browser's own modal dialog: it traps and returns the focus, closes on Esc, and makes the rest inert. */
export function Dialog({ title, onClose, children, wide = false }: DialogProps) {
  const text = useText()
  const titleId = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const element = dialog.current!
    const before = withAncestors(document.activeElement)
    element.showModal()
    // Where there is something to fill in or to decide, it comes before closing.
    const [field, anything] = [FIELD, FOCUSABLE].map(each => element.querySelector<HTMLElement>(`[data-body] ${each}`))
    ;(field ?? anything)?.focus()
    return () => {
      element.close()
      giveFocusBack(before)
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      className={`max-h-[85dvh] ${wide ? 'w-[40rem]' : 'w-[28rem]'} max-w-[calc(100vw-2rem)]`}
      onCancel={event => {
        event.preventDefault()
        onClose()
      }}
    >
      <div className="sticky top-0 z-10 flex items-center gap-2 border-b border-line bg-raised px-5 py-3">
        <h2 id={titleId} className="grow text-base">
          {title}
        </h2>
        <button
          type="button"
          aria-label={text.close}
          className="-mr-2 grid size-9 place-items-center rounded-lg text-soft hover:bg-sunken hover:text-ink"
          onClick={onClose}
        >
          <X className="size-4" aria-hidden="true" />
        </button>
      </div>
      <div data-body className="p-5">
        {children}
      </div>
    </dialog>
  )
}

const FIELD = ':is(input, select, textarea):not([hidden], :disabled)'
const FOCUSABLE = ':is(a[href], button, input, select, textarea, summary):not([hidden], :disabled)'

function withAncestors(element: Element | null): Element[] {
  return element === null ? [] : [element, ...withAncestors(element.parentElement)]
}

/** To where it came from; when that is gone (the row that was deleted), to the first that is left beside it. */
function giveFocusBack([from, ...around]: readonly Element[]): void {
  const place = from?.isConnected ? from : around.find(each => each.isConnected)?.querySelector(FOCUSABLE)
  if (place instanceof HTMLElement) place.focus()
}
