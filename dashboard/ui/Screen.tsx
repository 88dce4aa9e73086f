import { Link } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { type ReactNode, useEffect } from 'react'
import { useText } from '../text/text.tsx'

interface ScreenProps {
  title: string
  /** What can be done here, beside the title, where no popup covers it. */
  actions?: ReactNode
  /** Filters, below the title. */
  tools?: ReactNode
  back?: { to: '/calls' | '/contacts' | '/requests' | '/queues' | '/flows'; label: string }
  children: ReactNode
}

/** One page: a title that names the tab too, what can be done, and the rest. */
export function Screen({ title, actions, tools, back, children }: ScreenProps) {
  const text = useText()
  useEffect(() => {
    document.title = `${title} · ${text.app}`
  }, [title, text])
  return (
    <>
      <header className="border-b border-line bg-surface px-4 py-3 md:px-6">
        {back && (
          <Link
            to={back.to}
            className="-ml-1 mb-1 inline-flex items-center gap-0.5 rounded pr-1 text-[0.8125rem] text-soft hover:text-ink"
          >
            <ChevronLeft className="size-4" aria-hidden="true" />
            {back.label}
          </Link>
        )}
        <div className="flex min-h-9 flex-wrap items-center gap-x-4 gap-y-2">
          <h1 className="min-w-0 truncate">{title}</h1>
          {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </div>
        {tools && <div className="mt-3 flex flex-wrap items-end gap-2">{tools}</div>}
      </header>
      {children}
    </>
  )
}
