import type { ComponentType } from 'react'
import { Field } from '../../react/Field.tsx'
import { useText } from '../text/text.tsx'
import { useFlowEditor } from './editor.ts'
import type { Node } from './exits.ts'
import { changeNode } from './flowDraft.ts'
import { BranchFields } from './nodes/BranchFields.tsx'
import type { NodeFields } from './nodes/fields.tsx'
import { HttpFields } from './nodes/HttpFields.tsx'
import { MenuFields } from './nodes/MenuFields.tsx'
import { QueueFields } from './nodes/QueueFields.tsx'
import { RingFields } from './nodes/RingFields.tsx'
import * as short from './nodes/shortFields.tsx'

const FIELDS: { [Type in Node['type']]: ComponentType<NodeFields<Type>> } = {
  say: short.SayFields,
  play: short.PlayFields,
  menu: MenuFields,
  hours: short.HoursFields,
  language: short.LanguageFields,
  set: short.SetFields,
  branch: BranchFields,
  http: HttpFields,
  queue: QueueFields,
  ring: RingFields,
  voicemail: short.VoicemailFields,
  callback: short.CallbackFields,
  consent: short.ConsentFields,
  message: short.MessageFields,
  hangUp: short.HangUpFields,
  subflow: short.SubflowFields,
}

/** Everything that can be said of one node, but where it leads. */
export function NodeForm({ id, node }: { id: string; node: Node }) {
  const words = useText().flowsScreen
  const { change } = useFlowEditor()
  // Chosen by the node's own type, which the compiler cannot follow.
  const Fields = FIELDS[node.type] as ComponentType<{ node: Node; set(part: Partial<Node>): void }>
  const set = (part: Partial<Node>) =>
    change(definition => changeNode(definition, id, before => ({ ...before, ...part }) as Node))
  return (
    <>
      <Field
        label={words.label}
        maxLength={100}
        autoComplete="off"
        value={node.label ?? ''}
        onChange={event => set({ label: event.target.value || undefined })}
      />
      <Fields node={node} set={set} />
    </>
  )
}
