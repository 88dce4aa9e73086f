import { expect, test } from 'vitest'
import { Calendar } from './calendar.ts'
import { exponential, lognormal, randomStream } from './random.ts'

const draw = (count: number, next: () => number): number[] => Array.from({ length: count }, next)
const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length
const cv2 = (values: number[]): number => mean(values.map(value => value ** 2)) / mean(values) ** 2 - 1

test('the same seed and name give the same numbers, another of either gives others', () => {
  const begin = (seed: number, name: string) => draw(5, randomStream(seed, name))
  expect(begin(1, 'arrival')).toEqual(begin(1, 'arrival'))
  expect(begin(1, 'arrival')).not.toEqual(begin(2, 'arrival'))
  expect(begin(1, 'arrival')).not.toEqual(begin(1, 'patience'))
  expect(begin(1, 'arrival')).not.toEqual(begin(1 + 2 ** 32, 'arrival'))
})

test('numbers are even, times exponential or lognormal', () => {
  const random = randomStream(3, 'test')
  const even = draw(200_000, random)
  expect(even.every(value => value >= 0 && value < 1)).toBe(true)
  expect(mean(even)).toBeCloseTo(0.5, 2)
  const times = draw(200_000, () => exponential(random, 180))
  expect(times.every(value => value > 0 && Number.isFinite(value))).toBe(true)
  expect(mean(times) / 180).toBeCloseTo(1, 1.5)
  expect(cv2(times)).toBeCloseTo(1, 1)
  const talks = draw(200_000, () => lognormal(random, 180, 0.5))
  expect(mean(talks) / 180).toBeCloseTo(1, 1.5)
  expect(cv2(talks)).toBeCloseTo(0.5, 1)
})

test('streams of one seed do not go together', () => {
  const one = draw(100_000, randomStream(3, 'arrival'))
  const other = draw(100_000, randomStream(3, 'service'))
  expect(mean(one.map((value, index) => (value - 0.5) * (other[index]! - 0.5)))).toBeCloseTo(0, 2)
})

test('the calendar goes by time, and by entry where the time is the same', () => {
  const calendar = new Calendar()
  const random = randomStream(4, 'calendar')
  const entries = draw(1000, () => Math.floor(random() * 50)).map((time, order) => ({ time, order }))
  for (const { time, order } of entries) calendar.enter(time, 0, order)
  const read: { time: number; order: number }[] = []
  while (calendar.next()) read.push({ time: calendar.time, order: calendar.subject })
  expect(read).toEqual([...entries].sort((a, b) => a.time - b.time || a.order - b.order))
})
