import { expect, test } from 'vitest'
import { callState, canTake, placesInLine, queueAfter, shownNumber } from './callQueue.ts'
import { ANA, aCall, aCard, anEvent, aQueue, aRequest } from './testing.ts'

const ids = (queue: { items: readonly { id: string }[] }) => queue.items.map(({ id }) => id)
const at = (minute: number) => `2026-03-01T10:0${minute}:00.000Z`

test('a call that arrives is in the queue with its card, newest demand first', () => {
  const before = aQueue({ ...aRequest({ createdAt: at(1) }), kind: 'request' })
  const card = aCard()
  const older = queueAfter(
    before,
    anEvent(1, { type: 'call.arrived', call: aCall({ id: 'a', startedAt: at(0) }), card }),
  )
  const queue = queueAfter(
    older,
    anEvent(2, { type: 'call.arrived', call: aCall({ id: 'b', startedAt: at(2) }), card }),
  )
  expect(ids(queue)).toEqual(['b', 'request-1', 'a'])
  expect(queue.items[0]).toMatchObject({ kind: 'call', card })
  expect(queue.seq).toBe(2)
})

test('an event that the queue has already heard changes nothing', () => {
  const queue = queueAfter(aQueue(), anEvent(5, { type: 'call.arrived', call: aCall(), card: aCard() }))
  expect(queueAfter(queue, anEvent(5, { type: 'call.arrived', call: aCall({ id: 'x' }), card: aCard() }))).toBe(queue)
  expect(queueAfter(queue, anEvent(3, { type: 'call.updated', call: aCall({ status: 'completed' }) }))).toBe(queue)
})

test('a call stays where it is and keeps its card while it goes on, and is gone when it is over', () => {
  const card = aCard()
  let queue = queueAfter(aQueue(), anEvent(1, { type: 'call.arrived', call: aCall({ id: 'a' }), card }))
  queue = queueAfter(queue, anEvent(2, { type: 'call.arrived', call: aCall({ id: 'b', startedAt: at(1) }), card }))
  queue = queueAfter(queue, anEvent(3, { type: 'call.assigned', call: aCall({ id: 'a', agent: ANA }), agent: ANA }))
  expect(ids(queue)).toEqual(['b', 'a'])
  expect(queue.items[1]).toMatchObject({ agent: ANA, card })
  const over = aCall({ id: 'a', status: 'completed', outcome: 'answered' })
  queue = queueAfter(queue, anEvent(4, { type: 'call.status_changed', call: over, previousStatus: 'in-progress' }))
  expect(ids(queue)).toEqual(['b'])
})

test('entries that an event is not about are the same objects, so that they are not drawn again', () => {
  const queue = aQueue(
    { ...aCall({ id: 'a' }), kind: 'call', card: null },
    { ...aCall({ id: 'b' }), kind: 'call', card: null },
  )
  const next = queueAfter(queue, anEvent(1, { type: 'call.updated', call: aCall({ id: 'b', subject: 'Invoice' }) }))
  expect(next.items[0]).toBe(queue.items[0])
  expect(next.items[1]).not.toBe(queue.items[1])
})

test('once somebody has said who is calling, the card asks nobody again', () => {
  const candidate = { contactId: 'c', name: 'Ana', email: null, company: null, reason: 'exact' as const }
  let queue = queueAfter(
    aQueue(),
    anEvent(1, { type: 'call.arrived', call: aCall(), card: aCard({ state: 'ambiguous', candidates: [candidate] }) }),
  )
  queue = queueAfter(queue, anEvent(2, { type: 'call.contact_settled', call: aCall(), by: ANA }))
  expect(queue.items[0]).toMatchObject({ card: { match: { state: 'settled' } } })
})

test('only pending requests are in the queue', () => {
  let queue = queueAfter(aQueue(), anEvent(1, { type: 'request.created', request: aRequest(), card: aCard() }))
  expect(ids(queue)).toEqual(['request-1'])
  queue = queueAfter(
    queue,
    anEvent(2, { type: 'request.updated', request: aRequest({ status: 'in-progress' }), by: ANA }),
  )
  expect(ids(queue)).toEqual([])
  queue = queueAfter(queue, anEvent(3, { type: 'request.updated', request: aRequest(), by: ANA }))
  expect(ids(queue)).toEqual(['request-1'])
})

test('a contact’s new name is on its calls at once, and a deleted one is not', () => {
  const contact = { id: 'c', name: 'Ana', email: null }
  const queue = aQueue({ ...aCall({ contact }), kind: 'call', card: null })
  const renamed = queueAfter(
    queue,
    anEvent(1, { type: 'contact.updated', contact: { id: 'c', name: 'Ana María' }, by: ANA }),
  )
  expect(renamed.items[0]).toMatchObject({ contact: { name: 'Ana María' } })
  const deleted = queueAfter(
    renamed,
    anEvent(2, { type: 'contact.deleted', contact: { id: 'c', name: 'Ana María' }, by: ANA }),
  )
  expect(deleted.items[0]).toMatchObject({ contact: null })
})

test('a call with nothing but our music on the line is waiting, not in progress', () => {
  expect(callState(aCall({ status: 'in-progress' }))).toBe('waiting')
  expect(callState(aCall({ status: 'in-progress', answeredAt: at(1) }))).toBe('live')
  expect(callState(aCall({ status: 'in-progress', agent: ANA }))).toBe('live')
  expect(callState(aCall({ status: 'completed', outcome: 'abandoned' }))).toBe('missed')
  expect(callState(aCall({ status: 'completed', outcome: 'answered' }))).toBe('done')
})

test('only an inbound call that nobody has and that is not over can be taken', () => {
  expect(canTake(aCall())).toBe(true)
  expect(canTake(aCall({ agent: ANA }))).toBe(false)
  expect(canTake(aCall({ status: 'completed' }))).toBe(false)
  expect(canTake(aCall({ direction: 'outbound' }))).toBe(false)
})

test('the place in line counts per queue from whoever came first; those who have an agent are not in it', () => {
  const sales = { id: 'q-sales', name: 'sales' }
  const queued = (id: string, minute: number, given: object = {}) => ({
    ...aCall({ id, startedAt: at(minute), queue: sales, ...given }),
    kind: 'call' as const,
    card: null,
  })
  const places = placesInLine([
    queued('c', 4),
    queued('b', 3, { agent: ANA }),
    queued('a', 2),
    queued('other', 1, { queue: { id: 'q-hr', name: 'hr' } }),
    queued('none', 0, { queue: null }),
  ])
  expect([...places].toSorted()).toEqual([
    ['a', 1],
    ['c', 2],
    ['other', 1],
  ])
})

test('a call that is put in line, sent on or offered is changed where it stands', () => {
  let queue = queueAfter(aQueue(), anEvent(1, { type: 'call.arrived', call: aCall(), card: aCard() }))
  const sales = { id: 'q', name: 'sales' }
  queue = queueAfter(queue, anEvent(2, { type: 'call.queued', call: aCall({ queue: sales }) }))
  expect(queue.items).toMatchObject([{ queue: sales, card: aCard() }])
  queue = queueAfter(
    queue,
    anEvent(3, { type: 'call.transferred', call: aCall({ queue: null }), to: 'x', by: ANA, left: ANA }),
  )
  expect(queue.items).toMatchObject([{ queue: null }])
})

test('a withheld number is none, however the network spells it', () => {
  expect(shownNumber(aCall({ from: 'anonymous' }), 'US')).toBeNull()
  expect(shownNumber(aCall({ from: null }), 'US')).toBeNull()
  expect(shownNumber(aCall({ from: '+12025550143' }), 'US')).toBe('(202) 555-0143')
  expect(shownNumber(aCall({ direction: 'outbound', to: '+493012345678' }), 'US')).toBe('+49 30 12345678')
})
