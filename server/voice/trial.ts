import type { Engine } from '../../voice/engine.ts'
import type { Page } from './page.ts'

/** How long it may take to find out whether audio comes through. */
const LIFETIME_MS = 20_000
const LEG = 'trial'

/** A leg that leads nowhere: whoever is about to begin to work tries its network with it. */
export function giveTrial(page: Page, engine: Engine): void {
  const room = `trial:${crypto.randomUUID()}`
  const timer = setTimeout(() => page.end(room, 'hung-up'), LIFETIME_MS)
  timer.unref()
  page.give(
    {
      id: room,
      connect: offer => engine.connect(room, LEG, offer),
      connectFrames: send => engine.connectFrames(room, LEG, send),
      frame: frame => engine.frame(room, LEG, frame),
      digits() {},
      callMeBack() {},
      hangUp: () => page.end(room, 'hung-up'),
      detach() {
        clearTimeout(timer)
        engine.leave(room, LEG)
      },
    },
    { ticket: '', callId: '', as: 'participant' },
  )
}
