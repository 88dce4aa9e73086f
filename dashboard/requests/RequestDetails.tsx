import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { type Call, callBackRequest, type SupportRequest, updateRequest } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Problem } from '../../react/Problem.tsx'
import { StateBadge } from '../../react/StateBadge.tsx'
import { useAction } from '../../react/useAction.ts'
import { api } from '../api.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { Facts } from '../ui/Panel.tsx'
import { PhoneLink } from '../ui/PhoneLink.tsx'
import { When } from '../ui/When.tsx'
import { Priority } from './Priority.tsx'
import { TONES } from './RequestList.tsx'

export function RequestDetails({ request }: { request: SupportRequest }) {
  const text = useText()
  const words = text.requestsScreen
  return (
    <article className="space-y-4 p-4 md:p-6">
      <div>
        <p className="flex flex-wrap items-center gap-3">
          <StateBadge tone={TONES[request.status]}>{words.status[request.status]}</StateBadge>
          <Priority priority={request.priority} />
        </p>
        <h2 className="mt-2 text-lg leading-6 [overflow-wrap:anywhere]">{request.subject}</h2>
      </div>
      <RequestActions request={request} />
      <p className="max-w-prose whitespace-pre-wrap [overflow-wrap:anywhere]">{request.description}</p>
      <div className="-mx-4 border-t border-line">
        <Facts
          facts={[
            [
              words.from,
              request.contact ? (
                <Link key="from" to="/contacts/$id" params={{ id: request.contact.id }} className="ringside-link">
                  {request.contact.name}
                </Link>
              ) : (
                request.userEmail
              ),
            ],
            [text.contactsScreen.email, request.contact && request.userEmail],
            [words.phone, request.phoneNumber ? <PhoneLink key="phone" number={request.phoneNumber} /> : words.noPhone],
            [words.takenBy, request.agent?.name],
            [words.received, <When key="received" time={request.createdAt} />],
          ]}
        />
      </div>
    </article>
  )
}

function RequestActions({ request }: { request: SupportRequest }) {
  const text = useText()
  const words = text.requestsScreen
  const session = useSession()
  const [opened, setOpened] = useState<Call | null>(null)
  const params = { id: request.id }
  const callBack = useAction(async () => {
    const { call } = await api.call(callBackRequest, { params })
    setOpened(call)
  })
  const become = useAction((status: SupportRequest['status']) => api.call(updateRequest, { params, body: { status } }))
  const reachable = request.phoneNumber !== null || request.contact !== null
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap gap-2">
        {session.agentId !== null && reachable && request.status !== 'done' && (
          <Button look="primary" pending={callBack.pending} onClick={() => callBack.run()}>
            {words.callBack}
          </Button>
        )}
        {session.may('handle requests') && request.status === 'pending' && (
          <Button pending={become.pending} onClick={() => become.run('in-progress')}>
            {words.takeUp}
          </Button>
        )}
        {session.may('handle requests') && (
          <Button pending={become.pending} onClick={() => become.run(request.status === 'done' ? 'pending' : 'done')}>
            {request.status === 'done' ? words.reopen : words.done}
          </Button>
        )}
      </div>
      {!reachable && request.status !== 'done' && <p className="text-soft">{words.needsNumber}</p>}
      <Problem error={callBack.error ?? become.error} />
      {opened && (
        <p role="status">
          {words.calledBack}{' '}
          <Link to="/calls/$id" params={{ id: opened.id }} className="ringside-link font-semibold">
            {words.openCall}
          </Link>
        </p>
      )}
    </div>
  )
}
