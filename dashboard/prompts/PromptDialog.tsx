import { useEffect, useState } from 'react'
import { type RecordedPrompt, updatePrompt } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { clock, useSecondsSince } from '../../react/clock.ts'
import { Field } from '../../react/Field.tsx'
import { api, queryClient } from '../api.ts'
import { USUAL_LANGUAGES } from '../flows/flowDraft.ts'
import { promptsQuery } from '../queries.ts'
import { useText } from '../text/text.tsx'
import { Choice } from '../ui/Choice.tsx'
import { FormDialog } from '../ui/FormDialog.tsx'
import { TextArea } from '../ui/fields.tsx'
import { type Recorder, useRecorder } from './useRecorder.ts'

const FIELDS = ['name', 'language', 'text']

interface Props {
  /** Null: a new one. */
  prompt: RecordedPrompt | null
  onClose(): void
}

/** A prompt's name, language and words; of a new one, its sound too, recorded here or from a file. */
export function PromptDialog({ prompt, onClose }: Props) {
  const words = useText().prompts
  const [sound, setSound] = useState<Blob | null>(null)
  async function save(form: FormData): Promise<void> {
    const [name, language, said] = FIELDS.map(field => String(form.get(field)).trim()) as [string, string, string]
    if (prompt !== null) {
      await api.call(updatePrompt, { params: { id: prompt.id }, body: { name, language, text: said || null } })
    } else if (sound !== null) {
      await api.uploadPrompt(sound, { name, language, ...(said && { text: said }) })
    }
    await queryClient.invalidateQueries({ queryKey: promptsQuery.queryKey })
    onClose()
  }
  const title = prompt === null ? words.create : words.editOf(prompt.name)
  return (
    <FormDialog title={title} onClose={onClose} onSubmit={save} disabled={prompt === null && sound === null}>
      {problem => (
        <>
          <Field
            label={words.name}
            name="name"
            required
            maxLength={100}
            autoComplete="off"
            defaultValue={prompt?.name ?? ''}
            problem={problem('name')}
          />
          <Field
            label={words.language}
            hint={words.languageHint}
            name="language"
            required
            list="prompt-languages"
            pattern="[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*"
            autoComplete="off"
            defaultValue={prompt?.language ?? USUAL_LANGUAGES[0]}
            problem={problem('language')}
          />
          <datalist id="prompt-languages">
            {USUAL_LANGUAGES.map(tag => (
              <option key={tag} value={tag} />
            ))}
          </datalist>
          <div>
            <TextArea
              label={words.text}
              name="text"
              rows={2}
              maxLength={1000}
              defaultValue={prompt?.text ?? ''}
              problem={problem('text')}
            />
            <p className="ringside-hint mt-1">{words.textHint}</p>
          </div>
          {prompt === null && <SoundFields onSound={setSound} />}
        </>
      )}
    </FormDialog>
  )
}

function SoundFields({ onSound }: { onSound(sound: Blob | null): void }) {
  const words = useText().prompts
  const [source, setSource] = useState<'microphone' | 'file'>('microphone')
  const recorder = useRecorder()
  useEffect(() => {
    if (source === 'microphone') onSound(recorder.sound)
  }, [source, recorder.sound, onSound])
  return (
    <fieldset className="min-w-0 space-y-3">
      <legend className="mb-1 text-[0.8125rem] font-semibold">{words.sound}</legend>
      <Choice
        label={words.source}
        value={source}
        onChoose={chosen => {
          recorder.stop()
          onSound(null)
          setSource(chosen)
        }}
        options={[
          { value: 'microphone', label: words.fromMicrophone },
          { value: 'file', label: words.fromFile },
        ]}
      />
      {source === 'microphone' ? (
        <Microphone recorder={recorder} />
      ) : (
        <Field
          label={words.file}
          hint={words.fileHint}
          type="file"
          accept="audio/*,video/webm"
          onChange={event => onSound(event.target.files?.[0] ?? null)}
        />
      )}
    </fieldset>
  )
}

function Microphone({ recorder }: { recorder: Recorder }) {
  const words = useText().prompts
  const { since, sound, refused } = recorder
  return (
    <div className="space-y-2">
      <div className="flex items-center gap-3">
        {since === null ? (
          <Button onClick={recorder.start}>{sound === null ? words.record : words.recordAgain}</Button>
        ) : (
          <>
            <Button onClick={recorder.stop}>{words.stop}</Button>
            <Running since={since} />
          </>
        )}
      </div>
      {refused && (
        <p className="ringside-problem" role="alert">
          {words.noMicrophone}
        </p>
      )}
      {sound && <Preview sound={sound} />}
    </div>
  )
}

function Running({ since }: { since: string }) {
  const words = useText().prompts
  return (
    <p role="timer" className="tabular-nums">
      {words.recording} {clock(useSecondsSince(since))}
    </p>
  )
}

function Preview({ sound }: { sound: Blob }) {
  const words = useText().prompts
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    const made = URL.createObjectURL(sound)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [sound])
  // biome-ignore lint/a11y/useMediaCaption: what is said in it is what its author types in above
  return <audio controls className="w-full" aria-label={words.preview} src={url} />
}
