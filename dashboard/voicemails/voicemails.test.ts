import { expect, test } from 'vitest'
import type { Callback, Voicemail } from '../../client/contract.ts'
import type { LiveEvent } from '../../client/live.ts'
import { ANA, aCall, anEvent, BEN } from '../../react/testing.ts'
import type { Pages } from '../live/pages.ts'
import { callbacksAfter, voicemailsAfter, workAfter, workOf } from './voicemails.ts'

const queue = { id: 'q', name: 'support' }
const call = aCall({ queue, status: 'completed', outcome: 'voicemail' })
const none = { pages: [{ items: [], nextCursor: null }], pageParams: [null] }
const items = <Item>({ pages }: Pages<Item>) => pages.flatMap(page => page.items)

const left = anEvent(1, { type: 'voicemail.left', voicemailId: 'v', call, seconds: 12 })
const takenUp = anEvent(2, { type: 'voicemail.taken_up', voicemailId: 'v', call, agent: ANA })
const done = anEvent(3, { type: 'voicemail.done', voicemailId: 'v', call, by: ANA })
const messages = (...events: LiveEvent[]) => items(events.reduce<Pages<Voicemail>>(voicemailsAfter, none))

const promised = anEvent(4, { type: 'callback.promised', callbackId: 'b', call, number: '+12025550143' })
const dialled = anEvent(5, { type: 'callback.taken_up', callbackId: 'b', call, agent: ANA })
const reached = anEvent(6, { type: 'callback.done', callbackId: 'b', call, by: ANA })
const unreached = (reason: string) => anEvent(6, { type: 'callback.failed', callbackId: 'b', call, reason })
const promises = (...events: LiveEvent[]) => items(events.reduce<Pages<Callback>>(callbacksAfter, none))

test('a message is new, taken up and done, however often it is told', () => {
  expect(messages(left)).toMatchObject([{ id: 'v', status: 'new', seconds: 12, queue, from: '+12025550143' }])
  expect(messages(left, left, takenUp, left)).toMatchObject([{ status: 'in-progress', agent: ANA }])
  expect(messages(left, takenUp, done, done)).toMatchObject([{ status: 'done' }])
  expect(messages(takenUp)).toEqual([])
})

test('a promised callback is in line, taken up and done; one attempt counts once', () => {
  expect(promises(promised)).toMatchObject([{ id: 'b', status: 'waiting', attempts: 0 }])
  expect(promises(promised, dialled, dialled)).toMatchObject([{ status: 'in-progress', attempts: 1, agent: ANA }])
  expect(promises(promised, dialled, reached)).toMatchObject([{ status: 'done' }])
})

test('whose agent was not reached is in line again; whose customer was not waits for a person', () => {
  expect(promises(promised, dialled, unreached('agent-unreachable'))).toMatchObject([
    { status: 'waiting', attempts: 1, agent: null },
  ])
  expect(promises(promised, dialled, unreached('customer-unreachable'))).toMatchObject([
    { status: 'failed', agent: ANA },
  ])
})

test('an agent’s work is what is in progress and theirs, oldest first, until it is done', () => {
  const mine = { ...messages(left, takenUp)[0]!, leftAt: '2026-03-01T10:00:00.000Z' }
  const earlier = { ...promises(promised, dialled)[0]!, promisedAt: '2026-03-01T09:00:00.000Z' }
  const theirs = { ...mine, id: 'x', agent: BEN }
  const work = workOf(ANA.id, [mine, theirs, { ...mine, id: 'y', status: 'done' }], [earlier])
  expect(work.map(({ id }) => id)).toEqual(['b', 'v'])
  expect(workAfter(work, done).map(({ id }) => id)).toEqual(['b'])
  expect(workAfter(work, reached).map(({ id }) => id)).toEqual(['v'])
  expect(workOf(null, [mine], [])).toEqual([])
})
