import type { Overflow } from '../../client/contract.ts'
import { Field } from '../../react/Field.tsx'
import { useText } from '../text/text.tsx'
import { Select, TextArea } from '../ui/fields.tsx'

const TYPES = ['voicemail', 'callback', 'queue', 'number', 'message', 'hangUp'] as const

interface OverflowFieldsProps {
  label: string
  value: Overflow
  onChange(value: Overflow): void
  /** Other queues. */
  queues: readonly { id: string; displayName: string }[]
  problem: string | undefined
}

/** Where a call goes that may not wait (any longer). */
export function OverflowFields({ label, value, onChange, queues, problem }: OverflowFieldsProps) {
  const words = useText().queuesScreen
  function choose(type: string) {
    if (type === 'queue') onChange({ type, queueId: queues[0]!.id })
    else if (type === 'number') onChange({ type, number: '' })
    else if (type === 'message') onChange({ type, text: '' })
    else onChange({ type: type as 'voicemail' | 'callback' | 'hangUp' })
  }
  return (
    <div className="space-y-2">
      <Select
        label={label}
        value={value.type}
        onChoose={choose}
        options={TYPES.filter(type => type !== 'queue' || queues.length > 0).map(type => ({
          value: type,
          label: words.overflowTo[type],
        }))}
      />
      {value.type === 'queue' && (
        <Select
          label={words.otherQueue}
          value={value.queueId}
          onChoose={queueId => onChange({ type: 'queue', queueId })}
          options={queues.map(({ id, displayName }) => ({ value: id, label: displayName }))}
        />
      )}
      {value.type === 'number' && (
        <Field
          label={words.overflowNumber}
          type="tel"
          required
          maxLength={60}
          autoComplete="off"
          value={value.number}
          onChange={event => onChange({ type: 'number', number: event.target.value })}
        />
      )}
      {value.type === 'message' && (
        <TextArea
          label={words.overflowMessage}
          required
          rows={2}
          maxLength={1000}
          value={value.text}
          onChange={event => onChange({ type: 'message', text: event.target.value })}
        />
      )}
      {problem && <p className="ringside-problem">{problem}</p>}
    </div>
  )
}
