import { randomBytes } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { HOLD_MS } from './alignment.ts'
import type { EngineEvent, Recording } from './engine.ts'
import { Lane, type Moment } from './lane.ts'
import { MONO, OggWriter, TWO_VOICES } from './ogg.ts'
import { endingOf } from './opusFile.ts'
import { delimited, FRAME_MS, FRAME_SAMPLES, SILENCE } from './opusPacket.ts'
import type { Source } from './source.ts'

type Ended = Extract<EngineEvent, { type: 'recording.ended' }>
export type Outcome = Pick<Ended, 'reason' | 'milliseconds' | 'spokenMilliseconds' | 'bytes'>

export interface RecorderOptions {
  recording: Recording
  /** A clock, milliseconds, and when by this clock the recording began. */
  now(): number
  startedAt: number
  /** It was begun by a process that is gone: its file is continued, what is missing in between is silence. */
  continued: { spokenMilliseconds: number } | null
  /** A short tone, 20 ms each: stands at both ends of a pause. */
  mark: readonly Uint8Array[]
  /** So much has been spoken so far, told with every page. */
  progress(spokenMilliseconds: number): void
}

/** Composed at once: what others have to wait for. */
const AT_ONCE = 50
/** A disk that has not taken a page for so long does not work. */
const STUCK_MS = 30_000
const PER_SECOND = 1000 / FRAME_MS

/**
 * Writes what its legs say into a file, on a grid of 20 ms: what stands at a place of the file was said at that time. It
 * follows {@link HOLD_MS} behind, so that what comes late finds its place. Voices are not coded anew: a file of two channels
 * holds two streams of one channel. A page is written each second: a crash costs
 * two seconds at most, what was waiting included.
 */
export class Recorder {
  readonly #options: RecorderOptions
  readonly #lanes: Lane[]
  /** Pauses that may not be written yet, in places. */
  #pauses: { from: number; to: number | null }[] = []
  #file: FileHandle | null = null
  #writer: OggWriter | null = null
  #position = 0
  /** Up to where the file is whole. */
  #kept = 0
  #bytes = 0
  #spoken: number
  #silent = 0
  /** Up to where it is to be written, and why that is the end, if it is. */
  #until = 0
  #reason: Outcome['reason'] | null = null
  #running = false
  #progressAt: number
  #over = false
  #tellFinished!: (outcome: Outcome) => void
  /** Resolves when the file is complete, or as complete as it gets. */
  readonly finished = new Promise<Outcome>(resolve => {
    this.#tellFinished = resolve
  })

  constructor(options: RecorderOptions) {
    this.#options = options
    const lanes = options.recording.channels === 'stereo' ? 2 : 1
    this.#lanes = Array.from({ length: lanes }, () => new Lane(() => this.#elapsed()))
    this.#spoken = (options.continued?.spokenMilliseconds ?? 0) / FRAME_MS
    this.#progressAt = options.now()
  }

  /** From now on exactly these are in it. */
  follow(left: readonly Source[], right: readonly Source[]): void {
    if (this.#over) return
    this.#lanes[0]!.follow(left)
    this.#lanes[1]?.follow(right)
  }

  pause(paused: boolean): void {
    const last = this.#pauses.at(-1)
    const pausing = last !== undefined && last.to === null
    if (paused === pausing) return
    const here = Math.floor(this.#elapsed() / FRAME_MS)
    if (paused) this.#pauses.push({ from: here, to: null })
    else last!.to = here
  }

  /** To be called some times a second: writes what is due. */
  step(): void {
    if (this.#over) return
    if (this.#reason === null) this.#until = Math.floor((this.#elapsed() - HOLD_MS) / FRAME_MS)
    if (!this.#running) void this.#run()
    else if (this.#options.now() - this.#progressAt > STUCK_MS) this.#finish('failed')
  }

  stop(): void {
    if (this.#over || this.#reason) return
    this.#reason = 'stopped'
    // Nobody could open a file with nothing in it.
    this.#until = Math.max(1, this.#position, Math.floor(this.#elapsed() / FRAME_MS))
    if (!this.#running) void this.#run()
  }

  #elapsed(): number {
    return this.#options.now() - this.#options.startedAt
  }

  async #run(): Promise<void> {
    this.#running = true
    this.#progressAt = this.#options.now()
    try {
      if (!this.#file) await this.#open()
      while (this.#position < this.#until && !this.#over)
        await this.#write(Math.min(this.#until, this.#position + AT_ONCE))
      if (this.#over) await this.#file?.close()
      else if (this.#reason) await this.#close()
    } catch {
      await this.#fail()
    }
    this.#running = false
  }

  async #open(): Promise<void> {
    const { recording, continued } = this.#options
    const ending = continued && (await endingOf(recording.file).catch(() => null))
    this.#file = await open(recording.file, ending ? 'r+' : 'w')
    if (ending) {
      await this.#file.truncate(ending.bytes)
      this.#writer = new OggWriter(ending)
      this.#position = Math.floor(ending.position / FRAME_SAMPLES)
      this.#kept = this.#position
      this.#bytes = ending.bytes
      return
    }
    this.#writer = new OggWriter(randomBytes(4).readUInt32LE())
    const layout = recording.channels === 'stereo' ? TWO_VOICES : MONO
    await this.#page(this.#writer.head({ ...layout, preSkip: 0 }))
  }

  async #write(to: number): Promise<void> {
    const from = this.#position
    const composed = await Promise.all(this.#lanes.map(lane => lane.compose(from, to)))
    for (let index = from; index < to; index++) {
      const page = this.#moment(
        index,
        composed.map(moments => moments[index - from]!),
      )
      if (page) await this.#page(page)
      if (this.#over) return
      const limit = this.#limit()
      if (limit) {
        this.#reason = limit
        this.#until = this.#position
        return
      }
    }
    this.#pauses = this.#pauses.filter(({ to }) => to === null || to > this.#position)
  }

  #moment(index: number, lanes: Moment[]): Buffer | null {
    const gap = this.#gapAt(index)
    const speaking = !gap && lanes.some(lane => lane.speaking)
    if (speaking) this.#spoken++
    if (!gap) this.#silent = speaking ? 0 : this.#silent + 1
    const [left, right] = gap ? [gap, gap] : lanes.map(lane => lane.packet)
    this.#position = index + 1
    const packet = this.#lanes.length === 1 ? left! : Buffer.concat([delimited(left!), right!])
    return this.#writer!.add(packet, FRAME_SAMPLES)
  }

  #gapAt(index: number): Uint8Array | null {
    const pause = this.#pauses.find(({ from, to }) => from <= index && (to === null || index < to))
    if (!pause) return null
    const { mark } = this.#options
    const toEnd = pause.to === null ? Number.POSITIVE_INFINITY : pause.to - index
    return mark[index - pause.from] ?? mark[mark.length - toEnd] ?? SILENCE
  }

  #limit(): 'limit' | 'silence' | null {
    const { limits } = this.#options.recording
    if (!limits) return null
    if (this.#position >= limits.maxSeconds * PER_SECOND) return 'limit'
    const { silenceSeconds } = limits
    return silenceSeconds !== null && this.#silent >= silenceSeconds * PER_SECOND ? 'silence' : null
  }

  async #page(page: Buffer): Promise<void> {
    const { bytesWritten } = await this.#file!.write(page, 0, page.length, this.#bytes)
    // A disk takes what just fits, and complains only the next time.
    if (bytesWritten < page.length) throw new Error('The disk is full.')
    this.#bytes += page.length
    this.#kept = this.#position
    this.#progressAt = this.#options.now()
    this.#options.progress(this.#spoken * FRAME_MS)
  }

  async #close(): Promise<void> {
    await this.#page(this.#writer!.end())
    await this.#file!.datasync()
    await this.#file!.close()
    this.#finish(this.#reason!)
  }

  /** What could not be written as a whole is taken away: the file ends with its last page. */
  async #fail(): Promise<void> {
    if (this.#over) return
    await this.#file?.truncate(this.#bytes).catch(() => {})
    await this.#file?.close().catch(() => {})
    this.#finish('failed')
  }

  #finish(reason: Outcome['reason']): void {
    if (this.#over) return
    this.#over = true
    for (const lane of this.#lanes) lane.free()
    this.#tellFinished({
      reason,
      milliseconds: this.#kept * FRAME_MS,
      spokenMilliseconds: this.#spoken * FRAME_MS,
      bytes: this.#bytes,
    })
  }
}
