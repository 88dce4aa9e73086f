import { useQuery } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { type ApiKey, createApiKey, Permission, revokeApiKey, rotateApiKey } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { shortTime } from '../../react/when.ts'
import { api, queryClient } from '../api.ts'
import { keysQuery } from '../queries.ts'
import { useText, useWords } from '../text/text.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { Copyable } from '../ui/Copyable.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { FormDialog } from '../ui/FormDialog.tsx'
import { Checkbox, Select } from '../ui/fields.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Empty, Loaded } from '../ui/states.tsx'

const refresh = () => queryClient.invalidateQueries({ queryKey: keysQuery.queryKey })

export function KeySettings() {
  const words = useText().settingsScreen
  const query = useQuery(keysQuery)
  const [creating, setCreating] = useState(false)
  const [rotating, setRotating] = useState<ApiKey | null>(null)
  const [revoking, setRevoking] = useState<ApiKey | null>(null)
  return (
    <Panel title={words.keys} actions={<Button onClick={() => setCreating(true)}>{words.createKey}</Button>}>
      <Loaded query={query} lines={3}>
        {keys =>
          keys.length === 0 ? (
            <Empty icon={KeyRound} title={words.noKeys} hint={words.noKeysHint} />
          ) : (
            <ul className="divide-y divide-line">
              {keys.map(key => (
                <KeyRow key={key.id} apiKey={key} onRotate={() => setRotating(key)} onRevoke={() => setRevoking(key)} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <p className="border-t border-line px-4 py-2.5">
        <a href="/docs" className="text-accent underline">
          {words.apiDocs}
        </a>
      </p>
      {creating && <CreateKey onClose={() => setCreating(false)} />}
      {rotating && <RotateKey apiKey={rotating} onClose={() => setRotating(null)} />}
      {revoking && (
        <Confirm
          title={words.revokeSure(revoking.name)}
          hint={words.revokeHint}
          action={words.revoke}
          onClose={() => setRevoking(null)}
          onConfirm={async () => {
            await api.call(revokeApiKey, { params: { id: revoking.id } })
            await refresh()
          }}
        />
      )}
    </Panel>
  )
}

function KeyRow({ apiKey, onRotate, onRevoke }: { apiKey: ApiKey; onRotate(): void; onRevoke(): void }) {
  const { text, format } = useWords()
  const words = text.settingsScreen
  const used = (at: string | null) => (at === null ? words.neverUsed : words.lastUsed(shortTime(at, format)))
  const { previous } = apiKey
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5">
      <div className="min-w-0 grow basis-64">
        <p className="truncate font-semibold">
          {apiKey.name} <code className="font-normal text-soft">…{apiKey.hint}</code>
        </p>
        <p className="text-soft">{apiKey.permissions.map(permission => words.permission[permission]).join(', ')}</p>
        <p className="text-soft">
          {used(apiKey.lastUsedAt)}
          {apiKey.expiresAt && ` · ${words.expires(shortTime(apiKey.expiresAt, format))}`}
        </p>
        {previous && (
          <p className="text-soft">
            {words.previousKey(previous.hint, shortTime(previous.until, format))} · {used(previous.lastUsedAt)}
          </p>
        )}
      </div>
      <div className="flex gap-2">
        <Button aria-label={`${words.rotate}: ${apiKey.name}`} onClick={onRotate}>
          {words.rotate}
        </Button>
        <Button look="danger" aria-label={`${words.revoke}: ${apiKey.name}`} onClick={onRevoke}>
          {words.revoke}
        </Button>
      </div>
    </li>
  )
}

function CreateKey({ onClose }: { onClose(): void }) {
  const words = useText().settingsScreen
  const [key, setKey] = useState<string | null>(null)
  async function save(form: FormData): Promise<void> {
    const permissions = Permission.options.filter(permission => form.getAll('permissions').includes(permission))
    const days = Number(form.get('days'))
    const expiresAt = days === 0 ? {} : { expiresAt: new Date(Date.now() + days * 86_400_000).toISOString() }
    const made = await api.call(createApiKey, { body: { name: String(form.get('name')), permissions, ...expiresAt } })
    setKey(made.key)
    await refresh()
  }
  if (key !== null) return <NewKey value={key} onClose={onClose} />
  return (
    <FormDialog title={words.createKey} onClose={onClose} onSubmit={save} action={words.createKey}>
      {problem => (
        <>
          <Field
            label={words.keyName}
            name="name"
            required
            maxLength={100}
            autoComplete="off"
            problem={problem('name')}
          />
          <Select
            label={words.expiry}
            name="days"
            options={[0, 30, 90, 365].map(days => ({
              value: String(days),
              label: days === 0 ? words.never : words.inDays(days),
            }))}
          />
          <fieldset className="grid gap-2 sm:grid-cols-2">
            <legend className="mb-1 text-[0.8125rem] font-semibold">{words.permissions}</legend>
            {Permission.options.map(permission => (
              <Checkbox
                key={permission}
                label={words.permission[permission]}
                name="permissions"
                value={permission}
                defaultChecked={permission === 'calls:read'}
              />
            ))}
          </fieldset>
        </>
      )}
    </FormDialog>
  )
}

function RotateKey({ apiKey, onClose }: { apiKey: ApiKey; onClose(): void }) {
  const words = useText().settingsScreen
  const [key, setKey] = useState<string | null>(null)
  async function save(form: FormData): Promise<void> {
    const overlapHours = Number(form.get('overlapHours'))
    const made = await api.call(rotateApiKey, { params: { id: apiKey.id }, body: { overlapHours } })
    setKey(made.key)
    await refresh()
  }
  if (key !== null) return <NewKey value={key} onClose={onClose} />
  return (
    <FormDialog title={words.rotateTitle(apiKey.name)} onClose={onClose} onSubmit={save} action={words.rotate}>
      <p>{words.rotateHint}</p>
      <Select
        label={words.overlap}
        name="overlapHours"
        defaultValue="24"
        options={[0, 1, 24, 168, 720].map(hours => ({ value: String(hours), label: words.overlapFor[hours]! }))}
      />
    </FormDialog>
  )
}

function NewKey({ value, onClose }: { value: string; onClose(): void }) {
  const words = useText().settingsScreen
  return (
    <Dialog title={words.keyTitle} onClose={onClose} wide>
      <p className="mb-3">{words.keyHint}</p>
      <Copyable value={value} label={words.keyTitle} />
    </Dialog>
  )
}
