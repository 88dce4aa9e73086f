import { createDecoder } from 'libopus-wasm'
import { expect, test } from 'vitest'
import { Mixer } from './mixer.ts'
import { encodePackets } from './sound.ts'
import { loudnessAt } from './testing/loudness.ts'
import { tone } from './tones.ts'

test('two voices are both heard, as loud as they were', async () => {
  const [low, high] = await Promise.all([440, 1800].map(f => encodePackets(tone([f], 1, 0.3))))
  const mixer = await Mixer.open<string>()
  const decoder = await createDecoder({ channels: 1, sampleRate: 48_000 })
  const heard: number[] = []
  for (let i = 0; i < 50; i++) {
    heard.push(
      ...decoder.decode(
        await mixer.mix([
          ['a', low!.packets[i]!],
          ['b', high!.packets[i]!],
        ]),
      ),
    )
  }
  mixer.free()
  decoder.free()
  const middle = Int16Array.from(heard.slice(14_400, 38_400))
  expect(loudnessAt(middle, 440)).toBeCloseTo(0.3, 1)
  expect(loudnessAt(middle, 1800)).toBeCloseTo(0.3, 1)
  expect(loudnessAt(middle, 1000)).toBeLessThan(0.01)
})

test('loud voices together are cut off, not turned around', async () => {
  const { packets } = await encodePackets(tone([440], 0.5, 0.95))
  const mixer = await Mixer.open<string>()
  const decoder = await createDecoder({ channels: 1, sampleRate: 48_000 })
  const heard: number[] = []
  for (const packet of packets)
    heard.push(
      ...decoder.decode(
        await mixer.mix([
          ['a', packet],
          ['b', packet],
          ['c', packet],
        ]),
      ),
    )
  // Turned around, the samples next to the peaks would jump by the whole range.
  const jumps = heard.slice(9600, 19_200).filter((value, i, all) => i > 0 && Math.abs(value - all[i - 1]!) > 30_000)
  expect(jumps).toEqual([])
  mixer.free()
  decoder.free()
})
