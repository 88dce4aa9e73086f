import { expect, test } from 'vitest'
import type { LiveEvent } from '../client/live.ts'
import { type AgentNow, agentAfter, agentNow } from './agents.ts'
import { ANA, aCall, aCard, aConversation, anAgent, anEvent, anOffer, aParty, BEN } from './testing.ts'

const at = (minute: number) => `2026-03-01T10:0${minute}:00.000Z`
const told = (minute: number, what: Parameters<typeof anEvent>[1]): LiveEvent => ({
  ...anEvent(minute, what),
  at: at(minute),
})
const ready = agentNow(anAgent(), [])
const play = (start: AgentNow, ...events: LiveEvent[]) => events.reduce(agentAfter, start)
const shown = ({ activity, activeSince }: AgentNow) => [activity, activeSince]

const call = aCall({ agent: ANA, status: 'in-progress' })
const over = aCall({ agent: ANA, status: 'completed' })
const offered = told(1, { type: 'offer.made', offer: anOffer(), call: aCall(), card: aCard(), explanation: null })
const accepted = told(2, { type: 'offer.ended', offer: anOffer(), call, outcome: 'accepted' })
const assigned = told(2, { type: 'call.assigned', call, agent: ANA })
const ended = told(3, { type: 'call.status_changed', call: over, previousStatus: 'in-progress' })
const wrapUp = told(3, { type: 'agent.wrap_up_started', agent: ANA, call: over, until: at(4) })
const extended = told(4, { type: 'agent.wrap_up_extended', agent: ANA, callId: call.id, until: at(6) })
const finished = told(5, { type: 'agent.wrap_up_ended', agent: ANA, callId: call.id })

test('an agent is offered a call, talks, writes and is ready again, each since when', () => {
  expect(shown(play(ready, offered))).toEqual(['offered', at(1)])
  expect(shown(play(ready, offered, assigned, accepted))).toEqual(['talking', at(2)])
  expect(shown(play(ready, offered, assigned, accepted, ended, wrapUp))).toEqual(['wrap-up', at(3)])
  const writing = play(ready, offered, assigned, accepted, ended, wrapUp, extended)
  expect(writing.wrapUps).toEqual([{ callId: call.id, until: at(6) }])
  expect(shown(writing)).toEqual(['wrap-up', at(3)])
  expect(shown(play(writing, finished))).toEqual(['ready', at(5)])
})

test('hearing an event twice changes nothing, and events of others are theirs', () => {
  const once = play(ready, offered, assigned, accepted)
  expect(play(ready, offered, offered, assigned, assigned, accepted, accepted)).toEqual(once)
  const bens = told(1, { type: 'call.assigned', call: aCall({ id: 'x', agent: BEN }), agent: BEN })
  expect(agentAfter(ready, bens)).toBe(ready)
})

test('presence is chosen, and says since when', () => {
  const missed = told(4, {
    type: 'agent.presence_changed',
    agent: ANA,
    presence: { status: 'busy', reason: 'missed' },
    previous: { status: 'available', reason: null },
    by: null,
  })
  const away = play(ready, missed)
  expect(away.presence).toEqual({ status: 'busy', reason: 'missed', since: at(4) })
  expect(shown(away)).toEqual(['away', at(4)])
  // What is going on goes on.
  expect(shown(play(ready, offered, assigned, accepted, missed))).toEqual(['talking', at(2)])
})

test('whoever was busy when the page was opened is free again when that ends', () => {
  const queued = { ...call, answeredAt: at(0), kind: 'call' as const, card: null }
  const talking = agentNow(anAgent({ activity: 'talking' }), [queued])
  expect(shown(talking)).toEqual(['talking', at(0)])
  expect(shown(play(talking, ended))).toEqual(['ready', at(3)])
  expect(shown(play(agentNow(anAgent({ activity: 'talking' }), []), ended))).toEqual(['ready', at(3)])
  expect(shown(play(agentNow(anAgent({ activity: 'offered' }), []), accepted))).toEqual(['ready', at(2)])
})

test('a call that becomes somebody else’s, or nobody’s, leaves its agent free', () => {
  const talking = play(ready, assigned)
  for (const other of [aCall({ agent: BEN, status: 'in-progress' }), aCall({ agent: null, status: 'in-progress' })]) {
    expect(play(talking, told(3, { type: 'call.updated', call: other })).activity).toBe('ready')
  }
})

test('who is asked by a colleague is on that call until they are out of it', () => {
  const conversation = aConversation({ parties: [aParty('agent', BEN), aParty('consultant', ANA)] })
  const asked = told(1, {
    type: 'consultation.answered',
    call: aCall({ agent: BEN, status: 'in-progress', conversation }),
    agent: ANA,
  })
  const left = told(2, {
    type: 'consultation.ended',
    call: aCall({ agent: BEN, conversation: aConversation({ parties: [aParty('agent', BEN)] }) }),
    asked: ANA,
    reason: 'left',
    by: ANA,
    left: ANA,
  })
  expect(shown(play(ready, asked))).toEqual(['talking', at(1)])
  expect(shown(play(ready, asked, left))).toEqual(['ready', at(2)])
})
