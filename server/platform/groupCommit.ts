import { DatabaseUnavailable } from './outage.ts'

const MAX_BATCH = 256

const eventLoop = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

interface Waiting<Item, Result> {
  item: Item
  resolve(result: Result): void
  reject(error: unknown): void
}

/**
 * Makes one transaction of what arrives while the one before is being committed. No timer: a lane that is idle starts
 * as soon as what has already reached this process is read, so a single item waits for nobody and a thousand share
 * their commits.
 *
 * Items of one lane are handled in the order in which they came. If a batch fails, its items are tried one by one, so
 * that one that cannot be handled spoils no other; but not where it was the database that could not be reached, or each
 * of them would wait for it anew, and those behind them for all.
 *
 * @param handle takes a batch and returns one result per item, in the same order. It may be called again with the same
 *   items after it has thrown.
 */
export function createGroupCommit<Item, Result>(
  handle: (lane: string, items: Item[]) => Promise<Result[]>,
): { push(lane: string, item: Item): Promise<Result>; idle(): Promise<void> } {
  const lanes = new Map<string, Waiting<Item, Result>[]>()
  const running = new Set<Promise<void>>()

  async function run(lane: string, queue: Waiting<Item, Result>[]): Promise<void> {
    // The embedded database works on this very thread: without a turn of the event loop before each batch, nothing
    // would be read meanwhile, and every batch would be of one.
    for (await eventLoop(); queue.length > 0; await eventLoop()) {
      const batch = queue.splice(0, MAX_BATCH)
      try {
        settle(
          batch,
          await handle(
            lane,
            batch.map(({ item }) => item),
          ),
        )
      } catch (error) {
        if (batch.length === 1 || error instanceof DatabaseUnavailable) for (const { reject } of batch) reject(error)
        else
          for (const single of batch)
            await handle(lane, [single.item]).then(results => settle([single], results), single.reject)
      }
    }
    lanes.delete(lane)
  }

  function settle(batch: Waiting<Item, Result>[], results: Result[]): void {
    for (const [index, waiting] of batch.entries()) waiting.resolve(results[index]!)
  }

  return {
    push: (lane, item) =>
      new Promise((resolve, reject) => {
        const queue = lanes.get(lane)
        if (queue) {
          queue.push({ item, resolve, reject })
          return
        }
        const fresh = [{ item, resolve, reject }]
        lanes.set(lane, fresh)
        const done = run(lane, fresh).finally(() => running.delete(done))
        running.add(done)
      }),
    async idle() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
