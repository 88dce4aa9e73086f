import type { FieldType, FieldValue } from '../../core/customField.ts'

/** A value as it stands in a line of input; empty: there is none. */
export const lineOfValue = (value: FieldValue | null): string => (value === null ? '' : String(value))

/** What an edited line means: an empty one takes the value away. What is no number is left to the server to refuse. */
export function readValue(type: FieldType, line: string): FieldValue | null {
  const text = line.trim()
  if (text === '') return null
  if (type === 'boolean') return text === 'true'
  if (type !== 'number') return text
  const number = Number(text)
  return Number.isNaN(number) ? text : number
}
