import { expect, test } from 'vitest'
import { readLine, splitList } from './contactFields.ts'
import { rejectionsAsCsv } from './rejections.ts'

test('a line of several is split where people separate, without blanks and repeats', () => {
  expect(splitList(' vip, renewal;vip,, ')).toEqual(['vip', 'renewal'])
})

test('an emptied line takes the value away, but a name cannot be nothing', () => {
  expect(readLine('company', '  ')).toBeNull()
  expect(readLine('name', '  ')).toBe('')
  expect(readLine('tags', '')).toEqual([])
})

test('rejected lines come back as a file that no spreadsheet takes for a formula', () => {
  const csv = rejectionsAsCsv([{ line: 3, reason: 'No "name"', text: '=HYPERLINK("http://x")' }])
  expect(csv).toBe('"line","reason","text"\r\n"3","No ""name""","\'=HYPERLINK(""http://x"")"\r\n')
})
