import { Field } from '../../../react/Field.tsx'
import { MediaField } from '../../prompts/MediaField.tsx'
import { useText } from '../../text/text.tsx'
import { Choice } from '../../ui/Choice.tsx'
import { NumberField } from '../../ui/numbers.tsx'
import { useFlowEditor } from '../editor.ts'
import { SpokenFields, TextFields } from '../SpokenFields.tsx'
import { LanguageField, type NodeFields, type NodeOf, QueueReference, Reference, VariableField } from './fields.tsx'

/* The kinds of node of which there is little to say. */

export function SayFields({ node, set }: NodeFields<'say'>) {
  const words = useText().flowsScreen
  return (
    <SpokenFields
      label={words.says}
      spoken={node.prompt}
      onChange={prompt => set({ prompt } as Partial<NodeOf<'say'>>)}
    />
  )
}

export function PlayFields({ node, set }: NodeFields<'play'>) {
  const text = useText()
  return (
    <MediaField
      label={text.flowsScreen.media}
      none={text.prompts.media.music}
      value={node.media === 'hold-music' ? '' : node.media}
      onChange={media => set({ media: media || 'hold-music' })}
    />
  )
}

export function HoursFields({ node, set }: NodeFields<'hours'>) {
  const text = useText()
  const { known } = useFlowEditor()
  return <Reference label={text.hours} value={node.hours} choices={known.hours} onChoose={hours => set({ hours })} />
}

export function LanguageFields({ node, set }: NodeFields<'language'>) {
  const words = useText().flowsScreen
  return <LanguageField label={words.language} value={node.language} onChange={language => set({ language })} />
}

export function SetFields({ node, set }: NodeFields<'set'>) {
  const words = useText().flowsScreen
  return (
    <>
      <VariableField label={words.variable} value={node.variable} onChange={variable => set({ variable })} required />
      <Field
        label={words.value}
        hint={words.valueHint}
        maxLength={500}
        autoComplete="off"
        value={node.value}
        onChange={event => set({ value: event.target.value })}
      />
    </>
  )
}

export function VoicemailFields({ node, set }: NodeFields<'voicemail'>) {
  const words = useText().flowsScreen
  return (
    <>
      <QueueReference value={node.queue} onChoose={queue => set({ queue })} label={words.whoseWork} />
      <SpokenFields
        label={words.says}
        spoken={node.prompt}
        onChange={prompt => set({ prompt } as Partial<NodeOf<'voicemail'>>)}
      />
      <NumberField
        label={words.maxSeconds}
        min={5}
        max={600}
        value={node.maxSeconds}
        onValue={maxSeconds => set({ maxSeconds })}
      />
    </>
  )
}

export function CallbackFields({ node, set }: NodeFields<'callback'>) {
  const words = useText().flowsScreen
  return (
    <>
      <QueueReference value={node.queue} onChoose={queue => set({ queue })} label={words.whoseWork} />
      <SpokenFields
        label={words.asks}
        spoken={node.prompt}
        onChange={prompt => set({ prompt } as Partial<NodeOf<'callback'>>)}
      />
      <SpokenFields
        label={words.confirmed}
        spoken={node.confirmed}
        onChange={confirmed => set({ confirmed } as Partial<NodeOf<'callback'>>)}
      />
    </>
  )
}

export function ConsentFields({ node, set }: NodeFields<'consent'>) {
  const words = useText().flowsScreen
  return (
    <>
      <Choice
        label={words.consentMode}
        value={node.mode}
        options={[
          { value: 'announce', label: words.announce },
          { value: 'ask', label: words.ask },
        ]}
        onChoose={mode => set({ mode })}
      />
      <p className="text-soft">{words.consentHint[node.mode]}</p>
      <SpokenFields
        label={words.says}
        spoken={node.prompt}
        onChange={prompt => set({ prompt } as Partial<NodeOf<'consent'>>)}
      />
    </>
  )
}

export function MessageFields({ node, set }: NodeFields<'message'>) {
  const words = useText().flowsScreen
  return <TextFields label={words.messageText} texts={node.text} onChange={texts => set({ text: texts })} />
}

export function HangUpFields({ node, set }: NodeFields<'hangUp'>) {
  const words = useText().flowsScreen
  return (
    <SpokenFields
      label={words.saysFirst}
      spoken={node.prompt ?? { text: {} }}
      onChange={prompt => {
        const empty = Object.keys(prompt.text).length === 0 && prompt.audio === undefined
        set({ prompt: empty ? undefined : prompt } as Partial<NodeOf<'hangUp'>>)
      }}
    />
  )
}

export function SubflowFields({ node, set }: NodeFields<'subflow'>) {
  const words = useText().flowsScreen
  const { known } = useFlowEditor()
  return <Reference label={words.flow} value={node.flow} choices={known.flows} onChoose={flow => set({ flow })} />
}
