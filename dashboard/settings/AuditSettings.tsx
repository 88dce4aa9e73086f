import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query'
import { ChevronRight, Download, ScrollText } from 'lucide-react'
import { useState } from 'react'
import { type AuditEntry, listAudit, verifyAudit } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { eventSentence } from '../activity/eventSentence.ts'
import { api, download } from '../api.ts'
import { useSession } from '../session/session.tsx'
import { useWords } from '../text/text.tsx'
import { Select } from '../ui/fields.tsx'
import { LoadMore } from '../ui/LoadMore.tsx'
import { Facts, Panel } from '../ui/Panel.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { When } from '../ui/When.tsx'

/** As the list and the export take it: what is not asked for is not there. */
type Filter = Record<string, string>

/** Who did what, when, and from where: searched, exported, verified. */
export function AuditSettings() {
  const { text } = useWords()
  const words = text.audit
  const [filter, setFilter] = useState<Filter>({})
  const query = useInfiniteQuery(auditQuery(filter))
  const file = `/api/audit.csv?${new URLSearchParams(filter)}`
  const saving = useAction(download)
  return (
    <div className="space-y-4">
      <Panel
        title={words.title}
        actions={
          <a
            className="ringside-button"
            data-look="secondary"
            href={file}
            aria-disabled={saving.pending}
            onClick={event => {
              event.preventDefault()
              saving.run(file)
            }}
          >
            <Download className="size-4" aria-hidden="true" /> {words.export}
          </a>
        }
      >
        <Problem error={saving.error} />
        <Filters onSearch={setFilter} />
        <Loaded query={query}>
          {({ pages }) => {
            const entries = pages.flatMap(page => page.items)
            if (entries.length === 0) return <Empty icon={ScrollText} title={words.empty} hint={words.emptyHint} />
            return (
              <>
                <ol aria-label={words.title} className="divide-y divide-line border-t border-line">
                  {entries.map(entry => (
                    <Entry key={entry.event.seq} entry={entry} />
                  ))}
                </ol>
                <LoadMore query={query} />
              </>
            )
          }}
        </Loaded>
      </Panel>
      <Verification />
    </div>
  )
}

const auditQuery = (filter: Filter) =>
  infiniteQueryOptions({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) =>
      api.call(listAudit, { query: { ...filter, ...(pageParam !== null && { cursor: pageParam }) }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.nextCursor,
    // What was found stays as it was found, until somebody searches again.
    refetchOnWindowFocus: false,
  })

function Filters({ onSearch }: { onSearch(filter: Filter): void }) {
  const { text } = useWords()
  const words = text.audit
  const types = Object.entries(words.types).map(([value, label]) => ({ value, label }))
  return (
    <form
      aria-label={words.title}
      className="grid grid-cols-2 items-end gap-3 p-4 md:grid-cols-3"
      onSubmit={event => {
        event.preventDefault()
        onSearch(readFilter(new FormData(event.currentTarget)))
      }}
    >
      <p className="col-span-full text-soft">{words.hint}</p>
      <Field label={words.who} name="who" maxLength={200} autoComplete="off" placeholder={words.whoHint} />
      <Select label={words.type} name="type" options={[{ value: '', label: words.anything }, ...types]} />
      <Field label={words.address} name="ip" maxLength={60} autoComplete="off" />
      <Field label={words.text} name="text" maxLength={100} autoComplete="off" />
      <Field label={words.since} name="since" type="datetime-local" />
      <Field label={words.until} name="until" type="datetime-local" />
      <Button type="submit" look="primary" className="col-span-full justify-self-end">
        {words.search}
      </Button>
    </form>
  )
}

function readFilter(form: FormData): Filter {
  const given = [...form].flatMap(([name, value]) => {
    if (typeof value !== 'string' || value.trim() === '') return []
    // Times are the reader's own.
    return [[name, name === 'since' || name === 'until' ? new Date(value).toISOString() : value.trim()]]
  })
  return Object.fromEntries(given)
}

function Entry({ entry }: { entry: AuditEntry }) {
  const { text, format } = useWords()
  const { country } = useSession()
  const words = text.audit
  const { event, actor, origin, redactedAt, hash } = entry
  const who = actor === null ? words.unknown : actor.kind === 'center' ? words.actorKinds.center : actor.name
  return (
    <li>
      <details className="group">
        <summary className="flex cursor-pointer gap-2 py-2.5 pr-4 pl-3 -outline-offset-2 hover:bg-ground">
          <ChevronRight className="mt-0.5 size-4 flex-none text-soft group-open:rotate-90" aria-hidden="true" />
          <span className="min-w-0 grow [overflow-wrap:anywhere]">
            {eventSentence(event, text, country, format)}
            <span className="block text-soft">{[who, origin?.ip].filter(Boolean).join(' · ')}</span>
          </span>
          <span className="flex-none text-soft">
            <When time={event.at} />
          </span>
        </summary>
        {redactedAt !== null && <p className="px-4 pt-3">{words.redacted}</p>}
        <Facts
          facts={[
            [words.who, actor && `${actor.name} (${words.actorKinds[actor.kind]})`],
            ['ID', actor?.id],
            [words.type, event.type],
            ...changesOf(event).map(
              ([field, { from, to }]) => [words.details, words.changed(field, from, to)] as const,
            ),
            [words.channel, origin && words.channels[origin.channel]],
            [words.address, origin?.ip],
            [words.userAgent, origin?.userAgent],
            [words.seal, <code key="hash">{hash}</code>],
          ]}
        />
        <pre className="border-t border-line bg-ground px-4 py-3 text-[0.8125rem] whitespace-pre-wrap [overflow-wrap:anywhere]">
          {JSON.stringify(event, null, 2)}
        </pre>
      </details>
    </li>
  )
}

/** What a setting was and is, in words. */
function changesOf({ changes }: AuditEntry['event']): [field: string, change: { from: string; to: string }][] {
  if (typeof changes !== 'object' || changes === null) return []
  const shown = (value: unknown): string =>
    value === null ? '–' : Array.isArray(value) ? value.join(', ') : String(value)
  return Object.entries(changes as Record<string, { from: unknown; to: unknown }>).map(([field, { from, to }]) => [
    field,
    { from: shown(from), to: shown(to) },
  ])
}

function Verification() {
  const { text, format } = useWords()
  const words = text.audit
  const [verdict, setVerdict] = useState<Awaited<ReturnType<typeof verify>> | null>(null)
  const verify = () => api.call(verifyAudit, { query: {} })
  const run = useAction(async () => setVerdict(await verify()))
  const number = (value: number) => new Intl.NumberFormat(format).format(value)
  return (
    <Panel
      title={words.seal}
      actions={
        <Button pending={run.pending} onClick={() => run.run()}>
          {words.verify}
        </Button>
      }
    >
      <div role="status" className="space-y-2 p-4 [overflow-wrap:anywhere]">
        {verdict === null ? (
          <p className="text-soft">{words.sealHint}</p>
        ) : verdict.valid ? (
          <p>{words.verified(number(verdict.entries))}</p>
        ) : (
          <p className="font-semibold">{words.broken(verdict.problems.map(({ seq }) => number(seq)).join(', '))}</p>
        )}
        {verdict?.head && <p className="text-soft">{words.head(number(verdict.head.seq), verdict.head.hash)}</p>}
        <Problem error={run.error} />
      </div>
    </Panel>
  )
}
