import { stat } from 'node:fs/promises'
import { readSound } from './sound.ts'

/** Some three hours of speech. */
const MOST_BYTES = 32 * 1024 * 1024

interface Kept {
  changedAt: number
  packets: Promise<readonly Uint8Array[]>
  bytes: number
}

/** Sounds in memory, read again when their file has changed. The one that was not asked for the longest goes first. */
export class SoundCache {
  readonly #mostBytes: number
  readonly #kept = new Map<string, Kept>()

  constructor(mostBytes = MOST_BYTES) {
    this.#mostBytes = mostBytes
  }

  /**
   * @returns packets of 20 ms.
   * @throws what {@link readSound} throws.
   */
  async read(file: string): Promise<readonly Uint8Array[]> {
    const { mtimeMs, size } = await stat(file)
    const known = this.#kept.get(file)
    this.#kept.delete(file)
    const kept = known?.changedAt === mtimeMs ? known : { changedAt: mtimeMs, packets: readSound(file), bytes: size }
    this.#kept.set(file, kept)
    this.#forget()
    try {
      return await kept.packets
    } catch (error) {
      if (this.#kept.get(file) === kept) this.#kept.delete(file)
      throw error
    }
  }

  #forget(): void {
    let bytes = [...this.#kept.values()].reduce((sum, each) => sum + each.bytes, 0)
    for (const [file, each] of this.#kept) {
      if (bytes <= this.#mostBytes || this.#kept.size === 1) return
      this.#kept.delete(file)
      bytes -= each.bytes
    }
  }
}
