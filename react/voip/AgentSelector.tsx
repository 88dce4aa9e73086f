import { cloneElement, type MouseEventHandler, type ReactElement, useId, useRef, useState } from 'react'
import type { AvailableAgent } from '../../client/contract.ts'
import { Button } from '../Button.tsx'
import { Problem } from '../Problem.tsx'
import { useAction } from '../useAction.ts'
import { type CallSize, type CallVariant, lookOf } from './callLook.ts'
import { Handset } from './Handset.tsx'
import { useVoip } from './RingsideVoip.tsx'
import { useAvailableAgents } from './useAvailableAgents.ts'
import { useCall } from './useCall.ts'

interface Trigger {
  onClick?: MouseEventHandler
  'aria-haspopup'?: 'dialog'
  disabled?: boolean
}

interface AgentSelectorProps {
  variant?: CallVariant
  size?: CallSize
  /** A button of the page's own, instead of ours. */
  children?: ReactElement<Trigger>
}

/** Lets a customer choose whom to call, of those who can be called now. */
export function AgentSelector({ variant = 'default', size = 'default', children }: AgentSelectorProps) {
  const { text } = useVoip()
  const { call } = useCall()
  const [open, setOpen] = useState(false)
  const dialog = useRef<HTMLDialogElement>(null)
  const trigger: Trigger = {
    'aria-haspopup': 'dialog',
    disabled: call !== null,
    onClick() {
      setOpen(true)
      dialog.current?.showModal()
    },
  }
  const title = useId()
  return (
    <>
      {children ? (
        cloneElement(children, trigger)
      ) : (
        <Button {...lookOf(variant, size)} {...trigger}>
          <Handset />
          {text.callAgent}
        </Button>
      )}
      <dialog ref={dialog} className="ringside-dialog" aria-labelledby={title} onClose={() => setOpen(false)}>
        <h2 id={title}>{text.chooseAgent}</h2>
        {open && <Agents onCalled={() => dialog.current?.close()} />}
        <div className="ringside-actions">
          <Button onClick={() => dialog.current?.close()}>{text.close}</Button>
        </div>
      </dialog>
    </>
  )
}

function Agents({ onCalled }: { onCalled(): void }) {
  const { text } = useVoip()
  const { start } = useCall()
  const { agents, error, refresh } = useAvailableAgents()
  const call = useAction(async ({ supabaseUserId }: AvailableAgent) => {
    try {
      await start(supabaseUserId)
    } catch (problem) {
      // Whoever has become busy meanwhile is on the list no more.
      refresh()
      throw problem
    }
    onCalled()
  })
  if (error !== null) return <Problem error={error} />
  if (agents === null) return <p role="status">{text.loadingAgents}</p>
  return (
    <>
      <Problem error={call.error} />
      {agents.length === 0 && <p role="status">{text.noAgents}</p>}
      <ul className="ringside-agents">
        {agents.map(agent => (
          <li key={agent.supabaseUserId}>
            <button
              type="button"
              className="ringside-candidate"
              disabled={call.pending}
              onClick={() => call.run(agent)}
            >
              <span className="ringside-strong">{`${agent.firstName} ${agent.lastName}`.trim()}</span>
              {agent.role !== null && <span className="ringside-reason">{agent.role}</span>}
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}
