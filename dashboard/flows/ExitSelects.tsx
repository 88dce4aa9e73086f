import { useText } from '../text/text.tsx'
import { Select } from '../ui/fields.tsx'
import { type Choice, nodeName, referred, useFlowEditor } from './editor.ts'
import { type Exit, exitsOf, type Node } from './exits.ts'
import { connect, inOrder } from './flowDraft.ts'

/** Where each way out of a node leads: the drawing's lines, as choices. */
export function ExitSelects({ id, node }: { id: string; node: Node }) {
  const words = useText().flowsScreen
  const { definition, change, known } = useFlowEditor()
  const nodes = inOrder(definition).map(other => ({
    value: `node:${other}`,
    label: nodeName(other, definition.nodes[other], words),
  }))
  const exits = exitsOf(node)
  if (exits.length === 0) return <p className="text-soft">{words.endsHere}</p>
  return (
    <fieldset className="min-w-0 space-y-2">
      <legend className="sr-only">{words.exits}</legend>
      {exits.map(exit => {
        const gone = typeof exit.to === 'string' && !Object.hasOwn(definition.nodes, exit.to)
        return (
          <Select
            key={exit.id}
            label={words.leadsTo(words.exit[exit.kind](detailOf(exit, node, known.queues)))}
            value={choiceOf(exit.to)}
            onChoose={value => change(before => connect(before, id, exit.id, targetOf(value)))}
            options={[
              ...(exit.optional
                ? [{ value: 'usual', label: words.usual[exit.kind === 'refused' ? 'refused' : 'overflow'] }]
                : []),
              { value: 'end', label: words.callEnds },
              ...nodes,
              ...(gone ? [{ value: choiceOf(exit.to), label: words.notThere(exit.to!) }] : []),
            ]}
          />
        )
      })}
    </fieldset>
  )
}

const choiceOf = (to: Exit['to']): string => (to === undefined ? 'usual' : to === null ? 'end' : `node:${to}`)

function targetOf(value: string): Exit['to'] {
  if (value === 'usual') return undefined
  return value === 'end' ? null : value.slice('node:'.length)
}

function detailOf(exit: Exit, node: Node, queues: readonly Choice[]): string {
  if (node.type !== 'queue') return exit.detail ?? ''
  return referred(queues, node.queue)?.label ?? node.queue
}
