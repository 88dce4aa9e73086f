import { createDecoder } from 'libopus-wasm'
import nodeDataChannel, { type PeerConnection, type Track } from 'node-datachannel'
import { FRAME_MS, FRAME_SAMPLES } from '../opusPacket.ts'
import { Ticker } from '../player.ts'
import { parseRtp, writeRtp } from '../rtp.ts'
import { encodePackets } from '../sound.ts'
import { tone } from '../tones.ts'

/**
 * People with browsers, for tests and benches: a forked process whose callers are made, spoken through and listened to by
 * commands over its channel. They offer, speak Opus with audio levels, send RFC 4733 keys, and tell what they hear.
 */
export type CallerCommand =
  /** Makes a caller who hears on so many lines. Answers with its offer. */
  | { type: 'open'; caller: string; ears: number }
  | { type: 'answer'; caller: string; sdp: string }
  /** Answers true when it is connected, false when it failed. */
  | { type: 'connected'; caller: string }
  /** Speaks a tone from now on; 0: nothing is sent. `stamped`: not sound, but the time, for measuring delays. */
  | { type: 'speak'; caller: string; frequency: number | 'stamped' }
  | { type: 'press'; caller: string; digits: string }
  /** Answers with {@link Heard} since it was asked the last time. */
  | { type: 'heard'; caller: string }
  /** Answers with the delays, milliseconds, of all stamped packets of all callers since it was asked the last time. */
  | { type: 'delays' }
  | { type: 'close'; caller: string }

/** What one caller heard on one of its lines. */
export interface Heard {
  packets: number
  /** Packets whose number was not the next one. */
  jumps: number
  /** How loud (0 to 1) each of the tones in {@link TONES} was at the end. */
  tones: number[]
}

export const TONES = [440, 1000, 1800, 2600]

const OPUS = 111
const KEYS = 126
const LEVEL = 1
const ENDING_FRAMES = 15

interface Ear {
  packets: number
  jumps: number
  sequence: number | null
  last: Uint8Array[]
}

class Caller {
  readonly #peer: PeerConnection
  readonly #microphone: Track
  readonly #tracks: Track[] = []
  readonly #ssrc = 1 + Math.floor(Math.random() * 0xffff_fffe)
  readonly #buffer = Buffer.alloc(1500)
  readonly #ears: Ear[] = []
  #sequence = Math.floor(Math.random() * 0x10000)
  #timestamp = Math.floor(Math.random() * 0x1_0000_0000)
  #state = 'new'
  #said = 0
  frequency: number | 'stamped' = 0
  /** What is left of the keys to be pressed, packet by packet. */
  pressing: { payload: Uint8Array; marker: boolean }[] = []
  #pressedAt = 0

  constructor(name: string, ears: number) {
    this.#peer = new nodeDataChannel.PeerConnection(name, { iceServers: [], disableAutoNegotiation: true })
    this.#peer.onStateChange(state => {
      this.#state = state
    })
    const lines = Array.from({ length: ears }, (_, i) => {
      const audio = new nodeDataChannel.Audio(String(i), i === 0 ? 'SendRecv' : 'RecvOnly')
      audio.addOpusCodec(OPUS)
      if (i === 0) {
        audio.addAudioCodec(KEYS, 'telephone-event/8000')
        audio.addSSRC(this.#ssrc, 'caller', 'caller', 'caller')
      }
      const track = this.#peer.addTrack(audio)
      const ear: Ear = { packets: 0, jumps: 0, sequence: null, last: [] }
      track.onMessage(bytes => this.#hear(ear, bytes))
      this.#ears.push(ear)
      return track
    })
    this.#microphone = lines[0]!
    this.#tracks = lines
  }

  offer(): Promise<string> {
    return new Promise(resolve => {
      this.#peer.onGatheringStateChange(state => {
        const local = state === 'complete' ? this.#peer.localDescription() : null
        const extension = `a=extmap:${LEVEL} urn:ietf:params:rtp-hdrext:ssrc-audio-level`
        if (local) resolve(local.sdp.replace(/(a=mid:0\r\n)/, `$1${extension}\r\n`))
      })
      this.#peer.setLocalDescription('offer')
    })
  }

  answer(sdp: string): void {
    this.#peer.setRemoteDescription(sdp, 'answer')
  }

  async connected(): Promise<boolean> {
    while (!this.#microphone.isOpen()) {
      if (this.#state === 'failed' || this.#state === 'closed') return false
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    return true
  }

  tick(): void {
    this.#timestamp += FRAME_SAMPLES
    if (!this.#microphone.isOpen()) return
    const key = this.pressing.shift()
    if (key) {
      if (key.marker) this.#pressedAt = this.#timestamp
      this.#send(KEYS, key.marker, this.#pressedAt, key.payload, 127)
      return
    }
    if (this.frequency === 0) return
    const stamped = this.frequency === 'stamped'
    this.#send(
      OPUS,
      false,
      this.#timestamp,
      stamped ? stamp() : sounds.get(this.frequency as number)![this.#said++ % 100]!,
      20,
    )
  }

  heard(): Promise<Heard[]> {
    return Promise.all(
      this.#ears.map(async ear => {
        const { packets, jumps, last } = ear
        Object.assign(ear, { packets: 0, jumps: 0, last: [] })
        return { packets, jumps, tones: await loudnessOf(last) }
      }),
    )
  }

  close(): void {
    for (const track of this.#tracks) track.close()
    this.#peer.close()
  }

  #hear(ear: Ear, bytes: Buffer): void {
    const packet = parseRtp(bytes, null)
    if (packet?.payloadType !== OPUS) return
    ear.packets++
    if (ear.sequence !== null && ((ear.sequence + 1) & 0xffff) !== packet.sequence) ear.jumps++
    ear.sequence = packet.sequence
    if (isStamp(packet.payload)) delays.push(performance.now() - Buffer.from(packet.payload).readDoubleLE(5))
    else ear.last = [...ear.last.slice(1 - ENDING_FRAMES), packet.payload]
  }

  #send(payloadType: number, marker: boolean, timestamp: number, payload: Uint8Array, level: number): void {
    this.#sequence = (this.#sequence + 1) & 0xffff
    const length = writeRtp(this.#buffer, payloadType, marker, this.#sequence, timestamp, this.#ssrc, payload)
    const extension = Buffer.from([0xbe, 0xde, 0, 1, LEVEL << 4, level, 0, 0])
    const packet = Buffer.concat([this.#buffer.subarray(0, 12), extension, this.#buffer.subarray(12, length)])
    packet[0]! |= 0x10
    try {
      this.#microphone.sendMessageBinary(packet)
    } catch {
      // closed a moment ago
    }
  }
}

const STAMP = Buffer.from([0x78, 0x52, 0x53, 0x44, 0x21])
/** As large as speech is. */
const STAMP_BYTES = 80
const stamp = (): Buffer => {
  const bytes = Buffer.concat([STAMP, Buffer.alloc(STAMP_BYTES - STAMP.length)])
  bytes.writeDoubleLE(performance.now(), STAMP.length)
  return bytes
}
const isStamp = (payload: Uint8Array): boolean =>
  payload.length === STAMP_BYTES && STAMP.equals(payload.subarray(0, STAMP.length))

async function loudnessOf(packets: Uint8Array[]): Promise<number[]> {
  if (packets.length === 0) return TONES.map(() => 0)
  const decoder = await createDecoder({ channels: 1, sampleRate: 48_000 })
  const pcm = packets.flatMap(packet => [...decoder.decode(packet)]).slice(-5 * FRAME_SAMPLES)
  decoder.free()
  return TONES.map(frequency => {
    let [sine, cosine] = [0, 0]
    for (const [i, value] of pcm.entries()) {
      sine += (value / 32_768) * Math.sin((2 * Math.PI * frequency * i) / 48_000)
      cosine += (value / 32_768) * Math.cos((2 * Math.PI * frequency * i) / 48_000)
    }
    return (2 * Math.hypot(sine, cosine)) / pcm.length
  })
}

/** The packets of one press of 100 ms. */
const press = (digit: string): Caller['pressing'] =>
  Array.from({ length: 8 }, (_, i) => {
    const duration = 160 * Math.min(i + 1, 5)
    const event = '0123456789*#ABCD'.indexOf(digit)
    return { payload: Uint8Array.of(event, i < 5 ? 10 : 0x8a, duration >> 8, duration & 255), marker: i === 0 }
  })

const callers = new Map<string, Caller>()
const sounds = new Map<number, Uint8Array[]>()
const delays: number[] = []

async function run(command: CallerCommand): Promise<unknown> {
  if (command.type === 'delays') return delays.splice(0)
  if (command.type === 'open') callers.set(command.caller, new Caller(command.caller, command.ears))
  const caller = callers.get(command.caller)!
  switch (command.type) {
    case 'open':
      return caller.offer()
    case 'answer':
      return caller.answer(command.sdp)
    case 'connected':
      return caller.connected()
    case 'speak':
      caller.frequency = command.frequency
      return
    case 'press':
      caller.pressing = [...command.digits].flatMap(press)
      return
    case 'heard':
      return caller.heard()
    case 'close':
      caller.close()
      callers.delete(command.caller)
  }
}

if (process.send) {
  // Whole periods in two seconds: the tone goes on without a seam.
  for (const frequency of TONES)
    sounds.set(frequency, (await encodePackets(tone([frequency], 2.02, 0.3))).packets.slice(1, 101))
  const ticker = new Ticker(
    () => performance.now(),
    () => {
      for (const caller of callers.values()) caller.tick()
    },
  )
  setInterval(() => ticker.run(), FRAME_MS)
  process.on('message', async ({ request, command }: { request: number; command: CallerCommand }) => {
    try {
      process.send!({ request, answer: await run(command) })
    } catch (error) {
      process.send!({ request, error: String(error) })
    }
  })
  process.on('disconnect', () => process.exit())
  process.send({ request: 0 })
}
