/*
 * What a browser remembers: on this device, or in this tab only (through reloads). Where storage is full or forbidden,
 * nothing is remembered and nothing breaks.
 */

const storageOf = (where: 'device' | 'tab'): Storage => (where === 'device' ? localStorage : sessionStorage)

export function recall<Value>(where: 'device' | 'tab', key: string, otherwise: Value): Value {
  try {
    return JSON.parse(storageOf(where).getItem(`ringside.${key}`) ?? 'null') ?? otherwise
  } catch {
    return otherwise
  }
}

/** Null is nothing to remember. */
export function remember(where: 'device' | 'tab', key: string, value: unknown): void {
  try {
    if (value === null) storageOf(where).removeItem(`ringside.${key}`)
    else storageOf(where).setItem(`ringside.${key}`, JSON.stringify(value))
  } catch {
    // It holds until the page is closed.
  }
}
