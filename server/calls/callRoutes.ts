import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import * as contract from '../../client/contract.ts'
import { readAddress } from '../../core/phoneNumber.ts'
import { type Principal, seesCall } from '../../core/role.ts'
import { actorOf, agentOf, authorOf } from '../access/actor.ts'
import type { App } from '../app.ts'
import { pageOf, readCursor } from '../platform/cursor.ts'
import type { Sql } from '../platform/db.ts'
import { readCallEvents } from '../platform/eventLog.ts'
import { serve } from '../platform/http.ts'
import { invalid, notFound } from '../platform/refusal.ts'
import { findQueueIds } from '../queues/queueStore.ts'
import { countryOf, readPhone } from '../workspaces/country.ts'
import { type CallFilter, type CallRecord, findCall, findContactRef, listCalls } from './callStore.ts'
import { callView, eventView, legView } from './callView.ts'
import { dealCards } from './cards.ts'
import { demand } from './center.ts'
import { logCall } from './handLog.ts'
import { addNote, listNotes } from './noteStore.ts'
import type { Command } from './turn.ts'

const Cursor = z.tuple([z.iso.datetime(), z.uuid()])

export function callRoutes(http: FastifyInstance, app: App): void {
  serve(http, app, contract.listCalls, ({ who, query }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const after = readCursor(Cursor, query.cursor)
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
      return { ...callView(record.call), ...(await detailsOf(tx, record)) }
    }),
  )

  const ask = async (who: Principal, callId: string, input: Command) => {
    const admitted = (record: CallRecord) => admit(who, record)
    const { call } = await demand(app.center, who.workspaceId, { type: 'command', callId, admit: admitted, input })
    return { success: true as const, call: callView(call!) }
  }

  serve(http, app, contract.takeCall, ({ who, params }) => ask(who, params.id, { type: 'take', agent: agentOf(who) }))

  serve(http, app, contract.hangUpCall, ({ who, params }) => ask(who, params.id, { type: 'finish', by: authorOf(who) }))

  serve(http, app, contract.transferCall, async ({ who, params, body }) => {
    const to = await app.db.inWorkspace(who.workspaceId, tx => destinationOf(tx, body))
    return ask(who, params.id, { type: 'send', ...to, by: authorOf(who) })
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
      if (body.notes !== undefined) await addNote(tx, call, body.notes, by)
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
    const e164 = readPhone(number, await countryOf(sql))
    if (e164 === null) throw invalid([{ path: 'number', message: 'This is no telephone number.' }])
    return { to: { type: 'number', number: e164 }, name: e164 }
  }
  const [queueId = null] = await findQueueIds(sql, [queue!])
  if (queueId === null) throw invalid([{ path: 'queue', message: `There is no queue “${queue}”.` }])
  return { to: { type: 'queue', queueId }, name: queue! }
}

/** Throws the 404 for a call that is not there, or not for this principal to see. */
function admit(who: Principal, record: CallRecord | null): asserts record is CallRecord {
  if (record === null || !seesCall(who, record.call)) throw notFound('call')
}

export const visibleTo = (who: Principal): CallFilter['visibleTo'] =>
  who.kind === 'user' && who.role === 'agent' ? { agentId: who.agentId, queueIds: who.queueIds } : undefined

async function detailsOf(sql: Sql, record: CallRecord) {
  const [card] = await dealCards(sql, [record])
  const { call } = record
  return {
    match: card!.match,
    card: card!,
    legs: call.legs.map(legView),
    notes: await listNotes(sql, { callId: call.id }),
    events: (await readCallEvents(sql, call.id)).map(eventView),
    recordings: [],
  }
}
