import { describe, expect, test } from 'vitest'
import { WebhookType as Contracted } from '../../client/contract.ts'
import type { CallState } from '../../core/call.ts'
import type { CenterEvent } from '../../core/event.ts'
import { WEBHOOK_TYPES, WEBHOOKS, type WebhookType, webhookTypeOf } from '../../core/webhook.ts'
import { type Facts, messageOf, withRecording } from './message.ts'
import { callState } from './testing.ts'

const CALL = '0199fd2c-0000-7000-8000-000000000001'
const AGENT = '0199fd2c-0000-7000-8000-000000000002'
const BUSINESS = '0199fd2c-0000-7000-8000-000000000003'
const RECORDING = 'RE1'

const call: CallState = callState({
  id: CALL,
  providerCallId: 'CAxxxx',
  status: 'completed',
  outcome: 'answered',
  from: '+1234567890',
  to: '+0987654321',
  callerName: 'John Doe',
  durationSeconds: 180,
  startedAt: '2025-10-20T10:00:00Z',
  endedAt: '2025-10-20T10:03:00Z',
  agent: { id: AGENT, name: 'Agent Name' },
})
const facts: Facts = {
  business: { id: BUSINESS, name: 'Your Business' },
  call: { metadata: {}, recordingId: RECORDING, transcript: 'Call transcript...' },
  contact: null,
  externalIdOf: () => null,
}
const AT = '2025-10-20T10:03:00Z'
const tell = (event: object, more: Partial<Facts> = {}) => {
  const { type } = event as CenterEvent
  return messageOf(webhookTypeOf(type)!, event as CenterEvent, AT, { ...facts, ...more })!
}

test('the payload that CRM systems have documented, word for word', () => {
  const message = tell({ type: 'call.status_changed', call, previousStatus: 'in-progress' })
  expect(message).toMatchObject({ callId: CALL, recordingId: RECORDING })
  expect(JSON.stringify(withRecording(message, 'https://...'), null, 2)).toBe(`{
  "event": "call.status_update",
  "call": {
    "id": "${CALL}",
    "call_sid": "CAxxxx",
    "status": "completed",
    "direction": "inbound",
    "from_number": "+1234567890",
    "to_number": "+0987654321",
    "caller_name": "John Doe",
    "duration_seconds": 180,
    "started_at": "2025-10-20T10:00:00Z",
    "ended_at": "2025-10-20T10:03:00Z",
    "recording_url": "https://...",
    "transcript": "Call transcript...",
    "agent": {
      "id": "${AGENT}",
      "name": "Agent Name"
    },
    "metadata": {}
  },
  "business": {
    "id": "${BUSINESS}",
    "name": "Your Business"
  },
  "timestamp": "2025-10-20T10:03:00Z"
}`)
})

test('what is not known is null, and every field is there', () => {
  const bare = callState({ id: CALL, status: 'ringing', from: null, to: null })
  const { payload } = tell({ type: 'call.arrived', call: bare, card: {} }, { call: null })
  expect(payload.call).toEqual({
    id: CALL,
    call_sid: bare.providerCallId,
    status: 'ringing',
    direction: 'inbound',
    from_number: null,
    to_number: null,
    caller_name: null,
    duration_seconds: null,
    started_at: bare.startedAt,
    ended_at: null,
    recording_url: null,
    transcript: null,
    agent: null,
    metadata: {},
  })
})

test('a caller is called by the name that the carrier gives, else by the contact’s', () => {
  const contact = { id: AGENT, name: 'Ana López', email: null }
  const named = (more: Partial<CallState>) =>
    (tell({ type: 'call.arrived', call: callState({ contact, ...more }) }).payload.call as { caller_name: string })
      .caller_name
  expect(named({})).toBe('Ana López')
  expect(named({ callerName: 'LOPEZ ANA' })).toBe('LOPEZ ANA')
})

describe('contacts', () => {
  const contact = { id: AGENT, name: 'Ana' }
  const by = { id: BUSINESS, name: 'Admin' }
  const known = {
    id: AGENT,
    name: 'Ana López',
    email: 'ana@example.com',
    phones: ['+34600111222', '+34600111223'],
    company: null,
    type: null,
    tags: ['vip'],
    externalId: 'crm-7',
    fields: {},
    metadata: { tier: 'gold' },
    createdAt: AT,
    updatedAt: AT,
  }

  test('as they are when they are told', () => {
    expect(tell({ type: 'contact.updated', contact, by }, { contact: known }).payload).toEqual({
      event: 'contact.updated',
      contact: {
        id: AGENT,
        external_id: 'crm-7',
        name: 'Ana López',
        email: 'ana@example.com',
        phone: '+34600111222',
        phones: ['+34600111222', '+34600111223'],
        company: null,
        type: null,
        tags: ['vip'],
        fields: {},
        metadata: { tier: 'gold' },
        created_at: AT,
        updated_at: AT,
      },
      business: facts.business,
      timestamp: AT,
    })
    expect(tell({ type: 'contact.created', contact, by }).payload.contact).toEqual(contact)
  })

  test('gone, by the id that the CRM knows', () => {
    const message = tell(
      { type: 'contact.deleted', contact, by },
      { externalIdOf: id => (id === AGENT ? 'crm-7' : null) },
    )
    expect(message.callId).toBeNull()
    expect(message.payload).toMatchObject({ contact: { id: AGENT, external_id: 'crm-7', name: 'Ana' } })
  })
})

test('the list in the contract is the list in core, and each of it has a message', () => {
  expect(Contracted.options).toEqual(WEBHOOK_TYPES)
  const named = { id: AGENT, name: 'N' }
  const request = { id: AGENT, subject: 'Help' }
  for (const type of WEBHOOK_TYPES)
    for (const event of WEBHOOKS[type satisfies WebhookType]) {
      const message = tell({
        type: event,
        call,
        contact: named,
        from: named,
        request,
        by: named,
        recordingId: RECORDING,
      })
      expect(message.payload).toMatchObject({ event: type, business: facts.business, timestamp: AT })
    }
})
