import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Phone } from 'lucide-react'
import { useEffect, useState } from 'react'
import { CallStatus, Direction } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { agentsQuery, callsQuery, queuesQuery, retiredAgentsQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { SearchField, Select } from '../ui/fields.tsx'
import { LoadMore } from '../ui/LoadMore.tsx'
import { Screen } from '../ui/Screen.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { useDebounced } from '../ui/useDebounced.ts'
import { CallList } from './CallList.tsx'
import { type CallSearch, filterOf } from './callSearch.ts'
import type { CallFilter } from './calls.ts'
import { LogCall } from './LogCall.tsx'
import { SaidList } from './SaidList.tsx'

export function CallsScreen() {
  const text = useText()
  const session = useSession()
  const search = useSearch({ from: '/shell/calls' })
  const [logging, setLogging] = useState(false)
  return (
    <Screen
      title={text.calls}
      actions={session.may('log calls') && <Button onClick={() => setLogging(true)}>{text.callsScreen.log}</Button>}
      tools={<CallFilters search={search} />}
    >
      {search.in === 'said' && search.q !== undefined ? (
        <SaidList q={search.q} filter={filterOf(search)} />
      ) : (
        <History filter={filterOf(search)} filtered={Object.keys(search).length > 0} />
      )}
      {logging && <LogCall onClose={() => setLogging(false)} />}
    </Screen>
  )
}

function History({ filter, filtered }: { filter: CallFilter; filtered: boolean }) {
  const text = useText().callsScreen
  const query = useInfiniteQuery({ ...callsQuery(filter), placeholderData: keepPreviousData })
  return (
    <Loaded query={query}>
      {({ pages }) => {
        const calls = pages.flatMap(page => page.items)
        if (calls.length === 0) {
          return filtered ? (
            <Empty icon={Phone} title={text.emptyFilter} />
          ) : (
            <Empty icon={Phone} title={text.empty} hint={text.emptyHint} />
          )
        }
        return (
          <>
            <CallList calls={calls} />
            <LoadMore query={query} />
          </>
        )
      }}
    </Loaded>
  )
}

function CallFilters({ search }: { search: CallSearch }) {
  const text = useText()
  const navigate = useNavigate({ from: '/calls' })
  const [words, setWords] = useState(search.q ?? '')
  const still = useDebounced(words)
  /** On telephones the list comes first. */
  const [open, setOpen] = useState(false)

  const choose = (change: Partial<CallSearch>) =>
    void navigate({ search: before => ({ ...before, ...change }), replace: true })
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is typed sets the address, never the other way round
  useEffect(() => {
    if (still !== (search.q ?? '')) choose({ q: still || undefined })
  }, [still])

  const labels = text.callsScreen
  const said = search.in === 'said'
  const hint = said ? labels.saidHint : labels.searchHint
  return (
    <>
      <SearchField
        label={hint}
        placeholder={hint}
        className="min-w-0 grow md:w-64 md:grow-0"
        value={words}
        onSearch={setWords}
      />
      <Button className="md:hidden" aria-expanded={open} onClick={() => setOpen(!open)}>
        {text.filters}
      </Button>
      <div
        className={`${open ? 'grid' : 'hidden'} w-full grid-cols-2 gap-2 md:flex md:w-auto md:flex-wrap md:[&>*]:max-w-52`}
      >
        <Select
          label={labels.searchIn}
          labelHidden
          value={search.in ?? ''}
          onChoose={value =>
            choose({
              in: value === 'said' ? value : undefined,
              status: undefined,
              direction: undefined,
              queue: undefined,
              agent: undefined,
            })
          }
          options={[
            { value: '', label: labels.inCalls },
            { value: 'said', label: labels.inSaid },
          ]}
        />
        {!said && <CallKinds search={search} choose={choose} />}
        <Day label={labels.from} value={search.from} onChoose={from => choose({ from })} />
        <Day label={labels.to} value={search.to} onChoose={to => choose({ to })} />
        {Object.keys(search).length > 0 && (
          <Button
            look="plain"
            onClick={() => {
              setWords('')
              void navigate({ search: {}, replace: true })
            }}
          >
            {text.clearFilters}
          </Button>
        )}
      </div>
    </>
  )
}

interface CallKindsProps {
  search: CallSearch
  choose(change: Partial<CallSearch>): void
}

function CallKinds({ search, choose }: CallKindsProps) {
  const text = useText()
  const { data: queues = [] } = useQuery(queuesQuery)
  const { data: agents = [] } = useQuery(agentsQuery)
  const { data: retired = [] } = useQuery(retiredAgentsQuery)
  const labels = text.callsScreen
  return (
    <>
      <Select
        label={labels.state}
        labelHidden
        value={search.status ?? ''}
        onChoose={value => choose({ status: CallStatus.safeParse(value).data })}
        options={[
          { value: '', label: labels.anyStatus },
          ...CallStatus.options.map(value => ({ value, label: labels.status[value] })),
        ]}
      />
      <Select
        label={labels.direction}
        labelHidden
        value={search.direction ?? ''}
        onChoose={value => choose({ direction: Direction.safeParse(value).data })}
        options={[
          { value: '', label: labels.anyDirection },
          ...Direction.options.map(value => ({ value, label: text.popup.direction[value] })),
        ]}
      />
      <Select
        label={labels.queue}
        labelHidden
        value={search.queue ?? ''}
        onChoose={value => choose({ queue: value || undefined })}
        options={[
          { value: '', label: labels.anyQueue },
          ...queues.map(queue => ({ value: queue.id, label: queue.displayName })),
        ]}
      />
      <Select
        label={labels.agent}
        labelHidden
        value={search.agent ?? ''}
        onChoose={value => choose({ agent: value || undefined })}
        options={[
          { value: '', label: text.leaving.anyAgent },
          ...agents.map(({ id, name }) => ({ value: id, label: name })),
          ...retired.map(({ id, name }) => ({ value: id, label: text.leaving.formerAgent(name) })),
        ]}
      />
    </>
  )
}

interface DayProps {
  label: string
  value: string | undefined
  onChoose(day: string | undefined): void
}

function Day({ label, value, onChoose }: DayProps) {
  return (
    <Field
      label={label}
      type="date"
      className="flex-row items-center gap-2 [&>label]:font-normal [&>label]:text-soft"
      value={value ?? ''}
      onChange={event => onChoose(event.target.value || undefined)}
    />
  )
}
