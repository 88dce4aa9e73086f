import { writeFile } from 'node:fs/promises'
import { parentPort } from 'node:worker_threads'
import { encodeSound } from '../sound.ts'
import { peaksOf } from '../waveform.ts'
import { readAnySound, SOUND_RATE, toSound } from './convert.ts'
import { speak } from './flite.ts'
import { fromInt16, toInt16 } from './pcm.ts'
import { resample } from './resample.ts'
import type { Answer } from './taskThread.ts'
import { writeWav } from './wav.ts'

/** Each but the drawing writes a file, and tells how long it lasts. */
export type SoundTask =
  | { type: 'speak'; text: string; file: string }
  | { type: 'convert'; from: string; maxSeconds: number; file: string }
  | { type: 'telephone'; from: string; maxSeconds: number; file: string }
  | { type: 'draw'; file: string; points: number }

export interface Made {
  seconds: number
}

export interface Drawn {
  channels: number[][]
}

/** What telephones carry: samples a second. */
const TELEPHONE_RATE = 8_000
/** Bits a second, as `sound.ts` advises. */
const SPEECH_BITRATE = 24_000

export async function perform(task: SoundTask): Promise<Made | Drawn> {
  switch (task.type) {
    case 'speak':
      return encode(toSound(await speak(task.text)), task.file)
    case 'convert':
      return encode(await readAnySound(task.from, task.maxSeconds), task.file)
    case 'telephone': {
      const samples = await readAnySound(task.from, task.maxSeconds)
      const narrow = toInt16(resample(fromInt16(samples), SOUND_RATE, TELEPHONE_RATE))
      await writeFile(task.file, writeWav(narrow, TELEPHONE_RATE))
      return { seconds: samples.length / SOUND_RATE }
    }
    case 'draw':
      return { channels: (await peaksOf(task.file, task.points)).channels.map(channel => [...channel]) }
    default:
      return task satisfies never
  }
}

async function encode(samples: Int16Array, file: string): Promise<Made> {
  await encodeSound(samples, file, { bitrate: SPEECH_BITRATE })
  return { seconds: samples.length / SOUND_RATE }
}

parentPort?.on('message', (task: SoundTask) => {
  perform(task)
    .then(
      (result): Answer<Made | Drawn> => ({ result }),
      (error: unknown): Answer<never> => {
        const { name, message } = error instanceof Error ? error : new Error(String(error))
        return { error: { name, message } }
      },
    )
    .then(answer => parentPort?.postMessage(answer))
})
