import { expect, test } from 'vitest'
import type { FieldType, FieldValue } from '../../core/customField.ts'
import { lineOfValue, readValue } from './fieldValues.ts'

test.each<[FieldType, string, FieldValue | null]>([
  ['text', ' Annie ', 'Annie'],
  ['text', '7', '7'],
  ['number', '0.5', 0.5],
  ['number', '0', 0],
  ['number', 'seven', 'seven'],
  ['date', '2026-03-31', '2026-03-31'],
  ['boolean', 'true', true],
  ['boolean', 'false', false],
  ['choice', 'Gold', 'Gold'],
  ['number', ' ', null],
  ['boolean', '', null],
])('%s: “%s” means %j', (type, line, value) => {
  expect(readValue(type, line)).toBe(value)
  if (line === line.trim()) expect(lineOfValue(value)).toBe(line)
})
