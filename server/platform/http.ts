import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Route } from '../../client/route.ts'
import { type Ability, may, type Principal } from '../../core/role.ts'
import { cleanText } from '../../core/text.ts'
import { countRequest } from '../access/requestBudgets.ts'
import type { App } from '../app.ts'
import { asRefusal, errorBody } from './errors.ts'
import { answerOnce } from './idempotency.ts'
import { inWords, problemOf } from './inWords.ts'
import { type FieldProblem, forbidden, invalid, Refusal, unauthenticated } from './refusal.ts'

/** One part of the API. Called once at start. */
export type Routes = (http: FastifyInstance, app: App) => void

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The operation of the contract that a route serves: the documentation is made of what is really here. */
    operation?: Route
  }
}

type Sentence = Ability | 'anyone' | 'anybody signed in' | 'the operator'

interface Asked<Who, Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> {
  who: Who
  params: z.output<Params>
  query: z.output<Query>
  body: z.output<Body>
  request: FastifyRequest
  reply: FastifyReply
}

/**
 * Serves one operation of the contract, always in this order: authenticate, authorise, validate, do. What the operation
 * may see of its workspace's rows is the business of `handle`.
 */
export function serve<
  May extends Sentence,
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Wire,
>(
  http: FastifyInstance,
  app: App,
  route: Route<May, Params, Query, Body, z.ZodType<unknown, Wire>>,
  handle: (asked: Asked<May extends 'anyone' ? Principal | null : Principal, Params, Query, Body>) => Promise<Wire>,
): void {
  type Who = May extends 'anyone' ? Principal | null : Principal
  const identify = async (request: FastifyRequest) => {
    const who = await authorise(app, route.may, request)
    if (route.needsRecentSignIn) await app.access.demandRecentSignIn(request)
    return who as Who
  }
  const operation = `${route.method} ${route.path}`
  serveAs(http, app, route, identify, asked => {
    const { who, request, reply } = asked
    // Reading twice is harmless; and of what anyone may do, nobody could say whose key it is.
    if (route.method === 'GET' || route.may === 'anyone' || who === null) return handle(asked)
    return answerOnce(app, { operation, who, request, reply }, () => handle(asked))
  })
}

/** {@link serve} for those who are no principals: `identify` says who is asking, or throws the 401 or 403. */
export function serveAs<Who, Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType, Wire>(
  http: FastifyInstance,
  app: App,
  route: Route<string, Params, Query, Body, z.ZodType<unknown, Wire>>,
  identify: (request: FastifyRequest) => Promise<Who>,
  handle: (asked: Asked<Who, Params, Query, Body>) => Promise<Wire>,
): void {
  http.route({
    method: route.method,
    url: route.path,
    config: { operation: route },
    ...(route.maxBytes !== undefined && { bodyLimit: route.maxBytes }),
    async handler(request, reply) {
      const who = await identify(request)
      reply.code(route.status ?? 200)
      const answer = await handle({
        who,
        params: readPath(route.params, request.params),
        query: read(route.query, request.query, ''),
        body: read(route.body, request.body, 'body'),
        request,
        reply,
      })
      // In tests every answer is held against the contract; in service the check would cost more than the answer.
      return app.config.checkAnswers ? route.answer.parse(JSON.parse(JSON.stringify(answer))) : answer
    },
  })
}

/** Who is asking, if the sentence lets them. Throws the 401 or 403 otherwise. */
export async function authorise(app: App, sentence: Sentence, request: FastifyRequest): Promise<Principal | null> {
  const who = await app.access.identify(request).catch(error => {
    if (sentence === 'anyone') return null
    throw error
  })
  if (who !== null) await countRequest(app, who, request)
  if (sentence === 'anyone') return who
  if (who === null) throw unauthenticated()
  if (sentence === 'anybody signed in') {
    if (who.kind !== 'user') throw forbidden('This is for people who have signed in, not for API keys.')
  } else if (sentence === 'the operator') {
    if (who.kind !== 'key' || !who.operator) throw forbidden('This takes the operator’s key (ADMIN_API_KEY).')
  } else if (!may(who, sentence)) {
    throw forbidden(
      who.kind === 'key' ? `This API key may not ${sentence}.` : `The role ${who.role} may not ${sentence}.`,
    )
  }
  return who
}

/** Input of a declared shape. Throws a 400 refusal that names every field that is wrong. */
export function read<S extends z.ZodType>(schema: S | undefined, input: unknown, whole: string): z.output<S> {
  if (schema === undefined) return undefined as z.output<S>
  const result = parse(schema, input)
  if (result.success) return result.data
  throw notOfShape(result.error, whole)
}

/** What an address names. What is not even written as an id is the id of nothing: nobody has to know how ours look. */
export function readPath<S extends z.ZodType>(schema: S | undefined, params: unknown): z.output<S> {
  if (schema === undefined) return undefined as z.output<S>
  const result = parse(schema, params)
  if (result.success) return result.data
  const isNoId = result.error.issues.some(issue => issue.code === 'invalid_format' && issue.format === 'uuid')
  throw isNoId ? new Refusal(404, 'not_found', 'There is nothing with this id.') : notOfShape(result.error, '')
}

const parse = <S extends z.ZodType>(schema: S, input: unknown) =>
  schema.safeParse(cleanDeep(input ?? {}), { error: inWords, reportInput: true })

const notOfShape = ({ issues }: z.ZodError, whole: string): Refusal =>
  invalid(
    issues.map((issue): FieldProblem => {
      const path = issue.path.join('.') || whole
      const said = problemOf(issue as z.core.$ZodRawIssue)
      // A shape may have a sentence of its own, which always reads the same.
      return said.message === issue.message ? { path, ...said } : { path, message: issue.message }
    }),
  )

/** Nobody means anything deeper than this; somebody may want to exhaust the stack. */
const MAX_DEPTH = 32

/** Control characters and lone surrogates out of every string: PostgreSQL stores neither. */
function cleanDeep(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (value === null || typeof value !== 'object') return value
  if (depth === MAX_DEPTH) throw invalid([{ path: '', message: 'The input is nested too deeply.' }])
  if (Array.isArray(value)) return value.map(inner => cleanDeep(inner, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [cleanText(key), cleanDeep(inner, depth + 1)]))
}

/** Gives every error the contract's shape. */
export function answerErrors(http: FastifyInstance, app: Pick<App, 'log'>): void {
  http.setErrorHandler((error, request, reply) => {
    const refusal = asRefusal(error)
    if (refusal.status >= 500) app.log.error({ err: error, method: request.method, route: request.routeOptions.url })
    if (refusal.retryAfter !== null) reply.header('retry-after', refusal.retryAfter)
    return reply.code(refusal.status).send(errorBody(refusal))
  })
  http.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send(errorBody(new Refusal(404, 'not_found', `There is nothing at ${request.method} ${pathOf(request)}.`))),
  )
}

const pathOf = (request: FastifyRequest): string => cleanText(request.url.split('?')[0] ?? '').slice(0, 200)
