import { Link, type LinkProps } from '@tanstack/react-router'

interface SectionsProps {
  label: string
  sections: readonly { to: NonNullable<LinkProps['to']>; label: string }[]
}

/** Pages that belong together, below their title. */
export function Sections({ label, sections }: SectionsProps) {
  return (
    <nav aria-label={label} className="-mx-3 -mb-3 flex max-w-[calc(100%+1.5rem)] gap-1 overflow-x-auto">
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
