import { canUseFrames } from './frames.ts'
import { connectPeer } from './peer.ts'
import type { FromServer } from './protocol.ts'
import { openVoiceSocket, type VoiceSocket } from './voiceSocket.ts'

/** Whether audio would come through, tried before there is a call. */
export type Connectivity =
  /** As it should be. */
  | 'udp'
  /** No UDP: the audio takes the way of the page itself, a little later and less steadily. */
  | 'socket-only'
  /** The server is there, and no audio gets through to it. */
  | 'no-audio'
  | 'no-server'

const SERVER_MS = 5000
/** Longer than a peer tries. */
const UDP_MS = 6000

/** Takes ten seconds at most, asks for no microphone, and makes no sound. */
export async function tryConnection(url?: string): Promise<Connectivity> {
  const socket = openVoiceSocket(() => [{ type: 'try' }], url)
  try {
    const given = await answer(socket, SERVER_MS, message => (message.type === 'leg' ? message.leg : null))
    if (given === null) return 'no-server'
    if (await tryUdp(socket, given)) return 'udp'
    if (!canUseFrames()) return 'no-audio'
    const taken = answer(socket, SERVER_MS, message => (message.type === 'frames' ? message.channel : null))
    socket.send({ type: 'frames', leg: given })
    return (await taken) === null ? 'no-audio' : 'socket-only'
  } finally {
    socket.close()
  }
}

function tryUdp(socket: VoiceSocket, leg: string): Promise<boolean> {
  return new Promise(resolve => {
    const end = (isThrough: boolean) => {
      clearTimeout(timer)
      stop()
      peer.close()
      resolve(isThrough)
    }
    const timer = setTimeout(end, UDP_MS, false)
    const peer = connectPeer({
      iceServers: socket.iceServers,
      track: null,
      offer: sdp => socket.send({ type: 'offer', leg, sdp }),
      reports: { onStream() {}, onConnected: () => end(true), onLost: () => end(false) },
    })
    const stop = socket.onMessage(message => {
      if (!('leg' in message) || message.leg !== leg) return
      if (message.type === 'answer') peer.answer(message.sdp)
      if (message.type === 'refused') end(false)
    })
  })
}

/** The first message in which something is found; null when time is up. */
function answer<Found>(
  socket: VoiceSocket,
  withinMs: number,
  find: (message: FromServer) => Found | null,
): Promise<Found | null> {
  return new Promise(resolve => {
    const end = (found: Found | null) => {
      clearTimeout(timer)
      stop()
      resolve(found)
    }
    const timer = setTimeout(end, withinMs, null)
    const stop = socket.onMessage(message => {
      const found = find(message)
      if (found !== null) end(found)
    })
  })
}
