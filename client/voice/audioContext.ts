let context: AudioContext | null = null

/**
 * The page's one audio context, 48 kHz. Browsers let it run only after somebody has clicked or typed: it begins to by
 * itself as soon as somebody does.
 */
export function audioContext(): AudioContext {
  if (context === null) {
    context = new AudioContext({ sampleRate: 48_000, latencyHint: 'interactive' })
    onGesture(() => void context?.resume().catch(() => {}))
  }
  if (context.state === 'suspended') void context.resume().catch(() => {})
  return context
}

/** Told of every click and key on the page, which is what makes a browser let it sound. */
export function onGesture(listener: () => void): () => void {
  const gestures = ['pointerup', 'keydown'] as const
  for (const gesture of gestures) window.addEventListener(gesture, listener)
  return () => {
    for (const gesture of gestures) window.removeEventListener(gesture, listener)
  }
}
