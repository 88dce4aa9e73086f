import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { CenterEvent } from '../../core/event.ts'
import type { StoredEvent } from './eventLog.ts'
import { createLog } from './log.ts'
import { AGAIN_MS, createRounds, type Rounds, type RoundsMeans } from './rounds.ts'

/** One that has begun: the test says how it ends. */
interface Begun {
  workspaceId: string
  end(next?: Date | null): void
  fail(): void
}

let begun: Begun[]
let overdue: string[]
let listeners: ((events: StoredEvent[]) => void)[]
let warned: unknown[][]
let means: RoundsMeans
let rounds: Rounds

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] })
  begun = []
  listeners = []
  overdue = []
  warned = []
  const log = createLog('silent')
  log.warn = (...given: unknown[]) => void warned.push(given)
  means = {
    db: { shared: false, onCommitted: given => listeners.push(given) },
    log,
    work: workspaceId =>
      new Promise((end, reject) =>
        begun.push({ workspaceId, end: (next = null) => end(next), fail: () => reject(new Error('no')) }),
      ),
    overdue: async () => overdue,
    wakes: ({ type }) => type === 'recording.completed',
    failed: 'it did not work',
  }
  rounds = createRounds(means)
})
afterEach(() => {
  rounds.stop()
  vi.useRealTimers()
})

/** Everything that can happen without the clock has happened. */
const settle = async () => {
  for (let i = 0; i < 5; i++) await setImmediate()
}
const places = () => begun.map(({ workspaceId }) => workspaceId)
function happens(workspaceId: string, type: CenterEvent['type']): void {
  for (const listener of listeners) listener([{ workspaceId, event: { type } } as unknown as StoredEvent])
}

test('what is overdue at the start is done, one round after the other', async () => {
  overdue = ['a', 'b']
  await rounds.start()
  await settle()
  expect(places()).toEqual(['a'])
  begun[0]!.end()
  await settle()
  expect(places()).toEqual(['a', 'b'])
})

test('there is another round when its time has come, and none before', async () => {
  rounds.ring('a')
  await settle()
  begun[0]!.end(new Date(Date.now() + 60_000))
  await settle()
  await vi.advanceTimersByTimeAsync(59_999)
  expect(places()).toEqual(['a'])
  await vi.advanceTimersByTimeAsync(1)
  expect(places()).toEqual(['a', 'a'])
})

test('rings before a round begins are one; one during it makes another round after it, never beside it', async () => {
  for (const id of ['a', 'a', 'b', 'a']) rounds.ring(id)
  await settle()
  expect(places()).toEqual(['a'])
  rounds.ring('a')
  rounds.ring('a')
  await settle()
  expect(places()).toEqual(['a'])
  begun[0]!.end()
  await settle()
  expect(places()).toEqual(['a', 'b'])
  begun[1]!.end()
  await settle()
  expect(places()).toEqual(['a', 'b', 'a'])
  begun[2]!.end()
  await settle()
  expect(places()).toEqual(['a', 'b', 'a'])
})

test('what has happened in a workspace is a reason to look there, if it is one', async () => {
  await rounds.start()
  happens('a', 'recording.completed')
  happens('b', 'contact.created')
  await settle()
  expect(places()).toEqual(['a'])
})

test('one that has failed is told of, keeps nobody else waiting, and is tried again', async () => {
  rounds.ring('a')
  rounds.ring('b')
  await settle()
  begun[0]!.fail()
  await settle()
  expect(places()).toEqual(['a', 'b'])
  expect(warned).toEqual([[{ err: new Error('no'), workspaceId: 'a' }, 'it did not work']])
  begun[1]!.end()
  await vi.advanceTimersByTimeAsync(AGAIN_MS - 1)
  expect(places()).toEqual(['a', 'b'])
  await vi.advanceTimersByTimeAsync(1)
  expect(places()).toEqual(['a', 'b', 'a'])
})

test('where several may be under way, one that hangs keeps no other workspace waiting, and its own alone', async () => {
  rounds.stop()
  rounds = createRounds({ ...means, atOnce: 2 })
  for (const id of ['a', 'b', 'c']) rounds.ring(id)
  await settle()
  rounds.ring('a')
  expect(places()).toEqual(['a', 'b'])
  begun[1]!.end()
  await settle()
  expect(places()).toEqual(['a', 'b', 'c'])
  begun[2]!.end()
  await settle()
  expect(places()).toEqual(['a', 'b', 'c'])
  begun[0]!.end()
  await settle()
  expect(places()).toEqual(['a', 'b', 'c', 'a'])
})

describe('once stopped', () => {
  test('the round under way is told to break off, and waited for; its failure is no news', async () => {
    rounds.ring('a')
    await settle()
    expect(rounds.signal.aborted).toBe(false)
    rounds.stop()
    expect(rounds.signal.aborted).toBe(true)
    let idle = false
    const ended = rounds.idle().then(() => {
      idle = true
    })
    await settle()
    expect(idle).toBe(false)
    begun[0]!.fail()
    await ended
    expect(warned).toEqual([])
  })

  test('nothing begins any more: not what waits, not what is due, not what happens', async () => {
    overdue = ['a']
    await rounds.start()
    rounds.ring('b')
    await settle()
    rounds.stop()
    begun[0]!.end(new Date())
    rounds.ring('c')
    happens('d', 'recording.completed')
    await vi.advanceTimersByTimeAsync(24 * 3600_000)
    await settle()
    expect(places()).toEqual(['a'])
    await rounds.idle()
  })
})
