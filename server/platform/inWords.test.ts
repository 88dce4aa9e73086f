import { expect, test } from 'vitest'
import { z } from 'zod'
import { read } from './http.ts'
import { inWords } from './inWords.ts'
import type { Refusal } from './refusal.ts'

const Id = z.uuid()
const Clock = z.string().regex(/^\d\d:\d\d$/, 'HH:MM')

test.each<[z.ZodType, unknown, string]>([
  [z.string(), undefined, 'This has to be given.'],
  [z.string(), null, 'This has to be text.'],
  [z.string(), 7, 'This has to be text.'],
  [z.number().int(), 1.5, 'This has to be a whole number.'],
  [z.coerce.number(), 'many', 'This has to be a number.'],
  [z.array(z.string()), {}, 'This has to be a list.'],
  [z.record(z.string(), z.unknown()), [], 'This has to be an object.'],
  [z.string().min(1), '', 'This must not be empty.'],
  [z.array(Id).min(1), [], 'This must not be empty.'],
  [z.string().min(8), 'short', 'This has to be 8 characters at least.'],
  [z.string().max(3), 'long', 'This may be 3 characters at most.'],
  [z.array(z.unknown()).max(2), [1, 2, 3], 'This may be 2 entries at most.'],
  [z.number().min(1), 0, 'This has to be 1 at least.'],
  [z.number().max(200), 201, 'This may be 200 at most.'],
  [z.enum(['inbound', 'outbound']), 'up', 'This has to be one of: inbound, outbound.'],
  [z.literal(true), false, 'This has to be true.'],
  [Id, 'x', 'This is not an id.'],
  [z.email(), 'x', 'This is not an e-mail address.'],
  [z.url(), 'x', 'This is not an address, such as https://example.com/.'],
  [z.iso.datetime(), 'noon', 'This has to be a time in UTC, such as 2026-01-05T09:00:00Z.'],
  [z.iso.date(), '2026-02-30', 'This has to be a day, such as 2026-01-05.'],
  [z.string().regex(/^a$/), 'b', 'This is not written as it has to be.'],
  [z.strictObject({}), { funday: 1 }, 'There is no “funday” here.'],
  [z.union([z.string(), z.array(z.string())]), 7, 'This has none of the forms that it may have.'],
  [
    z.discriminatedUnion('type', [z.object({ type: z.literal('a') }), z.object({ type: z.literal('b') })]),
    { type: 'c' },
    'This has to be one of: a, b.',
  ],
  [Clock, '9:00', 'HH:MM'],
])('%#: says what to do', (shape, value, sentence) => {
  expect(shape.safeParse(value, { error: inWords }).error?.issues.map(({ message }) => message)).toEqual([sentence])
})

test('says what each sentence is made of, but where the shape has one of its own', () => {
  const shape = z.object({ name: z.string().max(3), email: z.email(), retries: z.number(), from: Clock })
  let refusal: unknown
  try {
    read(shape, { name: 'Anna', retries: 'two', from: '9:00' }, 'body')
  } catch (error) {
    refusal = error
  }
  expect((refusal as Refusal).fields).toEqual([
    {
      path: 'name',
      code: 'too-big',
      values: { most: 3, of: 'characters' },
      message: 'This may be 3 characters at most.',
    },
    { path: 'email', code: 'missing', values: {}, message: 'This has to be given.' },
    { path: 'retries', code: 'wrong-type', values: { type: 'number' }, message: 'This has to be a number.' },
    { path: 'from', message: 'HH:MM' },
  ])
})
