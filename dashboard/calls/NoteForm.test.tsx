// @vitest-environment happy-dom
import { act } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const addNote = vi.hoisted(() => vi.fn())
vi.mock('../live/callActions.ts', () => ({ addNote }))
const { NoteForm } = await import('./NoteForm.tsx')

let root: Root
const note = () => document.querySelector('textarea')!
const status = () => document.querySelector('[role=status]')!.textContent
const add = () => act(async () => document.querySelector('form')!.requestSubmit())
const write = (text: string) =>
  act(async () => {
    note().value = text
    note().dispatchEvent(new Event('input', { bubbles: true }))
  })

beforeEach(async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  addNote.mockReset()
  document.body.innerHTML = '<div id="root"></div>'
  root = createRoot(document.getElementById('root')!)
  await act(async () => root.render(<NoteForm callId="call-1" />))
})
afterEach(() => act(async () => root.unmount()))

test('a note that is kept leaves room for the next one, and says that it is kept', async () => {
  await write('Wants a call on Monday.')
  await add()
  expect(addNote).toHaveBeenCalledWith('call-1', 'Wants a call on Monday.')
  expect([note().value, status()]).toEqual(['', 'Saved.'])
  await write('And')
  expect(status()).toBe('')
})

test('a note that is not kept stays, with the reason', async () => {
  addNote.mockRejectedValue(new Error('No connection.'))
  await write('Wants a call on Monday.')
  await add()
  expect([note().value, status()]).toEqual(['Wants a call on Monday.', ''])
  expect(document.querySelector('[role=alert]')!.textContent).toBe('No connection.')
})
