import { Field } from '../../../react/Field.tsx'
import { useText } from '../../text/text.tsx'
import { Choice } from '../../ui/Choice.tsx'
import { NumberField } from '../../ui/numbers.tsx'
import { useFlowEditor } from '../editor.ts'
import { type NodeFields, Reference } from './fields.tsx'

export function RingFields({ node, set }: NodeFields<'ring'>) {
  const words = useText().flowsScreen
  const { known } = useFlowEditor()
  const { target } = node
  return (
    <>
      <Choice
        label={words.ringWhom}
        value={target.type}
        options={[
          { value: 'number', label: words.ringNumber },
          { value: 'agent', label: words.ringAgent },
        ]}
        onChoose={type =>
          set({
            target: type === 'agent' ? { type, agent: known.agents[0]?.value ?? '' } : { type: 'number', number: '' },
          })
        }
      />
      {target.type === 'agent' ? (
        <Reference
          label={words.ringAgent}
          value={target.agent}
          choices={known.agents}
          onChoose={agent => set({ target: { type: 'agent', agent } })}
        />
      ) : (
        <Field
          label={words.ringNumber}
          type="tel"
          required
          maxLength={60}
          autoComplete="off"
          value={target.number}
          onChange={event => set({ target: { type: 'number', number: event.target.value } })}
        />
      )}
      <NumberField
        label={words.ringSeconds}
        min={5}
        max={60}
        value={node.ringSeconds}
        onValue={ringSeconds => set({ ringSeconds })}
      />
    </>
  )
}
