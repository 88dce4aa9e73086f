import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Send } from 'lucide-react'
import { useState } from 'react'
import {
  DeliveryStatus,
  replayWebhookDelivery,
  type Webhook,
  type WebhookAttempt,
  type WebhookDelivery,
  WebhookType,
} from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { fullTime, shortTime } from '../../react/when.ts'
import { api, queryClient } from '../api.ts'
import { useText, useWords } from '../text/text.tsx'
import { Copyable } from '../ui/Copyable.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { SearchField, Select } from '../ui/fields.tsx'
import { LoadMore } from '../ui/LoadMore.tsx'
import { Facts, Panel } from '../ui/Panel.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { useDebounced } from '../ui/useDebounced.ts'
import { When } from '../ui/When.tsx'
import { type DeliveryFilter, deliveriesQuery, deliveryQuery, webhooksQuery } from './webhookQueries.ts'

const refresh = () =>
  Promise.all([
    queryClient.invalidateQueries({ queryKey: ['webhookDeliveries'] }),
    queryClient.invalidateQueries({ queryKey: ['webhookDelivery'] }),
    queryClient.invalidateQueries({ queryKey: webhooksQuery.queryKey }),
  ])

/** What has been sent and is to be: found, looked into, sent again. It moves only when somebody asks. */
export function DeliveryLog({ webhooks }: { webhooks: readonly Webhook[] }) {
  const text = useText()
  const words = text.webhooks
  const [filter, setFilter] = useState<DeliveryFilter>({})
  const [search, setSearch] = useState('')
  const [shown, setShown] = useState<string | null>(null)
  const q = useDebounced(search.trim(), 300)
  const query = useInfiniteQuery(deliveriesQuery({ ...filter, ...(q && { q }) }))
  const reload = useAction(refresh)
  const choose = (name: 'webhook' | 'status' | 'type') => (value: string) =>
    setFilter(({ [name]: _before, ...rest }) => (value === '' ? rest : { ...rest, [name]: value }))
  return (
    <Panel
      title={words.log}
      actions={
        <Button pending={reload.pending} onClick={() => reload.run()}>
          {words.refresh}
        </Button>
      }
    >
      <fieldset className="flex flex-wrap gap-2 border-b border-line p-3">
        <legend className="sr-only">{text.filters}</legend>
        <SearchField
          label={words.search}
          placeholder={words.searchHint}
          maxLength={200}
          className="min-w-48 grow"
          onSearch={setSearch}
        />
        <Select
          label={words.endpoint}
          labelHidden
          onChoose={choose('webhook')}
          options={[
            { value: '', label: `${words.endpoint}: ${words.all}` },
            ...webhooks.map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
        <Select
          label={words.statusLabel}
          labelHidden
          onChoose={choose('status')}
          options={[
            { value: '', label: `${words.statusLabel}: ${words.all}` },
            ...DeliveryStatus.options.map(value => ({ value, label: words.status[value] })),
          ]}
        />
        <Select
          label={words.typeLabel}
          labelHidden
          onChoose={choose('type')}
          options={[
            { value: '', label: `${words.typeLabel}: ${words.all}` },
            ...[...WebhookType.options, 'webhook.test'].map(value => ({ value, label: words.type[value] ?? value })),
          ]}
        />
      </fieldset>
      <Loaded query={query} lines={4}>
        {({ pages }) => {
          const deliveries = pages.flatMap(page => page.items)
          if (deliveries.length === 0) return <Empty icon={Send} title={words.logEmpty} hint={words.logEmptyHint} />
          return (
            <>
              <ol aria-label={words.log} className="divide-y divide-line">
                {deliveries.map(delivery => (
                  <Row key={delivery.id} delivery={delivery} onShow={() => setShown(delivery.id)} />
                ))}
              </ol>
              <LoadMore query={query} />
            </>
          )
        }}
      </Loaded>
      {shown !== null && <Details id={shown} onClose={() => setShown(null)} />}
    </Panel>
  )
}

function Row({ delivery, onShow }: { delivery: WebhookDelivery; onShow(): void }) {
  const { text, format } = useWords()
  const words = text.webhooks
  const { status, lastStatus, latencyMs, nextAttemptAt, attempts } = delivery
  return (
    <li className="relative flex items-start gap-4 px-4 py-2.5 hover:bg-sunken">
      <div className="min-w-0 grow">
        <p className="truncate">
          <button type="button" className="font-semibold after:absolute after:inset-0" onClick={onShow}>
            {words.type[delivery.type] ?? delivery.type}
          </button>
          <span className="text-soft"> · {delivery.webhook.name}</span>
        </p>
        <p className="truncate text-soft">
          {[
            nextAttemptAt !== null && attempts > 0 && words.next(shortTime(nextAttemptAt, format)),
            delivery.lastError ?? delivery.callId,
          ]
            .filter(Boolean)
            .join(' · ')}
        </p>
      </div>
      <div className="flex-none text-right">
        <p className={status === 'failed' ? 'font-semibold text-missed' : status === 'delivered' ? '' : 'text-soft'}>
          {words.status[status]}
          {lastStatus !== null && ` · ${lastStatus}`}
        </p>
        <p className="text-soft tabular-nums">
          {latencyMs !== null && `${new Intl.NumberFormat(format).format(latencyMs)} ms · `}
          <When time={delivery.createdAt} />
        </p>
      </div>
    </li>
  )
}

function Details({ id, onClose }: { id: string; onClose(): void }) {
  const { text, format } = useWords()
  const words = text.webhooks
  const query = useQuery(deliveryQuery(id))
  const replay = useAction(async () => {
    await api.call(replayWebhookDelivery, { params: { id } })
    onClose()
    await refresh()
  })
  return (
    <Dialog title={words.details} onClose={onClose} wide>
      <Loaded query={query}>
        {delivery => (
          <div className="space-y-4">
            <div className="-mx-4 -mt-4">
              <Facts
                facts={[
                  [words.typeLabel, words.type[delivery.type] ?? delivery.type],
                  [words.endpoint, delivery.webhook.name],
                  [words.statusLabel, `${words.status[delivery.status]} · ${words.attempts(delivery.attempts)}`],
                  [words.messageId, <code key="id">{delivery.messageId}</code>],
                  [
                    words.call,
                    delivery.callId && (
                      <Link to="/calls/$id" params={{ id: delivery.callId }} className="text-accent underline">
                        {words.openCall}
                      </Link>
                    ),
                  ],
                ]}
              />
            </div>
            <Problem error={replay.error} />
            {delivery.status !== 'pending' && delivery.type !== 'webhook.test' && (
              <Button pending={replay.pending} onClick={() => replay.run()}>
                {words.replay}
              </Button>
            )}
            <section aria-label={words.history} className="space-y-2">
              <h3>{words.history}</h3>
              {delivery.history.length === 0 && <p className="text-soft">{words.noAttempts}</p>}
              <ol className="space-y-2">
                {delivery.history.map(attempt => (
                  <li key={attempt.at}>
                    <p className="text-soft">{fullTime(attempt.at, format)}</p>
                    <AttemptView attempt={attempt} />
                  </li>
                ))}
              </ol>
            </section>
            <section aria-label={words.payload} className="space-y-2">
              <h3>{words.payload}</h3>
              {delivery.payload === null ? (
                <p className="text-soft">{words.gone}</p>
              ) : (
                <Copyable value={JSON.stringify(delivery.payload, null, 2)} label={words.payload} />
              )}
            </section>
          </div>
        )}
      </Loaded>
    </Dialog>
  )
}

export function AttemptView({ attempt }: { attempt: WebhookAttempt }) {
  const { text, format } = useWords()
  const words = text.webhooks
  return (
    <div>
      <p className="tabular-nums">
        {attempt.status ?? words.noStatus} · {new Intl.NumberFormat(format).format(attempt.latencyMs)} ms
        {attempt.error && ` · ${attempt.error}`}
      </p>
      {attempt.response && (
        <figure className="mt-1">
          <figcaption className="text-soft">{words.response}</figcaption>
          <pre className="max-h-40 overflow-auto rounded-lg bg-sunken p-2 font-mono text-xs whitespace-pre-wrap [overflow-wrap:anywhere]">
            {attempt.response}
          </pre>
        </figure>
      )}
    </div>
  )
}
