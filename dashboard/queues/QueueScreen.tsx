import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { ListOrdered } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { deleteQueue, type Queue, Strategy, updateQueue } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { useAction } from '../../react/useAction.ts'
import { api, queryClient } from '../api.ts'
import { MediaField } from '../prompts/MediaField.tsx'
import { agentsQuery, hoursQuery, queuesQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { problemAt, problemElsewhere, useText } from '../text/text.tsx'
import { AddFrom } from '../ui/AddFrom.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { Checkbox, Select } from '../ui/fields.tsx'
import { DurationField, NumberField, OptionalDurationField, OptionalNumberField } from '../ui/numbers.tsx'
import { OrderedList } from '../ui/OrderedList.tsx'
import { Panel } from '../ui/Panel.tsx'
import { SaveBar } from '../ui/SaveBar.tsx'
import { Screen } from '../ui/Screen.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { OverflowFields } from './OverflowFields.tsx'
import { changesOf, draftOf, type QueueDraft } from './queueDraft.ts'
import { SkillRows } from './SkillRows.tsx'

const DAY = 86_400
const KEYS = ['', ...'1234567890*#'] as const

export function QueueScreen() {
  const text = useText()
  const words = text.queuesScreen
  const { id } = useParams({ from: '/shell/queues/$id' })
  const query = useQuery(queuesQuery)
  return (
    <Loaded query={query}>
      {queues => {
        const queue = queues.find(each => each.id === id)
        return queue ? (
          <OneQueue key={queue.id} queue={queue} others={queues.filter(each => each.id !== id)} />
        ) : (
          <Screen title={text.queues} back={{ to: '/queues', label: words.back }}>
            <Empty icon={ListOrdered} title={text.notFound} />
          </Screen>
        )
      }}
    </Loaded>
  )
}

function OneQueue({ queue, others }: { queue: Queue; others: Queue[] }) {
  const text = useText()
  const words = text.queuesScreen
  const session = useSession()
  const navigate = useNavigate()
  const [draft, setDraft] = useState(() => draftOf(queue))
  const [deleting, setDeleting] = useState(false)
  const changes = changesOf(queue, draft)
  const mayEdit = session.may('edit queues')
  const save = useAction(async () => {
    const { queue: saved } = await api.call(updateQueue, { params: { id: queue.id }, body: changes })
    setDraft(draftOf(saved))
    queryClient.setQueryData(queuesQuery.queryKey, queues => queues?.map(each => (each.id === saved.id ? saved : each)))
  })
  const editor: Editor = {
    draft,
    set: change => setDraft(before => ({ ...before, ...change })),
    problem: field => problemAt(save.error, field),
    others,
  }
  return (
    <Screen
      title={queue.displayName}
      back={{ to: '/queues', label: words.back }}
      actions={
        mayEdit && (
          <Button look="plain" onClick={() => setDeleting(true)}>
            {words.delete}
          </Button>
        )
      }
    >
      <form
        onSubmit={event => {
          event.preventDefault()
          save.run()
        }}
      >
        {!mayEdit && <p className="px-4 pt-4 text-soft md:px-6 md:pt-6">{text.fields.readOnly}</p>}
        <fieldset disabled={!mayEdit} className="grid min-w-0 grid-cols-1 items-start gap-4 p-4 md:p-6 xl:grid-cols-2">
          <legend className="sr-only">{words.settings}</legend>
          <div className="space-y-4">
            <WhoPanel {...editor} />
            <SkillPanel {...editor} />
            <NamePanel {...editor} />
          </div>
          <div className="space-y-4">
            <WaitingPanel {...editor} />
            <HoursPanel {...editor} />
            <RingPanel {...editor} />
            <RecordingPanel {...editor} />
            <PriorityPanel {...editor} />
          </div>
        </fieldset>
        {mayEdit && (
          <SaveBar
            changed={Object.keys(changes).length > 0}
            pending={save.pending}
            error={problemElsewhere(save.error, SHOWN)}
            onDiscard={() => setDraft(draftOf(queue))}
          />
        )}
      </form>
      {deleting && (
        <Confirm
          title={words.deleteSure(queue.displayName)}
          hint={words.deleteHint}
          action={words.delete}
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await api.call(deleteQueue, { params: { id: queue.id } })
            await navigate({ to: '/queues' })
            await queryClient.invalidateQueries({ queryKey: queuesQuery.queryKey })
          }}
        />
      )}
    </Screen>
  )
}

interface Editor {
  draft: QueueDraft
  set(change: Partial<QueueDraft>): void
  problem(field: string): string | undefined
  others: Queue[]
}

/** Fields that say themselves what is wrong with them. */
const SHOWN = ['name', 'displayName', 'overflow', 'afterHours', 'agents', 'relaxation', 'requires', 'music', 'waitKeys']

const Body = ({ children }: { children: ReactNode }) => <div className="space-y-4 p-4">{children}</div>
const Pair = ({ children }: { children: ReactNode }) => (
  <div className="grid items-start gap-4 sm:grid-cols-2">{children}</div>
)

function WhoPanel({ draft, set, problem }: Editor) {
  const words = useText().queuesScreen
  const { data: agents = [] } = useQuery(agentsQuery)
  const absent = agents.filter(agent => !draft.agents.some(({ id }) => id === agent.id))
  return (
    <Panel title={words.who}>
      <Body>
        {draft.agents.length === 0 && <p className="text-soft">{words.nobody}</p>}
        <OrderedList label={words.agents} items={draft.agents} onChange={agents => set({ agents })} />
        {absent.length > 0 && (
          <AddFrom
            label={words.addAgent}
            onAdd={id => {
              const agent = agents.find(each => each.id === id)
              if (agent) set({ agents: [...draft.agents, { id: agent.id, name: agent.name }] })
            }}
            options={absent.map(({ id, name }) => ({ value: id, label: name }))}
          />
        )}
        {problem('agents') && <p className="ringside-problem">{problem('agents')}</p>}
        <fieldset className="min-w-0">
          <legend className="mb-1 text-[0.8125rem] font-semibold">{words.how}</legend>
          <div className="space-y-1">
            {Strategy.options.map(strategy => (
              <label
                key={strategy}
                className="flex cursor-pointer gap-2.5 rounded-lg px-2 py-1.5 hover:bg-ground has-checked:bg-accent-ground"
              >
                <input
                  type="radio"
                  name="strategy"
                  className="mt-0.5 size-4 flex-none accent-accent"
                  checked={draft.strategy === strategy}
                  onChange={() => set({ strategy })}
                />
                <span>
                  <span className="font-medium">{words.strategy[strategy]}</span>
                  <span className="block text-soft">{words.strategyHint[strategy]}</span>
                </span>
              </label>
            ))}
          </div>
        </fieldset>
      </Body>
    </Panel>
  )
}

function SkillPanel({ draft, set, problem }: Editor) {
  const words = useText().queuesScreen
  const { data: agents = [] } = useQuery(agentsQuery)
  const known = [...new Set(agents.flatMap(({ skills }) => Object.keys(skills)))].sort()
  const { relaxation } = draft
  return (
    <Panel title={words.skills}>
      <Body>
        <p className="text-soft">{words.skillsHint}</p>
        <SkillRows
          label={words.requires}
          rows={draft.requires}
          onChange={requires => set({ requires })}
          known={known}
          leastLevel={1}
        />
        {problem('requires') && <p className="ringside-problem">{problem('requires')}</p>}
        {relaxation.map((step, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a step has nothing of its own but its place
          <fieldset key={index} className="min-w-0 space-y-3 rounded-lg border border-line p-3">
            <legend className="px-1 text-[0.8125rem] font-semibold">{words.relaxStep(index + 1)}</legend>
            <DurationField
              label={words.relaxAfter}
              max={DAY}
              value={step.afterSeconds}
              onValue={afterSeconds => set({ relaxation: relaxation.with(index, { ...step, afterSeconds }) })}
              problem={problem(`relaxation.${index}`)}
            />
            <SkillRows
              label={words.relaxTo}
              rows={step.lower}
              onChange={lower => set({ relaxation: relaxation.with(index, { ...step, lower }) })}
              known={draft.requires.map(({ skill }) => skill).filter(skill => skill !== '')}
              leastLevel={0}
            />
            <Button look="plain" onClick={() => set({ relaxation: relaxation.toSpliced(index, 1) })}>
              {words.removeStep(index + 1)}
            </Button>
          </fieldset>
        ))}
        {draft.requires.length > 0 && (
          <Button
            onClick={() =>
              set({
                relaxation: [
                  ...relaxation,
                  {
                    afterSeconds: (relaxation.at(-1)?.afterSeconds ?? 0) + 60,
                    lower: draft.requires.map(({ skill, level }) => ({ skill, level: Math.max(0, level - 1) })),
                  },
                ],
              })
            }
          >
            {words.addStep}
          </Button>
        )}
      </Body>
    </Panel>
  )
}

function NamePanel({ draft, set, problem }: Editor) {
  const words = useText().queuesScreen
  return (
    <Panel title={words.naming}>
      <Body>
        <Field
          label={words.displayName}
          required
          maxLength={100}
          autoComplete="off"
          value={draft.displayName}
          onChange={event => set({ displayName: event.target.value })}
          problem={problem('displayName')}
        />
        <Field
          label={words.name}
          hint={words.nameHint}
          required
          maxLength={60}
          autoComplete="off"
          value={draft.name}
          onChange={event => set({ name: event.target.value })}
          problem={problem('name')}
        />
      </Body>
    </Panel>
  )
}

function WaitingPanel({ draft, set, problem, others }: Editor) {
  const text = useText()
  const words = text.queuesScreen
  const { announcements, waitKeys, serviceLevel } = draft
  const keyOptions = KEYS.map(key => ({ value: key, label: key === '' ? words.noKey : key }))
  return (
    <Panel title={words.waiting}>
      <Body>
        <Pair>
          <OptionalDurationField
            label={words.maxWait}
            hint={words.emptyNoBound}
            max={DAY}
            value={draft.maxWaitSeconds}
            onValue={maxWaitSeconds => set({ maxWaitSeconds })}
            problem={problem('maxWaitSeconds')}
          />
          <OptionalNumberField
            label={words.maxLength}
            hint={words.emptyNoBound}
            min={0}
            max={10_000}
            value={draft.maxLength}
            onValue={maxLength => set({ maxLength })}
            problem={problem('maxLength')}
          />
        </Pair>
        <OverflowFields
          label={words.overflow}
          value={draft.overflow}
          onChange={overflow => set({ overflow })}
          queues={others}
          problem={problem('overflow')}
        />
        <Checkbox
          label={words.sayPosition}
          checked={announcements.position}
          onChange={event => set({ announcements: { ...announcements, position: event.target.checked } })}
        />
        <Checkbox
          label={words.sayWait}
          hint={words.sayWaitHint}
          checked={announcements.wait}
          onChange={event => set({ announcements: { ...announcements, wait: event.target.checked } })}
        />
        {(announcements.position || announcements.wait) && (
          <DurationField
            label={words.sayEvery}
            min={15}
            max={600}
            value={announcements.everySeconds}
            onValue={everySeconds => set({ announcements: { ...announcements, everySeconds } })}
          />
        )}
        <Pair>
          <Select
            label={words.voicemailKey}
            value={waitKeys.voicemail ?? ''}
            onChoose={key => set({ waitKeys: { ...waitKeys, voicemail: key || null } })}
            options={keyOptions}
          />
          <Select
            label={words.callbackKey}
            value={waitKeys.callback ?? ''}
            onChoose={key => set({ waitKeys: { ...waitKeys, callback: key || null } })}
            options={keyOptions}
          />
        </Pair>
        {problem('waitKeys') && <p className="ringside-problem">{problem('waitKeys')}</p>}
        <MediaField
          label={words.music}
          none={text.prompts.media.music}
          value={draft.music === 'hold-music' ? '' : draft.music}
          onChange={music => set({ music: music || 'hold-music' })}
          problem={problem('music')}
        />
        <Pair>
          <NumberField
            label={words.aimPercent}
            min={0}
            max={100}
            value={serviceLevel.percent}
            onValue={percent => set({ serviceLevel: { ...serviceLevel, percent } })}
          />
          <DurationField
            label={words.aimWithin}
            max={3600}
            value={serviceLevel.withinSeconds}
            onValue={withinSeconds => set({ serviceLevel: { ...serviceLevel, withinSeconds } })}
          />
        </Pair>
      </Body>
    </Panel>
  )
}

function HoursPanel({ draft, set, problem, others }: Editor) {
  const words = useText().queuesScreen
  const { data: hours = [] } = useQuery(hoursQuery)
  return (
    <Panel title={words.hours}>
      <Body>
        <Checkbox
          label={words.enabled}
          hint={words.enabledHint}
          checked={draft.enabled}
          onChange={event => set({ enabled: event.target.checked })}
        />
        <Select
          label={words.openWhen}
          value={draft.hoursId ?? ''}
          onChoose={id => set({ hoursId: id || null })}
          options={[{ value: '', label: words.always }, ...hours.map(({ id, name }) => ({ value: id, label: name }))]}
        />
        {hours.length === 0 && (
          <Link to="/hours" className="ringside-link font-semibold">
            {words.makeHours}
          </Link>
        )}
        {(draft.hoursId !== null || !draft.enabled) && (
          <OverflowFields
            label={words.afterHours}
            value={draft.afterHours}
            onChange={afterHours => set({ afterHours })}
            queues={others}
            problem={problem('afterHours')}
          />
        )}
      </Body>
    </Panel>
  )
}

function RecordingPanel({ draft, set }: Editor) {
  const words = useText().voice.queueRecording
  return (
    <Panel title={words.title}>
      <Body>
        <Checkbox
          label={words.record}
          hint={words.recordHint}
          checked={draft.recording}
          onChange={event => set({ recording: event.target.checked })}
        />
        <Checkbox
          label={words.tell}
          hint={words.tellHint}
          checked={draft.supervisionVisible}
          onChange={event => set({ supervisionVisible: event.target.checked })}
        />
      </Body>
    </Panel>
  )
}

function RingPanel({ draft, set, problem }: Editor) {
  const words = useText().queuesScreen
  return (
    <Panel title={words.ringing}>
      <Body>
        <Pair>
          <DurationField
            label={words.ringFor}
            min={5}
            max={600}
            value={draft.ringSeconds}
            onValue={ringSeconds => set({ ringSeconds })}
            problem={problem('ringSeconds')}
          />
          <DurationField
            label={words.wrapUp}
            hint={words.wrapUpHint}
            max={3600}
            value={draft.wrapUpSeconds}
            onValue={wrapUpSeconds => set({ wrapUpSeconds })}
            problem={problem('wrapUpSeconds')}
          />
        </Pair>
        <Checkbox
          label={words.missedAway}
          hint={words.missedAwayHint}
          checked={draft.afterMissed === 'away'}
          onChange={event => set({ afterMissed: event.target.checked ? 'away' : 'stay' })}
        />
      </Body>
    </Panel>
  )
}

function PriorityPanel({ draft, set, problem }: Editor) {
  const words = useText().queuesScreen
  return (
    <Panel title={words.first}>
      <Body>
        <Pair>
          <NumberField
            label={words.priority}
            hint={words.priorityHint}
            min={-100}
            max={100}
            value={draft.priority}
            onValue={priority => set({ priority })}
            problem={problem('priority')}
          />
          <DurationField
            label={words.priorityWorth}
            hint={words.priorityWorthHint}
            max={DAY}
            value={draft.priorityWorthSeconds}
            onValue={priorityWorthSeconds => set({ priorityWorthSeconds })}
            problem={problem('priorityWorthSeconds')}
          />
        </Pair>
        <Checkbox
          label={words.sticky}
          hint={words.stickyHint}
          checked={draft.stickyAgent}
          onChange={event => set({ stickyAgent: event.target.checked })}
        />
        {draft.stickyAgent && (
          <DurationField
            label={words.hold}
            hint={words.holdHint}
            max={3600}
            value={draft.preferredHoldSeconds}
            onValue={preferredHoldSeconds => set({ preferredHoldSeconds })}
            problem={problem('preferredHoldSeconds')}
          />
        )}
      </Body>
    </Panel>
  )
}
