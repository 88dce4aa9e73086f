import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { formatNumber } from '../../core/phoneNumber.ts'
import { Button } from '../../react/Button.tsx'
import { clock } from '../../react/clock.ts'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { workQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { useText } from '../text/text.tsx'
import { finishWork, whoOf } from '../voicemails/finishWork.ts'
import type { Work } from '../voicemails/voicemails.ts'

/** Messages and promised callbacks that this agent has taken up, until they are done. */
export function WorkAtHand() {
  const words = useText().deskWork
  const { agentId } = useSession()
  const { data: work = [] } = useQuery(workQuery(agentId))
  if (work.length === 0) return null
  return (
    <ul aria-label={words.title} className="divide-y divide-line border-b border-line bg-surface">
      {work.map(item => (
        <WorkRow key={item.id} work={item} />
      ))}
    </ul>
  )
}

function WorkRow({ work }: { work: Work }) {
  const text = useText()
  const words = text.deskWork
  const { country } = useSession()
  const done = useAction(() => finishWork(work))
  const who = whoOf(work, country, text)
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2 md:px-6">
      <Link to="/calls/$id" params={{ id: work.call.id }} className="ringside-link font-semibold">
        {who}
      </Link>
      <span className="grow text-soft">
        {work.kind === 'voicemail'
          ? words.message(clock(work.seconds))
          : words.callback(formatNumber(work.number, country))}
      </span>
      <Button pending={done.pending} aria-label={text.deskVoicemail.doneOf(who)} onClick={() => done.run()}>
        {words.done}
      </Button>
      <Problem error={done.error} />
    </li>
  )
}
