import type { Path, PathReports } from './path.ts'
import { arrivalsOf } from './quality.ts'

/** What one can hear at once without the connection being negotiated anew: a conference of five. */
const EARS = 4
/** Checks succeed within a second, or (with a relay on the way) two; then there is no way through. */
const CONNECT_MS = 4000
/** Short gaps mend by themselves. */
const DISCONNECTED_MS = 1000

export interface Peer extends Path {
  answer(sdp: string): void
}

/**
 * Audio over UDP, by WebRTC. The page offers, without waiting for its candidates: the server learns the way from the
 * checks themselves.
 */
export function connectPeer(options: {
  iceServers: RTCIceServer[]
  track: MediaStreamTrack | null
  offer(sdp: string): void
  reports: PathReports
}): Peer {
  const { iceServers, track, offer, reports } = options
  const connection = new RTCPeerConnection({ iceServers, bundlePolicy: 'max-bundle' })
  const microphone = connection.addTransceiver(track ?? 'audio', { direction: 'sendrecv' })
  for (let ear = 0; ear < EARS; ear++) connection.addTransceiver('audio', { direction: 'recvonly' })
  let closed = false
  let giveUp: ReturnType<typeof setTimeout> | undefined

  function lose(): void {
    if (closed) return
    close()
    reports.onLost()
  }

  function close(): void {
    closed = true
    clearTimeout(giveUp)
    connection.ontrack = connection.onconnectionstatechange = null
    connection.close()
  }

  connection.ontrack = ({ track, transceiver }) =>
    reports.onStream(connection.getTransceivers().indexOf(transceiver), new MediaStream([track]))

  let connected = false
  connection.onconnectionstatechange = () => {
    const state = connection.connectionState
    if (state === 'connected') {
      clearTimeout(giveUp)
      connected = true
      reports.onConnected()
    } else if (!connected) {
      // A connection that goes by relay may look failed before its relay is there: only time decides.
    } else if (state === 'failed') lose()
    else if (state === 'disconnected') giveUp = setTimeout(lose, DISCONNECTED_MS)
  }

  async function begin(): Promise<void> {
    await connection.setLocalDescription()
    if (!closed) offer(connection.localDescription!.sdp)
  }
  begin().catch(lose)

  return {
    answer(sdp) {
      if (closed || connection.signalingState !== 'have-local-offer') return
      giveUp = setTimeout(lose, CONNECT_MS)
      connection.setRemoteDescription({ type: 'answer', sdp }).catch(lose)
    },
    setTrack(track) {
      // Refused only by a connection that is closed.
      microphone.sender.replaceTrack(track).catch(() => {})
    },
    arrivals: async () => arrivalsOf(await connection.getStats()),
    close,
  }
}
