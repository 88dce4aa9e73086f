import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Call } from './call.ts'
import { advance, type CallFacts } from './callTurn.ts'
import { DEFAULT_CONSENT } from './consent.ts'
import { audibility } from './conversation.ts'
import {
  ARRIVE_SECONDS,
  accept,
  breakOff,
  COME_BACK_SECONDS,
  come,
  customerOf,
  decline,
  durationOf,
  go,
  hangUp,
  isConversation,
  isOver,
  isThere,
  LIFE_SECONDS,
  passTime,
  RING_SECONDS,
  ring,
  type Side,
  sideOf,
  signalsOf,
  type VoipCall,
  type VoipParty,
} from './voipCall.ts'
import { seekConsent } from './voipConsent.ts'

const START = Date.parse('2026-03-01T10:00:00.000Z')
const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString()

const CARLA: VoipParty = { id: 'p1', supabaseUserId: 'carla', type: 'PORTAL_CUSTOMER', name: 'Carla', phone: null }
const ANA: VoipParty = { id: 'p2', supabaseUserId: 'ana', type: 'CRM_USER', name: 'Ana', phone: null }

/** Recorded, and nobody has to know. */
const UNASKED = seekConsent({ ...DEFAULT_CONSENT, mode: 'none' }, null, [])

const A = { id: 'a', side: 'from' } as const
const B = { id: 'b', side: 'to' } as const

const begin = (from = CARLA, to = ANA, consent: VoipCall['consent'] = UNASKED): VoipCall =>
  ring({ id: 'c', roomName: 'call-1', provider: 'builtin', from, to, consent }, at(0))
const talking = (): VoipCall => {
  const answered = accept(begin(), 'to', at(5))
  return come(come(answered, A, at(6)), B, at(7))
}

describe('a call that rings', () => {
  test('is answered by who is called, once', () => {
    const call = accept(begin(), 'to', at(5))
    expect(call).toMatchObject({ status: 'IN_PROGRESS', answeredAt: at(5), endedAt: null })
    expect(accept(call, 'to', at(6))).toBe(call)
    expect(() => accept(begin(), 'from', at(5))).toThrow('Only who is called can answer.')
  })

  test('is missed after 45 seconds, and not a moment before', () => {
    const call = begin()
    expect(passTime(call, [], at(RING_SECONDS - 0.001))).toBe(call)
    // However late somebody looks, it was then.
    expect(passTime(call, [], at(4000))).toMatchObject({ status: 'MISSED', endedAt: at(RING_SECONDS), dueAt: null })
  })

  test('is declined by who is called, and missed when the caller does not wait', () => {
    expect(decline(begin(), 'to', at(3)).status).toBe('DECLINED')
    expect(hangUp(begin(), 'to', at(3)).status).toBe('DECLINED')
    expect(decline(begin(), 'from', at(3)).status).toBe('MISSED')
    expect(hangUp(begin(), 'from', at(3)).status).toBe('MISSED')
  })

  test('is not kept ringing by a caller who waits in the room', () => {
    expect(come(begin(), A, at(30)).dueAt).toBe(at(RING_SECONDS))
  })

  test('fails when its audio does', () => {
    expect(breakOff(begin(), at(3)).status).toBe('FAILED')
  })
})

describe('a call that is answered', () => {
  test('cannot be declined any more, and is over once for all', () => {
    const call = talking()
    expect(() => decline(call, 'to', at(8))).toThrow('answered already')
    const ended = hangUp(call, 'from', at(335))
    expect(ended).toMatchObject({ status: 'COMPLETED', endedAt: at(335), dueAt: null })
    expect(durationOf(ended)).toBe(335)
    for (const later of [
      hangUp(ended, 'to', at(340)),
      decline(ended, 'to', at(340)),
      come(ended, { id: 'z', side: 'to' }, at(340)),
      go(ended, A, at(340)),
      passTime(ended, [], at(9999)),
      breakOff(ended, at(340)),
    ])
      expect(later).toBe(ended)
    expect(() => accept(ended, 'to', at(340))).toThrow('over')
  })

  test('fails when they never meet', () => {
    const call = come(accept(begin(), 'to', at(5)), A, at(6))
    expect(call.dueAt).toBe(at(5 + ARRIVE_SECONDS))
    expect(passTime(call, [A], at(5 + ARRIVE_SECONDS)).status).toBe('FAILED')
  })

  test('waits for who has lost the network, and not longer because the other goes too', () => {
    const alone = go(talking(), B, at(60))
    expect(alone.dueAt).toBe(at(60 + COME_BACK_SECONDS))
    expect(go(alone, A, at(70)).dueAt).toBe(at(60 + COME_BACK_SECONDS))
    // From then on it is Carla of whom nothing was heard for longest.
    const again = come(alone, { id: 'b2', side: 'to' }, at(70))
    expect(again.dueAt).toBe(at(6 + LIFE_SECONDS))
    expect(passTime(alone, [A], at(75))).toMatchObject({ status: 'COMPLETED', endedAt: at(75) })
  })

  test('goes on as long as both are known to be there, or nobody can tell', () => {
    const call = talking()
    const due = 6 + LIFE_SECONDS
    expect(passTime(call, [A, B], at(due))).toMatchObject({ status: 'IN_PROGRESS', dueAt: at(due + LIFE_SECONDS) })
    expect(passTime(call, null, at(due))).toMatchObject({ status: 'IN_PROGRESS', dueAt: at(due + LIFE_SECONDS) })
    expect(passTime(call, [B], at(due)).status).toBe('COMPLETED')
    // Whoever has shown a sign of life since is there without being asked for.
    expect(passTime(come(call, B, at(60)), [A], at(due))).toMatchObject({
      status: 'IN_PROGRESS',
      dueAt: at(60 + LIFE_SECONDS),
    })
  })

  test('goes on with people of whose coming nobody had told', () => {
    const call = accept(begin(), 'to', at(5))
    const due = 5 + ARRIVE_SECONDS
    expect(passTime(call, [A, B], at(due))).toMatchObject({ status: 'IN_PROGRESS', dueAt: at(due + LIFE_SECONDS) })
  })

  test('does not forget who is there because the other comes and goes', () => {
    let call = talking()
    for (let times = 0; times < 100; times++) {
      call = go(call, { id: `b${times}`, side: 'to' }, at(10))
      call = come(call, { id: `b${times + 1}`, side: 'to' }, at(10))
    }
    expect(call.connections).toHaveLength(40)
    expect([isThere(call, 'from'), isThere(call, 'to')]).toEqual([true, true])
  })

  test('ends though one of two gives signs of life for ever', () => {
    let call = talking()
    for (let now = 30; now < 90; now += 30) call = come(call, A, at(now))
    expect(call.dueAt).toBe(at(7 + LIFE_SECONDS))
    expect(passTime(call, [], at(7 + LIFE_SECONDS)).status).toBe('COMPLETED')
  })

  test('hears late of somebody’s coming who has gone again', () => {
    const gone = go(accept(begin(), 'to', at(5)), A, at(9))
    expect(come(gone, A, at(10)).connections).toEqual(gone.connections)
  })
})

test('is a conversation from when both are there and it is answered, in whatever order', () => {
  expect(isConversation(come(accept(begin(), 'to', at(5)), A, at(6)))).toBe(false)
  expect(isConversation(talking())).toBe(true)
  const early = come(come(begin(), A, at(1)), B, at(1))
  expect([isConversation(early), isConversation(accept(early, 'to', at(2)))]).toEqual([false, true])
})

test('who is in it', () => {
  expect([sideOf(begin(), 'p1'), sideOf(begin(), 'p2'), sideOf(begin(), 'p3')]).toEqual(['from', 'to', null])
})

test('it always ends, whatever happens in whatever order, and what is over has no deadline', () => {
  const step = fc.record({
    do: fc.constantFrom('accept', 'decline', 'hangUp', 'come', 'go', 'wait', 'break'),
    side: fc.constantFrom<Side>('from', 'to'),
    connection: fc.integer({ min: 0, max: 3 }),
    seconds: fc.integer({ min: 0, max: 60 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), steps => {
      let call = begin()
      let now = 0
      for (const { do: what, side, connection, seconds } of steps) {
        now += seconds
        const id = `${side}${connection}`
        try {
          if (what === 'accept') call = accept(call, side, at(now))
          else if (what === 'decline') call = decline(call, side, at(now))
          else if (what === 'hangUp') call = hangUp(call, side, at(now))
          else if (what === 'come') call = come(call, { id, side }, at(now))
          else if (what === 'go') call = go(call, { id, side }, at(now))
          else if (what === 'break') call = breakOff(call, at(now))
          else call = passTime(call, [], at(now))
        } catch (error) {
          expect(error).toMatchObject({ code: expect.any(String) })
        }
        expect(call.dueAt === null).toBe(isOver(call))
        expect(call.endedAt !== null).toBe(isOver(call))
      }
      for (let looks = 0; looks < 3 && call.dueAt !== null; looks++) call = passTime(call, [], call.dueAt)
      expect(isOver(call)).toBe(true)
    }),
  )
})

describe('as the call center knows it', () => {
  const AT_HER_DESK = { id: 'agent-ana', name: 'Ana' }
  const facts = {
    newCallId: 'x',
    card: {},
    contact: null,
    startFlow: null,
    flow: null,
    greeting: {},
  } as never as CallFacts
  const told = (...calls: VoipCall[]): Call =>
    calls
      .flatMap(call => signalsOf(call, call.provider === 'builtin' ? AT_HER_DESK : null))
      .reduce<Call | null>(
        (call, signal) =>
          advance(call, { type: 'signal', signal }, { ...facts, from: signal.from, to: signal.to }, at(0)).call,
        null,
      )!

  test.each<[string, VoipCall, VoipCall, Partial<Call>]>([
    ['a customer who rings', begin(), begin(), { direction: 'inbound', status: 'ringing', from: 'Carla', to: 'Ana' }],
    ['a conversation', begin(), talking(), { status: 'in-progress', answeredAt: at(5) }],
    ['its end', talking(), hangUp(talking(), 'to', at(65)), { outcome: 'answered', durationSeconds: 60 }],
    ['one that was declined', begin(), decline(begin(), 'to', at(9)), { outcome: 'rejected' }],
    ['a customer who was not answered', begin(), passTime(begin(), [], at(50)), { outcome: 'abandoned' }],
    ['one that we begin', begin(ANA, CARLA), begin(ANA, CARLA), { direction: 'outbound', status: 'ringing' }],
    ['one that is not answered', begin(ANA, CARLA), passTime(begin(ANA, CARLA), [], at(50)), { outcome: 'no-answer' }],
    ['one that never came about', begin(), breakOff(begin(), at(9)), { outcome: 'failed' }],
  ])('%s', (_, before, now, expected) => {
    expect(told(before, now)).toMatchObject({ control: 'provider', providerCallId: 'call-1', ...expected })
    // Told at once, or again: the same.
    expect(told(now, before, now)).toMatchObject({ ...expected })
  })

  describe('its conversation', () => {
    const heard = (call: Call) => audibility(call.conversation!)

    test('begins when they talk, and is over with the call', () => {
      expect(told(begin()).conversation).toBeNull()
      const { conversation } = told(begin(), talking())
      expect(conversation).toMatchObject({ revision: 1, recording: 'on' })
      expect(heard(told(begin(), talking()))).toEqual([
        ['agent:agent-ana', 'customer'],
        ['customer', 'agent:agent-ana'],
      ])
      // Told again, it does not begin anew.
      expect(told(begin(), talking(), talking()).conversation).toEqual(conversation)
      expect(told(begin(), talking(), hangUp(talking(), 'to', at(65))).conversation).toBeNull()
    })

    test('is not ours to know where LiveKit carries it', () => {
      expect(told({ ...talking(), provider: 'livekit' }).conversation).toBeNull()
    })
  })

  test.each([
    ['a customer calls', CARLA, ANA, 'from'],
    ['a user calls', ANA, CARLA, 'to'],
    ['a user calls a user', ANA, { ...ANA, id: 'p3' }, 'to'],
  ] as const)('%s: the customer’s side', (_, from, to, side) => {
    expect(customerOf({ from })).toBe(side)
    const legs = signalsOf(begin(from, to), null).filter(({ status }) => status === 'ringing')
    expect(legs.find(({ party }) => party === 'customer')?.providerLegId).toBe(`call-1/${side}`)
  })
})
