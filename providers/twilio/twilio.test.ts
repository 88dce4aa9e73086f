import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { getExpectedTwilioSignature, validateRequest } from 'twilio/lib/webhooks/webhooks.js'
import { describe, expect, test } from 'vitest'
import type { Action } from '../../core/action.ts'
import type { InputResult, InputSignal, LegSignal } from '../../core/signal.ts'
import { CONTEXT, itConforms, webhooksOf } from '../conformance.ts'
import { type Purpose, UnreadableWebhook, type Verdict, type Webhook } from '../provider.ts'
import { story as ringcentralStory } from '../ringcentral/story.ts'
import { story as vonageStory } from '../vonage/story.ts'
import { formPost, story } from './story.ts'
import { twilio } from './twilio.ts'

interface SignatureVector {
  id: string
  method: string
  kind: 'form' | 'json' | 'get'
  authToken: string
  header: { 'X-Twilio-Signature': string }
  url: string
  rawBody?: string
  expected: boolean
}

interface Sample {
  id: string
  method: string
  url: string
  headers: Record<string, string>
  rawBody: string
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`vectors/${name}.json`, import.meta.url), 'utf8'))
const signatures: SignatureVector[] = read('signature').vectors
const samples: { authToken: string; items: Sample[] } = read('webhooks')

const lowerCase = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

const request = (method: string, url: string, headers: Record<string, string>, body: string): Webhook => ({
  method,
  urls: [url],
  headers: lowerCase(headers),
  body: Buffer.from(body),
  receivedAt: 0,
})

const jsonPost = (body: unknown, headers: Record<string, string> = {}): Webhook =>
  request(
    'POST',
    'https://calls.example.com/api/webhooks/call/incoming',
    { 'content-type': 'application/json', ...headers },
    typeof body === 'string' ? body : JSON.stringify(body),
  )

const leg = (webhook: Webhook, purpose: Purpose = 'status'): LegSignal => {
  const [signal] = twilio.parse(webhook, purpose).signals
  expect(signal?.type).toBe('leg')
  return signal as LegSignal
}

itConforms({ ...story, strangers: [ringcentralStory, vonageStory].flatMap(webhooksOf) })

describe('the signature', () => {
  const verdict = (vector: SignatureVector, url = vector.url): Verdict =>
    twilio.verify(
      request(
        vector.method,
        url,
        {
          ...vector.header,
          'content-type': vector.kind === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
        },
        vector.rawBody ?? '',
      ),
      { authTokens: [vector.authToken] },
    )

  // The library fails on an address with a fragment, which nobody ever receives: we drop it and ask again.
  const invalid = signatures.filter(({ expected, id }) => !expected && id !== 'bad-fragment-included')

  test.each(signatures.filter(({ expected }) => expected))('$id is valid', vector => {
    expect(verdict(vector)).toEqual({ valid: true })
  })

  test.each(invalid)('$id is invalid', vector => {
    expect(verdict(vector).valid).toBe(false)
  })

  test('a fragment of the configured address is neither sent nor signed', () => {
    const vector = signatures.find(({ id }) => id === 'bad-fragment-included')!
    expect(vector.url).toContain('#')
    expect(verdict(vector)).toEqual({ valid: true })
    expect(verdict({ ...vector, rawBody: `${vector.rawBody}&x=1` }).valid).toBe(false)
  })

  test.each(samples.items)('of the sample $id is accepted, with either of two tokens', sample => {
    const webhook = request(sample.method, sample.url, sample.headers, sample.rawBody)
    expect(twilio.verify(webhook, { authTokens: [samples.authToken] })).toEqual({ valid: true })
    expect(twilio.verify(webhook, { authTokens: ['old', samples.authToken] })).toEqual({ valid: true })
    expect(twilio.verify(webhook, { authTokens: ['old'] }).valid).toBe(false)
  })

  test('any of several addresses will do', () => {
    const webhook = formPost({ CallSid: 'CA1' }, 'https://calls.example.com/hook')
    const urls = ['http://127.0.0.1:5000/hook', 'https://calls.example.com/hook#rc=2', 'not an address']
    expect(twilio.verify({ ...webhook, urls }, story.credentials)).toEqual({ valid: true })
    expect(twilio.verify({ ...webhook, urls: urls.slice(2) }, story.credentials).valid).toBe(false)
    expect(twilio.verify({ ...webhook, urls: [] }, story.credentials).valid).toBe(false)
  })

  test('a JSON body needs its hash in the signed address', () => {
    const vector = signatures.find(({ id }) => id === 'json-bodySHA256')!
    const [bare] = vector.url.split('?') as [string]
    const signed = formPost({}, bare, vector.authToken)
    const webhook = { ...signed, headers: { ...signed.headers, 'content-type': 'application/json' } }
    expect(twilio.verify({ ...webhook, body: Buffer.from('{"CallSid":"CA1"}') }, { authTokens: ['12345'] })).toEqual({
      valid: false,
      reason: 'The body does not match the bodySHA256 of the address.',
    })
  })

  test('without a token nothing is valid, and the reasons say what is missing', () => {
    const webhook = formPost({ CallSid: 'CA1' }, undefined, '')
    expect(twilio.verify(webhook, { authTokens: [] })).toEqual({ valid: false, reason: 'No auth token is configured.' })
    expect(twilio.verify(webhook, { authTokens: [''] }).valid).toBe(false)
    expect(twilio.verify(story.strip(webhook), story.credentials)).toEqual({
      valid: false,
      reason: 'The X-Twilio-Signature header is missing.',
    })
  })

  test('the official library agrees about any flat form', () => {
    const fields = fc.array(fc.tuple(fc.constantFrom('CallSid', 'a[b]', '__proto__', 'a', 'B'), fc.string()), {
      maxLength: 6,
    })
    fc.assert(
      fc.property(fields, fc.boolean(), (pairs, honest) => {
        const url = 'https://calls.example.com/hook?x=1'
        const params: Record<string, string[]> = Object.create(null)
        for (const [name, value] of new URLSearchParams(new URLSearchParams(pairs))) {
          params[name] = [...(params[name] ?? []), value]
        }
        const signed = formPost({}, url)
        const [token = ''] = story.credentials.authTokens
        const header = honest ? getExpectedTwilioSignature(token, url, params) : signed.headers['x-twilio-signature']!
        const webhook = {
          ...signed,
          headers: { ...signed.headers, 'x-twilio-signature': header },
          body: Buffer.from(new URLSearchParams(pairs).toString()),
        }
        const judged = validateRequest(token, header, url, params)
        expect(twilio.verify(webhook, story.credentials).valid).toBe(judged)
      }),
    )
  })
})

describe('a call', () => {
  test.each(samples.items.filter(({ rawBody }) => /(^|&)CallSid=/.test(rawBody)))('$id is read', sample => {
    const webhook = request(sample.method, sample.url, sample.headers, sample.rawBody)
    const fields = new URLSearchParams(sample.rawBody)
    const signal = leg(webhook)
    expect(signal.providerLegId).toBe(fields.get('CallSid'))
    expect(signal.providerCallId).toBe(fields.get('ParentCallSid') ?? fields.get('CallSid'))
    expect(signal.party).toBe(fields.has('ParentCallSid') ? 'agent' : 'customer')
    expect(signal.status === null).toBe(!fields.has('CallStatus'))
    expect(twilio.parse(webhook, 'status').deliveryKey).toBe(sample.headers['I-Twilio-Idempotency-Token'])
  })

  test('comes as a form and is answered with a document', () => {
    const { signals, ...rest } = twilio.parse(formPost({ ...INBOUND, CallerName: 'ÅSA' }), 'incoming')
    expect(rest).toEqual({ deliveryKey: null, wantsDocument: true })
    expect(signals).toEqual([
      {
        type: 'leg',
        provider: 'twilio',
        providerCallId: 'CA123',
        providerLegId: 'CA123',
        party: 'customer',
        status: 'ringing',
        endReason: null,
        order: null,
        at: null,
        durationSeconds: null,
        direction: 'inbound',
        from: '+14158675309',
        to: '+18005551212',
        callerName: 'ÅSA',
        control: 'ours',
        extensionId: null,
      },
    ])
  })

  test('comes as JSON from a script, which wants JSON back', () => {
    const body = { ...INBOUND, From: '+1234567890', CallDuration: '120' }
    const parsed = twilio.parse(jsonPost(body), 'incoming')
    expect(parsed.wantsDocument).toBe(false)
    expect(parsed.signals).toMatchObject([{ control: 'provider', status: 'ringing', durationSeconds: null }])
    expect(leg(jsonPost({ ...body, CallStatus: 'completed', CallDuration: 120 })).durationSeconds).toBe(120)
    expect(twilio.parse(jsonPost(body, { 'x-twilio-signature': 'x' }), 'incoming').wantsDocument).toBe(true)
  })

  test('comes in the address of a GET', () => {
    const url = 'https://calls.example.com/hook?CallSid=CA1&From=%2B14158675309&CallStatus=ringing#rc=1'
    const webhook = { ...request('GET', url, {}, ''), body: Buffer.from('CallSid=CA2') }
    expect(leg(webhook, 'incoming')).toMatchObject({
      providerCallId: 'CA1',
      from: '+14158675309',
      status: 'ringing',
      control: 'ours',
    })
  })

  test.each([
    ['queued', 'initiated', null],
    ['initiated', 'initiated', null],
    ['ringing', 'ringing', null],
    ['In-Progress', 'in-progress', null],
    ['completed', 'ended', 'completed'],
    ['busy', 'ended', 'busy'],
    ['no-answer', 'ended', 'no-answer'],
    ['canceled', 'ended', 'canceled'],
    ['failed', 'ended', 'failed'],
    ['constructor', null, null],
    ['', null, null],
  ])('that is %s', (word, status, endReason) => {
    const known = leg(formPost({ ...INBOUND, CallStatus: word, CallDuration: '37', SequenceNumber: '3' }))
    expect(known).toMatchObject({ status, endReason, order: 3, durationSeconds: status === 'ended' ? 37 : null })
  })

  test('without a status has none', () => {
    expect(leg(formPost({ CallSid: 'CA1' }), 'incoming').status).toBeNull()
  })

  test.each([
    ['inbound', 'status', 'inbound'],
    ['outbound-api', 'status', 'outbound'],
    ['outbound-dial', 'status', 'outbound'],
    ['outbound', 'incoming', 'outbound'],
    ['trunking-originating', 'status', 'inbound'],
    ['sideways', 'status', null],
    ['', 'status', null],
    ['', 'incoming', 'inbound'],
  ] as const)('with the direction “%s” on %s is %s', (word, purpose, direction) => {
    expect(leg(formPost({ ...INBOUND, Direction: word }), purpose).direction).toBe(direction)
  })

  test('that a browser places goes out', () => {
    expect(leg(formPost({ ...INBOUND, From: 'client:jane' }), 'incoming').direction).toBe('outbound')
  })

  test('has a second leg that says nothing about who calls whom', () => {
    const child = { ...INBOUND, CallSid: 'CA2', ParentCallSid: 'CA1', To: 'client:jane', Direction: 'outbound-dial' }
    expect(leg(formPost(child))).toMatchObject({
      providerCallId: 'CA1',
      providerLegId: 'CA2',
      party: 'agent',
      direction: null,
      from: null,
      to: null,
    })
  })

  test('gives the time of the provider, and none where it cannot be read', () => {
    const at = (Timestamp: string) => leg(formPost({ ...INBOUND, Timestamp })).at
    expect(at('Fri, 20 Aug 2010 01:13:42 +0000')).toBe('2010-08-20T01:13:42.000Z')
    expect(at('2026-01-01T02:00:00+02:00')).toBe('2026-01-01T00:00:00.000Z')
    expect(at('call 1')).toBeNull()
    expect(at('2026-99-01T00:00:00Z')).toBeNull()
  })

  test('keeps the plus sign that a form did not encode', () => {
    const webhook = formPost({ CallSid: 'CA1' })
    expect(leg({ ...webhook, body: Buffer.from('CallSid=CA1&From=+442079460000&To= 5') })).toMatchObject({
      from: '+442079460000',
      to: '5',
    })
  })

  test('is known again by the token of the delivery, else by its place in the order', () => {
    const webhook = formPost({ ...INBOUND, SequenceNumber: '2' })
    expect(twilio.parse(webhook, 'status').deliveryKey).toBe('CA123/2/ringing')
    const retried = { ...webhook, headers: { ...webhook.headers, 'i-twilio-idempotency-token': 'token' } }
    expect(twilio.parse(retried, 'status').deliveryKey).toBe('token')
  })
})

describe('what came of a script', () => {
  const sampled = (id: string, query = ''): Webhook => {
    const { method, url, headers, rawBody } = samples.items.find(sample => sample.id === id)!
    return request(method, url + query, headers, rawBody)
  }
  const heard = (webhook: Webhook): [LegSignal, InputSignal] => {
    const { signals, wantsDocument } = twilio.parse(webhook, 'input')
    expect(wantsDocument).toBe(true)
    expect(signals.map(({ type }) => type)).toEqual(['leg', 'input'])
    return signals as [LegSignal, InputSignal]
  }
  const resultOf = (fields: Record<string, string>): InputResult => heard(formPost({ ...INBOUND, ...fields }))[1].result
  const recording = {
    recordingId: 'RE0000000000000000000000000000000b',
    url: 'https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000001/Recordings/RE0000000000000000000000000000000b',
  }

  test.each<[string, InputResult, 'in-progress' | 'ended']>([
    ['gather-dtmf', { type: 'digits', digits: '1' }, 'in-progress'],
    ['gather-speech', { type: 'speech', text: 'I need support.', confidence: 0.91234 }, 'in-progress'],
    ['gather-empty', { type: 'none' }, 'in-progress'],
    ['dial-action-completed', { type: 'dialled', outcome: 'answered' }, 'in-progress'],
    ['dial-action-no-answer', { type: 'dialled', outcome: 'no-answer' }, 'in-progress'],
    ['dial-action-conference', { type: 'dialled', outcome: 'answered' }, 'in-progress'],
    ['record-action', { type: 'recorded', ...recording, seconds: 14 }, 'in-progress'],
    ['record-action-hangup', { type: 'recorded', ...recording, seconds: 14 }, 'ended'],
  ])('%s is read', (id, result, status) => {
    const webhook = sampled(id, '?step=3')
    const [caller, input] = heard(webhook)
    const callSid = 'CA00000000000000000000000000000009'
    expect(caller).toMatchObject({ providerLegId: callSid, party: 'customer', control: 'ours', status })
    expect(input).toEqual({
      type: 'input',
      provider: 'twilio',
      providerCallId: callSid,
      step: 3,
      key: webhook.headers['i-twilio-idempotency-token'],
      result,
    })
  })

  test('of a caller who hung up ends the call, and says so', () => {
    const [caller, { result }] = heard(formPost({ ...INBOUND, CallStatus: 'completed', DialCallStatus: 'completed' }))
    expect(caller).toMatchObject({ status: 'ended', endReason: 'completed' })
    expect(result).toEqual({ type: 'dialled', outcome: 'answered' })
  })

  test('is nothing where nothing was asked, or where the answer is none', () => {
    expect(resultOf({})).toEqual({ type: 'none' })
    expect(resultOf({ Digits: 'hangup' })).toEqual({ type: 'none' })
    expect(resultOf({ SpeechResult: ' \u0007 ' })).toEqual({ type: 'none' })
  })

  test('with a status of dialling that nobody knows is a failure', () => {
    expect(resultOf({ DialCallStatus: 'levitating' })).toEqual({ type: 'dialled', outcome: 'failed' })
  })

  test.each([
    'http://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1',
    'https://twilio.com.evil.example/RE1',
    'https://api.twilio.com@evil.example/RE1',
    'https://evil.example/api.twilio.com/RE1',
    'javascript:alert(1)',
    '',
  ])('is no recording at “%s”', RecordingUrl => {
    expect(resultOf({ RecordingSid: 'RE1', RecordingUrl, RecordingDuration: '3' })).toEqual({ type: 'none' })
  })

  test('has no step but the one of its address', () => {
    const [, { step, key }] = heard(formPost({ ...INBOUND, step: '9', Digits: '1' }))
    expect({ step, key }).toEqual({ step: null, key: null })
  })

  test('says our own id of the call, where its address has one', () => {
    const id = '019b8e00-0000-7000-8000-000000000000'
    const idsOf = (query: string) =>
      heard(formPost(INBOUND, `https://calls.example.com/input${query}`)).map(({ callId }) => callId)
    expect(idsOf(`?step=0&call=${id}`)).toEqual([id, id])
    expect(idsOf('?step=0')).toEqual([undefined, undefined])
    expect(idsOf("?call=1'or'1")).toEqual([undefined, undefined])
    expect(heard(formPost({ ...INBOUND, call: id }))[0].callId).toBeUndefined()
  })

  test('is known again by the token, else by the step and the kind of what came', () => {
    const keyOf = (query: string, fields: object = {}) =>
      twilio.parse(formPost({ ...INBOUND, ...fields }, `https://calls.example.com/input${query}`), 'input').deliveryKey
    expect(keyOf('?step=3', { Digits: '1' })).toBe('CA123/step-3/digits')
    expect(keyOf('?step=3')).toBe('CA123/step-3/none')
    expect(keyOf('')).toBeNull()
    expect(twilio.parse(sampled('gather-dtmf', '?step=3'), 'input').deliveryKey).toBe(
      sampled('gather-dtmf').headers['i-twilio-idempotency-token'],
    )
  })

  test('is answered with a document even when a script posts it', () => {
    expect(heard(jsonPost({ ...INBOUND, Digits: '2' }))[1].result).toEqual({ type: 'digits', digits: '2' })
  })
})

describe('a recording', () => {
  const { rawBody } = samples.items.find(({ id }) => id === 'recording-status-completed')!
  const completed = Object.fromEntries(new URLSearchParams(rawBody))
  const parse = (fields: Record<string, string>) => twilio.parse(formPost({ ...completed, ...fields }), 'recording')

  test.each([
    ['DialVerb', 'call'],
    ['RecordVerb', 'voicemail'],
    ['OutboundAPI', 'call'],
    ['StartCallRecordingAPI', 'call'],
    ['Trunking', 'call'],
    ['', 'voicemail'],
  ])('made by %s is a %s', (RecordingSource, of) => {
    expect(parse({ RecordingSource }).signals).toMatchObject([{ type: 'recording', of }])
  })

  test('is told of, and nothing else with it', () => {
    expect(parse({})).toEqual({
      deliveryKey: 'RE0000000000000000000000000000000b/completed',
      wantsDocument: false,
      signals: [
        {
          type: 'recording',
          provider: 'twilio',
          providerCallId: 'CA00000000000000000000000000000009',
          recordingId: 'RE0000000000000000000000000000000b',
          of: 'call',
          status: 'completed',
          url: completed.RecordingUrl,
          seconds: 37,
        },
      ],
    })
  })

  test('that has just begun has no length', () => {
    expect(parse({ RecordingStatus: 'in-progress', RecordingDuration: '-1' }).signals).toMatchObject([
      { status: 'in-progress', seconds: null },
    ])
  })

  test('may turn out to be none, and lies nowhere but at Twilio', () => {
    expect(parse({ RecordingStatus: 'absent', RecordingUrl: 'https://evil.example/RE1' }).signals).toMatchObject([
      { status: 'absent', url: null },
    ])
  })

  test('of which nobody knows what has become is no news', () => {
    expect(parse({ RecordingStatus: 'levitating' }).signals).toEqual([])
    expect(() => parse({ RecordingSid: '', CallSid: '' })).toThrow(/RecordingSid.*CallSid/)
  })
})

describe('an unreadable webhook', () => {
  const problems = (webhook: Webhook): unknown => {
    try {
      twilio.parse(webhook, 'incoming')
    } catch (error) {
      expect(error).toBeInstanceOf(UnreadableWebhook)
      return (error as UnreadableWebhook).problems
    }
    return null
  }

  test.each([
    ['nothing', {}],
    ['null', { CallSid: null }],
    ['blank', { CallSid: '  ' }],
    ['only control characters', { CallSid: '\u0000\u0007' }],
  ])('has no CallSid: %s', (_, body) => {
    expect(problems(jsonPost(body))).toEqual([{ path: 'CallSid', message: 'Is required.' }])
  })

  test('has fields of the wrong type, and names them all', () => {
    const text = 'Must be text.'
    expect(problems(jsonPost({ CallSid: 123 }))).toEqual([{ path: 'CallSid', message: text }])
    expect(problems(jsonPost({ CallSid: ['CA1'] }))).toMatchObject([{ path: 'CallSid' }])
    expect(problems(jsonPost({ CallSid: { a: 1 }, From: 5, CallStatus: true, CallDuration: {} }))).toEqual([
      { path: 'CallSid', message: text },
      { path: 'CallStatus', message: text },
      { path: 'CallDuration', message: 'Must be a number.' },
      { path: 'From', message: text },
    ])
  })

  test('has an id that no call has', () => {
    expect(problems(jsonPost({ CallSid: 'x'.repeat(201) }))).toMatchObject([{ path: 'CallSid' }])
    // A recorded request, rearranged: signed the same, but the status has become part of the id.
    const glued = formPost({ CallSid: 'CA00000000000000000000000000000009CallStatuscompleted' })
    expect(twilio.verify(glued, story.credentials)).toEqual({ valid: true })
    expect(problems(glued)).toEqual([{ path: 'CallSid', message: 'Is not an id of a call.' }])
  })

  test('repeats a field with another value', () => {
    const webhook = formPost({ CallSid: 'CA1' })
    expect(problems({ ...webhook, body: Buffer.from('CallSid=CA1&CallSid=CA2') })).toMatchObject([{ path: 'CallSid' }])
  })

  test('is no JSON, or JSON of another kind', () => {
    expect(() => twilio.parse(jsonPost('{"CallSid":'), 'incoming')).toThrow('The body is not valid JSON.')
    expect(() => twilio.parse(jsonPost('[1]'), 'incoming')).toThrow('The body must be a JSON object.')
    expect(() => twilio.parse(jsonPost('null'), 'incoming')).toThrow('The body must be a JSON object.')
    expect(() => twilio.parse(jsonPost(''), 'incoming')).toThrow('CallSid')
  })

  test('has more fields than any provider sends', () => {
    const fields = (count: number) => Array.from({ length: count }, (_, index) => [`f${index}`, '1'])
    const post = (count: number) => formPost({ CallSid: 'CA1', ...Object.fromEntries(fields(count - 1)) })
    expect(leg(post(200)).providerCallId).toBe('CA1')
    expect(() => twilio.parse(post(201), 'incoming')).toThrow('too many fields')
    expect(twilio.verify(post(201), story.credentials).valid).toBe(false)
  })

  test('cannot reach the prototype of anything', () => {
    const webhook = {
      ...formPost({}),
      body: Buffer.from('__proto__[CallSid]=CA1&__proto__=x&constructor=y&CallSid=CA2'),
    }
    expect(leg(webhook).providerCallId).toBe('CA2')
    expect(leg(jsonPost('{"__proto__":{"From":"x"},"CallSid":"CA2"}'))).toMatchObject({ from: null })
    expect({}).not.toHaveProperty('From')
  })
})

describe('the document', () => {
  const INPUT = 'https://calls.example.com/input?step=3&amp;call=1'
  const context = { ...CONTEXT, inputUrl: INPUT.replace('&amp;', '&') }
  const render = (...actions: Action[]): string => {
    const { contentType, body } = twilio.render(actions, context)
    expect(contentType).toBe('text/xml; charset=utf-8')
    const [, inside] = /^<\?xml version="1.0" encoding="UTF-8"\?><Response(?:\/>|>(.*)<\/Response>)$/s.exec(body)!
    return inside ?? ''
  }
  const say = (text: string, language = 'en-US') => ({ type: 'say', text, language }) as const

  test('is TwiML', () => {
    expect(
      render(say('Please <hold> & wait', 'es-ES'), { type: 'play', media: 'hold-music', loop: 0 }, { type: 'hangUp' }),
    ).toBe(
      '<Say language="es-ES">Please &lt;hold&gt; &amp; wait</Say>' +
        '<Play loop="0">https://calls.example.com/media/hold-music.wav?a=1&amp;b=2</Play><Hangup/>',
    )
  })

  test('asks for keys while it speaks', () => {
    const prompts = [say('Press 1.'), { type: 'play', media: 'https://media.example.com/a.mp3', loop: 1 } as const]
    expect(render({ type: 'gather', prompts, digits: 1, timeoutSeconds: 5, speech: null })).toBe(
      `<Gather input="dtmf" numDigits="1" timeout="5" action="${INPUT}" method="POST" actionOnEmptyResult="true">` +
        '<Say language="en-US">Press 1.</Say><Play loop="1">https://media.example.com/a.mp3</Play></Gather>',
    )
  })

  test('asks for words', () => {
    const ask = (hints: string[]) =>
      render({ type: 'gather', prompts: [], digits: 4, timeoutSeconds: 3, speech: { language: 'es-ES', hints } })
    const attributes = `numDigits="4" timeout="3" action="${INPUT}" method="POST" actionOnEmptyResult="true"`
    const speech = 'language="es-ES" speechTimeout="auto"'
    expect(ask(['ventas', 'soporte, técnico', ' '])).toBe(
      `<Gather input="dtmf speech" ${attributes} ${speech} hints="ventas,soporte técnico"/>`,
    )
    expect(ask([])).toBe(`<Gather input="dtmf speech" ${attributes} ${speech}/>`)
  })

  test('records, and goes on where nothing was said', () => {
    expect(render({ type: 'record', maxSeconds: 120, silenceSeconds: 5 })).toBe(
      `<Record action="${INPUT}" method="POST" maxLength="120" timeout="5" finishOnKey="#" playBeep="true" ` +
        'trim="trim-silence" recordingStatusCallback="https://calls.example.com/recording" ' +
        'recordingStatusCallbackMethod="POST" recordingStatusCallbackEvent="in-progress completed absent"/>' +
        `<Redirect method="POST">${INPUT}</Redirect>`,
    )
  })

  test('dials a number', () => {
    const number =
      '<Number statusCallback="https://calls.example.com/status" statusCallbackMethod="POST" ' +
      'statusCallbackEvent="initiated ringing answered completed">+14155550199</Number>'
    const bridge = (callerId: string | null, ringSeconds: number) =>
      render({ type: 'bridge', to: { type: 'number', number: '+14155550199' }, callerId, ringSeconds })
    expect(bridge('+18005551212', 20)).toBe(
      `<Dial action="${INPUT}" method="POST" timeout="20" answerOnBridge="true" callerId="+18005551212">${number}</Dial>`,
    )
    expect(bridge(null, 1)).toBe(
      `<Dial action="${INPUT}" method="POST" timeout="5" answerOnBridge="true">${number}</Dial>`,
    )
    expect(bridge(null, 9999)).toContain('timeout="600"')
    const to = { type: 'number', number: '+14155550199' } as const
    expect(render({ type: 'bridge', to, callerId: null, ringSeconds: 20, record: true })).toContain(
      'record="record-from-answer-dual" recordingStatusCallback="https://calls.example.com/recording" ' +
        'recordingStatusCallbackMethod="POST" recordingStatusCallbackEvent="in-progress completed absent"',
    )
  })

  test('comes back and asks what next', () => {
    expect(render(say('One moment.'), { type: 'resume' })).toBe(
      `<Say language="en-US">One moment.</Say><Redirect method="POST">${INPUT}</Redirect>`,
    )
  })

  test('says nothing where there is nothing to say', () => {
    expect(render(say('\u0000'))).toBe('')
    expect(render()).toBe('')
  })

  test('stays within what Twilio reads, whatever is said', () => {
    const speech = { language: 'en-US', hints: Array.from({ length: 500 }, () => '"'.repeat(100)) }
    const prompts = Array.from({ length: 50 }, () => say('&'.repeat(4000)))
    const { body } = twilio.render([{ type: 'gather', prompts, digits: 1, timeoutSeconds: 5, speech }], context)
    expect(body.match(/&amp;(?!call)/g)).toHaveLength(8000)
    expect(Buffer.byteLength(body)).toBeLessThan(64 * 1024)
  })

  test('has the same structure whatever is said', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, language) => {
        const { body } = twilio.render([{ type: 'say', text, language }, { type: 'hangUp' }], context)
        expect(body.replace(/<Say language="[^"<]*">[^<]*<\/Say>|<Say language="[^"<]*"\/>/, '')).toBe(
          '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>',
        )
      }),
    )
  })
})

const INBOUND = {
  CallSid: 'CA123',
  From: '+14158675309',
  To: '+18005551212',
  CallStatus: 'ringing',
  Direction: 'inbound',
}
