import { EgressClient, EncodedFileOutput, EncodedFileType, RoomServiceClient, ServerError } from 'livekit-server-sdk'
import type { LiveKitCredentials } from './verify.ts'

/** What we ask of a LiveKit server of our own accord. */
export interface LiveKitApi {
  /** Puts everybody out; a room that is gone already is what was wanted. */
  deleteRoom(room: string): Promise<void>
  /** Who is in the room, by stay; null when LiveKit cannot be asked just now. */
  listConnections(room: string): Promise<{ connection: string; identity: string }[] | null>
  /** Begins to record, each of the two people in a channel of its own; what came of it is told by webhook. */
  record(room: string): Promise<void>
  /** Ends whatever records the room. */
  stopRecording(room: string): Promise<void>
}

const TIMEOUT_SECONDS = 5

/**
 * Of the enumeration `AudioMixing`, which the package does not export. Its `DUAL_CHANNEL_AGENT` means programs that
 * speak, and would put both of our people into one channel.
 */
const DUAL_CHANNEL_ALTERNATE = 2

/** @param apiUrl of the same server that browsers connect to; `ws` and `http` are the same to it. */
export function createLiveKitApi(apiUrl: string, { apiKey, apiSecret }: LiveKitCredentials): LiveKitApi {
  const host = apiUrl.replace(/^ws/, 'http')
  const options = { requestTimeout: TIMEOUT_SECONDS }
  const rooms = new RoomServiceClient(host, apiKey, apiSecret, options)
  const egress = new EgressClient(host, apiKey, apiSecret, options)
  return {
    async deleteRoom(room) {
      await rooms.deleteRoom(room).catch(error => {
        if (!isGone(error)) throw error
      })
    },
    async listConnections(room) {
      try {
        return (await rooms.listParticipants(room)).map(({ sid, identity }) => ({ connection: sid, identity }))
      } catch (error) {
        return isGone(error) ? [] : null
      }
    },
    async record(room) {
      const file = new EncodedFileOutput({ fileType: EncodedFileType.OGG, filepath: 'ringside/{room_name}-{time}.ogg' })
      await egress.startRoomCompositeEgress(room, { file }, { audioOnly: true, audioMixing: DUAL_CHANNEL_ALTERNATE })
    },
    async stopRecording(room) {
      const running = await egress.listEgress({ roomName: room, active: true })
      await Promise.all(running.map(({ egressId }) => egress.stopEgress(egressId)))
    },
  }
}

const isGone = (error: unknown): boolean => error instanceof ServerError && error.code === 'not_found'
