import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Workflow } from 'lucide-react'
import { useState } from 'react'
import { createFlow, type Flow } from '../../client/contract.ts'
import { formatNumber } from '../../core/phoneNumber.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { api, queryClient } from '../api.ts'
import { flowsQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { FormDialog } from '../ui/FormDialog.tsx'
import { Screen } from '../ui/Screen.tsx'
import { Sections } from '../ui/Sections.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { When } from '../ui/When.tsx'

export function FlowsScreen() {
  const text = useText()
  const words = text.flowsScreen
  const session = useSession()
  const query = useQuery(flowsQuery)
  const [creating, setCreating] = useState(false)
  return (
    <Screen
      title={text.flows}
      actions={
        session.may('edit flows') && (
          <Button look="primary" onClick={() => setCreating(true)}>
            {words.create}
          </Button>
        )
      }
      tools={<FlowSections />}
    >
      <Loaded query={query}>
        {flows =>
          flows.length === 0 ? (
            <Empty icon={Workflow} title={words.empty} hint={words.emptyHint} />
          ) : (
            <ul aria-label={text.flows} className="divide-y divide-line border-b border-line bg-surface">
              {flows.map(flow => (
                <FlowRow key={flow.id} flow={flow} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {creating && <CreateFlow onClose={() => setCreating(false)} />}
    </Screen>
  )
}

/** Flows, and the recordings that they play. */
export function FlowSections() {
  const text = useText()
  return (
    <Sections
      label={text.flowsScreen.sections}
      sections={[
        { to: '/flows', label: text.flows },
        { to: '/prompts', label: text.prompts.title },
      ]}
    />
  )
}

function FlowRow({ flow }: { flow: Flow }) {
  const words = useText().flowsScreen
  const { country } = useSession()
  return (
    <li className="relative grid gap-x-4 gap-y-0.5 px-4 py-2.5 hover:bg-ground md:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_12rem_8rem] md:items-center md:px-6">
      <Link to="/flows/$id" params={{ id: flow.id }} className="row-link block truncate font-semibold">
        {flow.name}
      </Link>
      <p className="truncate text-soft tabular-nums">
        {flow.numbers.length === 0
          ? words.noNumbers
          : flow.numbers.map(({ number }) => formatNumber(number, country)).join(', ')}
      </p>
      <p className="text-soft">
        {flow.publishedVersion === null ? words.neverPublished : words.version(flow.publishedVersion)}
        {flow.publishedVersion !== null && flow.draftChanged && ` · ${words.draftDiffers}`}
      </p>
      <p className="text-soft">
        <When time={flow.updatedAt} />
      </p>
    </li>
  )
}

function CreateFlow({ onClose }: { onClose(): void }) {
  const words = useText().flowsScreen
  const navigate = useNavigate()
  async function save(form: FormData): Promise<void> {
    const { flow } = await api.call(createFlow, { body: { name: String(form.get('name')) } })
    await queryClient.invalidateQueries({ queryKey: flowsQuery.queryKey })
    onClose()
    await navigate({ to: '/flows/$id', params: { id: flow.id } })
  }
  return (
    <FormDialog title={words.create} onClose={onClose} onSubmit={save}>
      {problem => (
        <>
          <Field label={words.name} name="name" required maxLength={100} autoComplete="off" problem={problem('name')} />
          <p className="text-soft">{words.createHint}</p>
        </>
      )}
    </FormDialog>
  )
}
