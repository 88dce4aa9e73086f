import { describe, expect, test } from 'vitest'
import type { SoftphoneLeg } from '../../client/softphone/softphone.ts'
import { ANA, aCall, aConversation, aParty, BEN } from '../../react/testing.ts'
import { phoneNoticeOf, talkOf } from './talk.ts'
import { aLeg, aPhoneState } from './testing.ts'

type Given = Parameters<typeof aConversation>[0]
const call = (given: Given = {}) => aCall({ agent: ANA, status: 'in-progress', conversation: aConversation(given) })
const talk = (given: Given = {}, leg: SoftphoneLeg | null = aLeg(), agentId = ANA.id, first = true) =>
  talkOf(call(given), agentId, leg, { first })
const state = (...asked: Parameters<typeof talk>) => talk(...asked)?.state

describe('the state of a talk', () => {
  test('is what matters most: the audio, then who is asked, then hold, then mute', () => {
    const parties = [aParty('customer'), aParty('agent', ANA, { muted: true }), aParty('consultant', BEN)]
    const asked = { type: 'agent' as const, ...BEN }
    const all = { parties, held: true, consultation: { asked, state: 'private' as const } }
    expect(state(all, aLeg({ connection: 'reconnecting' }))).toBe('reconnecting')
    expect(state(all)).toBe('private')
    expect(state({ ...all, consultation: null })).toBe('held')
    expect(state({ ...all, consultation: null, held: false })).toBe('muted')
    expect(state()).toBe('talking')
  })

  test('without audio here is on its way in the first window, and elsewhere in the others', () => {
    expect(state({}, null)).toBe('connecting')
    expect(state({}, null, ANA.id, false)).toBe('elsewhere')
  })

  test('of a call of ours is calling until the customer has answered', () => {
    const ours = { ...call(), direction: 'outbound' as const }
    const calling = (answeredAt: string | null) =>
      talkOf({ ...ours, answeredAt }, ANA.id, aLeg(), { first: true })?.state
    expect([calling(null), calling('2026-03-01T10:00:00.000Z')]).toEqual(['calling', 'talking'])
  })

  test('is muted where the microphone is off, though the others have not been told', () => {
    expect(state({}, aLeg({ muted: true }))).toBe('muted')
  })
})

test('a talk is nobody’s who does not speak in it, and none once it is over or runs elsewhere', () => {
  expect(talk({}, null, BEN.id)).toBeNull()
  expect(talkOf(aCall({ agent: ANA }), ANA.id, null, { first: true })).toBeNull()
  expect(talkOf({ ...call(), status: 'completed' }, ANA.id, aLeg(), { first: true })).toBeNull()
  // In a page of the CRM.
  expect(talkOf({ ...call(), control: 'provider' }, ANA.id, null, { first: true })).toBeNull()
})

test('agent and consultant see each other; until somebody has answered, whom or what is asked', () => {
  const asked = { type: 'queue' as const, id: 'q', name: 'billing' }
  expect(talk({ consultation: { asked, state: 'asking' } })).toMatchObject({ role: 'agent', colleague: 'billing' })
  const parties = [aParty('agent', ANA), aParty('consultant', BEN)]
  const together = { parties, consultation: { asked, state: 'three-way' as const } }
  expect(talk(together)).toMatchObject({ role: 'agent', colleague: 'Ben', consultation: 'three-way' })
  expect(talk(together, aLeg(), BEN.id)).toMatchObject({ role: 'consultant', colleague: 'Ana' })
  expect(talk()).toMatchObject({ colleague: null, consultation: null })
})

test('who listens is told as far as the conversation tells it', () => {
  const sue = aParty('supervisor', { id: 'user-sue', name: 'Sue' }, { listening: 'whisper' })
  expect(talk({ parties: [aParty('agent', ANA), sue] })?.supervisors).toEqual([sue])
})

describe('of the telephone itself is said', () => {
  const notice = (given: Parameters<typeof aPhoneState>[0], needsMicrophone = true) =>
    phoneNoticeOf(aPhoneState(given), needsMicrophone)

  test('what stands in the way, the most pressing first', () => {
    expect(notice({ microphone: 'refused', silenced: true, first: false })).toBe('microphone')
    expect(notice({ silenced: true, first: false })).toBe('silenced')
    expect(notice({ first: false })).toBe('not-first')
    expect(notice({ registered: false, first: false })).toBe('connecting')
    expect(notice({})).toBe('ready')
  })

  test('nothing of a microphone that is not needed', () => {
    expect(notice({ microphone: 'none-found' }, false)).toBe('ready')
    expect(notice({ microphone: 'none-found', legs: [aLeg()] }, false)).toBe('microphone')
  })
})
