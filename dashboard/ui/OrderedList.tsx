import { ArrowDown, ArrowUp, X } from 'lucide-react'
import { useLayoutEffect, useRef, useState } from 'react'
import { useText } from '../text/text.tsx'
import { moved } from './list.ts'
import { useKeptFocus } from './useKeptFocus.ts'

interface OrderedListProps<Item> {
  label: string
  items: readonly Item[]
  onChange(items: Item[]): void
}

const TOOL =
  'grid size-8 cursor-pointer place-items-center rounded-md text-soft hover:bg-sunken hover:text-ink disabled:invisible'

/** Items whose order counts, moved with buttons; the focus goes along, and the new place is said. */
export function OrderedList<Item extends { id: string; name: string }>({
  label,
  items,
  onChange,
}: OrderedListProps<Item>) {
  const words = useText().fields
  const focus = useRef<string | null>(null)
  const [said, setSaid] = useState('')
  const kept = useKeptFocus<HTMLOListElement>()
  const list = kept.ref
  // Browsers take the focus away from what is moved within the page.
  useLayoutEffect(() => {
    if (focus.current === null) return
    const tools = [
      ...list.current!.querySelectorAll<HTMLButtonElement>(`[data-item="${focus.current}"] button:enabled`),
    ]
    if (!tools.includes(document.activeElement as HTMLButtonElement)) tools[0]?.focus()
    focus.current = null
  })
  function move(index: number, by: number) {
    const item = items[index]!
    focus.current = item.id
    setSaid(words.movedTo(item.name, index + by + 1, items.length))
    onChange(moved(items, index, by))
  }
  return (
    <>
      <ol {...kept} aria-label={label} className="divide-y divide-line rounded-lg border border-line empty:hidden">
        {items.map((item, index) => (
          <li key={item.id} data-item={item.id} className="flex items-center gap-1 py-1 pr-1 pl-3">
            <span className="w-6 text-soft tabular-nums">{index + 1}</span>
            <span className="min-w-0 grow truncate">{item.name}</span>
            <button
              type="button"
              className={TOOL}
              disabled={index === 0}
              aria-label={words.moveUp(item.name)}
              onClick={() => move(index, -1)}
            >
              <ArrowUp className="size-4" aria-hidden="true" />
            </button>
            <button
              type="button"
              className={TOOL}
              disabled={index === items.length - 1}
              aria-label={words.moveDown(item.name)}
              onClick={() => move(index, 1)}
            >
              <ArrowDown className="size-4" aria-hidden="true" />
            </button>
            <button
              type="button"
              className={TOOL}
              aria-label={words.takeOut(item.name)}
              onClick={() => onChange(items.toSpliced(index, 1))}
            >
              <X className="size-4" aria-hidden="true" />
            </button>
          </li>
        ))}
      </ol>
      <span className="sr-only" aria-live="polite">
        {said}
      </span>
    </>
  )
}
