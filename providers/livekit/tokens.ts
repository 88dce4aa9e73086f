import { AccessToken, TrackSource, type VideoGrant } from 'livekit-server-sdk'
import type { Listening } from '../../core/conversation.ts'
import type { LiveKitCredentials } from './verify.ts'

/** A token counts when somebody connects; LiveKit itself renews it while they stay. */
const LIFETIME = '1h'

interface Person {
  /** Who enters twice under one identity is put out of where it was. */
  identity: string
  name: string
}

/** Lets somebody speak and hear in a room, and nothing else. */
export function speakerToken(
  credentials: LiveKitCredentials,
  room: string,
  person: Person & { party: 'customer' | 'agent' },
): Promise<string> {
  const { party, ...who } = person
  return tokenFor(credentials, { ...who, attributes: { party } }, { ...SPEAKS, room, canPublishData: true })
}

/**
 * Lets a supervisor into a room: unseen and unheard to monitor. To whisper, its page must call
 * `setTrackSubscriptionPermissions(false, [{ participantIdentity: <the agent>, allowAll: true }])` before it publishes:
 * who hears whom is for whoever speaks to say, and no token can.
 */
export const supervisorToken = (
  credentials: LiveKitCredentials,
  room: string,
  person: Person,
  listening: Listening,
): Promise<string> =>
  tokenFor(credentials, person, listening === 'monitor' ? { ...LISTENS, room } : { ...SPEAKS, room })

const SPEAKS: VideoGrant = {
  roomJoin: true,
  canPublish: true,
  canPublishSources: [TrackSource.MICROPHONE],
  canSubscribe: true,
  canUpdateOwnMetadata: false,
}

/** What is not forbidden is allowed: each of these must be said. */
const LISTENS: VideoGrant = {
  roomJoin: true,
  canPublish: false,
  canPublishData: false,
  canSubscribe: true,
  hidden: true,
}

function tokenFor(
  { apiKey, apiSecret }: LiveKitCredentials,
  person: Person & { attributes?: Record<string, string> },
  grant: VideoGrant,
): Promise<string> {
  const token = new AccessToken(apiKey, apiSecret, { ...person, ttl: LIFETIME })
  token.addGrant(grant)
  return token.toJwt()
}
