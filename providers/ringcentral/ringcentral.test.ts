import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LegSignal, Signal } from '../../core/signal.ts'
import { fold, itConforms, permutations, settled, webhooksOf } from '../conformance.ts'
import { UnreadableWebhook, type Webhook } from '../provider.ts'
import { story as twilioStory } from '../twilio/story.ts'
import { story as vonageStory } from '../vonage/story.ts'
import { handshake, ringcentral } from './ringcentral.ts'
import { eventPost, story } from './story.ts'

interface Item {
  id: string
  event?: Event
  events?: Event[]
}
interface Event {
  uuid: string
  event: string
  body: { parties?: unknown[] }
}

const PAYLOADS = new URL('vectors/payloads.json', import.meta.url)
const { items }: { items: Item[] } = JSON.parse(readFileSync(PAYLOADS, 'utf8'))
const item = (id: string): Item => items.find(other => other.id === id)!
const eventsOf = ({ event, events }: Item): Event[] => events ?? (event ? [event] : [])

const PRESENCE = '/restapi/v1.0/account/~/extension/~/presence'
const SESSIONS = '/restapi/v1.0/account/~/telephony/sessions'

const post = (content: unknown, headers: Record<string, string> = {}): Webhook => ({
  ...eventPost('', null),
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
})
const signalsOf = (webhook: Webhook): Signal[] => ringcentral.parse(webhook).signals
const legsOf = (webhook: Webhook): LegSignal[] => signalsOf(webhook).filter(signal => signal.type === 'leg')
const signals = (id: string): Signal[][] => eventsOf(item(id)).map(event => signalsOf(post(event)))

itConforms({ ...story, strangers: [twilioStory, vonageStory].flatMap(webhooksOf) })

describe('the handshake', () => {
  const question = post('', { 'validation-token': '0c7b0fd1' })

  test('is the token with nothing else, and gives the token back', () => {
    expect(handshake(question)).toBe('0c7b0fd1')
    expect(ringcentral.recognises(question)).toBe(true)
    expect(ringcentral.parse(question)).toEqual({ signals: [], deliveryKey: null, wantsDocument: false })
  })

  test('may come as an empty object, as from whoever tries it out by hand', () => {
    const asked = post({}, { 'validation-token': '0c7b0fd1' })
    expect(handshake(asked)).toBe('0c7b0fd1')
    expect(ringcentral.recognises(asked)).toBe(true)
    expect(ringcentral.parse(asked).signals).toEqual([])
    expect(handshake(post([], { 'validation-token': '0c7b0fd1' }))).toBeNull()
  })

  test('is not an event that carries the same header', () => {
    const event = post(item('flat-body').event, { 'validation-token': 'vt-0123456789abcdef' })
    expect(handshake(event)).toBeNull()
    expect(legsOf(event)).toHaveLength(1)
    expect(ringcentral.verify(event, story.credentials)).toEqual({ valid: true })
  })

  test('is nothing without a token, or with one that could not be sent back', () => {
    expect(handshake(post(''))).toBeNull()
    expect(handshake(post('', { 'validation-token': 'x'.repeat(501) }))).toBeNull()
    expect(() => ringcentral.parse(post(''))).toThrow(UnreadableWebhook)
  })
})

test('a token is believed under either name, and either of two', () => {
  const verify = (headers: Record<string, string>, ...verificationTokens: string[]) =>
    ringcentral.verify(post({}, headers), { verificationTokens })
  expect(verify({ 'verification-token': 'a' }, 'b', 'a')).toEqual({ valid: true })
  expect(verify({ 'verification-token': 'x', 'validation-token': 'a' }, 'a')).toEqual({ valid: true })
  expect(verify({ 'verification-token': '' }, '')).toMatchObject({ reason: 'No verification token is configured.' })
  expect(verify({}, 'a')).toMatchObject({ reason: 'The Verification-Token header is missing.' })
  expect(verify({ 'verification-token': 'b' }, 'a')).toMatchObject({ valid: false, reason: /does not match/ })
})

describe('presence', () => {
  const presence = (body: object) => signalsOf(post({ event: '/restapi/v1.0/account/~/extension/~/presence', body }))

  test('may name its extension by a number', () => {
    const activeCalls = [{ direction: 'Inbound', from: '+14165551234', telephonyStatus: 'Ringing', sessionId: '7' }]
    const named = (extensionId: unknown) => presence({ extensionId, telephonyStatus: 'Ringing', activeCalls })
    expect(named(17557000)).toEqual(named('17557000'))
    expect(named(17557000)).toHaveLength(2)
    expect(() => named({})).toThrow(/extensionId/)
  })

  test('without any call is no news of one', () => {
    expect(presence({ telephonyStatus: 'NoCall' })).toEqual([])
    expect(presence({ telephonyStatus: 'NoCall', sessionId: '7' })).toMatchObject([{ status: 'ended' }])
    expect(() => presence({ telephonyStatus: 'Ringing' })).toThrow(/sessionId/)
  })
})

describe('recorded events', () => {
  test('are all here', () => expect(items).toHaveLength(39))

  test.each(items.filter(({ id }) => eventsOf(item(id)).length > 0))('$id is recognised and read', ({ id }) => {
    for (const event of eventsOf(item(id))) {
      const webhook = post(event)
      expect(ringcentral.recognises(webhook)).toBe(true)
      const parsed = ringcentral.parse(webhook)
      expect(parsed).toMatchObject({ deliveryKey: event.uuid, wantsDocument: false })
      for (const signal of parsed.signals) {
        expect(signal.provider).toBe('ringcentral')
        if (signal.type !== 'leg') continue
        expect(signal).toMatchObject({ control: 'provider', providerCallId: expect.stringMatching(/^s-|^\d+$/) })
        expect(signal.status).not.toBeNull()
      }
    }
  })

  test.each(items.filter(({ id }) => eventsOf(item(id)).length === 0))('$id, no event, is refused', other => {
    expect(ringcentral.recognises(post(other))).toBe(false)
    expect(() => ringcentral.parse(post(other))).toThrow(UnreadableWebhook)
  })

  test.each([
    'subscription-reminder-event',
    'sms-instant-event',
    'voicemail-event',
    'call-queue-member-presence',
    'presence-account-level',
    'session-supervised',
  ])('%s tells of no call', id => {
    expect(signals(id)).toEqual([[]])
  })

  test.each([
    ['presence-ringing', 'ringing', null],
    ['presence-connected', 'in-progress', null],
    ['presence-call-ended-with-NoCall-entry', 'ended', 'hangup'],
  ])('%s is one call and the list of live ones', (id, status, endReason) => {
    const call = 's-00000000000000000000000000abc100'
    const [[leg, roster, ...more] = []] = signals(id)
    expect(more).toEqual([])
    expect(leg).toEqual({
      type: 'leg',
      provider: 'ringcentral',
      providerCallId: call,
      providerLegId: 'p-00000000000000000000000000abc100-2',
      party: 'agent',
      status,
      endReason,
      order: null,
      at: '2026-01-01T00:00:00.100Z',
      durationSeconds: null,
      direction: 'inbound',
      from: '+14155550123',
      to: '+18885550199',
      callerName: 'SAMPLE CALLER',
      control: 'provider',
      extensionId: '400100200008',
    })
    expect(roster).toEqual({
      type: 'roster',
      provider: 'ringcentral',
      extensionId: '400100200008',
      providerCallIds: status === 'ended' ? [] : [call],
      order: expect.any(Number),
      at: '2026-01-01T00:00:00.100Z',
    })
  })

  test('an idle extension has a list of no calls', () => {
    expect(signals('presence-idle')).toMatchObject([[{ type: 'roster', providerCallIds: [], order: 2702 }]])
  })

  test('two calls at once, one of them held, are both alive', () => {
    const [parsed = []] = signals('presence-on-hold-plus-second-ringing')
    expect(parsed).toMatchObject([{ status: 'in-progress' }, { status: 'ringing' }, { type: 'roster' }])
    const roster = parsed.at(-1)
    expect(roster?.type === 'roster' && roster.providerCallIds).toHaveLength(2)
  })

  test('an outgoing call is not from somebody by our own name', () => {
    expect(signals('presence-outbound')[0]?.[0]).toMatchObject({ direction: 'outbound', callerName: null })
  })

  test.each([
    ['session-missed-call', 'ended', 'no-answer'],
    ['session-voicemail', 'ended', 'no-answer'],
    ['session-parked', 'in-progress', null],
    ['session-attended-transfer-gone', 'ended', 'hangup'],
    ['session-recording-on', 'in-progress', null],
    ['session-queue-call', 'ringing', null],
  ])('%s leaves its party %s (%s)', (id, status, endReason) => {
    expect(fold(signals(id))?.legs).toMatchObject([{ party: 'agent', status, endReason }])
  })

  test('events out of order leave the party where the last one put it', () => {
    expect(fold(signals('session-out-of-order'))).toMatchObject({ status: 'in-progress', legs: [{ order: 5 }] })
  })

  test('a blind transfer rings the next party in the same call', () => {
    const legs = fold(signals('session-blind-transfer'))?.legs
    expect(legs).toMatchObject([{ status: 'ended' }, { status: 'in-progress', party: 'agent' }])
  })
})

describe('a recorded call', () => {
  test.each([
    [
      'session-trace-inbound-pstn-ivr',
      {
        direction: 'inbound',
        from: '+14155550123',
        to: '+18885550199',
        callerName: 'SAMPLE CALLER',
        // Not the menu that took the call at once, but the person whom the caller asked for.
        answeredAt: '2026-01-01T00:00:15.988Z',
        durationSeconds: 15,
      },
      ['customer', 'agent', 'agent'],
    ],
    [
      'session-trace-outbound-to-pstn',
      { direction: 'outbound', from: '+18885550199', to: '+14155550123', callerName: null },
      ['agent', 'customer'],
    ],
    [
      'session-trace-internal',
      {
        direction: 'inbound',
        from: '11104',
        to: '11101',
        callerName: 'Agent Bob',
        answeredAt: '2026-01-01T00:00:06.686Z',
      },
      ['customer', 'agent'],
    ],
  ])('%s ends answered, in whatever order it is told', (id, facts, parties) => {
    const told = signals(id)
    const call = settled(fold(told))
    expect(call).toMatchObject({ status: 'completed', outcome: 'answered', ...facts })
    expect(call?.legs.map(({ party }) => party)).toEqual(parties)
    fc.assert(
      fc.property(fc.shuffledSubarray(told, { minLength: told.length }), fc.subarray(told), (shuffled, repeated) => {
        expect(settled(fold([...shuffled, ...repeated]))).toEqual(call)
        expect(settled(fold([...repeated, ...shuffled]))).toEqual(call)
      }),
      { numRuns: 2000 },
    )
  })

  test('of few events ends the same in every order', () => {
    for (const id of ['session-missed-call', 'session-voicemail']) {
      const told = signals(id)
      const call = settled(fold(told))
      expect(call).toMatchObject({ status: 'failed', outcome: 'no-answer' })
      for (const order of permutations(told)) expect(settled(fold([...order]))).toEqual(call)
    }
  })
})

describe('the flat body of setup guides', () => {
  const flat = (body: object): Webhook => eventPost(PRESENCE, body)
  const body = {
    telephonyStatus: 'Ringing',
    sessionId: 'test-session-123',
    from: { phoneNumber: '+14165551234', name: 'Test Caller' },
    to: { phoneNumber: '+15879876543' },
    direction: 'Inbound',
  }

  test('is a call', () => {
    expect(signalsOf(flat(body))).toEqual([
      {
        type: 'leg',
        provider: 'ringcentral',
        providerCallId: 'test-session-123',
        providerLegId: 'test-session-123',
        party: 'agent',
        status: 'ringing',
        endReason: null,
        order: null,
        at: '2026-01-01T00:00:00.000Z',
        durationSeconds: null,
        direction: 'inbound',
        from: '+14165551234',
        to: '+15879876543',
        callerName: 'Test Caller',
        control: 'provider',
        extensionId: null,
      },
    ])
  })

  test.each([
    ['Ringing', 'ringing', null],
    ['CallConnected', 'in-progress', null],
    ['OnHold', 'in-progress', null],
    ['ParkedCall', 'in-progress', null],
    ['NoCall', 'ended', 'hangup'],
    ['Disconnected', 'ended', 'hangup'],
    ['disconnected', 'ended', 'hangup'],
    ['Levitating', null, null],
  ])('with the status %s is %s', (telephonyStatus, status, endReason) => {
    expect(legsOf(flat({ ...body, telephonyStatus }))).toMatchObject([{ status, endReason }])
  })

  test('may give numbers as text, and the extension by its number', () => {
    const webhook = eventPost('/restapi/v1.0/account/~/extension/4001/presence', {
      ...body,
      from: '+14165551234',
      fromName: 'Test',
      to: null,
    })
    expect(legsOf(webhook)).toMatchObject([
      { from: '+14165551234', callerName: 'Test', to: null, extensionId: '4001', providerLegId: 'test-session-123' },
    ])
  })

  test('without a session cannot be told from any other call', () => {
    expect(problems(flat({ ...body, sessionId: undefined }))).toEqual([
      { path: 'body.sessionId', message: 'Is required.' },
    ])
    expect(problems(flat({}))).toMatchObject([{ path: 'body.sessionId' }])
    expect(problems(eventPost('/any', { telephonyStatus: 'Ringing' }))).toMatchObject([{ path: 'body.sessionId' }])
  })
})

describe('a session', () => {
  const party = { id: 'p-1', extensionId: '1', direction: 'Inbound', status: { code: 'Proceeding' } }
  const session = (...parties: object[]): Webhook => eventPost(SESSIONS, { sessionId: '42', sequence: 7, parties })

  test('is known by its own id, else by the one in the call log', () => {
    expect(legsOf(session(party))).toMatchObject([{ providerCallId: '42', providerLegId: 'p-1', order: 7 }])
    const both = eventPost(SESSIONS, { sessionId: '42', telephonySessionId: 's-1', parties: [party] })
    expect(legsOf(both)).toMatchObject([{ providerCallId: 's-1', order: null, at: '2026-01-01T00:00:00.000Z' }])
  })

  test.each([
    ['VMScreening', undefined, false, 'ended', 'no-answer'],
    ['FaxReceive', undefined, false, 'in-progress', null],
    ['HOLD', undefined, false, 'in-progress', null],
    ['Tds', undefined, false, null, null],
    ['Disconnected', 'TargetBusy', false, 'ended', 'busy'],
    ['Disconnected', 'Rejected', false, 'ended', 'rejected'],
    ['Disconnected', 'Cancelled', false, 'ended', 'canceled'],
    ['Disconnected', 'NoAnswer', false, 'ended', 'no-answer'],
    ['Disconnected', 'InvalidNumber', false, 'ended', 'failed'],
    ['Disconnected', 'BlindTransfer', false, 'ended', 'hangup'],
    ['Disconnected', 'BlindTransfer', true, 'ended', 'no-answer'],
  ])('%s because %s, missed %s, is %s (%s)', (code, reason, missedCall, status, endReason) => {
    expect(legsOf(session({ ...party, status: { code, reason }, missedCall }))).toMatchObject([{ status, endReason }])
  })

  test.each([
    ['outside calls us', { direction: 'Outbound', extensionId: undefined }, 'customer', 'inbound', 'initiated'],
    ['we are called', { direction: 'Inbound' }, 'agent', 'inbound', 'ringing'],
    ['we call', { direction: 'Outbound' }, 'agent', 'outbound', 'initiated'],
    ['outside is called', { direction: 'Inbound', extensionId: undefined }, 'customer', 'outbound', 'initiated'],
    ['we call each other', { direction: 'Outbound', to: { phoneNumber: '101' } }, 'customer', null, 'initiated'],
  ])('in which %s', (_, change, side, direction, status) => {
    expect(legsOf(session({ ...party, ...change, status: { code: 'Setup' } }))).toMatchObject([
      { party: side, direction, status },
    ])
  })

  test('says what is missing or of the wrong type', () => {
    expect(problems(eventPost(SESSIONS, {}))).toEqual([
      { path: 'body.sessionId', message: 'Is required.' },
      { path: 'body.parties', message: 'Is required.' },
    ])
    expect(problems(eventPost(SESSIONS, { sessionId: 5, parties: {} }))).toEqual([
      { path: 'body.sessionId', message: 'Must be text.' },
      { path: 'body.parties', message: 'Must be a list.' },
    ])
    expect(problems(session({ ...party, id: null, status: [], from: 'x' }))).toEqual([
      { path: 'body.parties[0].status', message: 'Must be an object.' },
      { path: 'body.parties[0].from', message: 'Must be an object.' },
      { path: 'body.parties[0].id', message: 'Is required.' },
    ])
  })
})

test('what is no event at all is refused', () => {
  expect(problems(post({ event: PRESENCE }))).toEqual([{ path: 'body', message: 'Is required.' }])
  expect(problems(post({ body: { status: 'Active' } }))).toEqual([{ path: 'event', message: 'Is required.' }])
  expect(problems(post({ event: PRESENCE, body: 'x' }))).toEqual([{ path: 'body', message: 'Must be an object.' }])
  expect(problems(eventPost(PRESENCE, { activeCalls: [1, {}] }))).toEqual([
    { path: 'body.activeCalls[0]', message: 'Must be an object.' },
    { path: 'body.activeCalls[1].sessionId', message: 'Is required.' },
  ])
  expect(() => ringcentral.parse(post('{'))).toThrow('The body is not valid JSON.')
  expect(() => ringcentral.parse(post('[]'))).toThrow('The body must be a JSON object.')
})

function problems(webhook: Webhook): unknown {
  try {
    return ringcentral.parse(webhook)
  } catch (error) {
    expect(error).toBeInstanceOf(UnreadableWebhook)
    return (error as UnreadableWebhook).problems
  }
}
