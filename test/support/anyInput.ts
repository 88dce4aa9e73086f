import fc from 'fast-check'
import type { Schema } from '../../server/api/schemas.ts'

const NOBODY = '0198a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b'

/** What nobody means, and somebody sends. */
const STRANGE: unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  1e308,
  2 ** 53,
  '',
  ' ',
  'null',
  '\u0000',
  '\ud800',
  '\u202e',
  '%00',
  '../../etc/passwd',
  "' or 1=1 --",
  'x'.repeat(300),
  'x'.repeat(6000),
  '９',
  '2026-02-30',
  '2026-11-21T00:00:00+25:00',
  [],
  [[]],
  {},
  { $ne: null },
  '__proto__',
]
const strange = fc.constantFrom(...STRANGE)

/** Times that a day, a zone or a database may stumble over. */
const TIMES = [
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '2026-03-29T01:30:00Z',
  '2026-11-21T10:00:00.123Z',
  '9999-12-31T23:59:59Z',
]
const TEXTS = ['sales', 'admin@example.com', '+14155550123', '+1234567890', 'CA1', 'text', 'á 🙂']
/** What satisfies one pattern of the contract or another. */
const PATTERNED = ['09:00', '24:00', 'a-1', 'billing', '9', 'US', 'en-US', '00']

export interface Means {
  /** The named shapes. */
  components: Record<string, Schema>
  /** Of what is there by now. */
  ids: () => string[]
}

/** What is as a shape says, mostly: patterns and some rules beyond the shape are not looked at. */
export function anyInput(schema: Schema, means: Means, depth = 0): fc.Arbitrary<unknown> {
  const inner = (each: Schema) => anyInput(each, means, depth + 1)
  if (schema.$ref) return anyInput(means.components[schema.$ref.split('/').at(-1)!]!, means, depth)
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const variants = schema.anyOf ?? schema.oneOf
  if (variants) return fc.oneof(...variants.map(inner))
  const { type } = schema
  if (Array.isArray(type)) return fc.oneof(...type.map(each => inner({ ...schema, type: each })))
  switch (type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
    case 'number': {
      const [min, max] = [schema.minimum ?? -1, schema.maximum ?? 1e6]
      return fc.oneof(fc.constantFrom(min, max), fc.integer({ min, max: Math.min(max, min + 1000) }))
    }
    case 'string':
      return anyText(schema, means)
    case 'array':
      return depth > 5 || !schema.items
        ? fc.constant([])
        : fc.array(inner(schema.items), {
            minLength: schema.minItems ?? 0,
            maxLength: Math.max(schema.minItems ?? 0, 3),
          })
    case 'object': {
      const fields = Object.entries(schema.properties ?? {})
      const given = depth > 4 ? fields.filter(([name]) => schema.required?.includes(name)) : fields
      return fc.record(Object.fromEntries(given.map(([name, field]) => [name, inner(field)])), {
        requiredKeys: schema.required ?? [],
      })
    }
    default:
      return strange
  }
}

function anyText({ format, pattern, maxLength }: Schema, { ids }: Means): fc.Arbitrary<unknown> {
  switch (format) {
    case 'uuid':
      return fc.nat().map(n => (n % 8 === 0 ? NOBODY : (ids()[n % ids().length] ?? NOBODY)))
    case 'date-time':
      return fc.constantFrom(...TIMES)
    case 'date':
      return fc.constantFrom(...TIMES.map(time => time.slice(0, 10)))
    case 'email':
      return fc.nat(999).map(n => `somebody${n}@example.com`)
    case 'uri':
      return fc.constantFrom('https://crm.example.com/hook', 'http://127.0.0.1:1/')
    default:
      return fc.constantFrom(...(pattern ? PATTERNED : TEXTS)).map(text => text.slice(0, maxLength))
  }
}

/** The same, but in one place, or altogether, something strange. */
export const spoilt = (input: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.tuple(input, fc.infiniteStream(fc.nat(99)), strange).map(([value, dice, instead]) => spoil(value, dice, instead))

function spoil(value: unknown, dice: fc.Stream<number>, instead: unknown): unknown {
  const next = () => dice.next().value!
  if (value === null || typeof value !== 'object' || next() < 15) return instead
  const keys = Object.keys(value)
  const key = keys[next() % keys.length]
  if (key === undefined) return instead
  const copy = structuredClone(value) as Record<string, unknown>
  copy[key] = spoil(copy[key], dice, instead)
  return copy
}
