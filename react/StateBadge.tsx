import type { ReactNode } from 'react'

/** What a colour may mean; it never stands without its word. */
export type Tone = 'ringing' | 'waiting' | 'live' | 'missed' | 'done'

export function StateBadge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className="ringside-badge" data-tone={tone}>
      {children}
    </span>
  )
}
