import {
  Background,
  Controls,
  type Node as DrawnNode,
  type Edge,
  Handle,
  MarkerType,
  type NodeChange,
  type NodeProps,
  Position,
  ReactFlow,
  type ReactFlowInstance,
} from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import { type CSSProperties, useEffect, useMemo, useRef, useState } from 'react'
import { useText } from '../text/text.tsx'
import { gistOf, nodeName, useFlowEditor } from './editor.ts'
import { type Exit, exitsOf, type Node } from './exits.ts'
import { connect, removeNode } from './flowDraft.ts'
import { moveNode, NODE_WIDTH, placed } from './layout.ts'

type Card = DrawnNode<{ node: Node }, 'card'>

const nodeTypes = { card: NodeCard }

const LOOKS = {
  '--xy-background-color': 'var(--ringside-ground)',
  '--xy-background-pattern-dots-color': 'var(--ringside-edge)',
  '--xy-edge-stroke': 'var(--ringside-edge)',
  '--xy-edge-stroke-selected': 'var(--ringside-accent)',
  '--xy-connectionline-stroke': 'var(--ringside-accent)',
  '--xy-attribution-background-color': 'transparent',
} as CSSProperties

/** The flow as a drawing. What is drawn follows from the draft; what is done here changes the draft. */
export function Canvas() {
  const words = useText().flowsScreen
  const { definition, change, mayEdit, selected, select } = useFlowEditor()
  /** The drawing's own knowledge, which the draft has no use for: sizes, and where something is while it is dragged. */
  const [sizes, setSizes] = useState<Record<string, { width: number; height: number }>>({})
  const [dragged, setDragged] = useState<Record<string, { x: number; y: number }>>({})
  const drawing = useRef<ReactFlowInstance<Card>>(null)
  const chosenHere = useRef<string>(null)
  // What is chosen elsewhere may be out of sight; what is chosen here stays where it is.
  useEffect(() => {
    if (selected === null || selected === chosenHere.current || !drawing.current) return
    const zoom = drawing.current.getZoom()
    void drawing.current.fitView({ nodes: [{ id: selected }], minZoom: zoom, maxZoom: zoom })
  }, [selected])
  const positions = useMemo(() => placed(definition), [definition])

  const nodes = Object.entries(definition.nodes).map(([id, node]): Card => {
    const measured = sizes[id]
    return {
      id,
      type: 'card',
      data: { node },
      position: dragged[id] ?? positions[id]!,
      selected: id === selected,
      ariaLabel: nodeName(id, node, words),
      width: NODE_WIDTH,
      ...(measured ? { measured } : {}),
    }
  })
  const edges = Object.entries(definition.nodes).flatMap(([id, node]) =>
    exitsOf(node).flatMap((exit): Edge[] =>
      typeof exit.to === 'string' && Object.hasOwn(definition.nodes, exit.to)
        ? [
            {
              id: `${id} ${exit.id}`,
              source: id,
              sourceHandle: exit.id,
              target: exit.to,
              type: 'smoothstep',
              markerEnd: { type: MarkerType.ArrowClosed, color: 'var(--ringside-edge)' },
            },
          ]
        : [],
    ),
  )

  function onNodesChange(changes: NodeChange<Card>[]) {
    for (const each of changes) {
      if (each.type === 'dimensions' && each.dimensions) {
        const { id, dimensions } = each
        setSizes(before => ({ ...before, [id]: dimensions }))
      } else if (each.type === 'position' && each.position) {
        const { id, position, dragging } = each
        setDragged(before => (dragging ? { ...before, [id]: position } : without(before, id)))
        if (!dragging) change(before => moveNode(before, id, position))
      } else if (each.type === 'select' && each.selected) {
        chosenHere.current = each.id
        select(each.id)
      } else if (each.type === 'remove') change(before => removeNode(before, each.id))
    }
  }

  return (
    <ReactFlow<Card>
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      onInit={instance => {
        drawing.current = instance
      }}
      onNodesChange={onNodesChange}
      onEdgesDelete={gone => {
        for (const edge of gone) change(before => connect(before, edge.source, edge.sourceHandle ?? '', null))
      }}
      onConnect={({ source, sourceHandle, target }) =>
        change(before => connect(before, source, sourceHandle ?? '', target))
      }
      onPaneClick={() => select(null)}
      nodesDraggable={mayEdit}
      nodesConnectable={mayEdit}
      deleteKeyCode={mayEdit ? ['Delete', 'Backspace'] : null}
      edgesFocusable={false}
      fitView
      fitViewOptions={{ maxZoom: 1, padding: 0.15 }}
      minZoom={0.2}
      style={LOOKS}
      aria-label={words.drawing}
      ariaLabelConfig={{
        'node.a11yDescription.default': words.nodeKeys,
        'node.a11yDescription.keyboardDisabled': words.nodeKeys,
        'controls.ariaLabel': words.zoom,
        'controls.zoomIn.ariaLabel': words.zoomIn,
        'controls.zoomOut.ariaLabel': words.zoomOut,
        'controls.fitView.ariaLabel': words.fitView,
      }}
    >
      <Background />
      <Controls showInteractive={false} className="overflow-hidden rounded-lg border border-line bg-surface" />
    </ReactFlow>
  )
}

const without = <Value,>(record: Record<string, Value>, id: string): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).filter(([other]) => other !== id))

function NodeCard({ id, data: { node }, selected }: NodeProps<Card>) {
  const words = useText().flowsScreen
  const { definition, problems, known } = useFlowEditor()
  const own = problems.filter(({ nodeId }) => nodeId === id)
  const broken = own.some(({ severity }) => severity === 'error')
  return (
    <div
      className={`rounded-lg border bg-raised pb-1.5 shadow-sm ${selected ? 'border-accent outline-2 outline-accent' : broken ? 'border-missed' : 'border-edge'}`}
    >
      <Handle type="target" position={Position.Left} className="size-2.5! rounded-full bg-edge!" />
      <div className="min-h-17 px-3 py-2">
        <p className="flex items-center gap-1.5 text-xs text-soft">
          <span className="grow truncate">{words.types[node.type]}</span>
          {definition.start === id && <span className="font-semibold text-accent">{words.start}</span>}
          {own.length > 0 && (
            <span className={`font-semibold ${broken ? 'text-missed' : 'text-ringing'}`}>
              {broken ? words.errorCount(own.length) : words.warningCount(own.length)}
            </span>
          )}
        </p>
        <p className="truncate font-semibold">{nodeName(id, node, words)}</p>
        <p className="truncate text-xs text-soft">{gistOf(node, definition.language, known)}</p>
      </div>
      {exitsOf(node).map(exit => (
        <ExitLine key={exit.id} exit={exit} />
      ))}
    </div>
  )
}

function ExitLine({ exit }: { exit: Exit }) {
  const words = useText().flowsScreen
  return (
    <div className="relative flex h-6 items-center justify-end gap-2 border-t border-line pr-4 pl-3 text-xs">
      <span className="truncate">{words.exit[exit.kind](exit.detail ?? '')}</span>
      {exit.to === null && <span className="text-soft">{words.ends}</span>}
      <Handle type="source" position={Position.Right} id={exit.id} className="size-2.5! rounded-full bg-accent!" />
    </div>
  )
}
