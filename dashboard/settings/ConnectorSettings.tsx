import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { type Connector, connectCrm, disconnectCrm, syncNow, updateConnector } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Problem } from '../../react/Problem.tsx'
import { StateBadge, type Tone } from '../../react/StateBadge.tsx'
import { useAction } from '../../react/useAction.ts'
import { shortTime } from '../../react/when.ts'
import { api, queryClient } from '../api.ts'
import { connectorsQuery } from '../queries.ts'
import { useText, useWords } from '../text/text.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { Checkbox } from '../ui/fields.tsx'
import { Facts, Panel } from '../ui/Panel.tsx'
import { Loaded } from '../ui/states.tsx'

const refresh = () => queryClient.invalidateQueries({ queryKey: connectorsQuery.queryKey })

/** The CRMs that can be connected, and how it stands with each. */
export function ConnectorSettings() {
  const words = useText().sync.connectors
  const query = useQuery(connectorsQuery)
  const { connected, problem } = useSearch({ from: '/shell/settings/integrations' })
  return (
    <div className="space-y-6">
      {connected && <p role="status">{words.connected}</p>}
      {problem && (
        <p role="alert" className="ringside-problem">
          {problem}
        </p>
      )}
      <p className="text-soft">{words.intro}</p>
      <Loaded query={query} lines={3}>
        {connectors => (
          <div className="space-y-6">
            {connectors.map(connector => (
              <OneConnector key={connector.crm} connector={connector} />
            ))}
          </div>
        )}
      </Loaded>
    </div>
  )
}

const TONES: Record<NonNullable<Connector['connection']>['status'], Tone> = {
  active: 'live',
  paused: 'waiting',
  broken: 'missed',
}

function OneConnector({ connector }: { connector: Connector }) {
  const { text, format } = useWords()
  const words = text.sync.connectors
  const { crm, name, available, connection } = connector
  const [leaving, setLeaving] = useState(false)
  const connect = useAction(async () => {
    const { url } = await api.call(connectCrm, { params: { crm } })
    window.location.assign(url)
  })
  const change = useAction(async (body: { paused?: boolean; syncDeletions?: boolean }) => {
    await api.call(updateConnector, { params: { crm }, body })
    await refresh()
  })
  const sync = useAction(async () => {
    await api.call(syncNow, { params: { crm } })
    await refresh()
  })
  const paused = connection?.status === 'paused'
  return (
    <Panel
      title={name}
      actions={
        <>
          {available && connection?.status !== 'active' && !paused && (
            <Button
              look="primary"
              aria-label={`${words.connect}: ${name}`}
              pending={connect.pending}
              onClick={() => connect.run()}
            >
              {words.connect}
            </Button>
          )}
          {connection?.status === 'active' && (
            <Button aria-label={`${words.syncNow}: ${name}`} pending={sync.pending} onClick={() => sync.run()}>
              {words.syncNow}
            </Button>
          )}
          {connection && connection.status !== 'broken' && (
            <Button
              look="plain"
              aria-label={`${paused ? words.resume : words.pause}: ${name}`}
              pending={change.pending}
              onClick={() => change.run({ paused: !paused })}
            >
              {paused ? words.resume : words.pause}
            </Button>
          )}
          {connection && (
            <Button look="plain" aria-label={`${words.disconnect}: ${name}`} onClick={() => setLeaving(true)}>
              {words.disconnect}
            </Button>
          )}
        </>
      }
    >
      <Problem error={connect.error ?? change.error ?? sync.error} />
      {connection === null ? (
        <p className="p-4 text-soft">{available ? words.what : words.unavailable(name, crm.toUpperCase())}</p>
      ) : (
        <>
          <Facts
            facts={[
              [
                words.status,
                <StateBadge key="status" tone={TONES[connection.status]}>
                  {words.statuses[connection.status]}
                </StateBadge>,
              ],
              [words.account, connection.account],
              [words.lastSync, connection.syncedAt ? shortTime(connection.syncedAt, format) : words.never],
              [words.contacts, new Intl.NumberFormat(format).format(connection.contacts)],
              [words.calls, new Intl.NumberFormat(format).format(connection.calls)],
              [words.problem, connection.problem],
            ]}
          />
          <div className="border-t border-line p-4">
            <Checkbox
              label={words.deletions}
              hint={words.deletionsHint(name)}
              checked={connection.syncDeletions}
              onChange={event => change.run({ syncDeletions: event.target.checked })}
            />
          </div>
        </>
      )}
      {leaving && (
        <Confirm
          title={words.disconnectSure(name)}
          hint={words.disconnectHint}
          action={words.disconnect}
          onClose={() => setLeaving(false)}
          onConfirm={async () => {
            await api.call(disconnectCrm, { params: { crm } })
            await refresh()
          }}
        />
      )}
    </Panel>
  )
}
