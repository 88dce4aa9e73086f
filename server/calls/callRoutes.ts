import type { FastifyInstance } from 'fastify'
import { v7 as newId } from 'uuid'
import * as contract from '../../client/contract.ts'
import { mayKnow } from '../../core/audience.ts'
import { type Conversation, supervisorsIn } from '../../core/conversation.ts'
import { readAddress } from '../../core/phoneNumber.ts'
import { may, type Principal, seesCall } from '../../core/role.ts'
import { actorOf, agentOf, authorOf } from '../access/actor.ts'
import { phoneOf } from '../agents/agentStore.ts'
import type { App } from '../app.ts'
import { ByTime, pageOf, readCursor } from '../platform/cursor.ts'
import type { Sql } from '../platform/db.ts'
import { readCallEvents } from '../platform/eventLog.ts'
import { serve } from '../platform/http.ts'
import { conflict, forbidden, invalid, notFound } from '../platform/refusal.ts'
import { findQueueIds } from '../queues/queueStore.ts'
import { forListener } from '../recordings/hearingPolicy.ts'
import { listRecordings } from '../recordings/recordingStore.ts'
import { readCallable } from '../settings/dialling.ts'
import { countryOf } from '../workspaces/country.ts'
import { type CallFilter, type CallRecord, findCall, findContactRef, listCalls } from './callStore.ts'
import { callView, eventView, legView } from './callView.ts'
import { dealCards } from './cards.ts'
import { demand } from './center.ts'
import { logCall } from './handLog.ts'
import { keepMetadata, metadataOf } from './metadataStore.ts'
import { addNote, listNotes } from './noteStore.ts'
import { isAsked } from './questions.ts'
import type { Command } from './turnInput.ts'

/** Throws where this is not for them to do. */
type Admits = (who: Principal, record: CallRecord) => void

export function callRoutes(http: FastifyInstance, app: App): void {
  serve(http, app, contract.listCalls, ({ who, query }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const after = readCursor(ByTime, query.cursor)
      const country = await countryOf(tx)
      const filter: CallFilter = {
        status: query.status,
        direction: query.direction,
        queue: query.queue,
        agentId: query.agent,
        contactId: query.contact,
        from: query.from && readAddress(query.from, country).text!,
        to: query.to && readAddress(query.to, country).text!,
        since: query.since,
        until: query.until,
        text: query.q?.trim(),
        visibleTo: visibleTo(who),
      }
      const records = await listCalls(tx, filter, query.limit + 1, after && { startedAt: after[0], id: after[1] })
      return pageOf(
        records,
        query.limit,
        ({ call }) => callView(call),
        ({ call }) => [call.startedAt, call.id],
      )
    }),
  )

  serve(http, app, contract.getCall, ({ who, params }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const record = await findCall(tx, params.id)
      admit(who, record)
      return { ...callView(record.call), ...(await detailsOf(tx, who, record)) }
    }),
  )

  const ask = async (who: Principal, callId: string, input: Command, admits: Admits = admit) => {
    const admitted = (record: CallRecord) => admits(who, record)
    const { call } = await demand(app.center, who.workspaceId, { type: 'command', callId, admit: admitted, input })
    return { success: true as const, call: callView(call!) }
  }

  serve(http, app, contract.placeCall, async ({ who, body }) => {
    const agent = agentOf(who)
    const { to, hasTelephone } = await app.db.inWorkspace(who.workspaceId, async tx => ({
      to: await readCallable(tx, body.to, 'to'),
      hasTelephone: (await phoneOf(tx, agent.id)) !== null,
    }))
    const provider = app.outside.providerToCallBy(hasTelephone)
    if (provider === null) throw conflict('no_carrier', 'Nothing is set up here by which calls could be made.')
    const place = { type: 'place' as const, callId: newId(), agent, to, provider, metadata: body.metadata ?? {} }
    const { call } = await demand(app.center, who.workspaceId, place)
    return { success: true, call: callView(call!) }
  })

  serve(http, app, contract.takeCall, ({ who, params }) => ask(who, params.id, { type: 'take', agent: agentOf(who) }))

  serve(http, app, contract.hangUpCall, ({ who, params }) =>
    ask(
      who,
      params.id,
      { type: 'finish', agentId: actorOf(who).agent?.id ?? null, by: authorOf(who) },
      admitUnlessColleagues,
    ),
  )

  const TALKS = [
    [contract.holdCall, { type: 'hold', held: true }],
    [contract.resumeCall, { type: 'hold', held: false }],
    [contract.recordCall, { type: 'record', recording: 'on' }],
    [contract.pauseRecording, { type: 'record', recording: 'paused' }],
    [contract.mergeCall, { type: 'merge', threeWay: true }],
    [contract.separateCall, { type: 'merge', threeWay: false }],
    [contract.completeTransfer, { type: 'handOver' }],
    [contract.endConsultation, { type: 'endConsultation', reason: 'ended' }],
  ] as const
  for (const [route, talk] of TALKS)
    serve(http, app, route, ({ who, params }) =>
      ask(who, params.id, { type: 'talk', talk, by: authorOf(who) }, admitTalking),
    )
  for (const [route, muted] of [
    [contract.muteCall, true],
    [contract.unmuteCall, false],
  ] as const)
    serve(http, app, route, ({ who, params }) =>
      ask(who, params.id, {
        type: 'talk',
        talk: { type: 'mute', muted, agentId: actorOf(who).agent?.id ?? null },
        by: authorOf(who),
      }),
    )

  serve(http, app, contract.consult, async ({ who, params, body }) => {
    const whom =
      body.agent !== undefined
        ? { type: 'agent' as const, id: body.agent.toLowerCase() }
        : { type: 'queue' as const, id: await app.db.inWorkspace(who.workspaceId, tx => queueOf(tx, body.queue!)) }
    return ask(who, params.id, { type: 'consult', whom, by: authorOf(who) }, admitTalking)
  })

  serve(http, app, contract.superviseCall, ({ who, params, body }) => {
    if (who.kind !== 'user') throw forbidden('Only a person who has signed in can listen.')
    return ask(who, params.id, { type: 'supervise', listening: body.listening, by: authorOf(who) })
  })

  serve(http, app, contract.noteConsent, ({ who, params, body }) =>
    ask(who, params.id, { type: 'consent', given: body.given, by: authorOf(who) }, admitTalking),
  )

  serve(http, app, contract.setDisposition, ({ who, params, body }) =>
    ask(who, params.id, { type: 'dispose', disposition: body.disposition, by: authorOf(who) }),
  )

  serve(http, app, contract.transferCall, async ({ who, params, body }) => {
    const by = authorOf(who)
    const { agent } = body
    if (agent !== undefined)
      return ask(who, params.id, { type: 'sendToAgent', agentId: agent.toLowerCase(), by }, admitUnlessColleagues)
    const to = await app.db.inWorkspace(who.workspaceId, tx => destinationOf(tx, body))
    return ask(who, params.id, { type: 'send', ...to, by }, admitUnlessColleagues)
  })

  serve(http, app, contract.settleCaller, async ({ who, params, body }) => {
    const { contactId } = body
    const contact =
      contactId === null ? null : await app.db.inWorkspace(who.workspaceId, tx => findContactRef(tx, contactId))
    if (contactId !== null && contact === null) throw notFound('contact')
    return ask(who, params.id, { type: 'settleContact', contact, by: authorOf(who) })
  })

  serve(http, app, contract.addNote, ({ who, params, body }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const record = await findCall(tx, params.id)
      admit(who, record)
      return { success: true, note: await addNote(tx, record.call, body.text, actorOf(who)) }
    }),
  )

  serve(http, app, contract.logCall, ({ who, body }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const by = actorOf(who)
      const call = await logCall(
        tx,
        {
          customerPhone: body.customerPhone ?? null,
          contactId: body.contactId ?? null,
          direction: body.direction,
          subject: body.subject ?? null,
          status: body.status ?? 'completed',
          startedAt: body.startedAt ?? null,
          durationSeconds: body.durationSeconds ?? null,
          requestId: null,
        },
        by.agent,
        authorOf(who),
      )
      if (body.notes != null) await addNote(tx, call, body.notes, by)
      await keepMetadata(tx, call.id, body.metadata ?? {})
      return { success: true, call: callView(call) }
    }),
  )
}

/** Where a call is to be sent. Throws a 400 refusal for a queue or number that is none. */
async function destinationOf(
  sql: Sql,
  { queue, number }: { queue?: string | undefined; number?: string | undefined },
): Promise<Pick<Extract<Command, { type: 'send' }>, 'to' | 'name'>> {
  if (number !== undefined) {
    const e164 = await readCallable(sql, number, 'number')
    return { to: { type: 'number', number: e164 }, name: e164 }
  }
  return { to: { type: 'queue', queueId: await queueOf(sql, queue!) }, name: queue! }
}

/** By id or name. Throws a 400 refusal where there is none. */
async function queueOf(sql: Sql, queue: string): Promise<string> {
  const [queueId = null] = await findQueueIds(sql, [queue])
  if (queueId === null) throw invalid([{ path: 'queue', message: `There is no queue “${queue}”.` }])
  return queueId
}

/** {@link admit}, for what only those do who speak in the call, or lead. */
function admitTalking(who: Principal, record: CallRecord): void {
  admit(who, record)
  if (who.kind === 'key' || who.role !== 'agent') return
  if (record.call.agent?.id !== who.agentId) throw forbidden('This call is not yours.')
}

/** {@link admit}, for what ends a conversation: an agent ends its own, and those in which it is asked, but no colleague’s. */
function admitUnlessColleagues(who: Principal, record: CallRecord): void {
  admit(who, record)
  const { call } = record
  if (who.kind === 'key' || who.role !== 'agent' || call.agent === null || isAsked(call, who.agentId)) return
  if (call.agent.id !== who.agentId) throw forbidden('This call is not yours.')
}

/** Throws the 404 for a call that is not there, or not for this principal to see. */
function admit(who: Principal, record: CallRecord | null): asserts record is CallRecord {
  if (record === null || !seesCall(who, record.call)) throw notFound('call')
}

export const visibleTo = (who: Principal): CallFilter['visibleTo'] =>
  who.kind === 'user' && who.role === 'agent' ? { agentId: who.agentId, queueIds: who.queueIds } : undefined

async function detailsOf(sql: Sql, who: Principal, record: CallRecord) {
  const [card] = await dealCards(sql, [record])
  const { call } = record
  return {
    match: card!.match,
    card: card!,
    legs: call.legs.map(legView),
    notes: await listNotes(sql, { callId: call.id }),
    events: (await readCallEvents(sql, call.id)).filter(({ event }) => mayKnow(who, event)).map(eventView),
    metadata: await metadataOf(sql, call.id),
    recordings: await forListener(sql, who, call, await listRecordings(sql, call.id)),
    supervisors: may(who, 'supervise calls') && call.conversation ? supervisorsOf(call.conversation) : [],
  }
}

const supervisorsOf = (conversation: Conversation) =>
  supervisorsIn(conversation).map(({ person, listening }) => ({ ...person, listening }))
