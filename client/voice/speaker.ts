import { onGesture } from './audioContext.ts'

/** The loudspeaker of a page. */
export interface Speaker {
  /** Plays a stream until {@link stop}; one with the same key takes its place. */
  play(key: string, stream: MediaStream): void
  stop(key: string): void
  /** The device to sound on from now on; null: whatever the system uses. Ignored where a page may not choose. */
  choose(id: string | null): Promise<void>
  /** The browser plays nothing before somebody has clicked or typed; then it does by itself. */
  readonly silenced: boolean
  close(): void
}

export function createSpeaker(chosen: string | null, changed: () => void): Speaker {
  let device = chosen
  let silenced = false
  const playing = new Map<string, HTMLAudioElement>()

  async function start(element: HTMLAudioElement): Promise<void> {
    try {
      await element.play()
    } catch (error) {
      // Anything else means that the stream has gone meanwhile.
      if ((error as Error).name === 'NotAllowedError') become(true)
    }
  }

  function become(next: boolean): void {
    if (silenced === next) return
    silenced = next
    changed()
  }

  async function direct(element: HTMLAudioElement): Promise<void> {
    if (!('setSinkId' in element)) return
    // A device that is gone: the system's own is as good as any.
    await element.setSinkId(device ?? '').catch(() => element.setSinkId(''))
  }

  const forget = onGesture(() => {
    if (!silenced) return
    become(false)
    for (const element of playing.values()) void start(element)
  })

  function stop(key: string): void {
    const element = playing.get(key)
    if (element === undefined) return
    playing.delete(key)
    element.pause()
    element.srcObject = null
  }

  return {
    play(key, stream) {
      stop(key)
      const element = new Audio()
      element.srcObject = stream
      playing.set(key, element)
      if (device !== null) void direct(element)
      void start(element)
    },
    stop,
    async choose(id) {
      device = id
      await Promise.all([...playing.values()].map(direct))
    },
    get silenced() {
      return silenced
    },
    close() {
      forget()
      for (const key of [...playing.keys()]) stop(key)
    },
  }
}
