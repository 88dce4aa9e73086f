import type { Named } from '../../core/call.ts'
import type { Listening } from '../../core/conversation.ts'
import type { Stay, VoipCall, VoipParty } from '../../core/voipCall.ts'

/** Whoever carries the audio of these calls. */
export interface Rooms {
  provider: VoipCall['provider']
  /** Where browsers find it; null: at this server. */
  url: string | null
  /** What lets this participant into the call's room, for an hour. */
  tokenFor(workspaceId: string, call: VoipCall, party: VoipParty): Promise<string>
  /** The two have begun to talk. Never rejects. */
  met(workspaceId: string, call: VoipCall): Promise<void>
  /** The call is over: whoever is still in its room is put out. Never rejects. */
  closed(workspaceId: string, call: VoipCall): Promise<void>
  /** Who is in the room though nothing was heard of it for a while; null: it cannot tell just now. */
  alive(call: VoipCall): Promise<Stay[] | null>
  /** Lets a supervisor in; null where these rooms have no place for one. */
  tokenForSupervisor: ((call: VoipCall, who: Named, listening: Listening) => Promise<string>) | null
}
