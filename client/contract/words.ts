import { z } from 'zod'

export const Id = z.uuid()

/** ISO 8601 has a year 0000; calendars do not, nor has a database: the year 1 came after 1 BC. */
const ofSomeYear = (text: string): boolean => !text.startsWith('0000')
const noYear = 'There was no year 0.'
/** In UTC. */
export const Time = z.iso.datetime().refine(ofSomeYear, noYear)
/** In UTC, or with an offset such as `+02:00`. */
export const ZonedTime = z.iso.datetime({ offset: true }).refine(ofSomeYear, noYear)
export const Day = z.iso.date().refine(ofSomeYear, noYear)

/** A line or a text of people: no wrong types, no more than `max` characters, not only blanks. */
export const words = (max: number) => z.string().trim().min(1).max(max)
export const Named = z.object({ id: Id, name: z.string() })
export const IdParams = z.object({ id: Id })
export const Success = z.object({ success: z.literal(true) })

export const Page = {
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('Items on one page, 1 to 200.'),
  cursor: z.string().max(1000).optional().describe('`nextCursor` of the page before.'),
}
/** For lists that are short by nature: screens want all of it, programs may ask for pages. */
export const ShortPage = {
  limit: Page.limit.unwrap().optional().describe('Items on one page, 1 to 200; all of them unless given.'),
  cursor: Page.cursor,
}
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() })

const SaidValues = z.record(z.string(), z.union([z.string(), z.number(), z.null()]))
/** A sentence in English and what it is made of, so that a program can say it in another language (`core/said.ts`). */
export const saidShape = {
  code: z.string().describe('What is said, whatever it is said of.'),
  values: SaidValues.describe('What it is said of, by name.'),
  message: z.string().describe('The same as a sentence in English.'),
}
/** Every error has this body. */
export const ErrorBody = z.object({
  success: z.literal(false),
  error: z.object({
    code: z.string(),
    message: z.string(),
    fields: z
      .array(
        z.object({
          path: z.string(),
          message: saidShape.message,
          code: saidShape.code.optional(),
          values: saidShape.values.optional(),
        }),
      )
      .optional(),
  }),
})
/** A whole number of seconds, at most `max`. */
export const seconds = (max: number) => z.number().int().min(0).max(max)
