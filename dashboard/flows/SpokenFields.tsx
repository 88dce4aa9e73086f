import { MediaField } from '../prompts/MediaField.tsx'
import { useWords } from '../text/text.tsx'
import { TextArea } from '../ui/fields.tsx'
import { languageName, useFlowEditor } from './editor.ts'

type Texts = Record<string, string>
type Spoken = { text: Texts; audio?: Record<string, 'hold-music' | (string & {})> | undefined }

interface TextsProps {
  label: string
  texts: Texts
  onChange(texts: Texts): void
}

/** A text in each of the flow's languages. What is left empty is not there. */
export function TextFields({ label, texts, onChange }: TextsProps) {
  const { format } = useWords()
  const { languages } = useFlowEditor()
  return languages.map(language => (
    <TextArea
      key={language}
      label={`${label}, ${languageName(language, format)}`}
      lang={language}
      rows={2}
      maxLength={1000}
      value={texts[language] ?? ''}
      onChange={event => onChange(withText(texts, language, event.target.value))}
    />
  ))
}

interface SpokenProps {
  label: string
  spoken: Spoken
  onChange(spoken: Spoken): void
}

/** What is heard: a text per language, or a recording in its place. */
export function SpokenFields({ label, spoken, onChange }: SpokenProps) {
  const { text, format } = useWords()
  const words = text.flowsScreen
  const { languages } = useFlowEditor()
  return (
    <div className="space-y-2">
      <TextFields label={label} texts={spoken.text} onChange={texts => onChange({ ...spoken, text: texts })} />
      <details>
        <summary className="cursor-pointer text-soft hover:text-ink">{words.recordings}</summary>
        <div className="mt-2 space-y-2">
          {languages.map(language => (
            <MediaField
              key={language}
              label={words.recordingIn(languageName(language, format))}
              none={text.prompts.media.spoken}
              language={language}
              value={spoken.audio?.[language] ?? ''}
              onChange={value => {
                const audio = withText(spoken.audio ?? {}, language, value)
                onChange(Object.keys(audio).length === 0 ? { text: spoken.text } : { ...spoken, audio })
              }}
            />
          ))}
        </div>
      </details>
    </div>
  )
}

function withText(texts: Texts, language: string, value: string): Texts {
  if (value !== '') return { ...texts, [language]: value }
  return Object.fromEntries(Object.entries(texts).filter(([tag]) => tag !== language))
}
