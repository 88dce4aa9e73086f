import { MOST_VOICES } from './audibility.ts'
import type { Connection, ConnectionEvents } from './leg.ts'

/**
 * Audio as frames over whatever connection the caller has, for networks that let no UDP through: one message per frame, the
 * same layout in both directions, numbers big endian.
 *
 * | byte | |
 * |---|---|
 * | 0 | 1: audio. Others are ignored |
 * | 1 | to the browser: the stream, 0 to 5. From the browser: 0 |
 * | 2–3 | sequence: one more with each frame of a stream, wraps around |
 * | 4–7 | timestamp: samples at 48 kHz, 960 more with each frame that follows directly, wraps around |
 * | 8– | an Opus packet of 20 ms, one channel; 1275 bytes at most |
 *
 * Each stream is one voice (or what is played) at a time, to be decoded on its own and added to the others. A browser that
 * finds its connection congested leaves frames out rather than sending them late: sequence goes on by one for each frame
 * that was made, so that the gap is concealed.
 */
export const FRAME_HEADER = 8
const AUDIO = 1
const LONGEST_PAYLOAD = 1275 + 2

export interface AudioFrame {
  slot: number
  /** 16 bits. */
  sequence: number
  /** 32 bits. */
  timestamp: number
  payload: Uint8Array
}

export function writeFrame({ slot, sequence, timestamp, payload }: AudioFrame): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER + payload.length)
  const view = new DataView(bytes.buffer)
  bytes[0] = AUDIO
  bytes[1] = slot
  view.setUint16(2, sequence & 0xffff)
  view.setUint32(4, timestamp >>> 0)
  bytes.set(payload, FRAME_HEADER)
  return bytes
}

/** @returns null for what is no frame. */
export function readFrame(bytes: Uint8Array): AudioFrame | null {
  if (bytes.length <= FRAME_HEADER || bytes.length > FRAME_HEADER + LONGEST_PAYLOAD || bytes[0] !== AUDIO) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return {
    slot: bytes[1]!,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    payload: bytes.subarray(FRAME_HEADER),
  }
}

export interface FrameConnection extends Connection {
  /** A frame from the browser. */
  frame(bytes: Uint8Array): void
}

/** @param send takes frames to the browser. */
export function openFrames(send: (frame: Uint8Array) => void, events: ConnectionEvents): FrameConnection {
  let open = true
  return {
    slots: MOST_VOICES + 1,
    send(slot, { sequence, timestamp, payload }) {
      if (open) send(writeFrame({ slot, sequence, timestamp, payload }))
    },
    frame(bytes) {
      const frame = open ? readFrame(bytes) : null
      if (frame) events.audio({ ...frame, marker: false, level: null })
    },
    close() {
      open = false
    },
  }
}
