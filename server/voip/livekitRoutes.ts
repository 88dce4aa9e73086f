import type { FastifyInstance } from 'fastify'
import { causedByProvider } from '../../core/cause.ts'
import { go, sideOf } from '../../core/voipCall.ts'
import { livekit } from '../../providers/livekit/livekit.ts'
import { type RoomNews, readRoomNews } from '../../providers/livekit/parse.ts'
import { UnreadableWebhook } from '../../providers/provider.ts'
import type { App } from '../app.ts'
import type { Config } from '../config.ts'
import { actAs } from '../platform/cause.ts'
import { Refusal } from '../platform/refusal.ts'
import type { Account } from '../telephony/accounts.ts'
import { readWebhook, take, takeRawBodies } from '../telephony/webhookRoutes.ts'
import type { Voip } from './voip.ts'
import { workspaceOfRoom } from './voipStore.ts'

const PATH = '/api/webhooks/livekit'

/** The address that LiveKit posts to: who is in which room, and what was recorded. */
export function livekitRoutes(
  http: FastifyInstance,
  app: App,
  voip: Voip,
  settings: NonNullable<Config['livekit']>,
): void {
  const account: Account = {
    ...livekit,
    verify: webhook => livekit.verify(webhook, settings),
    mustBeSigned: true,
    variable: 'LIVEKIT_API_SECRET',
    commands: null,
    softphones: false,
    recordsBridges: false,
    isElsewhere: () => false,
    addresses: base => ({ input: () => base + PATH, recording: base + PATH, status: base + PATH }),
  }

  http.register(async scope => {
    takeRawBodies(scope)
    scope.post(PATH, async request => {
      const webhook = readWebhook(app, request)
      const verdict = livekit.verify(webhook, settings)
      if (!verdict.valid) throw new Refusal(403, 'bad_signature', `This webhook was refused: ${verdict.reason}`)
      actAs(causedByProvider(account.name).actor, 'webhook')
      const news = readNews(() => readRoomNews(webhook))
      const workspaceId = news && (await app.db.asSystem(sql => workspaceOfRoom(sql, news.roomName)))
      // In the rooms of calls between browsers, we know who is who; what happens in any other is a call of its own.
      if (news && workspaceId) await hear(voip, workspaceId, news)
      else await take(app, request, webhook, account, 'status')
      return { success: true }
    })
  })
}

async function hear(voip: Voip, workspaceId: string, news: RoomNews): Promise<void> {
  if (news.type === 'finished') {
    await voip.change(workspaceId, news.roomName, (call, now) =>
      call.connections.reduce((after, connection) => go(after, connection, now), call),
    )
    return
  }
  const call = await voip.find(workspaceId, news.roomName)
  const side = call && sideOf(call, news.identity)
  if (!side) return
  const connection = { id: news.connection, side }
  if (news.type === 'came') await voip.come(workspaceId, news.roomName, connection)
  else await voip.go(workspaceId, news.roomName, connection)
}

function readNews<News>(read: () => News): News {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof UnreadableWebhook)) throw error
    throw new Refusal(400, 'unreadable_webhook', error.message, { fields: error.problems })
  }
}
