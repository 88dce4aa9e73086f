import { expect, test } from 'vitest'
import type { CallDetails } from '../../client/contract.ts'
import { ANA, aCall, aCard, anEvent } from '../../react/testing.ts'
import { callDetailsAfter, callsAfter, fitsFilter } from './calls.ts'

const page = (...items: ReturnType<typeof aCall>[]) => ({ pages: [{ items, nextCursor: null }], pageParams: [null] })

test('a call fits a filter when it fits every part of it', () => {
  const call = aCall({ queue: { id: 'q', name: 'Sales' }, subject: 'Invoice 2291' })
  expect(fitsFilter(call, {})).toBe(true)
  expect(fitsFilter(call, { status: 'ringing', direction: 'inbound', queue: 'q' })).toBe(true)
  expect(fitsFilter(call, { status: 'completed' })).toBe(false)
  expect(fitsFilter(call, { contact: 'c' })).toBe(false)
  expect(fitsFilter(call, { since: call.startedAt, until: '2026-03-01T10:00:00.001Z' })).toBe(true)
  expect(fitsFilter(call, { until: call.startedAt })).toBe(false)
})

test('text is found in numbers as people type them, in names and in subjects', () => {
  const call = aCall({ subject: 'Invoice 2291', contact: { id: 'c', name: 'Ana López', email: null } })
  for (const q of ['202 555', '(202) 555-0143', 'invoice', 'lópez']) expect(fitsFilter(call, { q })).toBe(true)
  for (const q of ['99', 'nobody']) expect(fitsFilter(call, { q })).toBe(false)
})

test('a filtered list takes calls in and lets them go as they change', () => {
  const ringing = callsAfter(page(), anEvent(1, { type: 'call.arrived', call: aCall(), card: aCard() }), {
    status: 'ringing',
  })
  expect(ringing.pages[0]?.items).toEqual([aCall()])
  const over = anEvent(2, { type: 'call.updated', call: aCall({ status: 'completed' }) })
  expect(callsAfter(ringing, over, { status: 'ringing' }).pages[0]?.items).toEqual([])
})

test('the page of a call hears of its notes once, and of nobody else’s', () => {
  const details: CallDetails = {
    ...aCall(),
    match: aCard().match,
    card: aCard(),
    legs: [],
    notes: [],
    events: [],
    recordings: [],
    supervisors: [],
  }
  const noted = anEvent(3, { type: 'call.note_added', call: aCall(), note: { id: 'n', text: 'Hello' }, by: ANA })
  const once = callDetailsAfter(details, noted)
  expect(once.notes).toEqual([{ id: 'n', text: 'Hello', author: 'Ana', createdAt: noted.at, callId: 'call-1' }])
  expect(once.events).toHaveLength(1)
  expect(callDetailsAfter(once, noted)).toEqual(once)
  expect(callDetailsAfter(details, anEvent(4, { type: 'call.updated', call: aCall({ id: 'x' }) }))).toBe(details)
})
