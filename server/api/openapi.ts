import type { z } from 'zod'
import { ErrorBody } from '../../client/contract.ts'
import { exampleOf } from './example.ts'
import { nameByShape, type Operation, titleOf } from './operations.ts'
import { createSchemas, type Schema, type Schemas, type Side } from './schemas.ts'

/** An OpenAPI 3.1 document. */
export interface OpenApi {
  openapi: '3.1.0'
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } }
  servers: { url: string }[]
  tags: { name: string }[]
  paths: Record<string, Record<string, OpenApiOperation>>
  components: { schemas: Record<string, Schema>; [kind: string]: unknown }
}

export interface Parameter {
  name: string
  in: 'path' | 'query'
  required: boolean
  description?: string
  schema: Schema
}

export interface OpenApiOperation {
  operationId: string
  summary: string
  description: string
  tags: string[]
  parameters: (Parameter | { $ref: string })[]
  requestBody?: { required: boolean; content: { 'application/json': { schema: Schema; example?: unknown } } }
  responses: Record<string, unknown>
  security: Record<string, string[]>[]
}

interface Means {
  version: string
  /** The name of the session cookie here. */
  cookie: string
}

/** Describes the operations as they are served, made of the contract and nothing else. */
export function describeApi(operations: Operation[], { version, cookie }: Means): OpenApi {
  const asked = operations.flatMap(({ route: { params, query, body, answer } }): [z.ZodType, Side][] => [
    ...[params, query, body].flatMap((shape): [z.ZodType, Side][] => (shape ? [[shape, 'input']] : [])),
    [answer, 'output'],
  ])
  const schemas = createSchemas(nameByShape, [...asked, [ErrorBody, 'output']])
  const paths: OpenApi['paths'] = {}
  for (const operation of operations) {
    const { method, path } = operation.route
    const address = path.replace(/:(\w+)/g, '{$1}')
    paths[address] = { ...paths[address], [method.toLowerCase()]: describe(operation, schemas) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Ringside',
      version,
      description:
        'The open-source call center. Times are ISO 8601 in UTC, telephone numbers E.164 where they can be parsed, ' +
        'durations whole seconds. Fields that a client does not know are to be ignored: newer servers say more.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(operations.map(({ noun }) => noun))].toSorted().map(noun => ({ name: titleOf(noun) })),
    paths: Object.fromEntries(Object.entries(paths).toSorted(([one], [other]) => (one < other ? -1 : 1))),
    components: {
      schemas: { ...schemas.components, ErrorBody: schemas.of(ErrorBody, 'output') },
      securitySchemes: {
        key: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'An API key of the workspace.' },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: cookie,
          description: 'The session of somebody who has signed in.',
        },
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'A token of the configured issuer.',
        },
      },
      parameters: { IdempotencyKey: IDEMPOTENCY_KEY },
      headers: HEADERS,
      responses: Object.fromEntries(
        Object.entries(ERRORS).map(([name, { status: _, ...error }]) => [
          name,
          {
            ...error,
            content: { 'application/json': { schema: { $ref: '#/components/schemas/ErrorBody' } } },
          },
        ]),
      ),
    },
  }
}

function describe({ id, route, noun, who, repeatable }: Operation, schemas: Schemas): OpenApiOperation {
  const schemaOf = (shape: z.ZodType | undefined) => (shape ? schemas.of(shape, 'input') : {})
  const body = route.body && schemas.of(route.body, 'input')
  const example = body && exampleOf(id, body, schemas.components)
  // No example is better than one that is refused.
  const works = route.body?.safeParse(example).success
  return {
    operationId: id,
    summary: route.summary,
    description: [
      who.sentence,
      ...(route.needsRecentSignIn
        ? ['People must have shown who they are within the last quarter of an hour (403 `sign_in_again`).']
        : []),
    ].join(' '),
    tags: [titleOf(noun)],
    parameters: [
      ...pathParameters(route.path, schemaOf(route.params)),
      ...queryParameters(schemaOf(route.query)),
      ...(repeatable ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
    ],
    ...(body && {
      requestBody: {
        required: !route.body!.safeParse(undefined).success,
        content: { 'application/json': { schema: body, ...(works && { example }) } },
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries({ [route.status ?? 200]: 'Done.', ...route.otherStatuses }).map(([status, description]) => [
          status,
          {
            description,
            ...(who.credentials.includes('key') && { headers: BUDGET_HEADERS }),
            content: { 'application/json': { schema: schemas.of(route.answer, 'output') } },
          },
        ]),
      ),
      ...Object.fromEntries(
        errorsOf({ route, who, repeatable }).map(name => [
          ERRORS[name].status,
          { $ref: `#/components/responses/${name}` },
        ]),
      ),
    },
    security: who.credentials.length === 0 ? [] : who.credentials.map(kind => ({ [kind]: [] })),
  }
}

const pathParameters = (path: string, { properties = {} }: Schema): Parameter[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name: name!,
    in: 'path',
    required: true,
    ...spoken(properties[name!] ?? { type: 'string' }),
  }))

const queryParameters = ({ properties = {}, required = [] }: Schema): Parameter[] =>
  Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...spoken(schema),
  }))

/** What a schema says in words belongs to the parameter. */
const spoken = ({ description, ...schema }: Schema) => ({ ...(description && { description }), schema })

type ErrorName = keyof typeof ERRORS

function errorsOf({ route, who, repeatable }: Pick<Operation, 'route' | 'who' | 'repeatable'>): ErrorName[] {
  const open = who.credentials.length === 0
  const can: Record<ErrorName, unknown> = {
    InvalidInput: route.params || route.query || route.body || repeatable,
    Unauthenticated: !open || route.refuses?.includes(401),
    Forbidden: !open,
    NotFound: route.path.includes(':') || route.refuses?.includes(404),
    Conflict: route.method !== 'GET',
    TooLarge: route.body,
    NoJson: route.body,
    KeyReused: repeatable,
    TooMany: open || who.credentials.includes('key') || route.refuses?.includes(429),
    Unavailable: true,
  }
  return (Object.keys(can) as ErrorName[]).filter(name => can[name])
}

const header = (description: string) => ({ description, schema: { type: 'integer' } })
const HEADERS = {
  'RateLimit-Limit': header('Requests an hour that this API key may make.'),
  'RateLimit-Remaining': header('At least so many are left of this hour.'),
  'RateLimit-Reset': header('Seconds until the next hour begins.'),
  'Retry-After': header('Seconds after which asking again may help.'),
}
const BUDGET_HEADERS = Object.fromEntries(
  Object.keys(HEADERS)
    .filter(name => name.startsWith('RateLimit-'))
    .map(name => [name, { $ref: `#/components/headers/${name}` }]),
)
const RETRY = { 'Retry-After': { $ref: '#/components/headers/Retry-After' } }

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Chosen by you, a new one for each thing that is to be done. For 24 hours the same request with the same key is ' +
    'not done again, but gets the first answer, with the header `Idempotent-Replayed: true`.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

const ERRORS = {
  InvalidInput: { status: 400, description: 'The input is not as described; `fields` says where.' },
  Unauthenticated: { status: 401, description: 'No credentials, or none that are in force.' },
  Forbidden: { status: 403, description: 'These credentials may not do this.' },
  NotFound: { status: 404, description: 'There is no such thing in this workspace.' },
  Conflict: { status: 409, description: 'As things are this cannot be done; `code` says why.', headers: RETRY },
  TooLarge: { status: 413, description: 'The body is too large.' },
  NoJson: { status: 415, description: 'The body is not JSON.' },
  KeyReused: { status: 422, description: 'The idempotency key was used for another request.' },
  TooMany: { status: 429, description: 'Too many requests.', headers: RETRY },
  Unavailable: { status: 503, description: 'The database cannot be reached just now.', headers: RETRY },
} satisfies Record<string, { status: number; description: string; headers?: object }>
