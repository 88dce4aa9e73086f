import { expect, test } from 'vitest'
import { type Pages, withItem } from './pages.ts'

interface Item {
  id: string
  at: string
}
const item = (id: string, at = id): Item => ({ id, at })
const list = (nextCursor: string | null, ...pages: Item[][]): Pages<Item> => ({
  pages: pages.map((items, index) => ({ items, nextCursor: index === pages.length - 1 ? nextCursor : 'more' })),
  pageParams: pages.map(() => null),
})
const place = (pages: Pages<Item>, changed: Item, belongs = true) =>
  withItem(pages, changed, { belongs, at: each => each.at }).pages.map(page => page.items.map(({ id }) => id))

test('a new item goes where its time puts it', () => {
  const pages = list(
    null,
    ['9', '7'].map(id => item(id)),
    ['5', '3'].map(id => item(id)),
  )
  expect(place(pages, item('x', '9.5'))).toEqual([
    ['x', '9', '7'],
    ['5', '3'],
  ])
  expect(place(pages, item('x', '6'))).toEqual([
    ['9', '7'],
    ['x', '5', '3'],
  ])
  expect(place(pages, item('x', '1'))).toEqual([
    ['9', '7'],
    ['5', '3', 'x'],
  ])
})

test('one older than all that is loaded waits for its page', () => {
  const pages = list('more', [item('9')])
  expect(withItem(pages, item('x', '1'), { belongs: true, at: each => each.at })).toBe(pages)
})

test('a known item is changed where it stands, or leaves when it no longer belongs', () => {
  const pages = list(null, [item('9')], [item('5'), item('3')])
  expect(place(pages, item('5', '9.9'))).toEqual([['9'], ['5', '3']])
  expect(place(pages, item('5'), false)).toEqual([['9'], ['3']])
  expect(withItem(pages, item('x'), { belongs: false, at: each => each.at })).toBe(pages)
})

test('an empty list takes the first item', () => {
  expect(place(list(null, []), item('1'))).toEqual([['1']])
})
