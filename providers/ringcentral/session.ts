import type { EndReason, LegStatus } from '../../core/leg.ts'
import type { LegSignal } from '../../core/signal.ts'
import type { Fields } from '../fields.ts'

/**
 * Parties of a telephony session to signals. An event speaks of one party and `sequence` counts over all of them.
 * The party that calls is “outbound”, those that are called are “inbound”; who has no extension is outside.
 */
export function parseSession(body: Fields, sentAt: string | null): LegSignal[] {
  const callId = body.id('telephonySessionId') ?? body.requiredId('sessionId')
  const order = body.order('sequence')
  const at = body.time('eventTime') ?? sentAt
  const parties = body.list('parties')
  if (parties === null && !body.has('parties')) body.refuse('parties', 'Is required.')
  return (parties ?? []).flatMap(fields => {
    const party = readParty(fields)
    // A supervisor who listens in has not taken the call.
    if (party.reason === 'supervising') return []
    return {
      type: 'leg' as const,
      provider: 'ringcentral',
      providerCallId: callId,
      providerLegId: party.id,
      party: party.side === 'customer' || party.side === 'colleague' ? 'customer' : 'agent',
      ...progressOf(party),
      order,
      at,
      durationSeconds: null,
      ...endsOf(party),
      control: 'provider' as const,
      extensionId: null,
    }
  })
}

interface Party {
  id: string
  side: Side
  /** Whether this party was called, rather than calling. */
  called: boolean
  code: string | null
  reason: string | null
  missed: boolean
  from: string | null
  fromName: string | null
  to: string | null
}

/** `colleague`: one of our extensions that calls another; for the one that is called, that is the customer. */
type Side = 'customer' | 'agent' | 'colleague'

function readParty(fields: Fields): Party {
  const status = fields.object('status')
  const from = fields.object('from')
  const to = fields.object('to')
  const called = fields.word('direction') === 'inbound'
  const dialled = to?.address('phoneNumber') ?? null
  const isInternal = to?.numberedId('extensionId') != null || (dialled !== null && /^\d{1,6}$/.test(dialled))
  const isOurs = fields.numberedId('extensionId') !== null
  return {
    id: fields.requiredId('id'),
    side: !isOurs ? 'customer' : isInternal && !called ? 'colleague' : 'agent',
    called,
    code: status?.word('code') ?? null,
    reason: status?.word('reason') ?? null,
    missed: fields.flag('missedCall'),
    from: from?.address('phoneNumber') ?? null,
    fromName: from?.text('name', 200) ?? null,
    to: dialled,
  }
}

type Ends = Pick<LegSignal, 'direction' | 'from' | 'to' | 'callerName'>

function endsOf({ side, called, from, fromName, to }: Party): Ends {
  // Each side of an internal call spells the other its own way; the call is told as the one who is called sees it.
  if (side === 'colleague') return { direction: null, from: null, to, callerName: fromName }
  const direction = called === (side === 'agent') ? 'inbound' : 'outbound'
  return { direction, from, to, callerName: direction === 'inbound' ? fromName : null }
}

type Progress = { status: LegStatus | null; endReason: EndReason | null }

function progressOf(party: Party): Progress {
  switch (party.code) {
    case 'setup':
      return { status: party.side === 'agent' && party.called ? 'ringing' : 'initiated', endReason: null }
    case 'proceeding':
      return { status: 'ringing', endReason: null }
    case 'answered':
    case 'hold':
    case 'parked':
    case 'faxreceive':
      return { status: 'in-progress', endReason: null }
    case 'voicemail':
    case 'voicemailscreening':
    case 'vmscreening':
      // The caller speaks to a machine: the telephone of this party has stopped ringing, unanswered.
      if (party.side === 'agent') return { status: 'ended', endReason: 'no-answer' }
      return { status: 'in-progress', endReason: null }
    case 'disconnected':
    case 'gone':
      return { status: 'ended', endReason: party.missed ? 'no-answer' : (END_REASONS.get(party.reason) ?? 'hangup') }
    default:
      return { status: null, endReason: null }
  }
}

/** Most calls end without any reason given, and most reasons only say which button was pressed. */
const END_REASONS = new Map<string | null, EndReason>([
  ['noanswer', 'no-answer'],
  ['timeout', 'no-answer'],
  ['targetbusy', 'busy'],
  ['rejected', 'rejected'],
  ['cancelled', 'canceled'],
  ['internalerror', 'failed'],
  ['invalidnumber', 'failed'],
  ['nosuchuser', 'failed'],
  ['internationaldisabled', 'failed'],
  ['destinationblocked', 'failed'],
  ['notenoughfunds', 'failed'],
])
