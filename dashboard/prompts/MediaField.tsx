import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Field } from '../../react/Field.tsx'
import { promptsQuery } from '../queries.ts'
import { useText } from '../text/text.tsx'
import { Select } from '../ui/fields.tsx'

interface MediaFieldProps {
  label: string
  /** As in `Media`; empty: nothing is chosen. */
  value: string
  /** What it means to choose nothing. */
  none: string
  /** Recordings in this language come first. */
  language?: string
  problem?: string | undefined
  onChange(value: string): void
}

const WEB = 'web'
const primary = (tag: string) => tag.toLowerCase().split('-')[0]

/** Which sound is played: a recorded prompt, or one on the web. */
export function MediaField({ label, value, none, language, problem, onChange }: MediaFieldProps) {
  const words = useText().prompts
  const { data: prompts = [] } = useQuery(promptsQuery)
  /** The web has been chosen, and no address entered yet. */
  const [entering, setEntering] = useState(false)
  const onWeb = entering || value.startsWith('https:')
  const fits = (tag: string) => language !== undefined && primary(tag) === primary(language)
  const recorded = prompts
    .toSorted((a, b) => Number(fits(b.language)) - Number(fits(a.language)))
    .map(({ id, name, language: tag }) => ({ value: `prompt:${id}`, label: `${name} (${tag})` }))
  const isThere = onWeb || value === '' || recorded.some(prompt => prompt.value === value)
  return (
    <>
      <Select
        label={label}
        value={onWeb ? WEB : value}
        onChoose={chosen => {
          setEntering(chosen === WEB)
          onChange(chosen === WEB ? '' : chosen)
        }}
        options={[
          { value: '', label: none },
          ...(isThere ? [] : [{ value, label: words.media.gone }]),
          ...recorded,
          { value: WEB, label: words.media.web },
        ]}
      />
      {onWeb && (
        <Field
          label={words.media.address(label)}
          hint={words.media.addressHint}
          type="url"
          pattern="https://.*"
          maxLength={1000}
          autoComplete="off"
          value={value}
          onChange={event => {
            setEntering(true)
            onChange(event.target.value)
          }}
        />
      )}
      {problem && <p className="ringside-problem">{problem}</p>}
    </>
  )
}
