import { audioContext } from './audioContext.ts'
import type { Path, PathReports } from './path.ts'
import type { Arrivals } from './quality.ts'

const SAMPLE_RATE = 48_000
const FRAME_SAMPLES = 960
const FRAME_MS = 20
const BITRATE = 24_000
const AUDIO = 1
const HEADER_BYTES = 8

/** 20 ms of Opus with its place in the stream. */
export interface Frame {
  /** Whose voice: streams with the same number follow each other. */
  slot: number
  /** Counts up by one per frame, 16 bits. */
  sequence: number
  /** In samples at 48 kHz, 32 bits. */
  timestamp: number
  payload: Uint8Array
}

/** Byte 0: 1 for audio, byte 1: slot, then sequence (2 bytes), timestamp (4 bytes), Opus; big endian. */
export function writeFrame({ slot, sequence, timestamp, payload }: Frame): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, AUDIO)
  view.setUint8(1, slot)
  view.setUint16(2, sequence)
  view.setUint32(4, timestamp)
  bytes.set(payload, HEADER_BYTES)
  return bytes
}

/** Null for what is no frame of audio. */
export function readFrame(bytes: Uint8Array): Frame | null {
  if (bytes.length <= HEADER_BYTES || bytes[0] !== AUDIO) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    slot: view.getUint8(1),
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    payload: bytes.subarray(HEADER_BYTES),
  }
}

/** Follows the sequence of one slot. */
export interface Follower {
  /** Whether this frame is to be played: it is newer than the last one. */
  take(sequence: number, nowMs: number): boolean
  readonly arrivals: Arrivals
}

/** Beyond this a jump is another speaker's beginning, not a loss: two seconds. */
const LARGEST_GAP = 100

export function createFollower(): Follower {
  let last: number | null = null
  let lastAt = 0
  const arrivals: Arrivals = { packets: 0, lost: 0, jitterMs: 0, roundTripMs: null }
  return {
    take(sequence, nowMs) {
      const step = last === null ? 1 : (sequence - last) & 0xffff
      if (step === 0 || step > 0x8000) return false
      if (step <= LARGEST_GAP && last !== null) {
        arrivals.lost += step - 1
        // RFC 3550, 6.4.1: the mean deviation of the distances between arrivals, smoothed by 16.
        const late = Math.abs(nowMs - lastAt - step * FRAME_MS)
        arrivals.jitterMs += (late - arrivals.jitterMs) / 16
      }
      arrivals.packets++
      last = sequence
      lastAt = nowMs
      return true
    },
    arrivals,
  }
}

/** Whether this browser can carry audio without UDP. */
export const canUseFrames = (): boolean =>
  typeof AudioEncoder !== 'undefined' && typeof AudioDecoder !== 'undefined' && typeof AudioWorkletNode !== 'undefined'

export interface Frames extends Path {
  receive(bytes: Uint8Array): void
}

/** Audio in frames of Opus over a connection that is there anyway: for networks that let no UDP through. */
export function connectFrames(options: {
  track: MediaStreamTrack | null
  send(frame: Uint8Array): void
  reports: PathReports
}): Frames {
  const { send, reports } = options
  const context = audioContext(SAMPLE_RATE)
  const mixed = context.createMediaStreamDestination()
  const slots = new Map<number, { follower: Follower; play(frame: Frame): void; close(): void }>()
  let source: MediaStreamAudioSourceNode | null = null
  let capture: AudioWorkletNode | null = null
  let sequence = 0
  let timestamp = 0
  let track = options.track
  let ready = false
  let closed = false

  const encoder = new AudioEncoder({
    output(chunk) {
      const payload = new Uint8Array(chunk.byteLength)
      chunk.copyTo(payload)
      send(writeFrame({ slot: 0, sequence, timestamp, payload }))
      sequence = (sequence + 1) & 0xffff
      timestamp = (timestamp + FRAME_SAMPLES) >>> 0
    },
    error: lose,
  })

  async function begin(): Promise<void> {
    encoder.configure({
      codec: 'opus',
      sampleRate: SAMPLE_RATE,
      numberOfChannels: 1,
      bitrate: BITRATE,
      opus: SPEECH,
    })
    await context.audioWorklet.addModule(new URL('./frames.worklet.js', import.meta.url))
    if (closed) return
    ready = true
    capture = new AudioWorkletNode(context, 'ringside-capture', { numberOfOutputs: 0, ...ONE_CHANNEL })
    let microseconds = 0
    capture.port.onmessage = ({ data }: MessageEvent<Float32Array<ArrayBuffer>>) => {
      if (encoder.state !== 'configured') return
      const audio = new AudioData({
        format: 'f32-planar',
        sampleRate: SAMPLE_RATE,
        numberOfFrames: data.length,
        numberOfChannels: 1,
        timestamp: microseconds,
        data,
      })
      encoder.encode(audio)
      audio.close()
      microseconds += FRAME_MS * 1000
    }
    attach()
    reports.onStream(0, mixed.stream)
    reports.onConnected()
  }

  function attach(): void {
    source?.disconnect()
    source = null
    if (track === null || capture === null) return
    source = context.createMediaStreamSource(new MediaStream([track]))
    source.connect(capture)
  }

  function slotOf(number: number) {
    const known = slots.get(number)
    if (known) return known
    const node = new AudioWorkletNode(context, 'ringside-playback', { numberOfInputs: 0, outputChannelCount: [1] })
    node.connect(mixed)
    const decoder = new AudioDecoder({
      output(audio) {
        const samples = new Float32Array(audio.numberOfFrames)
        audio.copyTo(samples, { planeIndex: 0, format: 'f32-planar' })
        audio.close()
        node.port.postMessage(samples, [samples.buffer])
      },
      error: lose,
    })
    decoder.configure({ codec: 'opus', sampleRate: SAMPLE_RATE, numberOfChannels: 1 })
    const slot = {
      follower: createFollower(),
      play: ({ timestamp, payload }: Frame) =>
        decoder.decode(
          new EncodedAudioChunk({ type: 'key', timestamp: Math.round(timestamp / 0.048), data: payload.slice() }),
        ),
      close() {
        node.disconnect()
        if (decoder.state !== 'closed') decoder.close()
      },
    }
    slots.set(number, slot)
    return slot
  }

  function lose(): void {
    if (closed) return
    close()
    reports.onLost()
  }

  function close(): void {
    closed = true
    source?.disconnect()
    if (encoder.state !== 'closed') encoder.close()
    for (const slot of slots.values()) slot.close()
  }

  begin().catch(lose)

  return {
    receive(bytes) {
      const frame = ready && !closed ? readFrame(bytes) : null
      if (frame === null) return
      const slot = slotOf(frame.slot)
      if (slot.follower.take(frame.sequence, performance.now())) slot.play(frame)
    },
    setTrack(next) {
      track = next
      attach()
    },
    async arrivals() {
      const all = [...slots.values()].map(({ follower }) => follower.arrivals)
      return {
        packets: all.reduce((sum, { packets }) => sum + packets, 0),
        lost: all.reduce((sum, { lost }) => sum + lost, 0),
        jitterMs: Math.max(0, ...all.map(({ jitterMs }) => jitterMs)),
        roundTripMs: null,
      }
    },
    close,
  }
}

// `application` is in the standard's Opus registration, and not yet in TypeScript's.
const SPEECH = { application: 'voip', frameDuration: FRAME_MS * 1000 }
const ONE_CHANNEL = { channelCount: 1, channelCountMode: 'explicit' } as const
