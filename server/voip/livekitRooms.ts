import { sideOf } from '../../core/voipCall.ts'
import { createLiveKitApi } from '../../providers/livekit/api.ts'
import { speakerToken, supervisorToken } from '../../providers/livekit/tokens.ts'
import type { App } from '../app.ts'
import type { Config } from '../config.ts'
import type { Rooms } from './rooms.ts'

/** Rooms of a LiveKit server. Who is there it tells by webhook, for which nothing vouches: so it is asked as well. */
export function createLiveKitRooms({ log }: Pick<App, 'log'>, settings: NonNullable<Config['livekit']>): Rooms {
  const api = createLiveKitApi(settings.apiUrl, settings)
  return {
    provider: 'livekit',
    url: settings.apiUrl.replace(/^http/, 'ws'),
    tokenFor: (_workspaceId, { roomName }, { id, name, type }) =>
      speakerToken(settings, roomName, {
        identity: id,
        name,
        party: type === 'PORTAL_CUSTOMER' ? 'customer' : 'agent',
      }),
    tokenForSupervisor: ({ roomName }, { id, name }, listening) =>
      supervisorToken(settings, roomName, { identity: `supervisor:${id}`, name }, listening),
    records: settings.record ? 'all' : 'none',
    async record(_workspaceId, { roomName }, may) {
      await (may ? api.record(roomName) : api.stopRecording(roomName)).catch(error =>
        log.error(
          { err: error, may },
          'LiveKit does not record this call, or does not stop: see to its egress service',
        ),
      )
    },
    async closed(_workspaceId, { roomName }) {
      await api
        .deleteRoom(roomName)
        .catch(error => log.warn({ err: error }, 'a room could not be closed at LiveKit; it closes when it is empty'))
    },
    async alive(call) {
      const there = await api.listConnections(call.roomName)
      return (
        there?.flatMap(({ connection, identity }) => {
          const side = sideOf(call, identity)
          return side === null ? [] : [{ id: connection, side }]
        }) ?? null
      )
    },
  }
}
