import type { LegSignal, RecordingSignal, Signal } from '../../core/signal.ts'
import { readFields } from '../body.ts'
import type { Fields } from '../fields.ts'
import type { Parsed, Webhook } from '../provider.ts'

/** What has happened in a room, for who follows its people one by one. */
export type RoomNews =
  /** Somebody has come in or gone: `connection` is this stay, `identity` the person. */
  | { type: 'came' | 'left'; roomName: string; connection: string; identity: string }
  /** The room is gone, and whoever was in it. */
  | { type: 'finished'; roomName: string }

/** Kinds of participants that are programs: they speak for nobody. */
const PROGRAMS = ['INGRESS', 'EGRESS', 'AGENT', 'BRIDGE']

const DISCONNECT_REASONS: Record<string, LegSignal['endReason']> = {
  USER_UNAVAILABLE: 'no-answer',
  USER_REJECTED: 'rejected',
  SIP_TRUNK_FAILURE: 'failed',
  MEDIA_FAILURE: 'failed',
  JOIN_FAILURE: 'failed',
}

/** A stay in a room is a leg: somebody who comes back has another one. Names of events that are new are kept quiet about. */
export function parse(webhook: Webhook): Parsed {
  const fields = readFields(webhook)
  const deliveryKey = fields.id('id')
  const signals = signalsOf(fields)
  fields.check()
  return { signals, deliveryKey, wantsDocument: false }
}

function signalsOf(fields: Fields): Signal[] {
  const event = fields.text('event')
  switch (event) {
    case 'participant_joined':
      return legOf(fields, 'here')
    case 'participant_left':
    case 'participant_connection_aborted':
      return legOf(fields, 'gone')
    case 'egress_started':
    case 'egress_ended':
      return recordingOf(fields, event === 'egress_ended')
    default:
      return []
  }
}

function legOf(fields: Fields, state: 'here' | 'gone'): LegSignal[] {
  const roomName = fields.object('room')?.requiredId('name')
  const participant = fields.object('participant')
  if (roomName === undefined || participant === null) return []
  if (PROGRAMS.includes(participant.text('kind') ?? '') || participant.object('permission')?.flag('hidden')) return []
  const attributes = participant.object('attributes')
  const isTelephone = participant.text('kind') === 'SIP'
  const isCustomer = isTelephone || attributes?.text('party') === 'customer'
  const line = attributes?.word('sip.callStatus') ?? null
  const rings = line === 'ringing' || line === 'dialing'
  return [
    {
      type: 'leg',
      provider: 'livekit',
      providerCallId: roomName,
      providerLegId: participant.requiredId('sid'),
      party: isCustomer ? 'customer' : 'agent',
      status: state === 'gone' ? 'ended' : rings ? 'ringing' : 'in-progress',
      endReason: state === 'gone' ? endReasonOf(participant, isTelephone) : null,
      order: null,
      at: seconds(fields.text('createdAt')) ?? seconds(participant.text('joinedAt')),
      durationSeconds: null,
      direction: isTelephone ? 'inbound' : null,
      from: isTelephone ? (attributes?.address('sip.phoneNumber') ?? null) : null,
      to: isTelephone ? (attributes?.address('sip.trunkPhoneNumber') ?? null) : null,
      callerName: isTelephone ? participant.text('name') : null,
      control: 'provider',
      extensionId: null,
    },
  ]
}

/** A telephone that leaves does not say whether anybody had answered it; who was in the room at a browser was there. */
function endReasonOf(participant: Fields, isTelephone: boolean): LegSignal['endReason'] {
  const said = DISCONNECT_REASONS[participant.text('disconnectReason') ?? '']
  return said ?? (isTelephone ? 'hangup' : 'completed')
}

function recordingOf(fields: Fields, ended: boolean): RecordingSignal[] {
  const egress = fields.object('egressInfo')
  if (egress === null) return []
  const file = egress.list('fileResults')?.[0] ?? null
  const complete = egress.text('status') === 'EGRESS_COMPLETE' && file !== null
  const nanoseconds = file?.text('duration') ?? null
  return [
    {
      type: 'recording',
      provider: 'livekit',
      providerCallId: egress.requiredId('roomName'),
      recordingId: egress.requiredId('egressId'),
      of: 'call',
      status: ended ? (complete ? 'completed' : 'absent') : 'in-progress',
      url: complete ? (file.text('location', 2000) ?? file.text('filename', 2000)) : null,
      seconds: nanoseconds !== null && /^\d{1,18}$/.test(nanoseconds) ? Math.round(Number(nanoseconds) / 1e9) : null,
    },
  ]
}

/** ISO 8601 of whole seconds since 1970, which come as text. */
function seconds(text: string | null): string | null {
  return text !== null && /^\d{1,11}$/.test(text) ? new Date(Number(text) * 1000).toISOString() : null
}

/** Who has come into, or gone from, which room; null for other news. Throws as {@link parse} does. */
export function readRoomNews(webhook: Webhook): RoomNews | null {
  const fields = readFields(webhook)
  const event = fields.text('event')
  const roomName = fields.object('room')?.id('name') ?? null
  const participant = fields.object('participant')
  const connection = participant?.id('sid') ?? null
  const identity = participant?.id('identity') ?? null
  fields.check()
  if (roomName === null) return null
  if (event === 'room_finished') return { type: 'finished', roomName }
  if (connection === null || identity === null) return null
  if (event === 'participant_joined') return { type: 'came', roomName, connection, identity }
  const gone = event === 'participant_left' || event === 'participant_connection_aborted'
  return gone ? { type: 'left', roomName, connection, identity } : null
}
