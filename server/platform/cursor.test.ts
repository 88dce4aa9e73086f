import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { ByTime, pageOfShort, readCursor, writeCursor } from './cursor.ts'

const items = (...ids: string[]) => ids.map(id => ({ id }))

test('a short list comes whole, unless a limit is given', () => {
  expect(pageOfShort(items('a', 'b'), {})).toEqual({ items: items('a', 'b'), nextCursor: null })
  expect(pageOfShort([], { limit: 1 })).toEqual({ items: [], nextCursor: null })
})

test('its pages put together are the list', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 20 }), fc.integer({ min: 1, max: 7 }), (ids, limit) => {
      const seen: string[] = []
      for (let cursor: string | undefined; ; ) {
        const page = pageOfShort(items(...ids), { limit, cursor })
        expect(page.items.length).toBeLessThanOrEqual(limit)
        seen.push(...page.items.map(({ id }) => id))
        if (page.nextCursor === null) break
        cursor = page.nextCursor
      }
      expect(seen).toEqual(ids)
    }),
  )
})

test('a page goes on behind the last item, wherever that is now, or where it was', () => {
  const { nextCursor } = pageOfShort(items('b', 'c', 'd'), { limit: 2 })
  const next = (...ids: string[]) => pageOfShort(items(...ids), { limit: 2, cursor: nextCursor! }).items
  expect(next('a', 'b', 'c', 'd')).toEqual(items('d'))
  expect(next('b', 'd', 'e')).toEqual(items('d', 'e'))
  expect(() => pageOfShort(items('a'), { cursor: 'x' })).toThrow(/cursor/)
})

test('a cursor that somebody has made up is refused, or leads to a place that the database can look for', () => {
  const id = '0198a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b'
  expect(readCursor(ByTime, writeCursor(['2026-01-05T09:00:00.000Z', id]))).toEqual(['2026-01-05T09:00:00.000Z', id])
  expect(() => readCursor(ByTime, writeCursor(['0000-01-01T00:00:00Z', id]))).toThrow(/cursor/)
  expect(readCursor(z.tuple([z.string()]), writeCursor(['a\u0000b']))).toEqual(['ab'])
})
