import { rename, rm } from 'node:fs/promises'
import { UnreadableSound } from './pcm.ts'
import type { Drawn, Made, SoundTask } from './soundTasks.ts'
import { createTaskThread } from './taskThread.ts'

/**
 * Makes sounds (`engine.ts`, `Sound`) on threads of its own. Every file is there whole or not at all, also when two
 * processes make the same one. `seconds`: how long it lasts.
 */
export interface Studio {
  /** English, in a voice that needs no network. */
  speak(text: string, file: string): Promise<Made>
  /**
   * WAV, or Opus in Ogg or WebM, of any rate and any number of channels.
   * @throws UnreadableSound with a sentence for whoever supplied it
   */
  convert(from: string, file: string): Promise<Made>
  /** As the telephone network carries it: WAV, 8 kHz, 16 bits. */
  toTelephone(from: string, file: string): Promise<Made>
  /** What a recording looks like: for each channel so many loudest moments, 0 to 255. */
  draw(file: string, points: number): Promise<Drawn>
  stop(): Promise<void>
}

/** Seconds that a sound may last. */
export const MAX_SOUND_SECONDS = 600

const ENTRY = new URL('./soundThread.mjs', import.meta.url)
/** 1,000 characters take some two seconds, ten minutes of sound some twenty. */
const DEADLINES = { speech: 30_000, conversion: 120_000 }

let made = 0

export function createStudio(): Studio {
  // A caller may wait for speech; nobody does for ten minutes of music.
  const speech = createTaskThread<SoundTask, Made>(ENTRY, DEADLINES.speech)
  const conversion = createTaskThread<SoundTask, Made>(ENTRY, DEADLINES.conversion)
  const drawing = createTaskThread<SoundTask, Drawn>(ENTRY, DEADLINES.conversion)

  async function whole(file: string, make: (unfinished: string) => Promise<Made>): Promise<Made> {
    const unfinished = `${file}.${process.pid}-${++made}.part`
    try {
      const result = await make(unfinished)
      await rename(unfinished, file)
      return result
    } catch (error) {
      await rm(unfinished, { force: true })
      if (error instanceof Error && error.name === UnreadableSound.name) throw new UnreadableSound(error.message)
      throw error
    }
  }

  const maxSeconds = MAX_SOUND_SECONDS
  return {
    speak: (text, target) => whole(target, file => speech.run({ type: 'speak', text, file })),
    convert: (from, target) => whole(target, file => conversion.run({ type: 'convert', from, maxSeconds, file })),
    toTelephone: (from, target) => whole(target, file => conversion.run({ type: 'telephone', from, maxSeconds, file })),
    draw: (file, points) => drawing.run({ type: 'draw', file, points }),
    async stop() {
      await Promise.all([speech.stop(), conversion.stop(), drawing.stop()])
    },
  }
}
