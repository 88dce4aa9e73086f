/** The list with one item moved by some places; the same list where it cannot go there. */
export function moved<Item>(list: readonly Item[], index: number, by: number): Item[] {
  const to = index + by
  if (index < 0 || index >= list.length || to < 0 || to >= list.length) return [...list]
  const rest = list.toSpliced(index, 1)
  return rest.toSpliced(to, 0, list[index]!)
}
