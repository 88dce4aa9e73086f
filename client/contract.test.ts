import { expect, test } from 'vitest'
import type { z } from 'zod'
import * as contract from './contract.ts'
import type { Route } from './route.ts'

/** Lists that nothing makes long, each with the reason. */
const SHORT: Record<string, string> = {
  listConnectors: 'as many as there are kinds of connectors',
  listCustomFields: 'at most fifty',
  listEncryptionKeys: 'the keys that the operator has configured',
  listListeners: 'the last hundred; the activity log has them all',
  listOffers: 'what is offered to one person just now',
  listSessions: 'the devices of one person',
}

const fieldsOf = (shape: z.ZodType | undefined): string[] =>
  Object.keys((shape as unknown as { shape?: Record<string, unknown> } | undefined)?.shape ?? {})

test('every list is asked for in pages, or cannot become long', () => {
  const lists = Object.entries(contract as Record<string, unknown>).flatMap(([name, value]) =>
    value !== null && typeof value === 'object' && 'path' in value ? [[name, value as Route] as const] : [],
  )
  const unbounded = lists
    .filter(([, { answer }]) => fieldsOf(answer).includes('nextCursor'))
    .filter(([, { query }]) => !['limit', 'cursor'].every(field => fieldsOf(query).includes(field)))
  expect(unbounded.map(([name]) => name).filter(name => !(name in SHORT))).toEqual([])
})
