import { Link, type LinkProps, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'

interface SectionsProps {
  label: string
  sections: readonly { to: NonNullable<LinkProps['to']>; label: string }[]
}

/**
 * Pages that belong together, below their title. Where there is no room for all, they go on in another line; on telephones the one
 * that is open is in view.
 */
export function Sections({ label, sections }: SectionsProps) {
  const list = useRef<HTMLElement>(null)
  const path = useRouterState({ select: state => state.location.pathname })
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page is what moves it
  useEffect(() => {
    const open = list.current!.querySelector('[aria-current=page]')
    open?.scrollIntoView({ inline: 'nearest', block: 'nearest' })
  }, [path])
  return (
    <nav
      ref={list}
      aria-label={label}
      className="-mx-3 -mb-3 flex max-w-[calc(100%+1.5rem)] gap-x-1 overflow-x-auto scroll-px-8 md:flex-wrap"
    >
      {sections.map(section => (
        <Link
          key={section.to}
          to={section.to}
          activeOptions={{ exact: true, includeSearch: false }}
          className="border-b-2 border-transparent px-3 py-2 font-medium whitespace-nowrap text-soft -outline-offset-2 hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink"
        >
          {section.label}
        </Link>
      ))}
    </nav>
  )
}
