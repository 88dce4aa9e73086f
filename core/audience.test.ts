import fc from 'fast-check'
import { expect, test } from 'vitest'
import { roomsFor, roomsOf } from './audience.ts'
import type { Call } from './call.ts'
import type { CenterEvent } from './event.ts'
import { logByHand } from './handLog.ts'
import { type Principal, ROLES, seesCall } from './role.ts'

const base = logByHand(
  {
    id: 'call',
    direction: 'inbound',
    customer: null,
    contact: null,
    agent: null,
    subject: null,
    status: 'ringing',
    startedAt: '2026-01-01T00:00:00.000Z',
    durationSeconds: null,
  },
  { id: 'u', name: 'U' },
).call
const named = (id: string) => ({ id, name: id })
const call = fc
  .record({
    queue: fc.option(fc.constantFrom('q1', 'q2').map(named)),
    agent: fc.option(fc.constantFrom('a1', 'a2').map(named)),
  })
  .map((more): Call => ({ ...base, ...more }))
const user = fc
  .record({
    role: fc.constantFrom(...ROLES),
    agentId: fc.option(fc.constantFrom('a1', 'a2')),
    queueIds: fc.subarray(['q1', 'q2']),
  })
  .map((more): Principal => ({ kind: 'user', workspaceId: 'w', userId: 'u', name: 'U', email: 'u@x.org', ...more }))

test('whoever is out of a call is told so, though it is another queue’s by now', () => {
  const agent: Principal = {
    ...{ kind: 'user', workspaceId: 'w', userId: 'u', name: 'U', email: 'u@x.org', role: 'agent' },
    ...{ agentId: 'a1', queueIds: ['q1'] },
  }
  const sent: Call = { ...base, queue: named('q2'), agent: null }
  const event = { type: 'call.transferred' as const, call: sent, to: 'q2', by: named('a1'), left: named('a1') }
  expect(hears(agent, event)).toBe(true)
  expect(hears(agent, { ...event, left: null })).toBe(false)
})

const hears = (who: Principal, event: CenterEvent): boolean => {
  const seats = roomsOf(who)
  return roomsFor(event).some(room => seats.includes(room))
}

test('a key that sees calls is told nothing of people and settings', () => {
  const key: Principal = {
    ...{ kind: 'key', workspaceId: 'w', keyId: 'k', name: 'K', operator: false },
    permissions: ['calls:read'],
  }
  const signedIn = { type: 'user.signed_in', user: named('u'), address: '::1', method: 'password' } as never
  expect(hears(key, { type: 'call.updated', call: base })).toBe(true)
  expect(hears(key, signedIn)).toBe(false)
  expect(hears({ ...key, permissions: ['settings:manage'] }, signedIn)).toBe(true)
})

test('whoever may see a call is told of it, and nobody else', () => {
  fc.assert(
    fc.property(user, call, (who, seen) => {
      expect(hears(who, { type: 'call.updated', call: seen })).toBe(seesCall(who, seen))
    }),
  )
})

test('those who saw a call while it was nobody’s learn that it is somebody’s', () => {
  fc.assert(
    fc.property(user, call, (who, seen) => {
      if (seen.agent === null || !seesCall(who, { ...seen, agent: null })) return
      expect(hears(who, { type: 'call.assigned', call: seen, agent: seen.agent })).toBe(true)
    }),
  )
})

test('a key hears what its permissions name', () => {
  const key = (...permissions: ('calls:read' | 'contacts:read')[]): Principal => ({
    kind: 'key',
    workspaceId: 'w',
    keyId: 'k',
    name: 'CRM',
    permissions,
    operator: false,
  })
  const arrived: CenterEvent = { type: 'call.updated', call: base }
  const contact: CenterEvent = { type: 'contact.created', contact: named('c'), by: named('u') }
  expect([hears(key('calls:read'), arrived), hears(key('calls:read'), contact)]).toEqual([true, false])
  expect([hears(key('contacts:read'), arrived), hears(key('contacts:read'), contact)]).toEqual([false, true])
  expect(hears(key(), arrived)).toBe(false)
})
