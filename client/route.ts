import type { z } from 'zod'

/**
 * One operation of the HTTP API: the server serves it, the typed client calls it, the documentation shows it.
 * `may` is the sentence that the server asks of whoever calls (`core/role.ts`), or:
 * `anyone` (no credentials), `anybody signed in`, `the operator`.
 */
export interface Route<
  May extends string = string,
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With `:name` for each parameter. */
  path: string
  summary: string
  may: May
  /**
   * Very much somebody's own: a person who has not shown who they are for a quarter of an hour is answered 403
   * `sign_in_again`, and asks again after `POST /api/auth/confirm`. Keys and bearer tokens are their issuer's matter.
   */
  needsRecentSignIn?: boolean
  params?: Params
  query?: Query
  body?: Body
  answer: Answer
  /** The status of success; 200 unless given. */
  status?: number
  /** Statuses of success that it has besides, each with what it means. */
  otherStatuses?: Record<number, string>
  /**
   * Statuses of refusals that do not follow from the rest: 404 where the query or the body names what may not be there,
   * 401 where it is about passwords, 429 where tries are counted.
   */
  refuses?: (401 | 404 | 429)[]
  /** The largest body that is read; 1 MB unless given. */
  maxBytes?: number
}

export function defineRoute<
  const May extends string,
  Params extends z.ZodType = z.ZodType<unknown>,
  Query extends z.ZodType = z.ZodType<unknown>,
  Body extends z.ZodType = z.ZodType<unknown>,
  Answer extends z.ZodType = z.ZodType<unknown>,
>(route: Route<May, Params, Query, Body, Answer>): Route<May, Params, Query, Body, Answer> {
  return route
}
