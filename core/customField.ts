/** What values a field takes. `date`: `YYYY-MM-DD`, a day and no moment. */
export type FieldType = 'text' | 'number' | 'date' | 'choice' | 'boolean'

/** A field that a workspace adds to its contacts. */
export interface CustomField {
  /** By which programs know it: `account_tier`. */
  name: string
  label: string
  type: FieldType
  /** What a `choice` is among; empty for all others. */
  choices: string[]
  /** Whether it is shown to whoever may take a call. */
  onCard: boolean
}

export type FieldValue = string | number | boolean
export type FieldValues = Record<string, FieldValue>

/** A custom field as a card shows it: in words, with no need to know its definition. */
export interface ShownField {
  label: string
  value: FieldValue
}

const MAX_TEXT = 2000

/**
 * The values as they are after this: `given` replaces single fields, null takes one away. What is wrong is told by
 * field, and then no value is given.
 */
export function setFields(
  definitions: readonly CustomField[],
  before: FieldValues,
  given: Readonly<Record<string, unknown>>,
): { values: FieldValues } | { problems: { name: string; message: string }[] } {
  const problems: { name: string; message: string }[] = []
  const values = { ...before }
  for (const [name, value] of Object.entries(given)) {
    const definition = definitions.find(field => field.name === name)
    if (definition === undefined) problems.push({ name, message: 'There is no field of this name.' })
    else if (value === null) delete values[name]
    else {
      const problem = problemOf(definition, value)
      if (problem === null) values[name] = value as FieldValue
      else problems.push({ name, message: problem })
    }
  }
  return problems.length > 0 ? { problems } : { values }
}

function problemOf(field: CustomField, value: unknown): string | null {
  switch (field.type) {
    case 'text':
      return typeof value === 'string' && value.length <= MAX_TEXT
        ? null
        : `Has to be a text of up to ${MAX_TEXT} characters.`
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? null : 'Has to be a number.'
    case 'boolean':
      return typeof value === 'boolean' ? null : 'Has to be true or false.'
    case 'choice':
      return typeof value === 'string' && field.choices.includes(value)
        ? null
        : `Has to be one of: ${field.choices.join(', ')}.`
    case 'date':
      return typeof value === 'string' && isDay(value) ? null : 'Has to be a day, such as 2026-03-31.'
  }
}

function isDay(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)?.map(Number) ?? []
  if (year === undefined || month === undefined || day === undefined) return false
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  return day >= 1 && day <= (lengths[month - 1] ?? 0)
}
