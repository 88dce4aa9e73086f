import type { FastifyInstance } from 'fastify'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { v7 as newId } from 'uuid'
import type { z } from 'zod'
import * as contract from '../../client/contract.ts'
import { told } from '../../core/call.ts'
import { decideMatch } from '../../core/contact.ts'
import { readAddress } from '../../core/phoneNumber.ts'
import type { SupportRequest } from '../../core/request.ts'
import { may } from '../../core/role.ts'
import { actorOf, agentOf, authorOf } from '../access/actor.ts'
import { network } from '../access/signInLimits.ts'
import type { App } from '../app.ts'
import { callView } from '../calls/callView.ts'
import { logCall } from '../calls/handLog.ts'
import { findMatches, loadCards } from '../contacts/contactMatch.ts'
import { allowAnyOrigin } from '../platform/anyOrigin.ts'
import { ByTime, pageOf, readCursor } from '../platform/cursor.ts'
import type { Tx } from '../platform/db.ts'
import { serve } from '../platform/http.ts'
import { invalid, notFound, tooMany } from '../platform/refusal.ts'
import { mustBeCallable } from '../settings/dialling.ts'
import { countryOf } from '../workspaces/country.ts'
import { contactByEmail, findRequest, insertRequest, listRequests, lockRequest, updateRequest } from './requestStore.ts'

/** Anybody on the internet may ask: this many requests per address in ten minutes. */
const PER_ADDRESS = { points: 20, duration: 600 }

export function requestRoutes(http: FastifyInstance, app: App): void {
  const perAddress = new RateLimiterMemory(PER_ADDRESS)
  // The form stands on the company's own website.
  allowAnyOrigin(http, 'POST', path => path === contract.createRequest.path)

  serve(http, app, contract.createRequest, async ({ body, who, request }) => {
    // A website's own server passes on what many visitors say, with a key.
    if (who === null)
      await perAddress.consume(network(request.ip)).catch((spent: { msBeforeNext?: number }) => {
        throw tooMany((spent.msBeforeNext ?? 1000) / 1000, 'Too many requests from this address. Try again later.')
      })
    const workspaceId = who?.workspaceId ?? body.workspaceId ?? (await app.directory.workspaceOf([]))
    if (!(await app.directory.exists(workspaceId))) {
      throw invalid([{ path: 'workspaceId', message: 'There is no such workspace.' }])
    }
    const received = await app.db.inWorkspace(workspaceId, tx => receive(tx, body))
    // Whoever is nobody here gets back what they have said: not whose number or address it is.
    const mayKnow = who !== null && may(who, 'see requests')
    return { success: true, request: mayKnow ? received : { ...received, contact: null } }
  })

  serve(http, app, contract.listRequests, ({ who, query }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const after = readCursor(ByTime, query.cursor)
      const filter = { status: query.status, contactId: query.contact }
      const requests = await listRequests(tx, filter, query.limit + 1, after && { createdAt: after[0], id: after[1] })
      return pageOf(
        requests,
        query.limit,
        request => request,
        request => [request.createdAt, request.id],
      )
    }),
  )

  serve(http, app, contract.getRequest, ({ who, params }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const request = await findRequest(tx, params.id)
      if (request === null) throw notFound('request')
      return request
    }),
  )

  serve(http, app, contract.updateRequest, ({ who, params, body }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const request = await lockRequest(tx, params.id)
      if (!request) throw notFound('request')
      if (request.status === body.status) return { success: true, request }
      const agent = body.status === 'pending' ? null : (request.agent ?? actorOf(who).agent)
      const after = { ...request, status: body.status, agent, updatedAt: tx.now }
      await updateRequest(tx, after)
      tx.emit({ type: 'request.updated', request: after, by: authorOf(who) })
      return { success: true, request: after }
    }),
  )

  serve(http, app, contract.callBackRequest, ({ who, params }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const agent = agentOf(who)
      const request = await lockRequest(tx, params.id)
      if (!request) throw notFound('request')
      if (request.phoneNumber === null && request.contact === null) {
        throw invalid([{ path: '', message: 'This request has no telephone number to call back.' }])
      }
      await mustBeCallable(tx, request.phoneNumber)
      const after = { ...request, status: 'in-progress' as const, agent, updatedAt: tx.now }
      await updateRequest(tx, after)
      tx.emit({ type: 'request.updated', request: after, by: authorOf(who) })
      const call = await logCall(
        tx,
        {
          customerPhone: request.phoneNumber,
          contactId: request.contact?.id ?? null,
          direction: 'outbound',
          subject: request.subject,
          status: 'initiated',
          startedAt: null,
          durationSeconds: null,
          requestId: request.id,
        },
        agent,
        authorOf(who),
      )
      tx.emit({ type: 'call.assigned', call: told(call), agent })
      return { success: true, request: after, call: callView(call) }
    }),
  )
}

/** Stores a request, with whoever it surely comes from: by e-mail address first, then by telephone number. */
async function receive(
  tx: Tx,
  body: z.output<NonNullable<typeof contract.createRequest.body>>,
): Promise<SupportRequest> {
  const phone = body.phoneNumber ? readAddress(body.phoneNumber, await countryOf(tx)) : null
  const byEmail = await contactByEmail(tx, body.userEmail)
  const matches = phone ? await findMatches(tx, [phone]) : new Map()
  const match = decideMatch(phone?.kind ?? 'withheld', matches.get(phone?.key ?? '') ?? [])
  const [candidate] = match.candidates
  const byPhone = match.state === 'matched' && candidate ? { id: candidate.contactId, name: candidate.name } : null
  const request: SupportRequest = {
    id: newId(),
    userId: body.userId || null,
    userEmail: body.userEmail,
    subject: body.subject,
    description: body.description,
    priority: body.priority ?? 'normal',
    phoneNumber: phone?.text ?? null,
    status: 'pending',
    contact: byEmail ?? byPhone,
    agent: null,
    createdAt: tx.now,
    updatedAt: tx.now,
  }
  const [card] = await loadCards(tx, [{ key: phone?.key ?? null, contactId: request.contact?.id ?? null }])
  await insertRequest(tx, request, phone?.key ?? null)
  tx.emit({
    type: 'request.created',
    request,
    card: { match, lastCalls: card?.lastCalls ?? [], openRequests: card?.openRequests ?? [] },
  })
  return request
}
