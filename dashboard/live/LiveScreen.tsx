import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Ear, Users } from 'lucide-react'
import type { ReactNode } from 'react'
import type { AgentNow } from '../../react/agents.ts'
import type { QueuedCall } from '../../react/callQueue.ts'
import { Elapsed } from '../../react/Elapsed.tsx'
import { StateBadge, type Tone } from '../../react/StateBadge.tsx'
import { reasonInWords } from '../activity/eventSentence.ts'
import { PresenceDot } from '../desk/StatusControl.tsx'
import { agentsQuery, queuesQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { SoftphoneStrip } from '../softphone/SoftphoneStrip.tsx'
import { standOf, TALK_TONES } from '../softphone/talk.ts'
import { useText } from '../text/text.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Screen } from '../ui/Screen.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { callerName } from './announcement.ts'
import { callsOf, useCenter } from './Center.tsx'
import { agentsInOrder, queuesNow } from './liveBoard.ts'
import { Supervise } from './Supervise.tsx'
import { conversationsOf } from './supervision.ts'

/** What goes on just now, pushed as it happens: the queues, who talks with whom, and everybody who takes calls. */
export function LiveScreen() {
  const words = useText().deskLive
  const session = useSession()
  return (
    <Screen title={words.title}>
      <div className="border-b border-line bg-surface md:px-2">
        <SoftphoneStrip />
      </div>
      <div className="space-y-4 p-4 md:p-6">
        <Queues />
        {session.may('supervise calls') && <Conversations />}
        <Agents />
      </div>
    </Screen>
  )
}

function Queues() {
  const words = useText().deskLive
  const { queue } = useCenter()
  const query = useQuery(queuesQuery)
  const { data: agents = [] } = useQuery(agentsQuery)
  return (
    <Panel title={words.queues}>
      <Loaded query={query} lines={3}>
        {queues => (
          <Table label={words.queues} head={[words.queue, words.waiting, words.longest, words.talking, words.free]}>
            {queuesNow(queues, callsOf(queue), agents).map(({ id, name, waiting, longestSince, talking, ready }) => (
              <tr key={id}>
                <th scope="row" className="px-4 py-2.5 text-left font-semibold">
                  {name}
                </th>
                <Cell>{waiting > 0 ? <StateBadge tone="waiting">{waiting}</StateBadge> : 0}</Cell>
                <Cell>{longestSince === null ? '' : <Elapsed since={longestSince} />}</Cell>
                <Cell>{talking}</Cell>
                <Cell>{ready}</Cell>
              </tr>
            ))}
          </Table>
        )}
      </Loaded>
    </Panel>
  )
}

/** Who talks with whom, and a way to listen in. */
function Conversations() {
  const text = useText()
  const words = text.voice.supervision
  const { country } = useSession()
  const { queue } = useCenter()
  const calls = conversationsOf(callsOf(queue))
  return (
    <Panel title={words.calls}>
      {calls.length === 0 ? (
        <Empty icon={Ear} title={words.noCalls} hint={words.noCallsHint} />
      ) : (
        <Table
          label={words.calls}
          head={[words.who, text.deskLive.agent, text.deskLive.queue, text.deskLive.activity, text.deskLive.since, '']}
        >
          {calls.map(call => (
            <tr key={call.id}>
              <th scope="row" className="px-4 py-2.5 text-left font-semibold whitespace-nowrap">
                <Link to="/calls/$id" params={{ id: call.id }} className="ringside-link">
                  {callerName(call, { country, text })}
                </Link>
              </th>
              <Cell>{call.agent?.name}</Cell>
              <Cell>{call.queue?.name}</Cell>
              <Cell>
                <TalkBadge call={call} />
              </Cell>
              <Cell>
                <Elapsed since={call.answeredAt ?? call.startedAt} />
              </Cell>
              <td className="w-full px-4 py-2">
                <Supervise call={call} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Panel>
  )
}

/** How a conversation stands, as its agent is told it. */
function TalkBadge({ call }: { call: QueuedCall }) {
  const words = useText().voice.talk.state
  const state = standOf(call)
  return <StateBadge tone={TALK_TONES[state]}>{words[state]}</StateBadge>
}

function Agents() {
  const words = useText().deskLive
  const query = useQuery(agentsQuery)
  return (
    <Panel title={words.agents}>
      <Loaded query={query} lines={3}>
        {agents =>
          agents.length === 0 ? (
            <Empty icon={Users} title={words.noAgents} hint={words.noAgentsHint} />
          ) : (
            <Table label={words.agents} head={[words.agent, words.presence, words.activity, words.since]}>
              {agentsInOrder(agents).map(agent => (
                <AgentRow key={agent.id} agent={agent} />
              ))}
            </Table>
          )
        }
      </Loaded>
    </Panel>
  )
}

const TONES: Record<AgentNow['activity'], Tone> = {
  talking: 'live',
  offered: 'ringing',
  'wrap-up': 'waiting',
  ready: 'done',
  away: 'done',
}

function AgentRow({ agent }: { agent: AgentNow }) {
  const text = useText()
  const { status, reason } = agent.presence
  return (
    <tr>
      <th scope="row" className="px-4 py-2.5 text-left font-semibold">
        {agent.name}
        {agent.team !== null && <span className="font-normal text-soft"> · {agent.team}</span>}
      </th>
      <Cell>
        <span className="inline-flex items-center gap-1.5">
          <PresenceDot status={status} />
          {[text.deskStatus.status[status], reasonInWords(reason, text)].filter(Boolean).join(': ')}
        </span>
      </Cell>
      <Cell>
        <StateBadge tone={TONES[agent.activity]}>{text.deskLive.activities[agent.activity]}</StateBadge>
      </Cell>
      <Cell>{agent.activeSince === null ? text.none : <Elapsed since={agent.activeSince} />}</Cell>
    </tr>
  )
}

interface TableProps {
  label: string
  head: readonly string[]
  children: ReactNode
}

function Table({ label, head, children }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: on a narrow screen it is scrolled sideways, by keyboard too
    <section aria-label={label} tabIndex={0} className="relative overflow-x-auto -outline-offset-2">
      <table aria-label={label} className="w-full">
        <thead>
          <tr className="border-b border-line text-left text-[0.8125rem] text-soft">
            {head.map(title => (
              <th key={title} scope="col" className="px-4 py-2 font-medium whitespace-nowrap">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">{children}</tbody>
      </table>
    </section>
  )
}

const Cell = ({ children }: { children: ReactNode }) => (
  <td className="px-4 py-2.5 whitespace-nowrap tabular-nums">{children}</td>
)
