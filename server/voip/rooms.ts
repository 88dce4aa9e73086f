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
  /** Which calls are recorded here, where the workspace records at all: none, those of queues that are, or all. */
  records: 'none' | 'of-queues' | 'all'
  /** What the two say may be recorded from now on, or may not any more. Never rejects. */
  record(workspaceId: string, call: VoipCall, may: boolean): Promise<void>
  /** The call is over: whoever is still in its room is put out. Never rejects. */
  closed(workspaceId: string, call: VoipCall): Promise<void>
  /** Who is in the room though nothing was heard of it for a while; null: it cannot tell just now. */
  alive(call: VoipCall): Promise<Stay[] | null>
  /** Lets a supervisor in; null where these rooms have no place for one. */
  tokenForSupervisor: ((call: VoipCall, who: Named, listening: Listening) => Promise<string>) | null
}
