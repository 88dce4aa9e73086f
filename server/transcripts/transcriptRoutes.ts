import { z } from 'zod'
import { Time } from '../../client/contract/words.ts'
import * as contract from '../../client/contract.ts'
import { excerptOf, searchWords } from '../../core/excerpt.ts'
import { visibleTo } from '../calls/callRoutes.ts'
import { findCalls } from '../calls/callStore.ts'
import { callView } from '../calls/callView.ts'
import { pageOf, readCursor } from '../platform/cursor.ts'
import { type Routes, serve } from '../platform/http.ts'
import { invalid } from '../platform/refusal.ts'
import { findSaid } from './transcriptSearch.ts'

const Cursor = z.tuple([Time, z.string()])

export const transcriptRoutes: Routes = (http, app) => {
  serve(http, app, contract.searchTranscripts, ({ who, query: { q, since, until, limit, cursor } }) => {
    const words = searchWords(q)
    if (words.length === 0) throw invalid([{ path: 'q', message: 'Give at least one word.' }])
    return app.db.inWorkspace(who.workspaceId, async tx => {
      const after = readCursor(Cursor, cursor)
      const wanted = { words, since, until, visibleTo: visibleTo(who) }
      const found = await findSaid(tx, wanted, limit + 1, after && { startedAt: after[0], id: after[1] })
      const records = await findCalls(tx, [...new Set(found.map(({ callId }) => callId))])
      const calls = new Map(records.map(({ call }) => [call.id, callView(call)]))
      return pageOf(
        found,
        limit,
        ({ id, kind, startedAt, seconds, callId, transcript }) => ({
          recording: { id, kind, startedAt, seconds },
          call: calls.get(callId)!,
          excerpt: excerptOf(transcript, words),
        }),
        ({ startedAt, id }) => [startedAt, id],
      )
    })
  })
}
