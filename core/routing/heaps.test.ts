import fc from 'fast-check'
import { expect, test } from 'vitest'
import { byRank, type Ranked } from './heap.ts'
import { Heaps } from './heaps.ts'

const NUMBERS = 5
const step = fc.record({
  what: fc.constantFrom('push', 'push', 'remove'),
  number: fc.nat(NUMBERS - 1),
  key: fc.oneof(fc.nat(3), fc.constant(Number.MAX_SAFE_INTEGER)),
  second: fc.nat(2),
})

test('the first of any heaps is the least that is in them', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.uniqueArray(fc.nat(NUMBERS), { maxLength: NUMBERS }),
      fc.nat(2),
      (steps, asked, odd) => {
        const heaps = new Heaps<Ranked>()
        const model: { number: number; item: Ranked }[] = []
        for (const [order, { what, number, key, second }] of steps.entries()) {
          if (what === 'push') {
            const item = { key, second, order, at: -1 }
            heaps.push(number, item)
            model.push({ number, item })
          } else if (model.length > 0) {
            const [gone] = model.splice((7 * second + number) % model.length, 1)
            heaps.remove(gone!.number, gone!.item)
          }
          const inside = model.flatMap(({ number, item }) => (asked.includes(number) ? item : [])).sort(byRank)
          const willDo = ({ order }: Ranked) => order % 3 !== odd
          expect(heaps.firstIn(asked)).toBe(inside[0])
          expect(heaps.bestIn(asked, willDo)).toBe(inside.find(willDo))
          expect(heaps.allIn(asked).sort(byRank)).toEqual(inside)
          expect(heaps.all().sort(byRank)).toEqual(model.map(({ item }) => item).sort(byRank))
        }
      },
    ),
  )
})
