/** What a setting was and is now, for those that are small enough to be read in one line. */
export type Changes = Record<string, { from: Small; to: Small }>
type Small = string | number | boolean | null | (string | number | boolean)[]

const MAX_TEXT = 200
const MAX_ITEMS = 20

/**
 * The differences between two states of a setting, of those fields alone that have small values before and after. Fields
 * of secrets are never to be handed in.
 */
export function changesBetween<T extends object>(before: T, after: T): Changes {
  const changes: Changes = {}
  for (const key of Object.keys(after) as (keyof T & string)[]) {
    const [from, to] = [before[key] ?? null, after[key] ?? null]
    if (isSmall(from) && isSmall(to) && JSON.stringify(from) !== JSON.stringify(to)) changes[key] = { from, to }
  }
  return changes
}

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value.length <= MAX_TEXT)

const isSmall = (value: unknown): value is Small =>
  value === null || isScalar(value) || (Array.isArray(value) && value.length <= MAX_ITEMS && value.every(isScalar))
