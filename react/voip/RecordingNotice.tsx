import { useEffect, useEffectEvent, useId, useRef } from 'react'
import type { RecordingChoice, VoipRecording } from '../../client/contract.ts'
import { pickLanguage } from '../../core/prompt.ts'
import { Button } from '../Button.tsx'
import { Problem } from '../Problem.tsx'
import { useAction } from '../useAction.ts'
import { useVoip } from './RingsideVoip.tsx'
import type { CallControls } from './useCall.ts'
import type { VoipText } from './voipText.ts'

/** How often the server is told that the words are shown, until it knows. */
const TELL_MS = 2000

interface Props {
  recording: VoipRecording
  /** Who the other side is, by name. */
  other: string
  line: CallControls
}

/** What there is to know about recording, for as long as the call lives; and for a customer who is asked, what to choose. */
export function RecordingNotice({ recording, other, line }: Props) {
  const { text, language } = useVoip()
  const notice = useRef<HTMLDivElement>(null)
  const title = useId()
  const { words, choices } = recording
  const tag = pickLanguage(Object.keys(words), language, 'en') ?? 'en'
  const choose = useAction(async (choice: RecordingChoice) => {
    await line.answerRecording(choice, tag)
    // The button that was pressed is gone, and with it where the keyboard was.
    notice.current?.focus()
  })

  const isNews = choices.includes('shown')
  const tellShown = useEffectEvent(() => {
    // Nobody sees a page that lies behind another one.
    if (document.visibilityState === 'visible') void line.answerRecording('shown', tag).catch(() => {})
  })
  useEffect(() => {
    if (!isNews) return
    tellShown()
    const timer = setInterval(() => tellShown(), TELL_MS)
    return () => clearInterval(timer)
  }, [isNews])

  const outcome = outcomeOf(recording, other, text.recording)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is of a form, and cannot be told from one by its looks
    <div ref={notice} className="ringside-notice" role="group" aria-labelledby={title} tabIndex={-1}>
      <p id={title} role="status" lang={outcome === null ? tag : undefined}>
        {outcome ?? words[tag]}
      </p>
      {choices.some(choice => choice !== 'shown') && (
        <div className="ringside-actions">
          {choices.includes('allow') && (
            <Button pending={choose.pending} onClick={() => choose.run('allow')}>
              {text.recording.allow}
            </Button>
          )}
          {choices.includes('decline') && (
            <Button pending={choose.pending} onClick={() => choose.run('decline')}>
              {text.recording.decline}
            </Button>
          )}
        </div>
      )}
      <Problem error={choose.error} />
    </div>
  )
}

/** What has come of it, in our words; null: the words themselves are what there is to know. */
function outcomeOf({ mode, yours, said }: VoipRecording, other: string, text: VoipText['recording']): string | null {
  if (said === 'decline') return yours ? text.declined : text.otherDeclined(other)
  if (mode === 'announce') return null
  if (said === null) return yours ? null : text.otherAsked(other)
  return yours ? text.allowed : text.otherAllowed(other)
}
