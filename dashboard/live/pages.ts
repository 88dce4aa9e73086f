/** What has been loaded of a list that is longer than one page. */
export interface Pages<Item> {
  pages: { items: Item[]; nextCursor: string | null }[]
  pageParams: (string | null)[]
}

interface Placing<Item> {
  /** Whether the item fits the list's filter. */
  belongs: boolean
  /** What the list is sorted by, newest first. */
  at(item: Item): string
}

/**
 * The list with this item as it now is: changed where it stands, gone if it no longer belongs, put in its place if it is
 * new. One that is older than all that is loaded waits for its page.
 */
export function withItem<Item extends { id: string }>(
  list: Pages<Item>,
  item: Item,
  { belongs, at }: Placing<Item>,
): Pages<Item> {
  const isItem = (other: Item) => other.id === item.id
  const home = list.pages.findIndex(page => page.items.some(isItem))
  if (home !== -1) {
    return withPage(list, home, items =>
      belongs ? items.map(other => (isItem(other) ? item : other)) : items.filter(other => !isItem(other)),
    )
  }
  if (!belongs) return list
  const isOlder = (other: Item) => at(other) <= at(item)
  const page = list.pages.findIndex(({ items }) => items.some(isOlder))
  if (page !== -1) {
    return withPage(list, page, items => {
      const index = items.findIndex(isOlder)
      return [...items.slice(0, index), item, ...items.slice(index)]
    })
  }
  const last = list.pages.length - 1
  return list.pages[last]?.nextCursor === null ? withPage(list, last, items => [...items, item]) : list
}

export function mapItems<Item>(list: Pages<Item>, change: (item: Item) => Item): Pages<Item> {
  return { ...list, pages: list.pages.map(page => ({ ...page, items: page.items.map(change) })) }
}

function withPage<Item>(list: Pages<Item>, index: number, change: (items: Item[]) => Item[]): Pages<Item> {
  return {
    ...list,
    pages: list.pages.map((page, at) => (at === index ? { ...page, items: change(page.items) } : page)),
  }
}
