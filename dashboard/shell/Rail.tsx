import { Link } from '@tanstack/react-router'
import { useText } from '../text/text.tsx'
import { Logo } from '../ui/Logo.tsx'
import { type Destination, useDestinations } from './destinations.ts'
import { UserMenu } from './UserMenu.tsx'

/** The pages, on the left; on telephones along the bottom, where thumbs are. */
export function Rail({ onShortcuts }: { onShortcuts(): void }) {
  const text = useText()
  const { shown, hidden } = useDestinations()
  return (
    <header className="order-last flex flex-none items-center border-t border-line bg-surface px-1 pb-[env(safe-area-inset-bottom)] md:order-first md:w-20 md:flex-col md:border-t-0 md:border-r md:px-0 md:py-4">
      <Logo className="mb-4 hidden size-8 md:block" />
      <nav aria-label={text.navigation} className="grow md:min-h-0 md:w-full md:overflow-y-auto">
        <ul className="grid auto-cols-fr grid-flow-col md:grid-flow-row md:gap-1 md:px-2">
          {shown.map(destination => (
            <Place key={destination.to} {...destination} />
          ))}
          {hidden.map(destination => (
            <Place key={destination.to} {...destination} className="hidden md:block" />
          ))}
        </ul>
      </nav>
      <div className="grid w-14 place-items-center md:w-auto">
        <UserMenu onShortcuts={onShortcuts} />
      </div>
    </header>
  )
}

function Place({ to, label, icon: Icon, className }: Destination & { className?: string }) {
  return (
    <li className={className}>
      <Link
        to={to}
        className="flex h-14 flex-col items-center justify-center gap-1 rounded-lg text-[0.6875rem] leading-none font-medium text-soft -outline-offset-2 hover:bg-ground hover:text-ink aria-[current=page]:bg-accent-ground aria-[current=page]:text-accent"
      >
        <Icon className="size-5" strokeWidth={1.75} aria-hidden="true" />
        {label}
      </Link>
    </li>
  )
}
