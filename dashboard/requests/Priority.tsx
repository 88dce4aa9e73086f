import type { SupportRequest } from '../../client/contract.ts'
import { useText } from '../text/text.tsx'

/** Only what burns has a colour. */
export function Priority({ priority }: { priority: SupportRequest['priority'] }) {
  const text = useText()
  const look = { low: 'text-soft', normal: 'text-soft', high: 'font-semibold', urgent: 'font-semibold text-missed' }
  return (
    <span className={look[priority]}>{text.requestsScreen.priorityOf(text.requestsScreen.priority[priority])}</span>
  )
}
