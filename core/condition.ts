import type { Condition } from './flow.ts'
import type { LookUp } from './prompt.ts'

/** Whether it is so. What is not known equals nothing, and is neither more nor less than anything. */
export function holds({ value: name, is, to = '' }: Condition, lookUp: LookUp): boolean {
  const known = lookUp(name)
  const value = (known ?? '').toLowerCase()
  const other = to.toLowerCase()
  switch (is) {
    case 'set':
      return known !== null && known !== ''
    case 'not-set':
      return known === null || known === ''
    case 'equal':
      return known !== null && value === other
    case 'not-equal':
      return known === null || value !== other
    case 'contains':
      return known !== null && value.includes(other)
    case 'starts-with':
      return known !== null && value.startsWith(other)
    case 'at-least':
      return toNumber(value) >= toNumber(other)
    case 'at-most':
      return toNumber(value) <= toNumber(other)
    default:
      return is satisfies never
  }
}

/** An empty text is no number, although JavaScript takes it for 0. */
const toNumber = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text))
