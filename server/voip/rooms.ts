import type { VoipCall, VoipParty } from '../../core/voipCall.ts'

/** Whoever carries the audio of these calls. */
export interface Rooms {
  provider: VoipCall['provider']
  /** Where browsers find it; null: at this server. */
  url: string | null
  /** What lets this participant into the call's room, for an hour. */
  tokenFor(workspaceId: string, call: VoipCall, party: VoipParty): Promise<string>
  /** The call is answered. */
  opened(workspaceId: string, call: VoipCall): Promise<void>
  /** The call is over: whoever is still in its room is put out. Never rejects. */
  closed(workspaceId: string, call: VoipCall): Promise<void>
  /** Connections of which nothing was heard for a while and that are in the room nevertheless; null: it cannot tell just now. */
  alive(call: VoipCall): Promise<string[] | null>
}
