/** Something in a {@link Heap}: ordered by `key`, then `second`, then `order`, which no two share. */
export interface Ranked {
  key: number
  second: number
  order: number
  /** Index in the heap; −1 while in none. */
  at: number
}

/** Whether `a` goes before `b`. */
export function before(a: Ranked, b: Ranked): boolean {
  if (a.key !== b.key) return a.key < b.key
  if (a.second !== b.second) return a.second < b.second
  return a.order < b.order
}

/** The same for `sort`. */
export const byRank = (a: Ranked, b: Ranked): number => (before(a, b) ? -1 : 1)

/**
 * A binary heap whose items know where they are, so that any of them can be taken out. The rank of an item must not
 * change while it is in.
 */
export class Heap<Item extends Ranked> {
  private readonly items: Item[] = []

  first(): Item | undefined {
    return this.items[0]
  }

  /** In no particular order. */
  all(): readonly Item[] {
    return this.items
  }

  push(item: Item): void {
    this.items.push(item)
    this.rise(item, this.items.length - 1)
  }

  /** The item must be in this heap. */
  remove(item: Item): void {
    const hole = item.at
    const last = this.items.pop()!
    item.at = -1
    if (last === item) return
    if (hole > 0 && before(last, this.items[(hole - 1) >> 1]!)) this.rise(last, hole)
    else this.sink(last, hole)
  }

  /** The first item that will do; costs only as much as there are items before it that will not. */
  bestOf(willDo: (item: Item) => boolean): Item | undefined {
    let best: Item | undefined
    const open = [0]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const item = this.items[at]
      if (item === undefined || (best !== undefined && !before(item, best))) continue
      if (willDo(item)) best = item
      else open.push(2 * at + 2, 2 * at + 1)
    }
    return best
  }

  private rise(item: Item, from: number): void {
    const { items } = this
    let at = from
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = items[above]!
      if (!before(item, parent)) break
      items[at] = parent
      parent.at = at
      at = above
    }
    items[at] = item
    item.at = at
  }

  private sink(item: Item, from: number): void {
    const { items } = this
    const { length } = items
    let at = from
    for (;;) {
      let below = 2 * at + 1
      if (below >= length) break
      if (below + 1 < length && before(items[below + 1]!, items[below]!)) below++
      const child = items[below]!
      if (!before(child, item)) break
      items[at] = child
      child.at = at
      at = below
    }
    items[at] = item
    item.at = at
  }
}
