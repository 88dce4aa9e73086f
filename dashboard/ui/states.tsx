import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '../../react/Button.tsx'
import { useText } from '../text/text.tsx'

interface EmptyProps {
  icon: LucideIcon
  title: string
  hint?: string
  children?: ReactNode
}

/** Nothing here yet, and what brings something. */
export function Empty({ icon: Icon, title, hint, children }: EmptyProps) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center px-6 py-14 text-center">
      <Icon className="mb-3 size-7 text-soft" strokeWidth={1.5} aria-hidden="true" />
      <p className="font-semibold">{title}</p>
      {hint && <p className="mt-1 text-soft">{hint}</p>}
      {children && <div className="mt-4">{children}</div>}
    </div>
  )
}

/** Lines in the places where words will be. */
export function Skeleton({ lines = 8 }: { lines?: number }) {
  const text = useText()
  return (
    <div role="status" className="space-y-3 p-4 md:p-6">
      <span className="sr-only">{text.loading}</span>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same and never move
        <div key={line} className="skeleton h-9" />
      ))}
    </div>
  )
}

export function LoadError({ error, onRetry }: { error: Error; onRetry(): void }) {
  const text = useText()
  return (
    <div role="alert" className="mx-auto max-w-md px-6 py-14 text-center">
      <p className="font-semibold">{text.couldNotLoad}</p>
      <p className="mt-1 mb-4 text-soft">{error.message}</p>
      <Button onClick={onRetry}>{text.retry}</Button>
    </div>
  )
}

/** An answer, or in its place what there is instead. */
export function Loaded<Data>({
  query,
  lines,
  children,
}: {
  query: { data: Data | undefined; error: Error | null; refetch(): unknown }
  lines?: number
  children(data: Data): ReactNode
}) {
  if (query.data !== undefined) return children(query.data)
  if (query.error) return <LoadError error={query.error} onRetry={() => query.refetch()} />
  return <Skeleton {...(lines === undefined ? {} : { lines })} />
}
