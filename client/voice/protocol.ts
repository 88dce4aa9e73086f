/**
 * What browsers and the server say to each other about audio, over one WebSocket per page at `/voice`. Text messages are
 * JSON; a binary message is the audio of a leg that cannot use UDP: one byte with the leg's channel, then the frame.
 *
 * A **leg** is one connection of this page's microphone and ears: a customer has one, an agent one per call. The server
 * says which legs there are (`leg`), the page connects each (`offer` → `answer`), and connects it anew whenever the
 * network or the server asks for it.
 */
export const VOICE_PATH = '/voice'

export type FromBrowser =
  /**
   * A customer calls. `from`: the number it says it is called back at, `name`: what it says it is called, `language`: BCP 47,
   * what it would be spoken to in.
   */
  | {
      type: 'call'
      to: string
      from: string | null
      name: string | null
      language: string | null
    }
  /** The page is back (reloaded, another network): the ticket of a leg that it had. */
  | { type: 'resume'; ticket: string }
  /** This page can be called, at the number that it gave for a call of its own: the ticket of that call. */
  | { type: 'reachable'; ticket: string }
  /** Somebody calls this page: it answers, and is given the leg, or will not. */
  | { type: 'answer'; ring: string }
  | { type: 'decline'; ring: string }
  /** A signed-in person's softphone: it is told of its legs. Of several pages of one person one is the `primary`. */
  | { type: 'desk' }
  /** This page wants to be the one that rings and speaks. */
  | { type: 'beFirst' }
  /** A leg to try the network with, that leads nowhere and ends by itself soon. Its ticket is worth nothing. */
  | { type: 'try' }
  /** Into the room of a call between two people: the `callerToken` or `calleeToken` of `/api/voip/start-call`. */
  | { type: 'enter'; token: string }
  /** SDP with the microphone and at least one more audio line to hear with; without candidates. */
  | { type: 'offer'; leg: string; sdp: string }
  /** No UDP here: send and take the audio over this socket. */
  | { type: 'frames'; leg: string }
  | { type: 'digits'; leg: string; digits: string }
  /** A waiting customer would rather be called back. */
  | { type: 'callMeBack'; leg: string }
  | { type: 'hangUp'; leg: string }
  /** What this page has heard since its last report. Percent, milliseconds. */
  | { type: 'quality'; leg: string; lossPercent: number; jitterMs: number; roundTripMs: number | null }
  /** Is somebody there? A page does not see the pings of the socket itself. Answered by `pong`. */
  | { type: 'ping' }

export type FromServer =
  /** First of all. `iceServers`: as RTCPeerConnection takes them. */
  | { type: 'ready'; iceServers: { urls: string | string[]; username?: string; credential?: string }[] }
  /** There is a leg: connect it. `ticket` brings it back after a reload. */
  | { type: 'leg'; leg: string; ticket: string; callId: string; as: LegRole }
  | { type: 'answer'; leg: string; sdp: string }
  /** Audio comes and goes over this socket from now on. */
  | { type: 'frames'; leg: string; channel: number }
  /** Media were lost: connect it anew. */
  | { type: 'again'; leg: string }
  /** How the customer's call stands. */
  | { type: 'line'; leg: string; line: LineState }
  | { type: 'ended'; leg: string; reason: EndedReason }
  /** Somebody calls. `ring`: names the leg that whoever answers is given; `from`: our number, `name`: our name. */
  | { type: 'incoming'; ring: string; from: string | null; name: string | null }
  /** Nobody waits for an answer any more. */
  | { type: 'incomingOver'; ring: string }
  /** Whether this page is the one that rings. */
  | { type: 'first'; first: boolean }
  /** What was asked for cannot be. `leg` null: it was about none. */
  | { type: 'refused'; leg: string | null; code: string; message: string }
  | { type: 'pong' }

export type LegRole = 'caller' | 'agent' | 'consultant' | 'supervisor' | 'participant'

/** `lost`: the other page did not come back in time. `elsewhere`: the leg is connected from another page now. */
export type EndedReason = 'hung-up' | 'lost' | 'declined' | 'failed' | 'elsewhere'

export interface LineState {
  phase: 'menu' | 'waiting' | 'ringing' | 'talking' | 'held' | 'message' | 'over'
  /** Who is being waited for or spoken with, by name. */
  queue: string | null
  agent: string | null
  /** Place in line, 1 is next; null: not waiting, or not known. */
  position: number | null
  /** Estimated wait, whole seconds. */
  waitSeconds: number | null
  canBeCalledBack: boolean
  /** How it ended; null while it lives. */
  outcome: string | null
}
