import { type MicrophoneProblem, microphoneHindrance, problemOf } from './devices.ts'

/** The microphone of a page, asked for once and shared by everything that speaks. */
export interface Microphone {
  /** What it hears; null until it is open, and while there is a {@link problem}. */
  readonly track: MediaStreamTrack | null
  readonly problem: MicrophoneProblem | null
  /** Opens it unless it is open. The answer is what stands in the way; null: nothing. */
  open(): Promise<MicrophoneProblem | null>
  /** The device to use from now on; null: whatever the system uses. */
  choose(id: string | null): Promise<void>
  /** Lets it go: the browser's sign that somebody listens goes out. What stood in the way stays known. */
  close(): void
}

/**
 * @param chosen the id of a device; another one is used where it is not there.
 * @param changed told when there is another track, or another problem.
 */
export function createMicrophone(chosen: string | null, changed: () => void): Microphone {
  let device = chosen
  let track: MediaStreamTrack | null = null
  let problem: MicrophoneProblem | null = null
  let opening: Promise<MicrophoneProblem | null> | null = null
  let wanted = false
  let permission: PermissionStatus | null = null

  async function ask(): Promise<MicrophoneProblem | null> {
    const hindrance = microphoneHindrance()
    if (hindrance !== null) return become(null, hindrance)
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: {
          echoCancellation: true,
          noiseSuppression: true,
          autoGainControl: true,
          channelCount: 1,
          ...(device === null ? {} : { deviceId: { ideal: device } }),
        },
      })
      const opened = stream.getAudioTracks()[0]!
      if (!wanted) {
        opened.stop()
        return null
      }
      // Pulled out: another one may be there.
      opened.onended = () => {
        if (track === opened) void reopen()
      }
      return become(opened, null)
    } catch (error) {
      return become(null, problemOf(error))
    }
  }

  function become(next: MediaStreamTrack | null, why: MicrophoneProblem | null): MicrophoneProblem | null {
    const old = track
    track = next
    problem = why
    changed()
    if (old !== null && old !== next) old.stop()
    return why
  }

  const reopen = (): Promise<MicrophoneProblem | null> =>
    (opening ??= ask().finally(() => {
      opening = null
    }))

  /** Somebody who has refused and then allows it in the browser's own settings need not press anything again. */
  async function watchPermission(): Promise<void> {
    if (permission !== null) return
    // Some browsers have the word and not this name for it.
    permission = (await navigator.permissions?.query({ name: 'microphone' }).catch(() => null)) ?? null
    if (permission === null) return
    permission.onchange = () => {
      if (permission?.state !== 'granted' || track !== null) return
      if (wanted) void reopen()
      else become(null, null)
    }
  }

  const plugged = () => {
    if (wanted && track === null && problem === 'none-found') void reopen()
  }
  navigator.mediaDevices?.addEventListener('devicechange', plugged)

  return {
    get track() {
      return track
    },
    get problem() {
      return problem
    },
    async open() {
      wanted = true
      if (track !== null && track.readyState === 'live') return null
      const why = await reopen()
      if (why === 'refused') void watchPermission()
      return why
    },
    async choose(id) {
      device = id
      if (track === null) return
      // One that is being opened may be the old one.
      await opening
      await reopen()
    },
    close() {
      wanted = false
      become(null, problem)
    },
  }
}
