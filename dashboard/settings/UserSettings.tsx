import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { createUser, endSessionsOfUser, Role, resetSecondFactor, type User, updateUser } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api } from '../api.ts'
import { queuesQuery, refreshUsers as refresh, usersQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { FormDialog } from '../ui/FormDialog.tsx'
import { Checkbox, Select } from '../ui/fields.tsx'
import { LoadMore } from '../ui/LoadMore.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Loaded } from '../ui/states.tsx'
import { FormerUsers } from './FormerUsers.tsx'
import { LeaveUser } from './LeaveUser.tsx'
import { ShowLink, type SignInLink } from './ShowLink.tsx'
import { SignInPolicyPanel } from './SignInPolicyPanel.tsx'

export function UserSettings() {
  const session = useSession()
  return (
    <div className="space-y-4">
      <Users />
      <FormerUsers />
      {session.may('manage users') && <SignInPolicyPanel />}
    </div>
  )
}

function Users() {
  const words = useText().settingsScreen
  const query = useInfiniteQuery(usersQuery)
  const [open, setOpen] = useState<'add' | User | null>(null)
  const [link, setLink] = useState<SignInLink | null>(null)
  const [leaving, setLeaving] = useState<User | null>(null)
  return (
    <Panel title={words.users} actions={<Button onClick={() => setOpen('add')}>{words.addUser}</Button>}>
      <Loaded query={query} lines={3}>
        {({ pages }) => (
          <>
            <ul className="divide-y divide-line">
              {pages
                .flatMap(page => page.items)
                .map(user => (
                  <UserRow key={user.id} user={user} onChange={() => setOpen(user)} />
                ))}
            </ul>
            <LoadMore query={query} />
          </>
        )}
      </Loaded>
      {open === 'add' && <AddUser onClose={() => setOpen(null)} onLink={setLink} />}
      {open !== null && open !== 'add' && (
        <ChangeUser
          user={open}
          onClose={() => setOpen(null)}
          onLeave={() => {
            setOpen(null)
            setLeaving(open)
          }}
        />
      )}
      {leaving && <LeaveUser user={leaving} onClose={() => setLeaving(null)} />}
      {link && <ShowLink link={link} onClose={() => setLink(null)} />}
    </Panel>
  )
}

function UserRow({ user, onChange }: { user: User; onChange(): void }) {
  const text = useText()
  const words = text.settingsScreen
  const { me } = useSession()
  return (
    <li className={`flex items-center gap-4 px-4 py-2.5 ${user.disabled ? 'text-soft' : ''}`}>
      <div className="min-w-0 grow">
        <p className="truncate font-semibold">
          {user.name}
          {user.id === me.id && <span className="font-normal text-soft"> ({words.you})</span>}
        </p>
        <p className="truncate text-soft">
          {user.email}
          {user.secondFactor && ` · ${text.security.users.factor}`}
        </p>
      </div>
      <div className="hidden text-right md:block">
        <p>{user.disabled ? words.disabled : text.roles[user.role]}</p>
        <p className="text-soft">{user.queues.map(({ name }) => name).join(', ')}</p>
      </div>
      <Button aria-label={words.editUser(user.name)} onClick={onChange}>
        {words.change}
      </Button>
    </li>
  )
}

interface AddUserProps {
  onClose(): void
  onLink(link: SignInLink): void
}

function AddUser({ onClose, onLink }: AddUserProps) {
  const words = useText().settingsScreen
  async function save(form: FormData): Promise<void> {
    const { user, signInLink } = await api.call(createUser, {
      body: { email: String(form.get('email')), name: String(form.get('name')), ...readDuties(form) },
    })
    await refresh()
    onClose()
    if (signInLink !== null) onLink({ name: user.name, url: signInLink })
  }
  return (
    <FormDialog title={words.addUser} onClose={onClose} onSubmit={save}>
      {problem => (
        <>
          <Field label={words.name} name="name" required maxLength={100} autoComplete="off" problem={problem('name')} />
          <Field label={words.email} name="email" type="email" required autoComplete="off" problem={problem('email')} />
          <Duties begin="agent" takesCalls={true} queues={[]} />
          <p className="text-soft">{words.userHint}</p>
        </>
      )}
    </FormDialog>
  )
}

function ChangeUser({ user, onClose, onLeave }: { user: User; onClose(): void; onLeave(): void }) {
  const text = useText()
  const words = text.settingsScreen
  const security = text.security.users
  const params = { id: user.id }
  async function change(what: Promise<unknown>): Promise<void> {
    await what
    await refresh()
    onClose()
  }
  const access = useAction((ask: () => Promise<unknown>) => change(ask()))
  return (
    <FormDialog
      title={words.editUser(user.name)}
      onClose={onClose}
      onSubmit={form => {
        const body = { name: String(form.get('name')), ...readDuties(form) }
        return change(api.call(updateUser, { params, body }))
      }}
      aside={
        <>
          <Button look="danger" onClick={onLeave}>
            {text.leaving.takeOff}
          </Button>
          <Button
            pending={access.pending}
            onClick={() => access.run(() => api.call(updateUser, { params, body: { disabled: !user.disabled } }))}
          >
            {user.disabled ? words.enable : words.disable}
          </Button>
        </>
      }
    >
      {problem => (
        <>
          <p className="text-soft">{user.email}</p>
          <Field
            label={words.name}
            name="name"
            required
            maxLength={100}
            autoComplete="off"
            defaultValue={user.name}
            problem={problem('name')}
          />
          <Duties begin={user.role} takesCalls={user.agentId !== null} queues={user.queues.map(({ id }) => id)} />
          <div className="flex flex-wrap gap-2">
            <Button pending={access.pending} onClick={() => access.run(() => api.call(endSessionsOfUser, { params }))}>
              {security.endSessions}
            </Button>
            {user.secondFactor && (
              <Button
                pending={access.pending}
                onClick={() => access.run(() => api.call(resetSecondFactor, { params }))}
              >
                {security.resetFactor}
              </Button>
            )}
          </div>
          <Problem error={access.error} />
        </>
      )}
    </FormDialog>
  )
}

interface DutiesProps {
  begin: User['role']
  takesCalls: boolean
  /** Ids. */
  queues: string[]
}

/** What somebody does here: their role, and which calls they take. */
function Duties({ begin, takesCalls, queues }: DutiesProps) {
  const text = useText()
  const words = text.settingsScreen
  const [chosen, setChosen] = useState(begin)
  const [takes, setTakes] = useState(takesCalls)
  const { data: all = [] } = useQuery(queuesQuery)
  const isAgent = chosen === 'agent' || takes
  return (
    <>
      <div>
        <Select
          label={words.role}
          name="role"
          value={chosen}
          onChoose={value => setChosen(Role.parse(value))}
          options={Role.options.map(value => ({ value, label: text.roles[value] }))}
        />
        <p className="ringside-hint mt-1">{words.roleHint[chosen]}</p>
      </div>
      <Checkbox
        label={words.takesCalls}
        name="takesCalls"
        checked={isAgent}
        disabled={chosen === 'agent'}
        onChange={event => setTakes(event.target.checked)}
      />
      {isAgent && (
        <fieldset className="space-y-2">
          <legend className="mb-1 text-[0.8125rem] font-semibold">{words.queues}</legend>
          {all.map(queue => (
            <Checkbox
              key={queue.id}
              label={queue.displayName}
              name="queues"
              value={queue.id}
              defaultChecked={queues.includes(queue.id)}
            />
          ))}
        </fieldset>
      )}
    </>
  )
}

function readDuties(form: FormData) {
  const role = Role.parse(form.get('role'))
  const takesCalls = role === 'agent' || form.get('takesCalls') !== null
  return { role, takesCalls, ...(takesCalls && { queues: form.getAll('queues').map(String) }) }
}
