import { readFileSync } from 'node:fs'
import { verifySignature } from '@vonage/jwt'
import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import type { Action, Prompt } from '../../core/action.ts'
import type { InputResult, LegSignal } from '../../core/signal.ts'
import { CONTEXT, itConforms, webhooksOf } from '../conformance.ts'
import { type Purpose, UnreadableWebhook, type Webhook } from '../provider.ts'
import { story as ringcentralStory } from '../ringcentral/story.ts'
import { story as twilioStory } from '../twilio/story.ts'
import { bearer, jsonPost, story } from './story.ts'
import { vonage } from './vonage.ts'

interface SignedCase {
  id: string
  request: { method: string; headers: Record<string, string>; rawBody: string }
  nowSeconds: number
  libraryVerifySignature: boolean
  recommendedResult: 'ok' | 'bad-signature' | 'bad-iss' | 'stale-or-missing-iat' | 'bad-payload-hash'
}

interface Payload {
  id: string
  kind: 'answer' | 'event' | 'input' | 'record' | 'transfer' | 'notify'
  method: string
  url?: string
  rawBody?: string
  authorization?: string
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`vectors/${name}.json`, import.meta.url), 'utf8'))
const signed: { inputs: { signatureSecret: string }; cases: SignedCase[] } = read('signed-webhook')
const payloads: { signatureSecret: string; items: Payload[] } = read('payloads')
const NOW = Date.UTC(2026, 0, 1)

const fromPayload = ({ method, url, rawBody, authorization }: Payload): Webhook => ({
  method,
  urls: [url ?? 'https://calls.example.com/api/webhooks/call/status'],
  headers: { 'content-type': 'application/json', authorization },
  body: Buffer.from(rawBody ?? ''),
  receivedAt: NOW,
})

const leg = (webhook: Webhook, purpose: Purpose = 'status'): LegSignal => {
  const [signal] = vonage.parse(webhook, purpose).signals
  expect(signal?.type).toBe('leg')
  return signal as LegSignal
}

itConforms({ ...story, strangers: [ringcentralStory, twilioStory].flatMap(webhooksOf) })

describe('the signature', () => {
  const REASONS: Record<SignedCase['recommendedResult'], RegExp | null> = {
    ok: null,
    'bad-signature': /does not match|HS256|expired/,
    'bad-iss': /issued by Vonage/,
    'stale-or-missing-iat': /too old|when it was made/,
    'bad-payload-hash': /other content|does not cover/,
  }

  test.each(signed.cases)('of $id: $recommendedResult', ({ request, nowSeconds, recommendedResult, ...expected }) => {
    const { Authorization: authorization = '' } = request.headers
    const verdict = vonage.verify(
      {
        ...fromPayload({ id: '', kind: 'event', ...request, authorization }),
        receivedAt: nowSeconds * 1000,
      },
      { signatureSecrets: ['old', signed.inputs.signatureSecret] },
    )
    const reason = REASONS[recommendedResult]
    expect(verdict).toEqual(reason ? { valid: false, reason: expect.stringMatching(reason) } : { valid: true })
    // The official library looks at less; it must never see a fault that we do not.
    const library = verifySignature(authorization.replace('Bearer ', ''), signed.inputs.signatureSecret)
    if (!library) expect(verdict.valid).toBe(false)
    expect(library).toBe(expected.libraryVerifySignature)
  })

  test.each(payloads.items.filter(({ authorization }) => authorization))('of the payload $id is accepted', payload => {
    expect(vonage.verify(fromPayload(payload), { signatureSecrets: [payloads.signatureSecret] })).toEqual({
      valid: true,
    })
  })

  test('made by another library is accepted, if it covers the content and uses HS256', async () => {
    const webhook = jsonPost({ uuid: 'u', status: 'ringing' })
    const [secret = ''] = story.credentials.signatureSecrets
    const claims = JSON.parse(Buffer.from(webhook.headers.authorization!.split('.')[1]!, 'base64url').toString())
    const verdictOf = async (alg: string) => {
      const jwt = await new SignJWT(claims).setProtectedHeader({ alg }).sign(Buffer.from(secret))
      return vonage.verify({ ...webhook, headers: { authorization: `bearer ${jwt}` } }, story.credentials)
    }
    expect(await verdictOf('HS256')).toEqual({ valid: true })
    expect(await verdictOf('HS512')).toEqual({ valid: false, reason: 'The signature is not made with HS256.' })
  })

  test('may be five minutes from our clock, either way', () => {
    const webhook = jsonPost({ uuid: 'u', status: 'ringing' })
    const at = (seconds: number) =>
      vonage.verify({ ...webhook, receivedAt: NOW + seconds * 1000 }, story.credentials).valid
    expect([-301, -300, 300, 301].map(at)).toEqual([false, true, true, false])
  })

  test.each([
    ['nothing', undefined],
    ['another scheme', 'Basic abc'],
    ['no token', 'Bearer x'],
    ['parts that are no JSON', 'Bearer aaaa.bbbb.cccc'],
    ['a payload that is no object', `Bearer ${Buffer.from('{}').toString('base64url')}.bnVsbA.x`],
    ['claims of the wrong type', bearer({ iss: 'Vonage', iat: String(NOW / 1000), payload_hash: 5 })],
  ])('that is %s is refused', (_, authorization) => {
    const webhook = { ...jsonPost({ uuid: 'u' }), headers: { authorization } }
    expect(vonage.verify(webhook, story.credentials).valid).toBe(false)
  })

  test('holds from its start to its expiry, where it names them', () => {
    const verdictOf = (claims: object) => {
      const webhook = jsonPost({ uuid: 'u' })
      const known = JSON.parse(Buffer.from(webhook.headers.authorization!.split('.')[1]!, 'base64url').toString())
      const headers = { authorization: bearer({ ...known, ...claims }) }
      return vonage.verify({ ...webhook, headers }, story.credentials).valid
    }
    const now = NOW / 1000
    expect(verdictOf({ exp: now + 1, nbf: now })).toBe(true)
    for (const claims of [{ exp: now }, { exp: 'never' }, { nbf: now + 3600 }, { nbf: null }]) {
      expect(verdictOf(claims)).toBe(false)
    }
  })

  test('is worth nothing without a secret', () => {
    const webhook = jsonPost({ uuid: 'u' })
    const claims = JSON.parse(Buffer.from(webhook.headers.authorization!.split('.')[1]!, 'base64url').toString())
    const unsigned = { ...webhook, headers: { authorization: bearer(claims, '') } }
    expect(vonage.verify(unsigned, { signatureSecrets: [] }).valid).toBe(false)
    expect(vonage.verify(unsigned, { signatureSecrets: [''] }).valid).toBe(false)
  })
})

describe('a webhook', () => {
  const expected: Record<string, Partial<LegSignal> | null> = {
    'answer-get': {
      status: 'ringing',
      direction: 'inbound',
      from: '+14155550100',
      to: '+14155550101',
      control: 'ours',
    },
    'answer-post': { status: 'ringing', direction: 'inbound', from: '+14155550100', control: 'ours' },
    'answer-sdk': { status: 'ringing', direction: 'outbound', from: 'agent_jane', to: '+14155550100', control: 'ours' },
    'fallback-answer': { status: 'ringing', direction: 'inbound', from: '+14155550100', control: 'ours' },
    started: { status: 'initiated', direction: 'inbound' },
    ringing: { status: 'ringing', order: NOW, at: '2026-01-01T00:00:00.000Z', control: 'provider' },
    answered: { status: 'in-progress', endReason: null, durationSeconds: null },
    completed: { status: 'ended', endReason: 'completed', durationSeconds: 37 },
    'completed-new-fields': { status: 'ended', endReason: 'completed', durationSeconds: 37 },
    busy: { status: 'ended', endReason: 'busy', direction: 'outbound', party: 'customer' },
    cancelled: { status: 'ended', endReason: 'canceled' },
    timeout: { status: 'ended', endReason: 'no-answer' },
    unanswered: { status: 'ended', endReason: 'no-answer' },
    rejected: { status: 'ended', endReason: 'rejected' },
    failed: { status: 'ended', endReason: 'failed' },
    disconnected: { status: 'ended', endReason: 'hangup' },
    human: { status: 'in-progress' },
    machine: { status: 'in-progress' },
    'machine-beep': { status: 'in-progress' },
    'input-dtmf': null,
    'input-speech': null,
    'input-timeout': null,
    record: null,
    transcription: null,
    transfer: null,
    notify: null,
    error: null,
  }

  test('of every recorded kind is expected here', () => {
    expect(payloads.items.map(({ id }) => id).sort()).toEqual(Object.keys(expected).sort())
  })

  test.each(payloads.items)('$id is recognised and read', payload => {
    const webhook = fromPayload(payload)
    const purpose = payload.kind === 'answer' ? 'incoming' : 'status'
    expect(vonage.recognises(webhook)).toBe(true)
    const { signals, deliveryKey, wantsDocument } = vonage.parse(webhook, purpose)
    expect(wantsDocument).toBe(purpose === 'incoming')
    if (payload.authorization) expect(deliveryKey).toMatch(/^[0-9a-f-]{36}$/)
    const signal = expected[payload.id]
    expect(signals).toHaveLength(signal ? 1 : 0)
    if (signal) {
      expect(signals[0]).toMatchObject({
        provider: 'vonage',
        providerCallId: 'CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab',
        providerLegId: 'aaaaaaaa-bbbb-cccc-dddd-0123456789ab',
        ...signal,
      })
    }
  })

  test('tells legs of one call apart, and knows the agent by the name that was dialled', () => {
    const dialled = {
      uuid: 'b',
      conversation_uuid: 'CON-1',
      direction: 'outbound',
      from: '14155550100',
      status: 'ringing',
    }
    expect(leg(jsonPost({ ...dialled, to: 'jane' }))).toMatchObject({
      providerCallId: 'CON-1',
      providerLegId: 'b',
      party: 'agent',
      direction: null,
      from: null,
      to: null,
    })
    expect(leg(jsonPost({ ...dialled, to: '447700900000' }))).toMatchObject({
      party: 'customer',
      direction: 'outbound',
      to: '+447700900000',
    })
    expect(leg(jsonPost({ uuid: 'b', status: 'ringing' }))).toMatchObject({
      providerCallId: 'b',
      party: 'customer',
      direction: null,
    })
  })

  test.each([
    ['14155550100', '+14155550100'],
    ['+14155550100', '+14155550100'],
    [' 14155550100', '+14155550100'],
    ['1234567', '+1234567'],
    ['123456', '123456'],
    ['1234567890123456', '1234567890123456'],
    ['anonymous', 'anonymous'],
    ['', null],
  ])('with the number “%s” is from %s', (from, address) => {
    expect(leg(jsonPost({ uuid: 'u', from, to: '1' }), 'incoming').from).toBe(address)
  })

  test('without a signature is known again by leg, status and time', () => {
    const keyOf = (content: object) =>
      vonage.parse({ ...jsonPost(content), headers: { 'content-type': 'application/json' } }, 'status').deliveryKey
    expect(keyOf({ uuid: 'u', status: 'ringing', timestamp: '2026-01-01T00:00:00.000Z' })).toBe(
      'u/ringing/2026-01-01T00:00:00.000Z',
    )
    expect(keyOf({ uuid: 'u', status: 'ringing' })).toBeNull()
  })

  test('that cannot be read says what is wrong', () => {
    const problems = (webhook: Webhook, purpose: Purpose = 'status') => {
      try {
        vonage.parse(webhook, purpose)
        return null
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadableWebhook)
        return (error as UnreadableWebhook).problems
      }
    }
    expect(problems(jsonPost({ status: 'ringing' }))).toEqual([{ path: 'uuid', message: 'Is required.' }])
    expect(problems(jsonPost({ from: '1', to: '2' }), 'incoming')).toMatchObject([{ path: 'uuid' }])
    expect(problems({ ...jsonPost({ uuid: 5, status: 'ringing' }), headers: {} })).toEqual([
      { path: 'uuid', message: 'Must be text.' },
    ])
    expect(problems(jsonPost({ uuid: 'u', status: 5, from: {}, to: [] }), 'incoming')).toMatchObject([
      { path: 'status' },
      { path: 'from' },
      { path: 'to' },
    ])
    expect(() => vonage.parse({ ...jsonPost({}), body: Buffer.from('{') }, 'status')).toThrow('not valid JSON')
  })
})

describe('what came of a script', () => {
  const URL = 'https://calls.example.com/input?step=3'
  const CONVERSATION = 'CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab'
  const resultOf = (webhook: Webhook): InputResult | null => {
    const { signals, wantsDocument } = vonage.parse(webhook, 'input')
    const input = signals.find(({ type }) => type === 'input')
    // Nobody reads an answer to what is not asked.
    expect(wantsDocument).toBe(input !== undefined)
    return input?.type === 'input' ? input.result : null
  }

  test.each<[string, InputResult]>([
    ['input-dtmf', { type: 'digits', digits: '1' }],
    ['input-speech', { type: 'speech', text: 'sales', confidence: 0.9405097 }],
    ['input-timeout', { type: 'none' }],
    ['notify', { type: 'none' }],
    ['busy', { type: 'dialled', outcome: 'busy' }],
    ['cancelled', { type: 'dialled', outcome: 'canceled' }],
    ['timeout', { type: 'dialled', outcome: 'no-answer' }],
    ['unanswered', { type: 'dialled', outcome: 'no-answer' }],
    ['rejected', { type: 'dialled', outcome: 'failed' }],
    ['failed', { type: 'dialled', outcome: 'failed' }],
    ['completed', { type: 'dialled', outcome: 'answered' }],
    ['disconnected', { type: 'dialled', outcome: 'answered' }],
  ])('%s is read', (id, result) => {
    const webhook = { ...fromPayload(payloads.items.find(item => item.id === id)!), urls: [URL] }
    expect(resultOf(webhook)).toEqual(result)
    expect(vonage.parse(webhook, 'input').signals.at(-1)).toMatchObject({
      type: 'input',
      provider: 'vonage',
      providerCallId: CONVERSATION,
      step: 3,
      key: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
  })

  test.each(['started', 'ringing', 'answered', 'human', 'levitating'])('is not known yet while it is %s', status => {
    const dialled = { uuid: 'b', conversation_uuid: CONVERSATION, direction: 'outbound', to: '14155550199' }
    const webhook = jsonPost({ ...dialled, from: '18005551212', status }, URL)
    expect(resultOf(webhook)).toBeNull()
    expect(vonage.parse(webhook, 'input').signals).toMatchObject([
      { type: 'leg', providerLegId: 'b', party: 'agent', direction: null, from: null, to: null, control: 'ours' },
    ])
  })

  test('without an id is known again by the step and the kind of what came', () => {
    const keyOf = (content: object, url: string) =>
      vonage.parse({ ...jsonPost({ conversation_uuid: 'CON-1', ...content }, url), headers: {} }, 'input').deliveryKey
    expect(keyOf({ payload: {} }, URL)).toBe('CON-1/step-3/none')
    expect(keyOf({ uuid: 'u', dtmf: { digits: '1' } }, URL)).toBe('CON-1/step-3/digits')
    expect(keyOf({ payload: {} }, 'https://calls.example.com/input')).toBeNull()
  })

  test('that is about no call cannot be read', () => {
    expect(() => vonage.parse(jsonPost({ payload: {} }, URL), 'input')).toThrow('conversation_uuid: Is required.')
    expect(() => vonage.parse(jsonPost({ uuid: 'u', dtmf: '1' }, URL), 'input')).toThrow('dtmf: Must be an object.')
  })
})

describe('a recording', () => {
  const { rawBody } = payloads.items.find(({ id }) => id === 'record')!
  const parse = (content: object) => vonage.parse(jsonPost({ ...JSON.parse(rawBody!), ...content }), 'recording')

  test('is told of when it is there', () => {
    const { signals, wantsDocument } = parse({})
    expect(wantsDocument).toBe(false)
    expect(signals).toEqual([
      {
        type: 'recording',
        provider: 'vonage',
        providerCallId: 'CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab',
        recordingId: 'aaaaaaaa-bbbb-cccc-dddd-0123456789ff',
        of: 'voicemail',
        status: 'completed',
        url: 'https://api-us-1.nexmo.com/v1/files/bbbbbbbb-aaaa-cccc-dddd-0123456789ab',
        seconds: 10,
      },
    ])
  })

  test('lies nowhere but at Vonage, and may have no length', () => {
    expect(parse({ recording_url: 'https://evil.example/nexmo.com', end_time: 'later' }).signals).toMatchObject([
      { url: null, seconds: null },
    ])
    expect(parse({ recording_url: undefined }).signals).toEqual([])
    expect(() => parse({ recording_uuid: undefined })).toThrow('recording_uuid: Is required.')
  })
})

describe('the document', () => {
  const context = CONTEXT
  const render = (...actions: Action[]) => JSON.parse(vonage.render(actions, context).body)
  const reports = { eventUrl: [context.inputUrl], eventMethod: 'POST' }
  const askNext = { action: 'notify', payload: { ask: 'next' }, ...reports }

  test('asks for keys and words while it speaks', () => {
    const prompts: Prompt[] = [
      { type: 'say', text: 'Press 1.', language: 'en-US' },
      { type: 'play', media: 'https://media.example.com/a.mp3', loop: 1 },
    ]
    const gather = { type: 'gather', prompts, digits: 1, timeoutSeconds: 5 } as const
    const spoken = [
      { action: 'talk', text: 'Press 1.', language: 'en-US', bargeIn: true },
      { action: 'stream', streamUrl: ['https://media.example.com/a.mp3'], loop: 1, bargeIn: true },
    ]
    const dtmf = { timeOut: 5, maxDigits: 1, submitOnHash: true }
    expect(render({ ...gather, speech: null })).toEqual([
      ...spoken,
      { action: 'input', type: ['dtmf'], dtmf, ...reports },
    ])
    expect(render({ ...gather, speech: { language: 'es-ES', hints: ['ventas', ' '] } })).toEqual([
      ...spoken,
      {
        action: 'input',
        type: ['dtmf', 'speech'],
        dtmf,
        speech: { language: 'es-ES', context: ['ventas'], startTimeout: 5 },
        ...reports,
      },
    ])
  })

  test('keeps to the limits of the actions', () => {
    const gather = { type: 'gather', prompts: [], digits: 99, timeoutSeconds: 99, speech: null } as const
    expect(render({ ...gather, prompts: [] })[0].dtmf).toMatchObject({ timeOut: 10, maxDigits: 20 })
    expect(render({ type: 'record', maxSeconds: 1, silenceSeconds: 1 })[0]).toMatchObject({
      endOnSilence: 3,
      timeOut: 3,
    })
    expect(
      render({ type: 'bridge', to: { type: 'number', number: '+1' }, callerId: null, ringSeconds: 600 })[0].timeout,
    ).toBe(120)
  })

  test('records, and asks what next when that has ended', () => {
    expect(render({ type: 'record', maxSeconds: 120, silenceSeconds: 5 })).toEqual([
      {
        action: 'record',
        endOnSilence: 5,
        endOnKey: '#',
        timeOut: 120,
        beepStart: true,
        eventUrl: ['https://calls.example.com/recording'],
        eventMethod: 'POST',
      },
      askNext,
    ])
  })

  test('dials a number, and asks what next when the attempt or the conversation is over', () => {
    const connect = {
      action: 'connect',
      endpoint: [{ type: 'phone', number: '14155550199' }],
      timeout: 20,
      eventType: 'synchronous',
      ...reports,
    }
    const bridge = {
      type: 'bridge',
      to: { type: 'number', number: '+14155550199' },
      callerId: null,
      ringSeconds: 20,
    } as const
    expect(render(bridge)).toEqual([connect, askNext])
    expect(render({ ...bridge, callerId: '+18005551212' })).toEqual([{ ...connect, from: '18005551212' }, askNext])
  })

  test('comes back and asks what next', () => {
    expect(render({ type: 'resume' })).toEqual([askNext])
  })

  test('is an NCCO', () => {
    expect(vonage.render([], context)).toEqual({ contentType: 'application/json; charset=utf-8', body: '[]' })
    expect(
      render({ type: 'say', text: 'Please hold.', language: 'es-ES' }, { type: 'play', media: 'hold-music', loop: 0 }),
    ).toEqual([
      { action: 'talk', text: 'Please hold.', language: 'es-ES' },
      { action: 'stream', streamUrl: [context.mediaUrl('hold-music')], loop: 0 },
    ])
  })

  test('ends where the call is hung up', () => {
    expect(render({ type: 'hangUp' }, { type: 'say', text: 'Never heard.', language: 'en-US' })).toEqual([])
  })

  test('takes nobody’s text for markup, and no more of it than can be spoken', () => {
    const spoken = (text: string) => render({ type: 'say', text, language: 'en-US' })[0]?.text
    expect(spoken('<speak><break time="9s"/></speak>')).toBe('speak break time="9s"/ /speak')
    expect(spoken('x'.repeat(5000))).toHaveLength(1500)
    expect(spoken('\u0000')).toBeUndefined()
  })
})
