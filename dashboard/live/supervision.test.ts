import { describe, expect, test } from 'vitest'
import { ANA, aCall, aConversation, aParty } from '../../react/testing.ts'
import { conversationsOf, listenersOf } from './supervision.ts'

const SUE = { id: 'user-sue', name: 'Sue' }
const at = (minute: number) => `2026-03-01T10:0${minute}:00.000Z`
const queued = (id: string, given: Parameters<typeof aCall>[0]) => ({
  ...aCall({ id, agent: ANA, status: 'in-progress', conversation: aConversation(), ...given }),
  kind: 'call' as const,
  card: null,
})

test('one can listen to what somebody talks in over this server, the longest call first', () => {
  const calls = [
    queued('late', { answeredAt: at(5) }),
    queued('early', { answeredAt: at(1) }),
    queued('over', { status: 'completed' }),
    queued('by telephone', { conversation: null }),
    queued('alone', { agent: null, conversation: aConversation({ parties: [aParty('customer')] }) }),
  ]
  expect(conversationsOf(calls).map(({ id }) => id)).toEqual(['early', 'late'])
})

describe('who listens', () => {
  const sue = aParty('supervisor', SUE, { listening: 'whisper' })
  const call = aCall({ conversation: aConversation({ parties: [aParty('agent', ANA), sue] }) })

  test('is who the call tells of', () => {
    expect(listenersOf(call, undefined)).toEqual([{ ...SUE, listening: 'whisper' }])
    expect(listenersOf(aCall(), undefined)).toEqual([])
  })

  test('is who the details tell of, whom the agent may not know of included', () => {
    const unseen = { id: 'user-tom', name: 'Tom', listening: 'monitor' as const }
    expect(listenersOf(call, { supervisors: [unseen] })).toEqual([unseen])
  })
})
