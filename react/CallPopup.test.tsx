// @vitest-environment happy-dom
import { act, type ReactNode } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Call, Card } from '../client/contract.ts'
import { CallPopup, type CallPopupActions } from './CallPopup.tsx'
import { aCall, aCard, BEN } from './testing.ts'

let root: Root
beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  document.body.innerHTML = '<div id="root"></div>'
  root = createRoot(document.getElementById('root')!)
})
afterEach(() => act(() => root.unmount()))

const render = (node: ReactNode) => act(() => root.render(node))
const actions = (given: Partial<CallPopupActions> = {}): CallPopupActions => ({
  onTake: vi.fn(async () => {}),
  onView: vi.fn(),
  onDismiss: vi.fn(),
  onSettle: vi.fn(async () => {}),
  onCreate: vi.fn(async () => {}),
  onHold: vi.fn(),
  onKeep: vi.fn(),
  ...given,
})
const show = (call: Call, card: Card | null, doing: CallPopupActions, agentId: string | null = 'me') =>
  render(
    <CallPopup call={call} card={card} agentId={agentId} country="US" locale="en" leftMs={30_000} actions={doing} />,
  )
const button = (name: string) => {
  const found = [...document.querySelectorAll('button')].find(each => each.textContent?.startsWith(name))
  if (!found) throw new Error(`no button ${name}`)
  return found
}
const press = (name: string) => act(async () => button(name).click())
const words = () => document.body.textContent ?? ''

const contact = { id: 'c', name: 'Sarah Customer', email: 'sarah@example.com' }
const candidate = { contactId: 'c', ...contact, company: 'Northwind', reason: 'similar' as const }

test('a known customer is named, and leads to their page', async () => {
  const doing = actions()
  await show(aCall({ contact }), aCard({ state: 'matched', candidates: [candidate] }), doing)
  expect(words()).toContain('Sarah Customer')
  expect(words()).toContain('Northwind · sarah@example.com')
  expect(words()).toContain('(202) 555-0143')
  await press('View customer')
  expect(doing.onView).toHaveBeenCalledWith('c')
})

test('a caller whom nobody knows says so, and becomes a customer in place', async () => {
  const doing = actions()
  await show(aCall({ callerName: 'S CUSTOMER' }), aCard(), doing)
  expect(words()).toContain('New caller - not in database')
  await press('Create customer')
  expect(doing.onKeep).toHaveBeenLastCalledWith(true)
  const name = document.querySelector<HTMLInputElement>('input[name=name]')!
  expect(name.value).toBe('S CUSTOMER')
  name.value = 'Sarah Customer'
  await press('Save customer')
  expect(doing.onCreate).toHaveBeenCalledWith({ name: 'Sarah Customer', email: null })
  expect(doing.onKeep).toHaveBeenLastCalledWith(false)
})

test('of several candidates one click says who it is, with the reason for each', async () => {
  const doing = actions()
  await show(aCall(), aCard({ state: 'ambiguous', candidates: [candidate] }), doing)
  expect(words()).toContain('similar number')
  await press('Sarah Customer')
  expect(doing.onSettle).toHaveBeenCalledWith('c')
  await press('None of these')
  expect(doing.onSettle).toHaveBeenLastCalledWith(null)
})

test('a hidden number is shown as such, and nobody is created from it', async () => {
  await show(aCall({ from: 'anonymous' }), aCard({ state: 'withheld', candidates: [] }), actions())
  expect(words()).toContain('Number withheld')
  expect(words()).not.toContain('anonymous')
  expect(() => button('Create customer')).toThrow()
})

test('why a call could not be taken is said where it was asked', async () => {
  const onTake = vi.fn().mockRejectedValue(new Error('Ben has already taken this call.'))
  await show(aCall(), aCard(), actions({ onTake }))
  await press('Take call')
  expect(document.querySelector('[role=alert]')?.textContent).toBe('Ben has already taken this call.')
})

test('once somebody else has it, it says who and cannot be taken', async () => {
  await show(aCall({ agent: BEN }), aCard(), actions())
  expect(words()).toContain('Ben has taken this call')
  expect(() => button('Take call')).toThrow()
})

test('those who take no calls see who is calling and no more', async () => {
  await show(aCall({ contact }), aCard(), actions(), null)
  expect(words()).toContain('Sarah Customer')
  expect(() => button('Take call')).toThrow()
})

test('looked at, it holds its time', async () => {
  const doing = actions()
  await show(aCall(), aCard(), doing)
  await act(async () => button('Dismiss').focus())
  expect(doing.onHold).toHaveBeenLastCalledWith(true)
  await act(async () => button('Dismiss').blur())
  expect(doing.onHold).toHaveBeenLastCalledWith(false)
})
