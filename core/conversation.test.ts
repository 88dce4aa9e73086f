import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  alone,
  answered,
  asked,
  audibility,
  type Conversation,
  CUSTOMER,
  hearsMusic,
  hearsRinging,
  held,
  type Listening,
  left,
  merged,
  muted,
  partyOfAgent,
  partyOfSupervisor,
  recorded,
  recordedLanes,
  supervised,
  taken,
  unasked,
  withoutUnseen,
} from './conversation.ts'

const ana = { id: 'ana', name: 'Ana' }
const ben = { id: 'ben', name: 'Ben' }
const sue = { id: 'sue', name: 'Sue' }
const ray = { id: 'ray', name: 'Ray' }
const CONSULTATION = { workId: 'w', asked: { type: 'agent' as const, ...ben } }

const NAMES = new Map([
  [CUSTOMER, 'customer'],
  [partyOfAgent('ana'), 'ana'],
  [partyOfAgent('ben'), 'ben'],
  [partyOfSupervisor('sue'), 'sue'],
  [partyOfSupervisor('ray'), 'ray'],
])
/** Who hears whom, by name: `{ ana: ['customer'] }`. */
function heard(conversation: Conversation): Record<string, string[]> {
  const listeners: Record<string, string[]> = {}
  for (const [listener, speaker] of audibility(conversation)) {
    const name = NAMES.get(listener)!
    listeners[name] = [...(listeners[name] ?? []), NAMES.get(speaker)!]
  }
  return Object.fromEntries(Object.entries(listeners).map(([name, speakers]) => [name, speakers.toSorted()]))
}

const talking = taken(alone('on'), ana)
const consulting = answered(asked(talking, CONSULTATION), ben)
const listenedTo = (listening: Listening, to = talking) => supervised(to, sue, listening, true)

describe('who hears whom', () => {
  test('nobody before somebody has taken the call', () => {
    expect(heard(alone())).toEqual({})
    expect(hearsMusic(alone())).toEqual([])
  })
  test('the two who talk', () => expect(heard(talking)).toEqual({ ana: ['customer'], customer: ['ana'] }))
  test('on hold: the customer hears music, and nobody hears the customer', () => {
    expect(heard(held(talking, true))).toEqual({})
    expect(hearsMusic(held(talking, true))).toEqual([CUSTOMER])
    expect(heard(held(held(talking, true), false))).toEqual(heard(talking))
  })
  test('muted: heard by nobody, hears on', () =>
    expect(heard(muted(talking, partyOfAgent('ana'), true))).toEqual({ ana: ['customer'] }))
  test('asking somebody: the customer hears music, the agent hears it ring', () => {
    const asking = asked(talking, CONSULTATION)
    expect(heard(asking)).toEqual({})
    expect([hearsMusic(asking), hearsRinging(asking)]).toEqual([[CUSTOMER], [partyOfAgent('ana')]])
  })
  test('in private: agent and consultant', () => {
    expect(heard(consulting)).toEqual({ ana: ['ben'], ben: ['ana'] })
    expect([hearsMusic(consulting), hearsRinging(consulting)]).toEqual([[CUSTOMER], []])
  })
  test('three-way: everybody everybody', () => {
    expect(heard(merged(consulting, true))).toEqual({
      ana: ['ben', 'customer'],
      ben: ['ana', 'customer'],
      customer: ['ana', 'ben'],
    })
    expect(heard(merged(merged(consulting, true), false))).toEqual(heard(consulting))
  })
  test('asked no longer: as before', () => {
    expect(heard(unasked(consulting))).toEqual(heard(talking))
    expect(heard(unasked(held(consulting, true)))).toEqual(heard(talking))
  })
  test('handed over: the consultant has the customer, the agent is gone', () =>
    expect(heard(taken(consulting, ben))).toEqual({ ben: ['customer'], customer: ['ben'] }))
  test('monitor: heard by nobody', () =>
    expect(heard(listenedTo('monitor'))).toEqual({ ...heard(talking), sue: ['ana', 'customer'] }))
  test('whisper: heard by the agent alone', () =>
    expect(heard(listenedTo('whisper'))).toEqual({
      ana: ['customer', 'sue'],
      customer: ['ana'],
      sue: ['ana', 'customer'],
    }))
  test('whisper during a consultation: the consultant does not hear it either', () =>
    expect(heard(listenedTo('whisper', consulting))).toEqual({
      ana: ['ben', 'sue'],
      ben: ['ana'],
      sue: ['ana', 'ben'],
    }))
  test('barge: heard by all', () =>
    expect(heard(listenedTo('barge'))).toEqual({
      ana: ['customer', 'sue'],
      customer: ['ana', 'sue'],
      sue: ['ana', 'customer'],
    }))
  test('barge while the customer is on hold: not by the customer', () =>
    expect(heard(listenedTo('barge', held(talking, true)))).toEqual({ ana: ['sue'], sue: ['ana'] }))
  test('listening no longer', () =>
    expect(heard(supervised(listenedTo('barge'), sue, null, true))).toEqual(heard(talking)))
  test('back in line: nobody is left but the customer', () => {
    expect(left(listenedTo('barge', consulting)).parties).toEqual(alone().parties)
    expect(heard(left(talking))).toEqual({})
  })
})

test('who listens unseen is not told', () => {
  const watched = supervised(listenedTo('monitor'), ray, 'monitor', false)
  expect(withoutUnseen(watched).parties.map(({ id }) => NAMES.get(id))).toEqual(['customer', 'ana', 'sue'])
})

describe('what is recorded', () => {
  test('each side in its channel', () =>
    expect(recordedLanes(talking)).toEqual({ left: [partyOfAgent('ana')], right: [CUSTOMER] }))
  test('nothing of a customer on hold, and nothing said in private', () => {
    expect(recordedLanes(held(talking, true))).toEqual({ left: [], right: [] })
    expect(recordedLanes(consulting)).toEqual({ left: [], right: [] })
  })
  test('no whisper, but a barge', () => {
    expect(recordedLanes(listenedTo('whisper')).left).toEqual([partyOfAgent('ana')])
    expect(recordedLanes(listenedTo('barge')).left).toEqual([partyOfAgent('ana'), partyOfSupervisor('sue')])
  })
})

const step = fc.oneof(
  fc.constantFrom(ana, ben).map(agent => (c: Conversation) => taken(c, agent)),
  fc.constant(left),
  fc.boolean().map(is => (c: Conversation) => held(c, is)),
  fc.tuple(fc.constantFrom(...NAMES.keys()), fc.boolean()).map(
    ([id, is]) =>
      (c: Conversation) =>
        muted(c, id, is),
  ),
  fc.constant((c: Conversation) => asked(c, CONSULTATION)),
  fc.constant((c: Conversation) => (c.consultation === null ? c : answered(c, ben))),
  fc.boolean().map(all => (c: Conversation) => merged(c, all)),
  fc.constant(unasked),
  fc.tuple(fc.constantFrom(sue, ray), fc.constantFrom<(Listening | null)[]>('monitor', 'whisper', 'barge', null)).map(
    ([who, how]) =>
      (c: Conversation) =>
        supervised(c, who, how, false),
  ),
  fc.constantFrom<Conversation['recording'][]>('on', 'off', 'paused').map(to => (c: Conversation) => recorded(c, to)),
)

test('whatever happens: no supervisor is heard by those who are not to hear it, and nobody hears itself', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), steps => {
      let conversation = alone()
      for (const next of steps) {
        const before = conversation
        conversation = next(conversation)
        expect(conversation === before || conversation.revision > before.revision).toBe(true)
        const pairs = audibility(conversation)
        expect(new Set(pairs.map(String)).size).toBe(pairs.length)
        const ids = conversation.parties.map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
        for (const [listener, speaker] of pairs) {
          expect(ids).toContain(listener)
          expect(ids).toContain(speaker)
          expect(listener).not.toBe(speaker)
          const supervisor = conversation.parties.find(party => party.id === speaker && party.role === 'supervisor')
          if (supervisor?.role !== 'supervisor') continue
          expect(supervisor.listening).not.toBe('monitor')
          const hearing = conversation.parties.find(({ id }) => id === listener)!
          if (supervisor.listening === 'whisper') expect(hearing.role).toBe('agent')
        }
        // Who waits with music is spoken with by nobody.
        for (const id of hearsMusic(conversation)) expect(pairs.flat()).not.toContain(id)
        const recording = recordedLanes(conversation)
        for (const id of recording.left) expect(pairs).toContainEqual([CUSTOMER, id])
      }
    }),
    { numRuns: 500 },
  )
})
