import type { z } from 'zod'
import type { createPrompt, ErrorBody, ImportProgress, ImportReport } from './contract.ts'
import type { Route } from './route.ts'

export interface ApiOptions {
  /** Where Ringside is; the page's own origin unless given. */
  baseUrl?: string
  /** Without one, the browser's session cookie says who is asking. */
  apiKey?: string
  fetch?: typeof fetch
}

export interface FieldProblem {
  /** Where in the input, dotted. */
  path: string
  /** For people, in English. */
  message: string
  /** What the message says and of what, for who says it in another language; absent where it always reads the same. */
  code?: string | undefined
  values?: Record<string, string | number | null> | undefined
}

/** An answer that is not the one that was asked for, or none at all (`status` 0, code `unreachable`). */
export class ApiError extends Error {
  readonly status: number
  /** What a program can act on; `message` is the sentence for people. */
  readonly code: string
  readonly fields: FieldProblem[]
  /** Seconds after which asking again may help. */
  readonly retryAfter: number | null

  constructor(
    status: number,
    code: string,
    message: string,
    more: { fields?: FieldProblem[]; retryAfter?: number | null } = {},
  ) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.fields = more.fields ?? []
    this.retryAfter = more.retryAfter ?? null
  }
}

/** One part of what is asked: absent where the route does not declare it, optional where all of it is. */
type Part<Name extends string, Schema extends z.ZodType> =
  unknown extends z.input<Schema>
    ? { [K in Name]?: never }
    : Record<never, never> extends z.input<Schema>
      ? { [K in Name]?: z.input<Schema> }
      : { [K in Name]: z.input<Schema> }

type Asked<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = Part<'params', P> &
  Part<'query', Q> &
  Part<'body', B> & {
    signal?: AbortSignal
    /** For what must not happen twice: the same request with the same key gets the first answer again, for 24 hours. */
    idempotencyKey?: string
  }

export interface Api {
  /**
   * Performs one operation of the contract. Answers are typed by the contract and not checked again here: a client must
   * not break when a newer server says more.
   *
   * @throws ApiError
   */
  call<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
    route: Route<string, P, Q, B, A>,
    ...asked: Record<never, never> extends Asked<P, Q, B> ? [asked?: Asked<P, Q, B>] : [asked: Asked<P, Q, B>]
  ): Promise<z.output<A>>

  /**
   * Imports contacts from CSV (first line: names of columns) and tells of progress as it goes.
   *
   * @throws ApiError
   */
  importContacts(
    csv: Blob | string,
    options?: { onProgress?: (progress: Progress) => void; signal?: AbortSignal },
  ): Promise<ImportReport>

  /**
   * Adds a recorded prompt. `sound`: WAV, or Opus in Ogg or WebM, as `MediaRecorder` makes it; at most 10 MB.
   *
   * @throws ApiError
   */
  uploadPrompt(
    sound: Blob,
    prompt: z.input<NonNullable<(typeof createPrompt)['query']>>,
  ): Promise<z.output<(typeof createPrompt)['answer']>>
}

type Progress = z.output<typeof ImportProgress>

export function createApi(options: ApiOptions = {}): Api {
  const request = options.fetch ?? fetch
  const headers: Record<string, string> = options.apiKey === undefined ? {} : { 'x-api-key': options.apiKey }

  async function send(path: string, init: RequestInit): Promise<Response> {
    let response: Response
    try {
      response = await request(`${options.baseUrl ?? ''}${path}`, {
        ...init,
        headers: { ...headers, ...init.headers },
        credentials: options.apiKey === undefined ? 'same-origin' : 'omit',
      })
    } catch (error) {
      if (init.signal?.aborted) throw error
      throw new ApiError(0, 'unreachable', 'Ringside cannot be reached. Check the connection and try again.')
    }
    if (!response.ok) throw await readError(response)
    return response
  }

  return {
    async uploadPrompt(sound, prompt) {
      const headers = { 'content-type': sound.type || 'application/octet-stream' }
      const response = await send(`/api/prompts${searchOf(prompt)}`, { method: 'POST', body: sound, headers })
      return response.json()
    },

    async call(route, ...[asked]) {
      const { params, query, body, signal, idempotencyKey } = (asked ?? {}) as {
        params?: Record<string, string>
        query?: Record<string, unknown>
        body?: unknown
        signal?: AbortSignal
        idempotencyKey?: string
      }
      const response = await send(pathOf(route.path, params) + searchOf(query), {
        method: route.method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        },
        ...(signal ? { signal } : {}),
      })
      return response.json()
    },

    async importContacts(csv, { onProgress, signal } = {}) {
      const response = await send('/api/contacts/import', {
        method: 'POST',
        body: csv,
        headers: { 'content-type': 'text/csv' },
        ...(signal ? { signal } : {}),
      })
      for await (const line of linesOf(response)) {
        const said: Progress | ImportReport | z.output<typeof ErrorBody> = JSON.parse(line)
        if ('error' in said) throw new ApiError(response.status, said.error.code, said.error.message)
        if (said.type === 'done') return said
        onProgress?.(said)
      }
      throw new ApiError(0, 'unreachable', 'The import was cut off. Lines already taken stay; it is safe to repeat it.')
    },
  }
}

function pathOf(path: string, params: Record<string, string> = {}): string {
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
}

function searchOf(query: Record<string, unknown> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`
}

async function readError(response: Response): Promise<ApiError> {
  const retryAfter = Number(response.headers.get('retry-after')) || null
  // Something between us and the server may answer in its own words.
  const body = (await response.json().catch(() => null)) as Partial<z.output<typeof ErrorBody>> | null
  const error = body?.error
  return new ApiError(
    response.status,
    error?.code ?? 'unexpected_answer',
    error?.message ?? `The server answered with ${response.status}.`,
    { fields: error?.fields ?? [], retryAfter },
  )
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  if (response.body === null) return
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    const lines = (rest + decoder.decode(value, { stream: !done })).split('\n')
    rest = done ? '' : lines.pop()!
    for (const line of lines) if (line.trim() !== '') yield line
    if (done) return
  }
}
