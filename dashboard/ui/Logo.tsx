export function Logo({ className }: { className: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden="true">
      <rect width="32" height="32" rx="9" className="fill-accent" />
      <g className="text-on-accent">
        <path
          d="M16 8.5a7.5 7.5 0 1 0 7.5 7.5"
          fill="none"
          stroke="currentColor"
          strokeWidth="3"
          strokeLinecap="round"
        />
        <circle cx="22" cy="10" r="3" fill="currentColor" />
      </g>
    </svg>
  )
}
