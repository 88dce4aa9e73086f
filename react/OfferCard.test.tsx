// @vitest-environment happy-dom
import { act } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { OfferCard, type OfferCardActions } from './OfferCard.tsx'
import type { Offered } from './offers.ts'
import { popupTextEs } from './popupText.ts'
import { ANA, aCall, aCard, anOffer, BEN } from './testing.ts'

let root: Root
beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  document.body.innerHTML = '<div id="root"></div>'
  root = createRoot(document.getElementById('root')!)
  vi.useFakeTimers({ now: Date.parse('2026-03-01T10:00:15.000Z') })
})
afterEach(async () => {
  await act(async () => root.unmount())
  vi.useRealTimers()
})

const contact = { id: 'c', name: 'Sarah Customer', email: 'sarah@example.com' }
const explanation = {
  strategy: 'longest-idle' as const,
  requires: {},
  offeredTo: [ANA.id],
  eligible: [BEN.id],
  hindered: [],
}
const actions = (given: Partial<OfferCardActions> = {}): OfferCardActions => ({
  onAccept: vi.fn(async () => {}),
  onDecline: vi.fn(async () => {}),
  ...given,
})
const show = (given: Partial<Offered>, doing: OfferCardActions, text?: typeof popupTextEs) =>
  act(async () =>
    root.render(
      <OfferCard
        offered={{ ...anOffer(), call: aCall({ contact }), card: aCard(), explanation, ...given }}
        country="US"
        locale="en"
        actions={doing}
        {...(text && { text })}
      />,
    ),
  )
const words = () => document.body.textContent ?? ''
const press = (name: string) =>
  act(async () => [...document.querySelectorAll('button')].find(each => each.textContent?.startsWith(name))!.click())

test('it says who calls, for which queue, why it is this agent and how long it rings', async () => {
  await show({}, actions())
  for (const said of [
    'Sarah Customer',
    'for support',
    'free the longest',
    'Waited 0:10.',
    '1 other is free too.',
    '15 s left',
  ])
    expect(words()).toContain(said)
  await act(async () => vi.advanceTimersByTime(4000))
  expect(words()).toContain('11 s left')
  await act(async () => vi.advanceTimersByTime(60_000))
  expect(words()).toContain('0 s left')
})

test('it is answered, or left to others', async () => {
  const doing = actions()
  await show({}, doing)
  await press('Answer')
  expect(doing.onAccept).toHaveBeenCalledOnce()
  await press('Decline')
  expect(doing.onDecline).toHaveBeenCalledOnce()
})

test('why it could not be answered is said where it was asked', async () => {
  await show({}, actions({ onAccept: vi.fn().mockRejectedValue(new Error('Somebody else was faster.')) }))
  await press('Answer')
  expect(document.querySelector('[role=alert]')?.textContent).toBe('Somebody else was faster.')
})

test('a message and a promised callback are called what they are', async () => {
  await show({ kind: 'voicemail' }, actions())
  expect(document.querySelector('article')?.getAttribute('aria-label')).toBe('Message for you')
  await show({ kind: 'callback' }, actions(), popupTextEs)
  expect(words()).toContain('Devolver la llamada')
})

test('an offer that was fetched has no explanation, and says what it knows', async () => {
  await show({ explanation: null }, actions())
  expect(words()).toContain('Why you? Waited 0:10.')
})
