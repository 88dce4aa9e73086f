import { expect, test } from 'vitest'
import { copiedToWeekdays, draftOf, hoursOf, readIntervals, writeIntervals } from './hoursDraft.ts'

test.each([
  ['9-17', [{ from: '09:00', to: '17:00' }]],
  [
    '09:00–12:00, 13.30 - 17',
    [
      { from: '09:00', to: '12:00' },
      { from: '13:30', to: '17:00' },
    ],
  ],
  ['22:00-2', [{ from: '22:00', to: '02:00' }]],
  ['0-24', [{ from: '00:00', to: '24:00' }]],
  ['', []],
  ['9', null],
  ['9-25', null],
  ['24:00-2', null],
  ['9-12-14', null],
  ['nine to five', null],
])('“%s” reads as %j', (line, intervals) => expect(readIntervals(line)).toEqual(intervals))

const hours = {
  id: 'h',
  name: 'Office',
  timeZone: 'Europe/Madrid',
  weekly: [
    { weekday: 1, from: '13:00', to: '17:00' },
    { weekday: 1, from: '09:00', to: '12:00' },
    { weekday: 6, from: '10:00', to: '14:00' },
  ],
  exceptions: [{ name: 'Christmas', from: '2026-12-25', to: '2026-12-26', yearly: true, intervals: [] }],
  open: true,
  nextChangeAt: null,
  warnings: [],
}

test('a day is a line, in order of time, and reads back as it was', () => {
  const draft = draftOf(hours)
  expect(draft.days).toEqual(['09:00–12:00, 13:00–17:00', '', '', '', '', '10:00–14:00', ''])
  const read = hoursOf(draft)!
  expect(read.weekly.toSorted((a, b) => (a.from < b.from ? -1 : 1))).toEqual(
    hours.weekly.toSorted((a, b) => (a.from < b.from ? -1 : 1)),
  )
  expect(read.exceptions).toEqual(hours.exceptions)
})

test('one line that cannot be read, and nothing is sent', () => {
  expect(hoursOf({ ...draftOf(hours), days: ['9-17', 'late', '', '', '', '', ''] })).toBeNull()
})

test('Monday is copied to the weekdays, and to them only', () => {
  expect(copiedToWeekdays(['9-17', '', '8-12', '', '', '10-14', ''])).toEqual([
    '9-17',
    '9-17',
    '9-17',
    '9-17',
    '9-17',
    '10-14',
    '',
  ])
})

test('intervals are written with a dash between', () => {
  expect(writeIntervals([{ from: '09:00', to: '12:00' }])).toBe('09:00–12:00')
})
