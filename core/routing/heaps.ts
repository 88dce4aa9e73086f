import { before, Heap, type Ranked } from './heap.ts'

/**
 * Heaps by number, and beside them the lowest key of each in a row: a search through hundreds of heaps reads hardly more
 * than this row.
 */
export class Heaps<Item extends Ranked> {
  private readonly heaps: Heap<Item>[] = []
  /** Infinity where nothing is in. */
  private readonly lowest: number[] = []

  push(number: number, item: Item): void {
    while (this.heaps.length <= number) {
      this.heaps.push(new Heap())
      this.lowest.push(Number.POSITIVE_INFINITY)
    }
    const heap = this.heaps[number]!
    heap.push(item)
    this.lowest[number] = heap.first()!.key
  }

  /** The item must be in the heap of this number. */
  remove(number: number, item: Item): void {
    const heap = this.heaps[number]!
    heap.remove(item)
    this.lowest[number] = heap.first()?.key ?? Number.POSITIVE_INFINITY
  }

  /** The first of all that are in these heaps. */
  firstIn(numbers: readonly number[]): Item | undefined {
    const { lowest } = this
    let best = -1
    let bestKey = Number.POSITIVE_INFINITY
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i]!
      if (number >= lowest.length) continue
      const key = lowest[number]!
      if (key < bestKey || (key === bestKey && best >= 0 && before(this.first(number), this.first(best)))) {
        best = number
        bestKey = key
      }
    }
    return best < 0 ? undefined : this.first(best)
  }

  /** The same the long way round, when some of them will not do. */
  bestIn(numbers: readonly number[], willDo: (item: Item) => boolean): Item | undefined {
    let best: Item | undefined
    for (const number of numbers) {
      const found = this.heaps[number]?.bestOf(willDo)
      if (found !== undefined && (best === undefined || before(found, best))) best = found
    }
    return best
  }

  /** In no particular order. */
  allIn(numbers: readonly number[]): Item[] {
    return numbers.flatMap(number => this.heaps[number]?.all() ?? [])
  }

  all(): Item[] {
    return this.heaps.flatMap(heap => heap.all())
  }

  private first(number: number): Item {
    return this.heaps[number]!.first()!
  }
}
