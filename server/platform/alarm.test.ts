import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Alarm, createAlarm } from './alarm.ts'
import { createLog } from './log.ts'

const SECOND = 1000
const DAY = 24 * 3600 * SECOND

let rung: string[]
let overdue: string[]
/** What has been asked for: up to when. */
let asked: number[]
let alarm: Alarm

function open(shared = false): void {
  alarm = createAlarm({
    log: createLog('silent'),
    ring: lane => void rung.push(lane),
    async overdue(until) {
      asked.push(until.getTime() - Date.now())
      return overdue
    },
    shared,
  })
}

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-01-01T12:00:00.000Z') })
  rung = []
  overdue = []
  asked = []
  open()
})
afterEach(() => {
  alarm.stop()
  vi.useRealTimers()
})

const setIn = (lane: string, ms: number) => alarm.set(lane, Date.now() + ms)

test('rings in time, and once', () => {
  setIn('a', 5 * SECOND)
  vi.advanceTimersByTime(4999)
  expect(rung).toEqual([])
  vi.advanceTimersByTime(1)
  expect(rung).toEqual(['a'])
  vi.advanceTimersByTime(DAY)
  expect(rung).toEqual(['a'])
})

test('what is due already rings at once', () => {
  setIn('a', -SECOND)
  vi.advanceTimersByTime(1)
  expect(rung).toEqual(['a'])
})

test('each lane in its own time, in whatever order they were set', () => {
  setIn('late', 3 * SECOND)
  setIn('early', SECOND)
  setIn('between', 2 * SECOND)
  for (const expected of [['early'], ['early', 'between'], ['early', 'between', 'late']]) {
    vi.advanceTimersByTime(SECOND)
    expect(rung).toEqual(expected)
  }
})

test.each([
  ['sooner', SECOND],
  ['later', 9 * SECOND],
])('a lane that is set anew rings only then: %s', (_name, ms) => {
  setIn('a', 5 * SECOND)
  setIn('a', ms)
  vi.advanceTimersByTime(ms - 1)
  expect(rung).toEqual([])
  vi.advanceTimersByTime(1)
  expect(rung).toEqual(['a'])
  vi.advanceTimersByTime(DAY)
  expect(rung).toEqual(['a'])
})

test('a lane in which nothing is due any more stays silent; the others do not', () => {
  setIn('a', SECOND)
  setIn('b', 2 * SECOND)
  alarm.set('a', null)
  vi.advanceTimersByTime(DAY)
  expect(rung).toEqual(['b'])
})

test('a lane may be set while it rings', () => {
  const again = createAlarm({
    log: createLog('silent'),
    ring(lane) {
      rung.push(lane)
      if (rung.length < 3) again.set(lane, Date.now() + SECOND)
    },
    overdue: async () => [],
    shared: false,
  })
  again.set('a', Date.now() + SECOND)
  vi.advanceTimersByTime(DAY)
  expect(rung).toEqual(['a', 'a', 'a'])
  again.stop()
})

test('what is due in months neither rings at once nor never', () => {
  setIn('a', 60 * DAY)
  vi.advanceTimersByTime(60 * DAY - 1)
  expect(rung).toEqual([])
  vi.advanceTimersByTime(1)
  expect(rung).toEqual(['a'])
})

test('a clock that is set back delays nothing: whoever is woken looks again', () => {
  setIn('a', 5 * SECOND)
  setIn('b', 60 * SECOND)
  vi.advanceTimersByTime(SECOND)
  vi.setSystemTime(Date.now() - 3600 * SECOND)
  vi.advanceTimersByTime(4 * SECOND)
  expect(rung).toContain('a')
})

test('nothing rings after it has been stopped', () => {
  setIn('a', SECOND)
  alarm.stop()
  setIn('b', SECOND)
  vi.advanceTimersByTime(DAY)
  expect(rung).toEqual([])
})

describe('beginning to work', () => {
  test('rings for everything that has a deadline: what is late, and what this process will have to wake for', async () => {
    overdue = ['a', 'b']
    await alarm.start()
    expect(rung).toEqual(['a', 'b'])
    expect(asked[0]).toBeGreaterThan(365 * DAY)
  })

  test('alone, it looks once', async () => {
    await alarm.start()
    await vi.advanceTimersByTimeAsync(DAY)
    expect(asked).toHaveLength(1)
  })

  test('beside other processes, it rings within two seconds for what they have missed, and leaves them a moment', async () => {
    open(true)
    await alarm.start()
    overdue = ['theirs']
    await vi.advanceTimersByTimeAsync(1500)
    expect(rung).toEqual(['theirs'])
    expect(asked.at(-1)).toBeLessThan(0)
    alarm.stop()
    await vi.advanceTimersByTimeAsync(DAY)
    expect(rung).toEqual(['theirs'])
  })

  test('a database that cannot be asked is asked again', async () => {
    let broken = false
    alarm = createAlarm({
      log: createLog('silent'),
      ring: lane => void rung.push(lane),
      overdue: async () => {
        if (broken) throw new Error('the database is gone')
        return ['a']
      },
      shared: true,
    })
    await alarm.start()
    broken = true
    await vi.advanceTimersByTimeAsync(5 * SECOND)
    expect(rung).toEqual(['a'])
    broken = false
    await vi.advanceTimersByTimeAsync(SECOND)
    expect(rung).toEqual(['a', 'a'])
  })
})

test('a slow database is not asked again before it has answered, nor heeded after the end', async () => {
  alarm.stop()
  let answer = (_lanes: string[]) => {}
  let questions = 0
  alarm = createAlarm({
    log: createLog('silent'),
    ring: lane => void rung.push(lane),
    overdue: () => {
      questions++
      if (questions === 1) return Promise.resolve([])
      return new Promise(resolve => {
        answer = resolve
      })
    },
    shared: true,
  })
  await alarm.start()
  await vi.advanceTimersByTimeAsync(10 * SECOND)
  expect(questions).toBe(2)
  answer(['a'])
  await vi.advanceTimersByTimeAsync(SECOND)
  expect([questions, rung]).toEqual([3, ['a']])
  alarm.stop()
  answer(['b'])
  await vi.advanceTimersByTimeAsync(SECOND)
  expect(rung).toEqual(['a'])
})
