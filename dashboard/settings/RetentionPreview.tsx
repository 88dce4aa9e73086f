import { useQuery } from '@tanstack/react-query'
import * as contract from '../../client/contract.ts'
import { clock } from '../../react/clock.ts'
import { Problem } from '../../react/Problem.tsx'
import { api } from '../api.ts'
import { useText } from '../text/text.tsx'
import { useDebounced } from '../ui/useDebounced.ts'
import { When } from '../ui/When.tsx'

type Rules = Pick<contract.CallSettings, 'retention_days' | 'retention_by_queue'>

/** What these rules would take, before they are saved. */
export function RetentionPreview({ rules }: { rules: Rules }) {
  const words = useText().compliance.retention
  const settled = useDebounced(JSON.stringify(rules), 300)
  const { data, error } = useQuery({
    queryKey: ['retention-preview', settled],
    queryFn: () => api.call(contract.previewRetention, { body: JSON.parse(settled) as Rules }),
  })
  return (
    <div aria-live="polite" className="space-y-2">
      <h3>{words.preview}</h3>
      <Problem error={error} />
      {data && (
        <>
          <TooOld label={words.now} found={data.now} />
          <TooOld label={words.week} found={data.withinWeek} />
          {data.undeleted.map(({ provider, problem, recordings }) => (
            <p key={provider + problem} className="ringside-problem">
              {words.undeleted(String(recordings), provider, problem)}
            </p>
          ))}
        </>
      )}
    </div>
  )
}

function TooOld({ label, found }: { label: string; found: contract.TooOld }) {
  const words = useText().compliance.retention
  const { recordings, seconds, oldest, byQueue, held } = found
  return (
    <div>
      <p>
        {label}: {recordings === 0 ? words.nothing : words.recordings(String(recordings), clock(seconds))}
        {oldest !== null && (
          <>
            {' '}
            (<When time={oldest} />)
          </>
        )}
        {held > 0 && ` · ${words.held(String(held))}`}
      </p>
      {byQueue.length > 0 && (
        <ul className="text-soft">
          {byQueue.map(({ queue, recordings, seconds }) => (
            <li key={queue?.id ?? ''}>
              {queue?.name ?? words.noQueue}: {words.recordings(String(recordings), clock(seconds))}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
