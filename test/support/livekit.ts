import { createHash } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { AccessToken, TokenVerifier } from 'livekit-server-sdk'

export const LIVEKIT_KEYS = { apiKey: 'APItestkey1234', apiSecret: 'livekit-test-secret-0123456789abcdef0123' }

/** A stand-in for a LiveKit server, without audio: lets people in by their tokens, and tells by webhook who is there. */
export interface LiveKit {
  /** As for `LIVEKIT_API_URL`. */
  url: string
  /** Where webhooks go; null: nobody is told. */
  tells: string | null
  /** Somebody connects with a token. Throws for one that LiveKit would refuse. */
  join(token: string): Promise<{ sid: string; identity: string; leave(): Promise<void> }>
  /** Every request of the server API, as `Service/Method`. */
  asked: string[]
  /** Identities in a room. */
  inRoom(room: string): string[]
  /** Sends a webhook, signed as LiveKit signs, and tells the answer's status. */
  tell(content: object, keys?: typeof LIVEKIT_KEYS): Promise<number>
  close(): Promise<void>
}

export async function startLiveKit(): Promise<LiveKit> {
  const rooms = new Map<string, { sid: string; identity: string }[]>()
  const asked: string[] = []
  let count = 0
  const verifier = new TokenVerifier(LIVEKIT_KEYS.apiKey, LIVEKIT_KEYS.apiSecret)

  const server = http.createServer(async (request, response) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk as Uint8Array)
    const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as {
      room?: string
      roomName?: string
      egressId?: string
    }
    const answer = (status: number, content: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content))
    const { video } = await verifier.verify(request.headers.authorization?.replace('Bearer ', '') ?? '')
    const method = request.url!.replace('/twirp/livekit.', '')
    asked.push(method)
    const room = body.room ?? body.roomName ?? ''
    const people = rooms.get(room)
    if (method === 'Egress/StartRoomCompositeEgress' && video?.roomRecord)
      return answer(200, { egressId: `EG_${++count}`, roomName: room, status: 'EGRESS_STARTING' })
    if (method === 'Egress/ListEgress' && video?.roomRecord)
      return answer(200, { items: [{ egressId: `EG_${count}`, roomName: room, status: 'EGRESS_ACTIVE' }] })
    if (method === 'Egress/StopEgress' && video?.roomRecord) return answer(200, { egressId: body.egressId })
    if (people === undefined) return answer(404, { code: 'not_found', msg: 'requested room does not exist' })
    if (method === 'RoomService/ListParticipants' && video?.roomAdmin && video.room === room)
      return answer(200, { participants: people })
    if (method !== 'RoomService/DeleteRoom' || !video?.roomCreate)
      return answer(403, { code: 'permission_denied', msg: 'permissions denied' })
    rooms.delete(room)
    answer(200, {})
    for (const participant of people) await told('participant_left', room, participant)
    await told('room_finished', room)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))

  const told = async (event: string, room: string, participant?: { sid: string; identity: string }): Promise<void> => {
    const content = { event, id: `EV_${++count}`, room: { name: room }, ...(participant && { participant }) }
    if (livekit.tells !== null) await livekit.tell(content)
  }

  const livekit: LiveKit = {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tells: null,
    asked,
    inRoom: room => (rooms.get(room) ?? []).map(({ identity }) => identity),
    async join(token) {
      const { sub, video } = await verifier.verify(token)
      if (!video?.roomJoin || !video.room || !sub) throw new Error('this token lets nobody in')
      const room = video.room
      const participant = { sid: `PA_${++count}`, identity: sub }
      rooms.set(room, [...(rooms.get(room) ?? []).filter(({ identity }) => identity !== sub), participant])
      await told('participant_joined', room, participant)
      return {
        ...participant,
        async leave() {
          const left = (rooms.get(room) ?? []).filter(({ sid }) => sid !== participant.sid)
          rooms.set(room, left)
          await told('participant_left', room, participant)
        },
      }
    },
    async tell(content, keys = LIVEKIT_KEYS) {
      const body = JSON.stringify({ createdAt: String(Math.floor(Date.now() / 1000)), ...content })
      const token = new AccessToken(keys.apiKey, keys.apiSecret, { ttl: '5m' })
      token.sha256 = createHash('sha256').update(body).digest('base64')
      const response = await fetch(livekit.tells!, {
        method: 'POST',
        headers: { 'content-type': 'application/webhook+json', authorization: await token.toJwt() },
        body,
      })
      return response.status
    },
    close: () => new Promise(resolve => server.close(() => resolve())),
  }
  return livekit
}
