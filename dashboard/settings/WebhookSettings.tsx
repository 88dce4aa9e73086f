import { useQuery } from '@tanstack/react-query'
import { Webhook as WebhookIcon } from 'lucide-react'
import { useState } from 'react'
import {
  createWebhook,
  deleteWebhook,
  replayFailedDeliveries,
  rotateWebhookSecret,
  testWebhook,
  updateWebhook,
  type Webhook,
  type WebhookDeliveryDetails,
  WebhookType,
} from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { shortTime } from '../../react/when.ts'
import { api, queryClient } from '../api.ts'
import { useText, useWords } from '../text/text.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { Copyable } from '../ui/Copyable.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { FormDialog } from '../ui/FormDialog.tsx'
import { Checkbox } from '../ui/fields.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { AttemptView, DeliveryLog } from './DeliveryLog.tsx'
import { webhooksQuery } from './webhookQueries.ts'

const refresh = () =>
  Promise.all([
    queryClient.invalidateQueries({ queryKey: webhooksQuery.queryKey }),
    queryClient.invalidateQueries({ queryKey: ['webhookDeliveries'] }),
  ])

/** What is open above the list. */
type Open =
  | { what: 'create' }
  | { what: 'edit' | 'delete' | 'rotate' | 'replay'; webhook: Webhook }
  | { what: 'secret'; secret: string }
  | { what: 'answer'; delivery: WebhookDeliveryDetails }

export function WebhookSettings() {
  const words = useText().webhooks
  const query = useQuery(webhooksQuery)
  const [open, setOpen] = useState<Open | null>(null)
  return (
    <div className="space-y-6">
      <Panel title={words.title} actions={<Button onClick={() => setOpen({ what: 'create' })}>{words.create}</Button>}>
        <p className="border-b border-line px-4 py-3 text-soft">{words.intro}</p>
        <Loaded query={query} lines={3}>
          {webhooks =>
            webhooks.length === 0 ? (
              <Empty icon={WebhookIcon} title={words.empty} hint={words.emptyHint} />
            ) : (
              <ul className="divide-y divide-line">
                {webhooks.map(webhook => (
                  <Endpoint key={webhook.id} webhook={webhook} onOpen={setOpen} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Panel>
      <DeliveryLog webhooks={query.data ?? []} />
      {open && <Opened open={open} setOpen={setOpen} />}
    </div>
  )
}

function Opened({ open, setOpen }: { open: Open; setOpen(open: Open | null): void }) {
  const words = useText().webhooks
  const close = () => setOpen(null)
  switch (open.what) {
    case 'create':
      return <Edit webhook={null} onClose={close} onSecret={secret => setOpen({ what: 'secret', secret })} />
    case 'edit':
      return <Edit webhook={open.webhook} onClose={close} onSecret={close} />
    case 'secret':
      return (
        <Dialog title={words.secret} onClose={close} wide>
          <p className="mb-3">{words.secretHint}</p>
          <Copyable value={open.secret} label={words.secret} />
        </Dialog>
      )
    case 'answer':
      return <Answer delivery={open.delivery} onClose={close} />
    case 'rotate':
      return <Rotate webhook={open.webhook} onClose={close} onSecret={secret => setOpen({ what: 'secret', secret })} />
    case 'replay':
      return (
        <Confirm
          title={words.replayFailedSure(open.webhook.name)}
          hint={words.replayFailedHint}
          action={words.replayFailed}
          onClose={close}
          onConfirm={async () => {
            await api.call(replayFailedDeliveries, { params: { id: open.webhook.id }, body: {} })
            await refresh()
          }}
        />
      )
    case 'delete':
      return (
        <Confirm
          title={words.deleteSure(open.webhook.name)}
          hint={words.deleteHint}
          action={words.delete}
          onClose={close}
          onConfirm={async () => {
            await api.call(deleteWebhook, { params: { id: open.webhook.id } })
            await refresh()
          }}
        />
      )
  }
}

function Endpoint({ webhook, onOpen }: { webhook: Webhook; onOpen(open: Open): void }) {
  const { text, format } = useWords()
  const words = text.webhooks
  const figure = (value: number) => new Intl.NumberFormat(format).format(value)
  const test = useAction(async () => {
    const { delivery } = await api.call(testWebhook, { params: { id: webhook.id } })
    onOpen({ what: 'answer', delivery })
    await refresh()
  })
  const turn = useAction(async () => {
    await api.call(updateWebhook, { params: { id: webhook.id }, body: { enabled: !webhook.enabled } })
    await refresh()
  })
  const label = (action: string) => `${action}: ${webhook.name}`
  const figures = [
    webhook.latencyMs !== null && words.latency(figure(webhook.latencyMs)),
    webhook.pending > 0 && words.pending(webhook.pending),
    webhook.failed > 0 && words.failedCount(webhook.failed),
  ].filter(Boolean)
  return (
    <li className="px-4 py-3">
      <div className="flex items-baseline gap-3">
        <p className="min-w-0 grow truncate font-semibold">
          {webhook.name}
          {webhook.isCrm && webhook.name !== words.crm && (
            <span className="ml-2 font-normal text-soft">{words.crm}</span>
          )}
        </p>
        <p className={webhook.enabled && webhook.failingSince ? 'flex-none text-missed' : 'flex-none text-soft'}>
          {!webhook.enabled
            ? words.health.off
            : webhook.failingSince
              ? words.health.failing(shortTime(webhook.failingSince, format))
              : webhook.lastSuccessAt
                ? words.health.fine
                : words.health.unknown}
        </p>
      </div>
      <p className="truncate text-soft">{webhook.url}</p>
      <p className="text-soft">{webhook.types.map(type => words.type[type] ?? type).join(', ')}</p>
      {webhook.disabledReason && <p>{webhook.disabledReason}</p>}
      {figures.length > 0 && <p className="text-soft tabular-nums">{figures.join(' · ')}</p>}
      <Problem error={test.error ?? turn.error} />
      <div className="mt-2 flex flex-wrap gap-2">
        <Button aria-label={label(words.test)} pending={test.pending} onClick={() => test.run()}>
          {test.pending ? words.testing : words.test}
        </Button>
        <Button aria-label={label(words.edit)} onClick={() => onOpen({ what: 'edit', webhook })}>
          {words.edit}
        </Button>
        <Button aria-label={label(words.rotate)} onClick={() => onOpen({ what: 'rotate', webhook })}>
          {words.rotate}
        </Button>
        {webhook.failed > 0 && webhook.enabled && (
          <Button aria-label={label(words.replayFailed)} onClick={() => onOpen({ what: 'replay', webhook })}>
            {words.replayFailed}
          </Button>
        )}
        <Button
          aria-label={label(webhook.enabled ? words.turnOff : words.turnOn)}
          pending={turn.pending}
          onClick={() => turn.run()}
        >
          {webhook.enabled ? words.turnOff : words.turnOn}
        </Button>
        <Button look="danger" aria-label={label(words.delete)} onClick={() => onOpen({ what: 'delete', webhook })}>
          {words.delete}
        </Button>
      </div>
    </li>
  )
}

function Edit(props: { webhook: Webhook | null; onClose(): void; onSecret(secret: string): void }) {
  const { webhook, onClose, onSecret } = props
  const words = useText().webhooks
  async function save(form: FormData): Promise<void> {
    const [name, url, given] = ['name', 'url', 'token'].map(field => String(form.get(field) ?? '').trim())
    const types = WebhookType.options.filter(type => form.getAll('types').includes(type))
    const token = given || (form.get('removeToken') ? null : undefined)
    const body = { ...(name && { name }), url: url!, types, ...(token !== undefined && { token }) }
    if (webhook === null) {
      const { secret } = await api.call(createWebhook, { body })
      onSecret(secret)
    } else {
      await api.call(updateWebhook, { params: { id: webhook.id }, body })
      onClose()
    }
    await refresh()
  }
  return (
    <FormDialog title={webhook === null ? words.create : words.edit} onClose={onClose} onSubmit={save}>
      {problem => (
        <>
          <Field
            label={words.url}
            name="url"
            type="url"
            required
            maxLength={2000}
            autoComplete="off"
            hint={words.urlHint}
            defaultValue={webhook?.url}
            problem={problem('url')}
          />
          <Field
            label={words.name}
            name="name"
            maxLength={100}
            autoComplete="off"
            defaultValue={webhook?.name}
            problem={problem('name')}
          />
          <Field
            label={words.token}
            name="token"
            maxLength={1000}
            autoComplete="off"
            hint={
              webhook === null || webhook.tokenHint === null ? words.tokenHint : words.tokenKeepHint(webhook.tokenHint)
            }
            problem={problem('token')}
          />
          {webhook !== null && webhook.tokenHint !== null && <Checkbox label={words.removeToken} name="removeToken" />}
          <fieldset className="grid gap-2 sm:grid-cols-2">
            <legend className="mb-1 text-[0.8125rem] font-semibold">{words.types}</legend>
            {WebhookType.options.map(type => (
              <Checkbox
                key={type}
                label={words.type[type] ?? type}
                name="types"
                value={type}
                defaultChecked={webhook === null ? type === 'call.status_update' : webhook.types.includes(type)}
              />
            ))}
          </fieldset>
        </>
      )}
    </FormDialog>
  )
}

function Rotate(props: { webhook: Webhook; onClose(): void; onSecret(secret: string): void }) {
  const { webhook, onClose, onSecret } = props
  const words = useText().webhooks
  async function rotate(): Promise<void> {
    const { secret } = await api.call(rotateWebhookSecret, { params: { id: webhook.id } })
    onSecret(secret)
    await refresh()
  }
  return (
    <FormDialog title={words.rotateSure(webhook.name)} onClose={onClose} onSubmit={rotate} action={words.rotate}>
      <p>{words.rotateHint}</p>
    </FormDialog>
  )
}

function Answer({ delivery, onClose }: { delivery: WebhookDeliveryDetails; onClose(): void }) {
  const { text, format } = useWords()
  const words = text.webhooks
  const attempt = delivery.history.at(-1)
  return (
    <Dialog title={words.testTitle} onClose={onClose} wide>
      <p role="status" className="mb-3 font-semibold">
        {delivery.status === 'delivered'
          ? words.delivered(delivery.lastStatus ?? 0, new Intl.NumberFormat(format).format(delivery.latencyMs ?? 0))
          : words.notDelivered(delivery.lastError ?? '')}
      </p>
      {attempt && <AttemptView attempt={attempt} />}
    </Dialog>
  )
}
