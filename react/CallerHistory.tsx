import type { Card } from '../client/contract.ts'
import { clock } from './clock.ts'
import type { PopupText } from './popupText.ts'
import { fullTime, shortTime } from './when.ts'

interface CallerHistoryProps {
  card: Card
  locale: string
  text: PopupText
  onOpenCall?: ((callId: string) => void) | undefined
  onOpenRequest?: ((requestId: string) => void) | undefined
}

/** What there is between us and the caller: what they still wait for, and the last calls. */
export function CallerHistory({ card, locale, text, onOpenCall, onOpenRequest }: CallerHistoryProps) {
  return (
    <div className="ringside-history">
      {card.openRequests.length > 0 && (
        <section>
          <h3>{text.openRequests}</h3>
          <ul>
            {card.openRequests.map(request => (
              <HistoryLine
                key={request.id}
                title={request.subject}
                meta={text.priority[request.priority] ?? request.priority}
                time={request.createdAt}
                locale={locale}
                {...(onOpenRequest && { onOpen: () => onOpenRequest(request.id) })}
              />
            ))}
          </ul>
        </section>
      )}
      <section>
        <h3>{text.lastCalls}</h3>
        {card.lastCalls.length === 0 ? (
          <p className="ringside-soft">{text.noLastCalls}</p>
        ) : (
          <ul>
            {card.lastCalls.map(call => (
              <HistoryLine
                key={call.id}
                title={call.subject ?? text.direction[call.direction]}
                meta={[
                  call.outcome
                    ? text.outcome[call.outcome]
                    : text.state[call.status === 'in-progress' ? 'live' : 'ringing'],
                  call.durationSeconds !== null && call.outcome === 'answered' ? clock(call.durationSeconds) : null,
                  call.agentName,
                ]
                  .filter(Boolean)
                  .join(' · ')}
                time={call.startedAt}
                locale={locale}
                {...(onOpenCall && { onOpen: () => onOpenCall(call.id) })}
              />
            ))}
          </ul>
        )}
      </section>
    </div>
  )
}

interface HistoryLineProps {
  title: string
  meta: string
  time: string
  locale: string
  onOpen?: () => void
}

function HistoryLine({ title, meta, time, locale, onOpen }: HistoryLineProps) {
  return (
    <li className="ringside-history-line">
      {onOpen ? (
        <button type="button" className="ringside-link" onClick={onOpen}>
          {title}
        </button>
      ) : (
        <span>{title}</span>
      )}
      <span className="ringside-soft">{meta}</span>
      <time dateTime={time} title={fullTime(time, locale)}>
        {shortTime(time, locale)}
      </time>
    </li>
  )
}
