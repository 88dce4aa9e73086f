import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import * as contract from '../../client/contract.ts'
import type { App } from '../app.ts'
import { eventView } from '../calls/callView.ts'
import { pageOf, readCursor } from '../platform/cursor.ts'
import { listEvents } from '../platform/eventLog.ts'
import { serve } from '../platform/http.ts'

const Cursor = z.tuple([z.number().int()])

/** The activity log is the event log, read backwards. */
export function activityRoutes(http: FastifyInstance, app: App): void {
  serve(http, app, contract.listActivity, ({ who, query }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const [before] = readCursor(Cursor, query.cursor) ?? []
      const filter = { type: query.type, since: query.since, until: query.until, before }
      const events = await listEvents(tx, filter, query.limit + 1)
      return pageOf(events, query.limit, eventView, ({ seq }) => [seq])
    }),
  )
}
