import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import * as contract from '../../client/contract.ts'
import { csvLine } from '../../core/csv.ts'
import { authorOf } from '../access/actor.ts'
import type { App } from '../app.ts'
import { eventView } from '../calls/callView.ts'
import { pageOf, readCursor } from '../platform/cursor.ts'
import { currentSeq } from '../platform/eventLog.ts'
import { authorise, read, serve } from '../platform/http.ts'
import { invalid } from '../platform/refusal.ts'
import { type AuditRow, listAudit } from './auditStore.ts'
import { verifyLog } from './verifyLog.ts'

const Cursor = z.tuple([z.number().int()])
/** Entries of an export that are in memory at once. */
const CHUNK = 500

/** The audit log: the event log with who and from where. */
export function auditRoutes(http: FastifyInstance, app: App): void {
  const { db } = app

  serve(http, app, contract.listAudit, ({ who, query: { limit, cursor, ...filter } }) =>
    db.inWorkspace(who.workspaceId, async tx => {
      const [before] = readCursor(Cursor, cursor) ?? []
      const rows = await listAudit(tx, filter, before ?? null, limit + 1)
      return pageOf(rows, limit, entryView, ({ seq }) => [seq])
    }),
  )

  serve(http, app, contract.verifyAudit, ({ who, query: { seq, hash } }) => {
    if ((seq === undefined) !== (hash === undefined)) {
      throw invalid([{ path: 'hash', message: 'Give both `seq` and `hash` of an earlier answer, or neither.' }])
    }
    return verifyLog(db, who.workspaceId, seq === undefined ? null : { seq, hash: hash!.toLowerCase() })
  })

  http.get('/api/audit.csv', async (request, reply) => {
    const who = (await authorise(app, 'see the audit log', request))!
    await app.access.demandRecentSignIn(request)
    const filter = read(contract.AuditFilter, request.query, '')
    reply
      .type('text/csv; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('x-content-type-options', 'nosniff')
      .header('content-disposition', `attachment; filename="audit-${new Date().toISOString().slice(0, 10)}.csv"`)
    // Whether it may be had is asked before it is saved: nothing is handed out yet.
    if (request.method === 'HEAD') return reply.send()
    const asked = Object.fromEntries(
      Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    )
    const end = await db.inWorkspace(who.workspaceId, async tx => {
      tx.emit({ type: 'audit.exported', filter: asked, by: authorOf(who) })
      return (await currentSeq(tx)) + 1
    })

    async function* lines(): AsyncGenerator<string> {
      yield csvLine(COLUMNS)
      for (let before = end; ; ) {
        const rows = await db.inWorkspace(who.workspaceId, tx => listAudit(tx, filter, before, CHUNK))
        yield rows.map(row => csvLine(cellsOf(row))).join('')
        if (rows.length < CHUNK) return
        before = rows.at(-1)!.seq
      }
    }
    return reply.send(Readable.from(lines()))
  })
}

const entryView = (row: AuditRow): contract.AuditEntry => {
  const { actor, origin, redactedAt, hash } = row
  return { event: eventView(row) as contract.AuditEntry['event'], actor, origin, redactedAt, hash }
}

const COLUMNS = [
  'seq',
  'at',
  'type',
  'actor kind',
  'actor id',
  'actor',
  'ip',
  'channel',
  'user agent',
  'call',
  'details',
  'hash',
]

function cellsOf({ seq, at, event, actor, origin, hash }: AuditRow): (string | number | null)[] {
  // The whole call as it was then would bury what happened to it.
  const { type, call, card, explanation, ...details } = event as { type: string } & Record<string, unknown>
  return [
    seq,
    at,
    type,
    actor?.kind ?? null,
    actor?.id ?? null,
    actor?.name ?? null,
    origin?.ip ?? null,
    origin?.channel ?? null,
    origin?.userAgent ?? null,
    'call' in event ? event.call.id : null,
    JSON.stringify(details),
    hash,
  ]
}
