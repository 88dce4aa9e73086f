import { ChevronDown, ChevronRight } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { NODE_TYPES } from '../../core/flow.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { useText, useWords } from '../text/text.tsx'
import { AddFrom } from '../ui/AddFrom.tsx'
import { Select } from '../ui/fields.tsx'
import { ExitSelects } from './ExitSelects.tsx'
import { gistOf, languageName, nodeName, useFlowEditor } from './editor.ts'
import { exitsOf } from './exits.ts'
import { addNode, inOrder, type NodeType, newNode, removeNode } from './flowDraft.ts'
import { arrangeAnew, isArrangedByHand, placeAfter } from './layout.ts'
import { NodeForm } from './NodeForm.tsx'

/**
 * The flow as a list, in the order in which callers come to its nodes. All that the drawing shows can be read and
 * changed here, with keys alone and with a screen reader.
 */
export function Outline({ onLanguage }: { onLanguage(tag: string): void }) {
  const words = useText().flowsScreen
  const { definition, mayEdit } = useFlowEditor()
  return (
    <fieldset disabled={!mayEdit} className="min-w-0">
      <legend className="sr-only">{words.outline}</legend>
      <FlowFields onLanguage={onLanguage} />
      <ol aria-label={words.steps} className="divide-y divide-line border-y border-line">
        {inOrder(definition).map(id => (
          <OutlineNode key={id} id={id} />
        ))}
      </ol>
    </fieldset>
  )
}

/** Adds a node after the one that is open. */
export function AddNode() {
  const words = useText().flowsScreen
  const { change, definition, known, select, selected } = useFlowEditor()
  function add(type: NodeType) {
    const after = selected ?? undefined
    const node = newNode(type, known.queues[0]?.value ?? '')
    const options = {
      ...(isArrangedByHand(definition) && { position: placeAfter(definition, after ?? inOrder(definition).at(-1)!) }),
      ...(after === undefined ? {} : { after }),
    }
    const { definition: next, id } = addNode(definition, node, options)
    change(() => next)
    select(id)
  }
  return (
    <AddFrom
      label={words.add}
      labelHidden
      className="w-64"
      onAdd={value => add(value as NodeType)}
      options={NODE_TYPES.map(type => ({ value: type, label: `${words.types[type]}: ${words.typeHint[type]}` }))}
    />
  )
}

function FlowFields({ onLanguage }: { onLanguage(tag: string): void }) {
  const { text, format } = useWords()
  const words = text.flowsScreen
  const { definition, change, languages } = useFlowEditor()
  const [tag, setTag] = useState('')
  const isTag = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(tag)
  return (
    <details className="border-b border-line px-4 py-2.5">
      <summary className="cursor-pointer text-soft hover:text-ink">
        {words.speaks(languages.map(each => languageName(each, format)).join(', '))}
      </summary>
      <div className="mt-3 space-y-3">
        <Select
          label={words.firstLanguage}
          value={definition.language}
          onChoose={language => change(before => ({ ...before, language }))}
          options={languages.map(value => ({ value, label: languageName(value, format) }))}
        />
        <div className="flex items-end gap-2">
          <Field
            label={words.addLanguage}
            hint={words.languageTagHint}
            className="grow"
            maxLength={20}
            autoComplete="off"
            value={tag}
            onChange={event => setTag(event.target.value)}
          />
          <Button
            pending={!isTag}
            onClick={() => {
              onLanguage(tag)
              setTag('')
            }}
          >
            {words.addIt}
          </Button>
        </div>
        {isArrangedByHand(definition) && <Button onClick={() => change(arrangeAnew)}>{words.arrangeAnew}</Button>}
      </div>
    </details>
  )
}

function OutlineNode({ id }: { id: string }) {
  const words = useText().flowsScreen
  const { definition, change, problems, selected, select, known } = useFlowEditor()
  const item = useRef<HTMLLIElement>(null)
  const open = selected === id
  const node = definition.nodes[id]!
  const own = problems.filter(({ nodeId }) => nodeId === id)
  // Whoever chose it in the drawing finds it here without looking for it.
  useEffect(() => {
    if (open) item.current?.scrollIntoView({ block: 'nearest' })
  }, [open])
  const errors = own.filter(({ severity }) => severity === 'error').length
  return (
    <li ref={item}>
      <button
        type="button"
        aria-expanded={open}
        className="flex w-full cursor-pointer items-center gap-2 px-4 py-2 text-left -outline-offset-2 hover:bg-ground aria-expanded:bg-accent-ground"
        onClick={() => select(open ? null : id)}
      >
        {open ? (
          <ChevronDown className="size-4 flex-none text-soft" aria-hidden="true" />
        ) : (
          <ChevronRight className="size-4 flex-none text-soft" aria-hidden="true" />
        )}
        <span className="min-w-0 grow">
          <span className="block truncate font-semibold">{nodeName(id, node, words)}</span>
          <span className="block truncate text-soft">
            {[words.types[node.type], gistOf(node, definition.language, known)].filter(Boolean).join(' · ')}
          </span>
        </span>
        {definition.start === id && <span className="ringside-badge">{words.start}</span>}
        {own.length > 0 && (
          <span className="ringside-badge" data-tone={errors > 0 ? 'missed' : 'ringing'}>
            {errors > 0 ? words.errorCount(errors) : words.warningCount(own.length)}
          </span>
        )}
      </button>
      {open && (
        <div className="space-y-3 px-4 pt-2 pb-4">
          {own.map(problem => (
            <p
              key={problem.code + problem.message}
              className={problem.severity === 'error' ? 'ringside-problem' : 'text-ringing'}
            >
              {problem.message}
            </p>
          ))}
          <NodeForm key={id} id={id} node={node} />
          <ExitSelects id={id} node={node} />
          <div className="flex flex-wrap gap-2">
            {definition.start !== id && (
              <Button look="plain" onClick={() => change(before => ({ ...before, start: id }))}>
                {words.makeStart}
              </Button>
            )}
            {Object.keys(definition.nodes).length > 1 && (
              <Button
                look="plain"
                onClick={() => {
                  change(before => removeNode(before, id))
                  select(exitsOf(node).find(({ to }) => typeof to === 'string' && to !== id)?.to ?? null)
                }}
              >
                {words.removeNode}
              </Button>
            )}
          </div>
        </div>
      )}
    </li>
  )
}
