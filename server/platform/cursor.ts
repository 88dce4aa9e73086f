import { z } from 'zod'
import { Id, Time } from '../../client/contract/words.ts'
import { cleanText } from '../../core/text.ts'
import { invalid } from './refusal.ts'

/** A place in a list as an opaque text: what the last row of a page is sorted by. */
export const writeCursor = (place: unknown[]): string => Buffer.from(JSON.stringify(place)).toString('base64url')

/** Reads a cursor back. Null when none is given; a 400 refusal when it is not one of ours. */
export function readCursor<Schema extends z.ZodType>(
  schema: Schema,
  cursor: string | undefined,
): z.output<Schema> | null {
  if (cursor === undefined) return null
  try {
    const text = Buffer.from(cursor, 'base64url').toString()
    return schema.parse(JSON.parse(text, (_, value) => (typeof value === 'string' ? cleanText(value) : value)))
  } catch {
    throw invalid([{ path: 'cursor', message: 'This is not a cursor that a page before has given.' }])
  }
}

/** The place in lists by time. */
export const ByTime = z.tuple([Time, Id])

/** One page of rows that were read with one more than asked for, which tells whether there is a next page. */
export function pageOf<Row, Item>(
  rows: Row[],
  limit: number,
  present: (row: Row) => Item,
  place: (row: Row) => unknown[],
): { items: Item[]; nextCursor: string | null } {
  const last = rows[limit - 1]
  return {
    items: rows.slice(0, limit).map(present),
    nextCursor: rows.length > limit && last !== undefined ? writeCursor(place(last)) : null,
  }
}

const ShortPlace = z.tuple([z.number().int().min(0), z.string()])

/**
 * One page of a list that is short by nature and has been read whole; all the rest of it where no limit is given. A
 * page goes on behind the last item of the one before, or where that was, if it is gone.
 */
export function pageOfShort<Item extends { id: string }>(
  items: Item[],
  { limit, cursor }: { limit?: number | undefined; cursor?: string | undefined },
): { items: Item[]; nextCursor: string | null } {
  const place = readCursor(ShortPlace, cursor)
  const last = place === null ? -1 : items.findIndex(({ id }) => id === place[1])
  const start = place !== null && last === -1 ? place[0] : last + 1
  const page = items.slice(start, start + (limit ?? items.length))
  const end = start + page.length
  return {
    items: page,
    nextCursor: end < items.length && page.length > 0 ? writeCursor([end - 1, page.at(-1)!.id]) : null,
  }
}
