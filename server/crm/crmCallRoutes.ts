import * as contract from '../../client/contract.ts'
import { mayKnow } from '../../core/audience.ts'
import type { Call } from '../../core/call.ts'
import { type Principal, seesCall } from '../../core/role.ts'
import { visibleTo } from '../calls/callRoutes.ts'
import { type CallRecord, findCall, listCalls } from '../calls/callStore.ts'
import { listNotes } from '../calls/noteStore.ts'
import { ByTime, pageOf, readCursor } from '../platform/cursor.ts'
import type { Sql } from '../platform/db.ts'
import { readCallEvents } from '../platform/eventLog.ts'
import { type Routes, serve } from '../platform/http.ts'
import { forbidden, notFound, Refusal } from '../platform/refusal.ts'
import { forListener, listenerOfAll, NOT_YOURS_TO_HEAR } from '../recordings/hearingPolicy.ts'
import { recordingLink } from '../recordings/recordingLink.ts'
import { listRecordings } from '../recordings/recordingStore.ts'
import { listRoutingSteps } from '../routing/offerStore.ts'
import { type CrmFacts, loadCrmFacts } from './crmCallStore.ts'
import { crmCallView, crmEventViews, departmentRef, personRef } from './crmCallView.ts'

/** Calls as CRM systems ask for them. */
export const crmCallRoutes: Routes = (http, app) => {
  const { db } = app

  /** Signed; null for none. Never asked for inside a transaction. */
  const linkTo = async (who: Principal, recordingId: string | null): Promise<string | null> =>
    recordingId === null ? null : (await recordingLink(app, who.workspaceId, recordingId)).url

  serve(http, app, contract.listCrmCalls, async ({ who, query }) => {
    const after = readCursor(ByTime, query.cursor)
    const filter = {
      status: query.status,
      agentId: query.agent_id,
      since: query.start_date && beginOf(query.start_date),
      until: query.end_date && endOf(query.end_date),
      visibleTo: visibleTo(who),
    }
    const { page, facts, hears } = await db.inWorkspace(who.workspaceId, async tx => {
      const records = await listCalls(tx, filter, query.limit + 1, after && { startedAt: after[0], id: after[1] })
      const page = pageOf(
        records,
        query.limit,
        ({ call }) => call,
        ({ call }) => [call.startedAt, call.id],
      )
      return { page, facts: await loadCrmFacts(tx, page.items), hears: await listenerOfAll(tx, who, page.items) }
    })
    const calls = await Promise.all(
      page.items.map(async call => {
        const known = facts.get(call.id)!
        return crmCallView(call, known, await linkTo(who, heardOf(call, known, hears)))
      }),
    )
    return { success: true, calls, count: calls.length, next_cursor: page.nextCursor }
  })

  serve(http, app, contract.getCrmCall, async ({ who, query }) => {
    const read = await db.inWorkspace(who.workspaceId, async tx => {
      const { call } = await seen(tx, who, query.call_id)
      return {
        call,
        facts: (await loadCrmFacts(tx, [call])).get(call.id)!,
        recordings: await forListener(tx, who, call, await listRecordings(tx, call.id)),
        offers: await listRoutingSteps(tx, call.id),
        notes: await listNotes(tx, { callId: call.id }),
        events: (await readCallEvents(tx, call.id)).filter(({ event }) => mayKnow(who, event)),
      }
    })
    const { call, facts } = read
    const recordings = await Promise.all(
      read.recordings.map(async ({ id, kind, status, startedAt, seconds, audioUrl, transcript }) => ({
        id,
        kind,
        status,
        started_at: startedAt,
        duration_seconds: seconds,
        recording_url: await linkTo(who, audioUrl === null ? null : id),
        transcript,
      })),
    )
    return {
      success: true,
      call: {
        ...crmCallView(call, facts, recordings.find(({ id }) => id === facts.recordingId)?.recording_url ?? null),
        provider: call.provider,
        outcome: call.outcome,
        subject: call.subject,
        disposition: call.disposition,
        department: call.queue && departmentRef(call.queue),
        customer: call.contact,
        queued_at: call.queuedAt,
        answered_at: call.answeredAt,
        recording_consent: call.consent,
        recordings,
        legs: call.legs.map(legOf),
        offers: read.offers.map(offer => ({
          id: offer.id,
          department: departmentRef(offer.queue),
          agent: personRef(offer.agent),
          made_at: offer.madeAt,
          ended_at: offer.endedAt,
          outcome: offer.outcome,
          waited_seconds: offer.waitedSeconds,
          strategy: offer.strategy,
          eligible: offer.eligible.map(personRef),
        })),
        notes: read.notes.map(({ id, text, author, createdAt }) => ({ id, text, author, created_at: createdAt })),
        events: crmEventViews(read.events),
      },
    }
  })

  serve(http, app, contract.getCrmRecording, async ({ who, query }) => {
    const { call, recordingId, isComing } = await db.inWorkspace(who.workspaceId, async tx => {
      const { call } = await seen(tx, who, query.call_id)
      const facts = (await loadCrmFacts(tx, [call])).get(call.id)!
      const { recordingId } = facts
      if (heardOf(call, facts, await listenerOfAll(tx, who, [call])) !== recordingId) throw forbidden(NOT_YOURS_TO_HEAR)
      const recordings = await listRecordings(tx, call.id)
      return { call, recordingId, isComing: recordings.some(({ status }) => status === 'in-progress') }
    })
    if (recordingId === null) {
      throw isComing
        ? new Refusal(404, 'recording_not_ready', 'This call is still being recorded. Ask again when it has ended.', {
            retryAfter: 60,
          })
        : new Refusal(404, 'no_recording', 'There is no recording of this call.')
    }
    const { url, expiresAt } = await recordingLink(app, who.workspaceId, recordingId)
    return { success: true, recording_url: url, expires_at: expiresAt.toISOString(), call_id: call.id }
  })
}

/** The recording that is linked to; null for those who may not hear it. */
const heardOf = (
  call: Call,
  { recordingId, recordingKind }: CrmFacts,
  hears: Awaited<ReturnType<typeof listenerOfAll>>,
): string | null => (recordingKind !== null && hears(call, recordingKind) ? recordingId : null)

/** Throws the 404 for a call that is not there, or not for this principal to see. */
async function seen(sql: Sql, who: Principal, callId: string): Promise<CallRecord> {
  const record = await findCall(sql, callId)
  if (record === null || !seesCall(who, record.call)) throw notFound('call')
  return record
}

/** A day without a time begins, and ends, at midnight in UTC. */
const beginOf = (moment: string): string => (moment.includes('T') ? moment : `${moment}T00:00:00Z`)
const endOf = (moment: string): string => (moment.includes('T') ? moment : `${moment}T24:00:00Z`)

const legOf = (leg: Call['legs'][number]): contract.CrmCallDetails['legs'][number] => ({
  leg_sid: leg.providerLegId,
  party: leg.party,
  status: leg.status,
  end_reason: leg.endReason,
  started_at: leg.startedAt,
  answered_at: leg.answeredAt,
  ended_at: leg.endedAt,
  duration_seconds: leg.durationSeconds,
})
