// @vitest-environment happy-dom
import { act } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useShortcuts } from './useShortcuts.ts'

let root: Root
const answer = vi.fn()
const other = vi.fn()

function Page() {
  useShortcuts(() => {})
  return (
    <>
      <button type="button" aria-keyshortcuts="Enter" onClick={answer}>
        Answer
      </button>
      <button type="button" onClick={other}>
        Other
      </button>
      <input />
    </>
  )
}

beforeEach(async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  vi.clearAllMocks()
  document.body.innerHTML = '<div id="root"></div>'
  root = createRoot(document.getElementById('root')!)
  await act(async () => root.render(<Page />))
})
afterEach(() => act(() => root.unmount()))

const [otherButton, field] = [
  () => [...document.querySelectorAll('button')].at(-1)!,
  () => document.querySelector('input')!,
]
const press = (on: Element, key: string) => {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
  on.dispatchEvent(event)
  return event
}
const click = (on: HTMLElement) => {
  on.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))
  on.focus()
}

test('Enter answers where nobody has gone by keyboard, also with the focus on what was clicked last', () => {
  press(document.body, 'Enter')
  expect(answer).toHaveBeenCalledTimes(1)
  click(otherButton())
  // Prevented, so that the button under the focus is not pressed as well.
  expect(press(otherButton(), 'Enter').defaultPrevented).toBe(true)
  expect(answer).toHaveBeenCalledTimes(2)
})

test('Enter belongs to what somebody has tabbed to, and to what is typed in', () => {
  press(document.body, 'Tab')
  otherButton().focus()
  expect(press(otherButton(), 'Enter').defaultPrevented).toBe(false)
  press(field(), 'Enter')
  expect(answer).not.toHaveBeenCalled()
})
