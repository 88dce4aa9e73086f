import type { FastifyInstance } from 'fastify'
import * as contract from '../../client/contract.ts'
import type { App } from '../app.ts'
import { currentSeq } from '../platform/eventLog.ts'
import { serve } from '../platform/http.ts'
import { listRequests } from '../requests/requestStore.ts'
import { visibleTo } from './callRoutes.ts'
import { listCalls } from './callStore.ts'
import { callView } from './callView.ts'
import { dealCards } from './cards.ts'

/** More than this waiting at once is a crisis, not a list. */
const MAX_ENTRIES = 500

/** The call queue: everything that wants somebody's attention now. */
export function callQueueRoutes(http: FastifyInstance, app: App): void {
  serve(http, app, contract.callQueue, ({ who }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      // Read first: what happens after this number reaches the client as an event, seen below or not.
      const seq = await currentSeq(tx)
      const records = await listCalls(tx, { onlyLive: true, visibleTo: visibleTo(who) }, MAX_ENTRIES)
      const cards = await dealCards(tx, records)
      const requests = await listRequests(tx, { status: 'pending' }, MAX_ENTRIES)
      const calls = records.map(({ call }, index) => ({
        ...callView(call),
        kind: 'call' as const,
        card: cards[index]!,
      }))
      const items = [...calls, ...requests.map(request => ({ ...request, kind: 'request' as const }))]
      const demandedAt = (item: (typeof items)[number]) => (item.kind === 'call' ? item.startedAt : item.createdAt)
      items.sort((a, b) => (demandedAt(a) < demandedAt(b) ? 1 : -1))
      return { success: true, items, calls: records.map(({ call }) => callView(call)), requests, seq }
    }),
  )
}
