export function Tags({ tags }: { tags: readonly string[] }) {
  if (tags.length === 0) return null
  return (
    <ul className="flex min-w-0 flex-wrap gap-1">
      {tags.map(tag => (
        <li key={tag} className="max-w-full truncate rounded bg-sunken px-1.5 text-xs leading-5 text-soft">
          {tag}
        </li>
      ))}
    </ul>
  )
}
