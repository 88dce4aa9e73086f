import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { CallDetails } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { CallerForm } from '../../react/CallerForm.tsx'
import { Candidates } from '../../react/Candidates.tsx'
import { type Caller, callerOf } from '../../react/caller.ts'
import { partyNumber, shownNumber } from '../../react/callQueue.ts'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { FindContact } from '../contacts/FindContact.tsx'
import { createCaller, settleCaller } from '../live/callActions.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { Panel } from '../ui/Panel.tsx'
import { PhoneLink } from '../ui/PhoneLink.tsx'

/** Who the customer is; where that is open or wrong, the place to say so. */
export function CustomerPanel({ call }: { call: CallDetails }) {
  const text = useText()
  const session = useSession()
  const [task, setTask] = useState<'find' | 'create' | null>(null)
  const settle = useAction(async (contactId: string | null) => {
    await settleCaller(call.id, contactId)
    setTask(null)
  })
  const caller = callerOf(call, call.card)
  return (
    <Panel title={text.call.caller}>
      <div className="space-y-3 p-4">
        <Known call={call} caller={caller} />
        {caller.kind === 'candidates' && (
          <Candidates
            candidates={caller.candidates}
            text={text.popup}
            onSettle={contactId => settleCaller(call.id, contactId)}
          />
        )}
        {task === 'create' && (
          <CallerForm
            number={partyNumber(call)}
            suggestedName={call.callerName}
            country={session.country}
            text={text.popup}
            onSave={async made => {
              await createCaller(call, made)
              setTask(null)
            }}
            onCancel={() => setTask(null)}
          />
        )}
        {task === 'find' && <FindContact onFind={contact => settle.run(contact.id)} />}
        <Problem error={settle.error} />
        {session.may('log calls') && task !== 'create' && (
          <div className="flex flex-wrap gap-2">
            {caller.kind !== 'known' && <Button onClick={() => setTask('create')}>{text.popup.create}</Button>}
            <Button onClick={() => setTask(task === 'find' ? null : 'find')}>
              {task === 'find'
                ? text.cancel
                : caller.kind === 'known'
                  ? text.call.notThisCustomer
                  : text.call.findCustomer}
            </Button>
          </div>
        )}
      </div>
    </Panel>
  )
}

function Known({ call, caller }: { call: CallDetails; caller: Caller }) {
  const text = useText()
  const { country } = useSession()
  switch (caller.kind) {
    case 'known':
      return (
        <div>
          <Link to="/contacts/$id" params={{ id: caller.contactId }} className="ringside-link font-semibold">
            {caller.name}
          </Link>
          <p className="text-soft [overflow-wrap:anywhere]">
            {[caller.company, caller.email].filter(Boolean).join(' · ')}
          </p>
          {caller.fields.length > 0 && (
            <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 [overflow-wrap:anywhere]">
              {caller.fields.map(({ label, value }) => (
                <div key={label} className="contents">
                  <dt className="text-soft">{label}</dt>
                  <dd>{typeof value === 'boolean' ? (value ? text.sync.fields.yes : text.sync.fields.no) : value}</dd>
                </div>
              ))}
            </dl>
          )}
          {shownNumber(call, country) !== null && <PhoneLink number={partyNumber(call)!} />}
        </div>
      )
    case 'unknown':
      return <p>{text.popup.newCaller}</p>
    case 'withheld':
      return <p>{text.popup.withheld}</p>
    case 'candidates':
    case 'unsought':
      return null
  }
}
