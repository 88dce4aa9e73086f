import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listen, MOST_VOICES, type Pair, voicesOf } from './audibility.ts'
import { Slot } from './slot.ts'
import { Source } from './source.ts'

class Voice extends Source {
  readonly name: string
  constructor(name: string) {
    super()
    this.name = name
  }
  say(times: number) {
    for (let i = 0; i < times; i++)
      this.emit({ sequence: i, timestamp: i, marker: false, payload: new Uint8Array(1), level: null })
  }
}

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
const pairs = fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...NAMES)), { maxLength: 40 })

/** Everybody with so many slots; what each one hears of a word that everybody says. */
function room(slots: number) {
  const voices = new Map(NAMES.map(name => [name, new Voice(name)]))
  const heard = new Map<string, Set<string>>()
  let speaking = ''
  const ears = new Map(
    NAMES.map(name => [
      name,
      Array.from(
        { length: slots },
        (_, i) =>
          new Slot(
            i,
            () => heard.get(name)!.add(speaking),
            () => 0,
          ),
      ),
    ]),
  )
  return {
    ears,
    hear(pairs: readonly Pair[]) {
      const voicesHeard = voicesOf(pairs)
      for (const name of NAMES)
        listen(
          ears.get(name)!,
          (voicesHeard.get(name) ?? []).map(speaker => voices.get(speaker)!),
        )
    },
    listening() {
      for (const name of NAMES) heard.set(name, new Set())
      for (const voice of voices.values()) {
        speaking = voice.name
        voice.say(1)
      }
      return Object.fromEntries(NAMES.map(name => [name, [...heard.get(name)!].sort()]))
    },
  }
}

test('only the last pairs count, whatever was said before and however often it is repeated', () => {
  fc.assert(
    fc.property(fc.array(pairs, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 3 }), (history, times) => {
      const [lived, fresh] = [room(6), room(6)]
      for (const each of history) lived.hear(each)
      for (let i = 0; i < times; i++) lived.hear(history.at(-1)!)
      fresh.hear(history.at(-1)!)
      expect(lived.listening()).toEqual(fresh.listening())
    }),
  )
})

test('no listener ever hears a speaker outside the pairs, nor itself; each hears all of its first five', () => {
  fc.assert(
    fc.property(fc.array(pairs, { minLength: 1, maxLength: 6 }), history => {
      const { hear, listening } = room(6)
      for (const each of history) {
        hear(each)
        for (const [listener, heard] of Object.entries(listening())) {
          const meant = [...new Set(each.filter(([l, s]) => l === listener && s !== l).map(([, speaker]) => speaker))]
          expect(heard).toEqual(meant.slice(0, MOST_VOICES).sort())
        }
      }
    }),
  )
})

test('who is heard stays on the stream where it is heard', () => {
  const { hear, ears } = room(6)
  const speakers = () => ears.get('a')!.map(slot => (slot.source as Voice | null)?.name ?? null)
  hear([
    ['a', 'b'],
    ['a', 'c'],
    ['a', 'd'],
  ])
  expect(speakers()).toEqual(['b', 'c', 'd', null, null, null])
  hear([
    ['a', 'd'],
    ['a', 'e'],
    ['a', 'b'],
  ])
  expect(speakers()).toEqual(['b', 'e', 'd', null, null, null])
})

test('a browser with fewer streams hears the first ones', () => {
  const { hear, listening } = room(2)
  hear([
    ['a', 'b'],
    ['a', 'c'],
    ['a', 'd'],
  ])
  expect(listening().a).toEqual(['b', 'c'])
  hear([
    ['a', 'd'],
    ['a', 'b'],
    ['a', 'c'],
  ])
  expect(listening().a).toEqual(['b', 'd'])
})
