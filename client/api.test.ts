import { expect, test } from 'vitest'
import { ApiError, createApi } from './api.ts'
import { addNote, getCall, listCalls, signOut } from './contract.ts'

interface Sent {
  url: string
  init: RequestInit
}

/** A client that sends nowhere: what it sent, and what it makes of this answer. */
function client(answer: () => Response | Promise<Response>, options: { apiKey?: string; baseUrl?: string } = {}) {
  const sent: Sent[] = []
  const api = createApi({
    ...options,
    fetch: async (url, init) => {
      sent.push({ url: String(url), init: init ?? {} })
      return answer()
    },
  })
  return { api, sent }
}
const json = (body: unknown, init?: ResponseInit) => new Response(JSON.stringify(body), init)
const failure = async (promise: Promise<unknown>): Promise<ApiError> => {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ApiError)
  return error as ApiError
}

test('parameters go into the path, the query only with what is given, the body as JSON', async () => {
  const { api, sent } = client(() => json({ items: [] }))
  await api.call(listCalls, { query: { status: 'ringing', q: '+1 202', cursor: undefined } })
  await api.call(addNote, { params: { id: 'a/b' }, body: { text: 'Ring ñ' } })
  expect(sent[0]).toMatchObject({ url: '/api/calls?status=ringing&q=%2B1+202', init: { method: 'GET' } })
  expect(sent[0]?.init.body).toBeUndefined()
  expect(sent[1]).toMatchObject({ url: '/api/calls/a%2Fb/notes', init: { method: 'POST', body: '{"text":"Ring ñ"}' } })
})

test('the cookie goes along only without a key', async () => {
  const browser = client(() => json({}))
  await browser.api.call(signOut)
  expect(browser.sent[0]?.init).toMatchObject({ credentials: 'same-origin', headers: {} })
  const integration = client(() => json({}), { apiKey: 'secret', baseUrl: 'https://calls.example.com' })
  await integration.api.call(signOut)
  expect(integration.sent[0]).toMatchObject({
    url: 'https://calls.example.com/api/auth/sign-out',
    init: { credentials: 'omit', headers: { 'x-api-key': 'secret' } },
  })
})

test('an error carries its code, its sentence, its fields and when to come back', async () => {
  const fields = [{ path: 'text', message: 'Say something.' }]
  const body = { success: false, error: { code: 'invalid_input', message: 'Not valid.', fields } }
  const { api } = client(() => json(body, { status: 429, headers: { 'retry-after': '7' } }))
  const error = await failure(api.call(getCall, { params: { id: 'x' } }))
  expect(error).toMatchObject({ status: 429, code: 'invalid_input', message: 'Not valid.', fields, retryAfter: 7 })
})

test('an answer from something in between is an error too', async () => {
  const { api } = client(() => new Response('<h1>Bad gateway</h1>', { status: 502 }))
  expect(await failure(api.call(signOut))).toMatchObject({ status: 502, code: 'unexpected_answer' })
})

test('no answer at all is an error with status 0; a request that was called off is not', async () => {
  const { api } = client(() => Promise.reject(new TypeError('fetch failed')))
  expect(await failure(api.call(signOut))).toMatchObject({ status: 0, code: 'unreachable' })
  const controller = new AbortController()
  controller.abort()
  await expect(api.call(signOut, { signal: controller.signal })).rejects.toBeInstanceOf(TypeError)
})

test('an import tells of progress and ends with its report, however the lines are cut', async () => {
  const report = { type: 'done', success: true, imported: 2, updated: 0, rejected: 1, rejections: [] }
  const lines = `${JSON.stringify({ type: 'progress', read: 1, imported: 1, rejected: 0 })}\n${JSON.stringify(report)}`
  const bytes = new TextEncoder().encode(lines)
  const pieces = [bytes.slice(0, 20), bytes.slice(20, 90), bytes.slice(90)]
  const body = () =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece)
        controller.close()
      },
    })
  const { api } = client(() => new Response(body()))
  const progress: number[] = []
  expect(await api.importContacts('name\nAna', { onProgress: ({ read }) => progress.push(read) })).toEqual(report)
  expect(progress).toEqual([1])
})

test('an import that breaks off, or ends in an error, fails', async () => {
  const progress = '{"type":"progress","read":1,"imported":1,"rejected":0}\n'
  const broken = client(() => new Response(progress))
  expect(await failure(broken.api.importContacts('name'))).toMatchObject({ code: 'unreachable' })
  const refused = '{"success":false,"error":{"code":"internal_error","message":"Sorry."}}\n'
  const failed = client(() => new Response(progress + refused))
  expect(await failure(failed.api.importContacts('name'))).toMatchObject({ code: 'internal_error' })
})
