import { fullTime, shortTime } from '../../react/when.ts'
import { useWords } from '../text/text.tsx'

export function When({ time }: { time: string }) {
  const { format } = useWords()
  return (
    <time className="whitespace-nowrap tabular-nums" dateTime={time} title={fullTime(time, format)}>
      {shortTime(time, format)}
    </time>
  )
}
