import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Commands } from '../provider.ts'
import { rest } from './rest.ts'

interface Vector {
  id: string
  request: { method: string; uri: string; form?: Record<string, unknown>; headers: Record<string, string> }
  response: { status: number; body: unknown }
}

interface Received {
  method: string | undefined
  path: string | undefined
  headers: IncomingMessage['headers']
  /** In the order and with the spelling of the wire. */
  fields: [string, string][]
}

const vectors: Vector[] = JSON.parse(readFileSync(new URL('vectors/rest.json', import.meta.url), 'utf8')).cases
const vector = (id: string): Vector => vectors.find(known => known.id === id)!

const ACCOUNT = { accountSid: 'AC00000000000000000000000000000001', authToken: 'a1b2c3d4e5f60718293a4b5c6d7e8f90' }
const CALL = { providerCallId: 'CA00000000000000000000000000000009' }
const URLS = { answer: 'https://cc.example.com/twiml/out', status: 'https://cc.example.com/leg' }

const servers: Server[] = []
afterEach(() => {
  vi.restoreAllMocks()
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A stand-in for Twilio on this machine, and our commands pointed at it. */
async function standIn(listener: RequestListener): Promise<Commands> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return rest(ACCOUNT, { apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

/** Twilio answers every request with `status` and `body`. */
async function answering(status: number, body: unknown): Promise<{ twilio: Commands; received: Received[] }> {
  const received: Received[] = []
  const twilio = await standIn(async (request, response) => {
    const { method, url: path, headers } = request
    received.push({ method, path, headers, fields: [...new URLSearchParams(await text(request))] })
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  return { twilio, received }
}

/** The fields that the official library sent, of those `names`: one pair for every value. */
const libraryFields = ({ request }: Vector, names: string[]): string[] =>
  Object.entries(request.form!)
    .filter(([name]) => names.includes(name))
    .flatMap(([name, value]) => [value].flat().map(one => `${name}=${one}`))
    .sort()

describe('a request', () => {
  test.each<[string, (twilio: Commands) => Promise<unknown>]>([
    ['calls.update-url', twilio => twilio.ask(CALL, 'https://cc.example.com/twiml/next')],
    ['calls.update-completed', twilio => twilio.hangUp(CALL)],
    ['calls.create-url', twilio => twilio.dial({ type: 'number', number: '+14155551234' }, '+18005551212', URLS, 30)],
    ['messages.create', twilio => twilio.sendText('+14155551234', '+18005551212', 'Your ticket is 42 ✓')],
  ])('is made as the official library makes %s', async (id, send) => {
    const { request, response } = vector(id)
    const { twilio, received } = await answering(response.status, response.body)
    expect(await send(twilio)).toMatchObject({ done: true })
    expect(received).toHaveLength(1)
    const [{ method, path, headers, fields }] = received as [Received]
    expect({ method, path }).toEqual({ method: request.method, path: new URL(request.uri).pathname })
    expect(headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/)
    expect(headers.authorization).toBe(`Basic ${btoa(`${ACCOUNT.accountSid}:${ACCOUNT.authToken}`)}`)
    const names = [...new Set(fields.map(([name]) => name))]
    expect(fields.map(([name, value]) => `${name}=${value}`).sort()).toEqual(libraryFields(vector(id), names))
    // What only records, limits or falls back is left out on purpose; nothing else is.
    const omitted = Object.keys(request.form!).filter(name => !names.includes(name))
    for (const name of omitted) expect(name).toMatch(/^(Fallback|Record|Trim$|TimeLimit$)|^StatusCallback$/)
  })

  test('tells every step of a call that it places, and its id', async () => {
    const { twilio, received } = await answering(201, vector('calls.create-url').response.body)
    expect(await twilio.dial({ type: 'number', number: '+14155551234' }, '+18005551212', URLS, 30)).toEqual({
      done: true,
      ...CALL,
    })
    const { fields } = received[0]!
    expect(fields).toContainEqual(['StatusCallback', URLS.status])
    expect(fields.flatMap(([name, value]) => (name === 'StatusCallbackEvent' ? [value] : []))).toEqual([
      'initiated',
      'ringing',
      'answered',
      'completed',
    ])
  })

  test('cannot leave its path', async () => {
    const { twilio, received } = await answering(200, {})
    await twilio.hangUp({ providerCallId: '../../Messages?x=' })
    expect(received[0]?.path).toBe(`/2010-04-01/Accounts/${ACCOUNT.accountSid}/Calls/..%2F..%2FMessages%3Fx%3D.json`)
  })
})

describe('a refusal', () => {
  const dial = (twilio: Commands) => twilio.dial({ type: 'number', number: '+14155551234' }, '+18005551212', URLS, 30)
  const hangUp = (twilio: Commands) => twilio.hangUp(CALL)

  test.each([
    ['error-21220', hangUp, { gone: true, retryable: false }],
    ['error-20404', hangUp, { gone: true, retryable: false }],
    ['error-20429', hangUp, { gone: false, retryable: true }],
    ['error-20003', hangUp, { gone: false, retryable: false }],
    ['error-20429', dial, { gone: false, retryable: true }],
    ['error-21211', dial, { gone: false, retryable: false }],
    ['error-20404', dial, { gone: false, retryable: false }],
  ])('%s of %o', async (id, send, expected) => {
    const { status, body } = vector(id).response
    const { twilio } = await answering(status, body)
    expect(await send(twilio)).toEqual({ done: false, ...expected, reason: expect.stringMatching(/^Twilio .*\.$/) })
  })

  test.each([500, 502, 503])('%i may be repeated where that cannot call or write twice', async status => {
    const { twilio } = await answering(status, 'Bad gateway')
    const failed = { done: false, gone: false, reason: `Twilio answered with status ${status}.` }
    expect(await hangUp(twilio)).toEqual({ ...failed, retryable: true })
    expect(await twilio.ask(CALL, URLS.answer)).toEqual({ ...failed, retryable: true })
    expect(await dial(twilio)).toEqual({ ...failed, retryable: false })
    expect(await twilio.sendText('+14155551234', '+18005551212', 'Hello')).toEqual({ ...failed, retryable: false })
  })

  test('repeats nothing that was sent, however Twilio puts it', async () => {
    const { accountSid, authToken } = ACCOUNT
    const echo = `${accountSid} ${authToken} ${btoa(`${accountSid}:${authToken}`)} +14155551234`
    for (const body of [{ code: 20003, message: echo }, { code: echo }, { message: echo }, echo, 'null']) {
      for (const status of [400, 401, 404, 500]) {
        const { twilio } = await answering(status, body)
        const told = JSON.stringify([await hangUp(twilio), await dial(twilio)])
        for (const secret of [...echo.split(' '), CALL.providerCallId]) expect(told).not.toContain(secret)
      }
    }
  })
})

describe('no answer', () => {
  const failed = { done: false, gone: false, reason: 'Twilio cannot be reached.' }

  test('from a server that is not there', async () => {
    const twilio = rest(ACCOUNT, { apiUrl: 'http://127.0.0.1:1' })
    expect(await twilio.hangUp(CALL)).toEqual({ ...failed, retryable: true })
    expect(await twilio.dial({ type: 'number', number: '+1' }, '+1', URLS, 30)).toEqual({ ...failed, retryable: false })
  })

  test('from one that hangs up on us', async () => {
    const twilio = await standIn(request => request.socket.destroy())
    expect(await twilio.hangUp(CALL)).toEqual({ ...failed, retryable: true })
  })

  test('from one that sends us elsewhere: our credentials do not follow', async () => {
    const { received } = await answering(200, {})
    const { port } = servers[0]!.address() as AddressInfo
    const twilio = await standIn((_, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${port}/` })
      response.end()
    })
    expect(await twilio.hangUp(CALL)).toEqual({ ...failed, retryable: true })
    expect(received).toEqual([])
  })

  test('within the time that somebody on the line can wait', async () => {
    const timeout = vi
      .spyOn(AbortSignal, 'timeout')
      .mockReturnValue(AbortSignal.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')))
    const { twilio } = await answering(200, {})
    const reason = 'Twilio did not answer within 5 seconds.'
    expect(await twilio.hangUp(CALL)).toEqual({ ...failed, reason, retryable: true })
    expect(await twilio.sendText('+1', '+1', 'x')).toEqual({ ...failed, reason, retryable: false })
    expect(timeout).toHaveBeenCalledWith(5000)
  })
})

test('the audio of a recording is asked for with the account’s credentials, where Twilio has it or its stand-in is', () => {
  const url = 'https://api.dublin.ie1.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1'
  const authorization = expect.stringMatching(/^Basic /)
  expect(rest(ACCOUNT).recordingRequest!(url)).toEqual({ url: `${url}.wav`, headers: { authorization } })
  const standIn = rest(ACCOUNT, { apiUrl: 'http://127.0.0.1:1' }).recordingRequest!(url)
  expect(standIn.url).toBe('http://127.0.0.1:1/2010-04-01/Accounts/AC1/Recordings/RE1.wav')
})

describe('deleting a recording', () => {
  test('asks for it by its id, and takes no for gone', async () => {
    const { twilio, received } = await answering(204, '')
    expect(await twilio.deleteRecording!('RE1')).toEqual({ done: true })
    const [{ method, path, fields }] = received as [Received]
    expect([method, path, fields]).toEqual([
      'DELETE',
      `/2010-04-01/Accounts/${ACCOUNT.accountSid}/Recordings/RE1.json`,
      [],
    ])
    const gone = await answering(404, { code: 20404 })
    expect(await gone.twilio.deleteRecording!('RE1')).toMatchObject({ done: false, gone: true })
  })
})
