import { expect, test } from 'vitest'
import { createGroupCommit } from './groupCommit.ts'
import { DatabaseUnavailable } from './outage.ts'

const gate = () => {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { open, opened }
}

test('one alone waits for nobody; what comes meanwhile is handled together, in order', async () => {
  const batches: number[][] = []
  const first = gate()
  const commits = createGroupCommit<number, number>(async (_lane, items) => {
    batches.push(items)
    if (batches.length === 1) await first.opened
    return items.map(item => item * 10)
  })
  const results = [commits.push('a', 1)]
  while (batches.length === 0) await new Promise(resolve => setImmediate(resolve))
  results.push(commits.push('a', 2), commits.push('a', 3), commits.push('a', 4))
  first.open()
  expect(await Promise.all(results)).toEqual([10, 20, 30, 40])
  expect(batches).toEqual([[1], [2, 3, 4]])
})

test('what has reached the process together is handled together, although the handler never waits for anything', async () => {
  const batches: number[][] = []
  const commits = createGroupCommit<number, number>(async (_lane, items) => {
    batches.push(items)
    return items
  })
  // As requests arrive: each in a callback of its own, all before the loop comes round.
  const results = [1, 2, 3].map(
    item => new Promise(resolve => process.nextTick(() => resolve(commits.push('a', item)))),
  )
  await Promise.all(results)
  expect(batches).toEqual([[1, 2, 3]])
})

test('lanes do not wait for each other', async () => {
  const slow = gate()
  const commits = createGroupCommit<number, number>(async (lane, items) => {
    if (lane === 'slow') await slow.opened
    return items
  })
  const late = commits.push('slow', 1)
  expect(await commits.push('fast', 2)).toBe(2)
  slow.open()
  expect(await late).toBe(1)
})

test('one that cannot be handled spoils no other', async () => {
  const first = gate()
  let begun = false
  const commits = createGroupCommit<number, number>(async (_lane, items) => {
    if (!begun) {
      begun = true
      await first.opened
    }
    if (items.includes(13)) throw new Error('unlucky')
    return items
  })
  const results = [1, 12, 13, 14].map(item => commits.push('a', item).catch((error: Error) => error.message))
  first.open()
  expect(await Promise.all(results)).toEqual([1, 12, 'unlucky', 14])
})

test('idle waits for everything that was pushed', async () => {
  let handled = 0
  const commits = createGroupCommit<number, number>(async (_lane, items) => {
    await new Promise(resolve => setTimeout(resolve, 5))
    handled += items.length
    return items
  })
  void commits.push('a', 1)
  void commits.push('a', 2)
  void commits.push('b', 3)
  await commits.idle()
  expect(handled).toBe(3)
})

test('while the database cannot be reached, all of a batch are told so at once: nobody is tried alone', async () => {
  const first = gate()
  const batches: number[][] = []
  const commits = createGroupCommit<number, number>(async (_lane, items) => {
    batches.push(items)
    if (batches.length === 1) await first.opened
    else throw new DatabaseUnavailable(new Error('cut'))
    return items
  })
  const held = commits.push('a', 1)
  while (batches.length === 0) await new Promise(resolve => setImmediate(resolve))
  const refused = Promise.allSettled([commits.push('a', 2), commits.push('a', 3)])
  first.open()
  await held
  expect((await refused).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(batches).toEqual([[1], [2, 3]])
})
