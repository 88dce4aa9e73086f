import { Button } from '../../react/Button.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { bringTogether, endConsultation, handOver } from '../live/callActions.ts'
import { useText } from '../text/text.tsx'
import type { Talk } from './talk.ts'
import { useWanted } from './useWanted.ts'

/** A colleague is asked: who hears whom, and how it goes on. Whoever is asked reads it, and decides nothing. */
export function Consultation({ callId, talk }: { callId: string; talk: Talk }) {
  const words = useText().voice.talk
  const { consultation, role } = talk
  const all = useWanted(consultation === 'three-way', together => bringTogether(callId, together))
  const give = useAction(() => handOver(callId))
  const end = useAction(() => endConsultation(callId))
  if (consultation === null) return null
  const name = talk.colleague ?? ''
  return (
    <section aria-label={words.consultation} className="mt-2 rounded-lg bg-sunken p-3">
      <p role="status">{sentence()}</p>
      {role === 'agent' && (
        <div className="mt-2 flex flex-wrap gap-2">
          {consultation !== 'asking' && (
            <>
              <Button onClick={() => all.want(!all.value)}>{all.value ? words.inPrivate : words.threeWay}</Button>
              <Button look="primary" pending={give.pending} onClick={() => give.run()}>
                {words.handOver}
              </Button>
            </>
          )}
          <Button look="plain" pending={end.pending} onClick={() => end.run()}>
            {words.cancel}
          </Button>
        </div>
      )}
      <Problem error={all.error ?? give.error ?? end.error} />
    </section>
  )

  function sentence(): string {
    if (consultation === 'asking') return words.asking(name)
    if (role === 'consultant') return all.value ? words.askedAll(name) : words.asked(name)
    return all.value ? words.threeWayWith(name) : words.private(name)
  }
}
