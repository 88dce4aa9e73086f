import type { z } from 'zod'
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
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch {
    throw invalid([{ path: 'cursor', message: 'This is not a cursor that a page before has given.' }])
  }
}

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
