import fc from 'fast-check'
import { expect, test } from 'vitest'
import { byRank, Heap, type Ranked } from './heap.ts'

const step = fc.record({ what: fc.constantFrom('push', 'push', 'remove'), key: fc.nat(4), second: fc.nat(2) })

test('whatever is put in and taken out, the first is the least, and the best of some is the least of those', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(4), (steps, odd) => {
      const heap = new Heap<Ranked>()
      const model: Ranked[] = []
      for (const [order, { what, key, second }] of steps.entries()) {
        if (what === 'push') {
          const item = { key, second, order, at: -1 }
          heap.push(item)
          model.push(item)
        } else if (model.length > 0) {
          const [gone] = model.splice((7 * key + second) % model.length, 1)
          heap.remove(gone!)
          expect(gone!.at).toBe(-1)
        }
        model.sort(byRank)
        expect(heap.first()).toBe(model[0])
        expect(heap.bestOf(item => item.key !== odd)).toBe(model.find(item => item.key !== odd))
        expect([...heap.all()].sort(byRank)).toEqual(model)
        for (const [at, item] of heap.all().entries()) expect(item.at).toBe(at)
      }
    }),
    { numRuns: 500 },
  )
})
