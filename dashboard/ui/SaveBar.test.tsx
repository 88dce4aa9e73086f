// @vitest-environment happy-dom
import { act } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SaveBar } from './SaveBar.tsx'

let root: Root
const [onSave, onDiscard] = [vi.fn(), vi.fn()]

const show = (state: { changed: boolean; pending?: boolean; error?: Error | null }) =>
  act(async () =>
    root.render(
      <form
        onSubmit={event => {
          event.preventDefault()
          onSave()
        }}
      >
        <SaveBar pending={false} error={null} onDiscard={onDiscard} {...state} />
      </form>,
    ),
  )
const button = (name: RegExp) => [...document.querySelectorAll('button')].find(each => name.test(each.textContent))!
const save = () => button(/^Sav/)
const status = () => document.querySelector('[role=status]')!.textContent

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  vi.clearAllMocks()
  document.body.innerHTML = '<div id="root"></div>'
  root = createRoot(document.getElementById('root')!)
})
afterEach(() => act(async () => root.unmount()))

test('whoever saves by keyboard stays where they are, and hears that it is saved', async () => {
  await show({ changed: true })
  expect(status()).toBe('Not saved yet')
  save().focus()
  await act(async () => save().click())
  expect(onSave).toHaveBeenCalledOnce()
  await show({ changed: true, pending: true })
  await show({ changed: false, pending: true })
  await show({ changed: false })
  expect(status()).toBe('Saved.')
  expect(document.activeElement).toBe(save())
  await show({ changed: true })
  expect(status()).toBe('Not saved yet')
  await show({ changed: false })
  expect(status()).toBe('')
})

test('what is not changed is not saved, and what failed is not called saved', async () => {
  await show({ changed: false })
  await act(async () => save().click())
  await act(async () => button(/^Discard/).click())
  expect([onSave.mock.calls, onDiscard.mock.calls]).toEqual([[], []])
  expect(save().getAttribute('aria-disabled')).toBe('true')
  await show({ changed: true, pending: true })
  await show({ changed: true, error: new Error('No.') })
  expect(document.querySelector('[role=alert]')!.textContent).toBe('No.')
  expect(status()).toBe('')
})

test('whoever discards by keyboard stays where they are', async () => {
  await show({ changed: true })
  button(/^Discard/).focus()
  await act(async () => button(/^Discard/).click())
  await show({ changed: false })
  expect([onDiscard.mock.calls.length, document.activeElement]).toEqual([1, button(/^Discard/)])
})
