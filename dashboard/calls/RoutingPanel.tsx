import { useQuery } from '@tanstack/react-query'
import type { z } from 'zod'
import type { getRouting } from '../../client/contract.ts'
import { clock } from '../../react/clock.ts'
import { routingQuery } from '../queries.ts'
import { useText } from '../text/text.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Loaded } from '../ui/states.tsx'
import { When } from '../ui/When.tsx'
import { hinderedInWords, type StepInWords, stepInWords } from './routing.ts'

/** “Why did this call go to Ana?” has an answer. */
export function RoutingPanel({ callId }: { callId: string }) {
  const text = useText()
  const words = text.deskWhy
  const query = useQuery(routingQuery(callId))
  return (
    <Panel title={words.title}>
      <Loaded query={query} lines={2}>
        {({ offers, waiting }) => (
          <div className="divide-y divide-line">
            {waiting && <Waiting waiting={waiting} />}
            {offers.map(offer => {
              const { id, title, outcome, reasons, hindered } = stepInWords(offer, text)
              return (
                <section key={id} className="space-y-1.5 p-4">
                  <p className="flex flex-wrap items-baseline gap-x-2">
                    <span className="grow">
                      <span className="font-semibold">{title}:</span> {outcome}
                    </span>
                    <span className="text-soft">
                      <When time={offer.madeAt} />
                    </span>
                  </p>
                  <p className="text-soft">{reasons.join(' ')}</p>
                  <Hindered hindered={hindered} />
                </section>
              )
            })}
            {offers.length === 0 && !waiting && <p className="p-4 text-soft">{words.never}</p>}
          </div>
        )}
      </Loaded>
    </Panel>
  )
}

type Line = NonNullable<z.infer<typeof getRouting.answer>['waiting']>

function Waiting({ waiting }: { waiting: Line }) {
  const text = useText()
  const words = text.deskWhy
  const { queue, position, estimatedWaitSeconds, eligible } = waiting
  return (
    <section className="space-y-1.5 p-4">
      <p>
        {words.waits(queue.name, position)}{' '}
        {estimatedWaitSeconds !== null && words.estimate(clock(estimatedWaitSeconds))}
      </p>
      <p className="text-soft">
        {eligible.length === 0 ? words.nobodyNow : words.eligible(eligible.map(({ name }) => name).join(', '))}
      </p>
      <Hindered hindered={hinderedInWords(waiting.hindered, eligible, text)} />
    </section>
  )
}

function Hindered({ hindered }: Pick<StepInWords, 'hindered'>) {
  const words = useText().deskWhy
  if (hindered.length === 0) return null
  return (
    <div className="text-soft">
      <p>{words.hindered}</p>
      <ul className="list-disc pl-5">
        {hindered.map(({ name, why }) => (
          <li key={name}>
            <span className="text-ink">{name}</span>: {why}
          </li>
        ))}
      </ul>
    </div>
  )
}
