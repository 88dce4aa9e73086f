import { Phone as PhoneIcon, PhoneOff } from 'lucide-react'
import { useEffect } from 'react'
import { Button } from '../../react/Button.tsx'
import { startRinging } from '../../react/voip/ring.ts'
import type { PhoneText } from './words.ts'

interface IncomingCallProps {
  /** Who calls, by name. */
  from: string
  text: PhoneText
  onAnswer(): void
  onDecline(): void
}

/** What the page that shows the phone, if there is one, is told: the phone may be out of sight. */
const INCOMING = 'ringside:incoming'

/** Somebody calls this page. */
export function IncomingCall({ from, text, onAnswer, onDecline }: IncomingCallProps) {
  const title = text.incoming(from)
  useEffect(() => startRinging('here'), [])
  useEffect(() => {
    // Whose page it is nobody tells, and there is nothing in it to keep from anybody.
    if (window.parent !== window) window.parent.postMessage(INCOMING, '*')
  }, [])
  useEffect(() => notify(title), [title])
  return (
    <section className="mt-6 flex grow flex-col gap-6">
      <p role="alert" className="my-auto py-6 text-center text-xl font-semibold text-balance">
        {title}
      </p>
      <div className="grid grid-cols-2 gap-3">
        <Button look="primary" className="min-h-14 touch-manipulation text-lg" onClick={onAnswer}>
          <PhoneIcon aria-hidden="true" />
          {text.answer}
        </Button>
        <Button look="danger" className="min-h-14 touch-manipulation text-lg" onClick={onDecline}>
          <PhoneOff aria-hidden="true" />
          {text.decline}
        </Button>
      </div>
    </section>
  )
}

/** Also outside of this page, where somebody has allowed that before. @returns takes it back. */
function notify(title: string): () => void {
  if (!('Notification' in window) || Notification.permission !== 'granted') return () => {}
  try {
    const notification = new Notification(title, { tag: INCOMING, requireInteraction: true })
    notification.onclick = () => window.focus()
    return () => notification.close()
  } catch {
    // Some browsers of telephones show none that a page makes itself.
    return () => {}
  }
}
