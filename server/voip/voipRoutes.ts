import type { FastifyInstance } from 'fastify'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import type { z } from 'zod'
import * as contract from '../../client/contract.ts'
import type { Route } from '../../client/route.ts'
import { roomOfParticipant } from '../../core/audience.ts'
import type { VoipCall } from '../../core/voipCall.ts'
import { authorOf } from '../access/actor.ts'
import type { App } from '../app.ts'
import { allowAnyOrigin } from '../platform/anyOrigin.ts'
import { serveAs, serve as servePrincipal } from '../platform/http.ts'
import { conflict, notFound, tooMany } from '../platform/refusal.ts'
import type { Streams } from '../platform/streams.ts'
import { createParticipantAccess } from './participantAccess.ts'
import { listAvailable, type Participant } from './participantStore.ts'
import type { Rooms } from './rooms.ts'
import type { Voip } from './voip.ts'
import { findCurrent, listHistory } from './voipStore.ts'
import { recordingView, voipMessage, voipView } from './voipView.ts'

/** Nobody dials faster than this by hand: this many calls of one person a minute. */
const PER_CALLER = { points: 30, duration: 60 }

/** Calls between CRM users and portal customers, as their apps make and take them. */
export function voipRoutes(http: FastifyInstance, app: App, voip: Voip, rooms: Rooms, streams: Streams): void {
  const { identify, admit } = createParticipantAccess(app)
  const perCaller = new RateLimiterMemory(PER_CALLER)
  const { db } = app

  function serve<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, Wire>(
    route: Route<'a participant', P, Q, B, z.ZodType<unknown, Wire>>,
    handle: (asked: { who: Participant; params: z.output<P>; query: z.output<Q>; body: z.output<B> }) => Promise<Wire>,
  ): void {
    serveAs(http, app, route, identify, handle)
  }

  const roomOf = ({ roomName }: VoipCall) => ({ roomName, provider: rooms.provider, url: rooms.url })
  const tokenOf = (who: Participant, call: VoipCall) =>
    rooms.tokenFor(who.workspaceId, call, call.from.id === who.id ? call.from : call.to)

  const shown = (who: Participant, call: VoipCall) => ({
    call: voipView(call),
    recording: recordingView(call, who.id),
  })

  // The CRM and the portal live on origins of their own.
  allowAnyOrigin(http, 'GET, POST', path => path.startsWith('/api/voip/'))

  serve(contract.listAvailableAgents, ({ who }) => db.inWorkspace(who.workspaceId, tx => listAvailable(tx, who.id)))

  serve(contract.startVoipCall, async ({ who, body }) => {
    await perCaller.consume(who.id).catch((spent: { msBeforeNext?: number }) => {
      throw tooMany((spent.msBeforeNext ?? 1000) / 1000, 'That were many calls. Wait a little before the next one.')
    })
    const call = await voip.call(who, body.calleeSupabaseId, body.callerName ?? null)
    const [callerToken, calleeToken] = await Promise.all(
      [call.from, call.to].map(party => rooms.tokenFor(who.workspaceId, call, party)),
    )
    return { ...roomOf(call), callerToken: callerToken!, calleeToken: calleeToken!, ...shown(who, call) }
  })

  serve(contract.acceptVoipCall, async ({ who, params: { roomName } }) => {
    const call = await voip.act(who, roomName, 'accept')
    return { success: true, ...roomOf(call), token: await tokenOf(who, call), ...shown(who, call) }
  })
  serve(contract.declineVoipCall, async ({ who, params: { roomName } }) => ({
    success: true,
    call: voipView(await voip.act(who, roomName, 'decline')),
  }))
  serve(contract.endVoipCall, async ({ who, params: { roomName } }) => ({
    success: true,
    call: voipView(await voip.act(who, roomName, 'hangUp')),
  }))

  serve(contract.answerVoipRecording, async ({ who, params: { roomName }, body }) => {
    const call = await voip.answerRecording(who, roomName, body)
    return { success: true, recording: recordingView(call, who.id) }
  })

  serve(contract.currentVoipCall, async ({ who }) => {
    const call = await db.inWorkspace(who.workspaceId, tx => findCurrent(tx, who.id))
    if (call === null) return { current: null }
    const as = call.from.id === who.id ? 'caller' : 'callee'
    return { current: { ...roomOf(call), token: await tokenOf(who, call), as, ...shown(who, call) } }
  })

  serve(contract.listVoipCalls, ({ who, query: { limit, before = null } }) =>
    db.inWorkspace(who.workspaceId, async tx => (await listHistory(tx, who.id, limit, before)).map(voipView)),
  )

  servePrincipal(http, app, contract.superviseVoipCall, async ({ who, params: { roomName }, body: { listening } }) => {
    const call = await voip.find(who.workspaceId, roomName)
    if (call === null) throw notFound('call')
    if (rooms.tokenForSupervisor === null)
      throw conflict('not_controllable', 'This server carries this call itself: POST /api/calls/:id/supervise.')
    if (call.status !== 'IN_PROGRESS') throw conflict('call_over', 'These two are not talking.')
    const staff = [call.from, call.to].filter(({ type }) => type === 'CRM_USER').map(({ id }) => id)
    return {
      success: true,
      ...roomOf(call),
      token: await rooms.tokenForSupervisor(call, authorOf(who), listening),
      heardBy: listening === 'barge' ? null : listening === 'whisper' ? staff : [],
    }
  })

  http.get('/api/voip/events', async (request, reply) => {
    const who = await identify(request)
    const knowsRecording = new URL(request.url, 'http://here').searchParams.get('recording') === 'true'
    await streams.open(request, reply, {
      workspaceId: who.workspaceId,
      person: `user ${who.id}`,
      check: async () => (await admit(request)).until,
      seats: [roomOfParticipant(who.id)],
      present: ({ event }) => ('voip' in event ? voipMessage(event, who.id, knowsRecording) : null),
    })
  })
}
