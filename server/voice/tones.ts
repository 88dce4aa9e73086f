import { mkdir, rename } from 'node:fs/promises'
import path from 'node:path'
import type { Tone } from '../../providers/builtin/line.ts'
import type { Sound } from '../../voice/engine.ts'
import { encodeSound } from '../../voice/sound.ts'
import { beep, ringback } from '../../voice/tones.ts'

/** The tones of our own exchange as files in this folder, each made once by a process. */
export function createTones(folder: string): (tone: Tone['tone']) => Promise<Sound> {
  const made = new Map<Tone['tone'], Promise<Sound>>()

  async function make(tone: Tone['tone']): Promise<Sound> {
    const file = path.join(folder, `tone-${tone}.opus`)
    await mkdir(folder, { recursive: true })
    // Whole or not at all, also when two processes make it.
    const part = `${file}.${process.pid}.part`
    await encodeSound({ beep, ringback }[tone](), part)
    await rename(part, file)
    return { file }
  }

  return tone => {
    const known = made.get(tone) ?? make(tone)
    made.set(tone, known)
    known.catch(() => made.delete(tone))
    return known
  }
}
