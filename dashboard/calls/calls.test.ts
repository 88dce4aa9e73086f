import { expect, test } from 'vitest'
import type { CallDetails } from '../../client/contract.ts'
import { ANA, aCall, aCard, aConversation, anEvent, BEN } from '../../react/testing.ts'
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

const details: CallDetails = {
  ...aCall(),
  metadata: {},
  match: aCard().match,
  card: aCard(),
  legs: [],
  notes: [],
  events: [],
  recordings: [],
  supervisors: [],
}

test('the page of a call hears of its notes once, and of nobody else’s', () => {
  const noted = anEvent(3, { type: 'call.note_added', call: aCall(), note: { id: 'n', text: 'Hello' }, by: ANA })
  const once = callDetailsAfter(details, noted)
  expect(once.notes).toEqual([{ id: 'n', text: 'Hello', author: 'Ana', createdAt: noted.at, callId: 'call-1' }])
  expect(once.events).toHaveLength(1)
  expect(callDetailsAfter(once, noted)).toEqual(once)
  expect(callDetailsAfter(details, anEvent(4, { type: 'call.updated', call: aCall({ id: 'x' }) }))).toBe(details)
})

test('the page of a call knows who listens, for as long as there is something to listen to', () => {
  const call = aCall({ status: 'in-progress', conversation: aConversation() })
  const started = { type: 'supervision.started', call, listening: 'monitor', visible: false, by: BEN } as const
  const monitored = callDetailsAfter(details, anEvent(1, started))
  expect(monitored.supervisors).toEqual([{ ...BEN, listening: 'monitor' }])
  const whispers = anEvent(2, { ...started, type: 'supervision.changed', listening: 'whisper' })
  const whispered = callDetailsAfter(monitored, whispers)
  expect(whispered.supervisors).toEqual([{ ...BEN, listening: 'whisper' }])
  expect(callDetailsAfter(whispered, anEvent(3, { type: 'call.held', call, by: ANA })).supervisors).toHaveLength(1)
  const over = anEvent(4, { type: 'call.updated', call: { ...call, status: 'completed' } })
  expect(callDetailsAfter(whispered, over).supervisors).toEqual([])
  const ended = anEvent(4, { type: 'supervision.ended', call, visible: false, by: BEN })
  expect(callDetailsAfter(whispered, ended).supervisors).toEqual([])
})
