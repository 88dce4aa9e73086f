import { jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import type { App } from '../app.ts'
import { serverSecret } from '../platform/secrets.ts'

/** One person's way into the audio room of one call. */
export interface RoomPass {
  workspaceId: string
  roomName: string
  participantId: string
}

type Keeper = Pick<App, 'db' | 'envelopes'>

const SECRET = 'voip rooms'
const AUDIENCE = 'ringside/voip'
const LIFETIME = '1h'

const Claims = z.object({ workspace: z.uuid(), room: z.string(), sub: z.uuid() })

export async function roomToken(app: Keeper, { workspaceId, roomName, participantId }: RoomPass): Promise<string> {
  return new SignJWT({ workspace: workspaceId, room: roomName })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(participantId)
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime(LIFETIME)
    .sign(await serverSecret(app, SECRET))
}

/** Whose token this is and for which room; null for one that is not ours, or has expired. Whether the call still lives, it does not say. */
export async function readRoomToken(app: Keeper, token: string): Promise<RoomPass | null> {
  try {
    const options = { algorithms: ['HS256'], audience: AUDIENCE }
    const { payload } = await jwtVerify(token, await serverSecret(app, SECRET), options)
    const { workspace, room, sub } = Claims.parse(payload)
    return { workspaceId: workspace, roomName: room, participantId: sub }
  } catch (error) {
    if (isOfToken(error)) return null
    throw error
  }
}

const isOfToken = (error: unknown): boolean =>
  error instanceof z.ZodError || String((error as { code?: unknown }).code).startsWith('ERR_J')
