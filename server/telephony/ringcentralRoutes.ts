import type { FastifyInstance } from 'fastify'
import { personOf, roomsOf } from '../../core/audience.ts'
import type { CallState } from '../../core/call.ts'
import { seesCall } from '../../core/role.ts'
import { handshake } from '../../providers/ringcentral/ringcentral.ts'
import type { App } from '../app.ts'
import { listCalls } from '../calls/callStore.ts'
import { authorise } from '../platform/http.ts'
import type { Streams } from '../platform/streams.ts'
import { createAccounts } from './accounts.ts'
import { readWebhook, take, takeRawBodies } from './webhookRoutes.ts'

const MAX_ACTIVE = 200

/** RingCentral's caller popup: its events in, the ringing calls out. */
export function ringcentralRoutes(http: FastifyInstance, app: App, streams: Streams): void {
  const { ringcentral } = createAccounts(app.config)

  http.register(async scope => {
    takeRawBodies(scope)
    scope.post('/api/webhooks/ringcentral', async (request, reply) => {
      const webhook = readWebhook(app, request)
      const token = handshake(webhook)
      if (token !== null) return reply.header('validation-token', token).type('application/json').send('')
      await take(app, request, webhook, ringcentral, 'status')
      return { status: 'success' }
    })
  })

  http.get('/api/ringcentral/active-calls', async request => {
    const who = (await authorise(app, 'see calls', request))!
    const live = await app.db.inWorkspace(who.workspaceId, tx =>
      listCalls(tx, { provider: 'ringcentral', onlyLive: true }, MAX_ACTIVE),
    )
    return { calls: live.filter(({ call }) => seesCall(who, call)).map(({ call }) => popupCall(call)) }
  })

  http.get('/api/ringcentral/call-stream', async (request, reply) => {
    const who = (await authorise(app, 'see calls', request))!
    await streams.open(request, reply, {
      workspaceId: who.workspaceId,
      person: personOf(who),
      check: async () => (await app.access.admit(request)).until,
      seats: roomsOf(who),
      present: ({ event }) => {
        const rings =
          (event.type === 'call.arrived' || event.type === 'call.status_changed') &&
          event.call.provider === 'ringcentral' &&
          event.call.status === 'ringing'
        return rings ? { name: 'call', data: { type: 'call', call: popupCall(event.call) } } : null
      },
    })
  })
}

/** A call in the words of the caller popup's document. */
const popupCall = (call: CallState) => ({
  id: call.id,
  session_id: call.providerCallId,
  from_number: call.from,
  from_name: call.callerName,
  to_number: call.to,
  direction: call.direction === 'inbound' ? 'Inbound' : 'Outbound',
  status: POPUP_STATUS[call.status],
  timestamp: call.startedAt,
  customer_id: call.contact?.id ?? null,
  customer_name: call.contact?.name ?? null,
  customer_email: call.contact?.email ?? null,
})

const POPUP_STATUS: Record<CallState['status'], string> = {
  initiated: 'ringing',
  ringing: 'ringing',
  'in-progress': 'connected',
  completed: 'disconnected',
  failed: 'disconnected',
}
