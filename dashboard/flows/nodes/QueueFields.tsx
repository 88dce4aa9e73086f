import { useState } from 'react'
import { SkillRows } from '../../queues/SkillRows.tsx'
import { skillRows, skillsOf } from '../../queues/skillRows.ts'
import { useText } from '../../text/text.tsx'
import { NumberField } from '../../ui/numbers.tsx'
import { type NodeFields, QueueReference } from './fields.tsx'

export function QueueFields({ node, set }: NodeFields<'queue'>) {
  const text = useText()
  const words = text.flowsScreen
  const [rows, setRows] = useState(() => skillRows(node.requires ?? {}))
  return (
    <>
      <QueueReference label={words.queue} value={node.queue} onChoose={queue => set({ queue })} />
      <details>
        <summary className="cursor-pointer text-soft hover:text-ink">{words.more}</summary>
        <div className="mt-2 space-y-3">
          <SkillRows
            label={words.alsoRequires}
            rows={rows}
            known={[]}
            leastLevel={1}
            onChange={next => {
              setRows(next)
              const requires = skillsOf(next)
              set({ requires: Object.keys(requires).length === 0 ? undefined : requires })
            }}
          />
          <NumberField
            label={text.queuesScreen.priority}
            hint={words.priorityHint}
            min={-100}
            max={100}
            value={node.priority ?? 0}
            onValue={priority => set({ priority: priority === 0 ? undefined : priority })}
          />
        </div>
      </details>
    </>
  )
}
