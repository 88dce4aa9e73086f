const contexts = new Map<number | undefined, AudioContext>()

/**
 * The page's audio context for this sample rate; that of the loudspeaker unless given. Browsers let it run only after
 * somebody has clicked or typed: it begins to by itself as soon as somebody does.
 */
export function audioContext(sampleRate?: number): AudioContext {
  const known = contexts.get(sampleRate)
  if (known !== undefined) {
    wake(known)
    return known
  }
  const context = new AudioContext({ latencyHint: 'interactive', ...(sampleRate !== undefined && { sampleRate }) })
  contexts.set(sampleRate, context)
  onGesture(() => wake(context))
  wake(context)
  return context
}

function wake(context: AudioContext): void {
  // Refused only where it may not run yet.
  if (context.state === 'suspended') context.resume().catch(() => {})
}

/** Told of every click and key on the page, which is what makes a browser let it sound. */
export function onGesture(listener: () => void): () => void {
  const gestures = ['pointerup', 'keydown'] as const
  for (const gesture of gestures) window.addEventListener(gesture, listener)
  return () => {
    for (const gesture of gestures) window.removeEventListener(gesture, listener)
  }
}
