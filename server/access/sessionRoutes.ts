import * as contract from '../../client/contract.ts'
import { type Routes, serve } from '../platform/http.ts'
import { notFound } from '../platform/refusal.ts'
import { authorOf, personOf } from './actor.ts'
import { createSessionCookie } from './sessionCookie.ts'
import { endSessionById, endSessionsOf, listSessions } from './sessionStore.ts'

/** Where people are signed in. What ends is closed at once, with its sockets and streams: they hear of the event. */
export const sessionRoutes: Routes = (http, app) => {
  const { db } = app
  const cookie = createSessionCookie(app.config.publicUrl)

  serve(http, app, contract.listSessions, async ({ who, request }) => {
    const { workspaceId, userId } = personOf(who)
    const sessions = await db.inWorkspace(workspaceId, tx => listSessions(tx, userId, cookie.read(request.headers)))
    return {
      items: sessions.map(session => ({
        ...session,
        createdAt: session.createdAt.toISOString(),
        seenAt: session.seenAt.toISOString(),
      })),
      nextCursor: null,
    }
  })

  serve(http, app, contract.endSession, async ({ who, params: { id } }) => {
    const { workspaceId, userId } = personOf(who)
    await db.inWorkspace(workspaceId, async tx => {
      if (!(await endSessionById(tx, userId, id))) throw notFound('session')
      tx.emit({ type: 'user.sessions_ended', user: authorOf(who), by: authorOf(who) })
    })
    return { success: true }
  })

  serve(http, app, contract.endOtherSessions, async ({ who, request }) => {
    const { workspaceId, userId } = personOf(who)
    const ended = await db.inWorkspace(workspaceId, async tx => {
      const count = await endSessionsOf(tx, userId, cookie.read(request.headers))
      if (count > 0) tx.emit({ type: 'user.sessions_ended', user: authorOf(who), by: authorOf(who) })
      return count
    })
    return { success: true, ended }
  })
}
