import { useEffect, useRef, useState } from 'react'

/** A recording in the making: what was recorded last, and since when another one runs. */
export interface Recorder {
  /** ISO 8601; null: nothing is being recorded. */
  since: string | null
  sound: Blob | null
  /** The browser gives us no microphone. */
  refused: boolean
  start(): void
  stop(): void
}

/** Records from the microphone, which is let go as soon as the recording ends. */
export function useRecorder(): Recorder {
  const [since, setSince] = useState<string | null>(null)
  const [sound, setSound] = useState<Blob | null>(null)
  const [refused, setRefused] = useState(false)
  const recorder = useRef<MediaRecorder | null>(null)
  const gone = useRef(false)

  function letGo() {
    for (const track of recorder.current?.stream.getTracks() ?? []) track.stop()
    recorder.current = null
  }
  useEffect(() => {
    gone.current = false
    return () => {
      gone.current = true
      for (const track of recorder.current?.stream.getTracks() ?? []) track.stop()
    }
  }, [])

  async function start() {
    setRefused(false)
    try {
      // Mono, and loud enough without anybody's help; a browser has no such thing outside of a secure context.
      const audio = { channelCount: 1, noiseSuppression: true, autoGainControl: true }
      const stream = await navigator.mediaDevices.getUserMedia({ audio })
      const made = new MediaRecorder(stream)
      recorder.current = made
      if (gone.current) return letGo()
      const parts: Blob[] = []
      made.addEventListener('dataavailable', event => parts.push(event.data))
      made.addEventListener('stop', () => {
        letGo()
        if (gone.current) return
        setSince(null)
        setSound(new Blob(parts, { type: made.mimeType }))
      })
      made.start()
      setSound(null)
      setSince(new Date().toISOString())
    } catch {
      letGo()
      setRefused(true)
    }
  }

  return { since, sound, refused, start: () => void start(), stop: () => recorder.current?.stop() }
}
