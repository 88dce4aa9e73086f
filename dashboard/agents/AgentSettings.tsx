import { useQuery } from '@tanstack/react-query'
import { Users } from 'lucide-react'
import { useState } from 'react'
import { type Agent, updateAgent } from '../../client/contract.ts'
import { formatNumber } from '../../core/phoneNumber.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { api, queryClient } from '../api.ts'
import { agentsQuery } from '../queries.ts'
import { SkillRows } from '../queues/SkillRows.tsx'
import { skillRows, skillsOf } from '../queues/skillRows.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { FormDialog } from '../ui/FormDialog.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Empty, Loaded } from '../ui/states.tsx'

/** What each agent is able to do, and where calls reach them. */
export function AgentSettings() {
  const text = useText()
  const words = text.deskAgents
  const query = useQuery(agentsQuery)
  const [open, setOpen] = useState<Agent | null>(null)
  return (
    <Panel title={words.title}>
      <Loaded query={query} lines={3}>
        {agents =>
          agents.length === 0 ? (
            <Empty icon={Users} title={text.deskLive.noAgents} hint={text.deskLive.noAgentsHint} />
          ) : (
            <ul className="divide-y divide-line">
              {agents.map(agent => (
                <AgentRow key={agent.id} agent={agent} onChange={() => setOpen(agent)} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {open && <ChangeAgent agent={open} onClose={() => setOpen(null)} />}
    </Panel>
  )
}

function AgentRow({ agent, onChange }: { agent: Agent; onChange(): void }) {
  const text = useText()
  const words = text.deskAgents
  const { country } = useSession()
  const skills = Object.entries(agent.skills).map(([skill, level]) => `${skill} ${level}`)
  return (
    <li className="flex items-center gap-4 px-4 py-2.5">
      <div className="min-w-0 grow">
        <p className="truncate font-semibold">{agent.name}</p>
        <p className="truncate text-soft tabular-nums">
          {[agent.team ?? words.noTeam, agent.phone && formatNumber(agent.phone, country)].filter(Boolean).join(' · ')}
        </p>
      </div>
      <p className="hidden min-w-0 truncate text-soft md:block">
        {skills.length > 0 ? skills.join(', ') : words.noSkills}
      </p>
      <Button aria-label={words.change(agent.name)} onClick={onChange}>
        {text.settingsScreen.change}
      </Button>
    </li>
  )
}

function ChangeAgent({ agent, onClose }: { agent: Agent; onClose(): void }) {
  const words = useText().deskAgents
  const { country } = useSession()
  const { data: agents = [] } = useQuery(agentsQuery)
  const known = [...new Set(agents.flatMap(each => Object.keys(each.skills)))].toSorted()
  const [rows, setRows] = useState(() => skillRows(agent.skills))
  async function save(form: FormData): Promise<void> {
    const given = (name: string) => String(form.get(name)).trim() || null
    await api.call(updateAgent, {
      params: { id: agent.id },
      body: {
        team: given('team'),
        phone: given('phone'),
        capacity: Number(form.get('capacity')),
        skills: skillsOf(rows),
      },
    })
    await queryClient.invalidateQueries({ queryKey: agentsQuery.queryKey })
    onClose()
  }
  return (
    <FormDialog title={words.change(agent.name)} onClose={onClose} onSubmit={save}>
      {problem => (
        <>
          <Field
            label={words.team}
            name="team"
            maxLength={100}
            autoComplete="off"
            defaultValue={agent.team ?? ''}
            problem={problem('team')}
          />
          <Field
            label={words.phone}
            hint={words.phoneHint}
            name="phone"
            type="tel"
            maxLength={60}
            autoComplete="off"
            defaultValue={agent.phone === null ? '' : formatNumber(agent.phone, country)}
            problem={problem('phone')}
          />
          <Field
            label={words.capacity}
            name="capacity"
            type="number"
            min={1}
            max={20}
            required
            defaultValue={agent.capacity}
            problem={problem('capacity')}
          />
          <SkillRows label={words.skills} rows={rows} onChange={setRows} known={known} leastLevel={1} />
        </>
      )}
    </FormDialog>
  )
}
