import { createDecoder } from 'libopus-wasm'
import { beforeAll, expect, test } from 'vitest'
import { Lane, type Moment } from './lane.ts'
import { Leg } from './leg.ts'
import { SILENCE } from './opusPacket.ts'
import { encodePackets } from './sound.ts'
import { loudnessAt } from './testing/loudness.ts'
import { silence, tone } from './tones.ts'

const sounds: Record<'low' | 'high' | 'nothing', Uint8Array[]> = { low: [], high: [], nothing: [] }
beforeAll(async () => {
  sounds.low = (await encodePackets(tone([440], 5, 0.3))).packets
  sounds.high = (await encodePackets(tone([1800], 5, 0.3))).packets
  sounds.nothing = (await encodePackets(silence(5))).packets
})

let now = 0
class Person extends Leg {
  #said = 0
  constructor(name: string) {
    super(name, () => now)
  }
  say(sound: 'low' | 'high' | 'nothing', level: number | null = sound === 'nothing' ? 127 : 10) {
    const payload = sounds[sound][this.#said]!
    this.hear({ sequence: this.#said, timestamp: this.#said * 960, marker: false, payload, level })
    this.#said++
    return payload
  }
  skip() {
    this.#said++
  }
}

/** Lets so many 20 ms pass, doing this in each. */
function pass(count: number, each: (i: number) => void) {
  for (let i = 0; i < count; i++, now += 20) each(i)
}

function begin() {
  now = 0
  return { lane: new Lane(() => now), anna: new Person('anna'), ben: new Person('ben') }
}

async function heard(moments: Moment[], from: number, to: number) {
  const decoder = await createDecoder({ channels: 1, sampleRate: 48_000 })
  const pcm = Int16Array.from(moments.flatMap(({ packet }) => [...decoder.decode(packet)]).slice(from * 960, to * 960))
  decoder.free()
  return { low: loudnessAt(pcm, 440), high: loudnessAt(pcm, 1800) }
}

test('one voice is written as it came, byte for byte; small holes are concealed, long ones silent', async () => {
  const { lane, anna } = begin()
  lane.follow([anna])
  const said: (Uint8Array | null)[] = []
  pass(30, i => {
    const missing = i === 5 || i === 6 || (i >= 10 && i < 20)
    if (missing) anna.skip()
    said.push(missing ? null : anna.say('low'))
  })
  const moments = await lane.compose(0, 32)
  for (const [i, packet] of said.entries()) {
    const concealed = i === 5 || i === 6 || (i >= 10 && i < 13)
    const before = said.slice(0, i).findLast(each => each !== null)
    const expected = packet ?? (concealed ? [before![0]! & 0xfc] : SILENCE)
    expect([...moments[i]!.packet], `place ${i}`).toEqual([...expected])
    expect(moments[i]!.speaking).toBe(packet !== null)
  }
})

test('of two voices the one that speaks is written untouched', async () => {
  const { lane, anna, ben } = begin()
  lane.follow([anna, ben])
  const said: Uint8Array[] = []
  pass(60, i => {
    const [a, b] = [anna.say(i < 30 ? 'low' : 'nothing'), ben.say(i < 30 ? 'nothing' : 'high')]
    said.push(i < 30 ? a : b)
  })
  const moments = [...(await lane.compose(0, 25)), ...(await lane.compose(25, 60))]
  expect(moments.map(({ packet }) => [...packet])).toEqual(said.map(packet => [...packet]))
})

test('two that speak at once are mixed, and then no longer', async () => {
  const { lane, anna, ben } = begin()
  lane.follow([anna, ben])
  let last: Uint8Array = SILENCE
  pass(210, i => {
    last = anna.say('low')
    ben.say(i < 50 ? 'high' : 'nothing')
  })
  const moments: Moment[] = []
  for (let at = 0; at < 210; at += 30) moments.push(...(await lane.compose(at, at + 30)))
  const both = await heard(moments, 20, 45)
  expect(both.low).toBeGreaterThan(0.2)
  expect(both.high).toBeGreaterThan(0.2)
  const one = await heard(moments, 60, 100)
  expect(one.low).toBeGreaterThan(0.2)
  expect(one.high).toBeLessThan(0.02)
  expect([...moments.at(-1)!.packet]).toEqual([...last])
  lane.free()
})

test('who does not say how loud it is, is listened to', async () => {
  const { lane, anna } = begin()
  lane.follow([anna])
  pass(40, i => anna.say(i < 20 ? 'nothing' : 'low', null))
  const moments = await lane.compose(0, 40)
  expect(moments.map(({ speaking }) => speaking).indexOf(true)).toBeGreaterThanOrEqual(19)
  expect(moments.slice(22).every(({ speaking }) => speaking)).toBe(true)
  lane.free()
})

test('who leaves a lane is no longer in it, but what was said before is', async () => {
  const { lane, anna } = begin()
  lane.follow([anna])
  pass(20, i => {
    if (i === 10) lane.follow([])
    anna.say('low')
  })
  const speaking = (await lane.compose(0, 20)).map(moment => moment.speaking)
  expect(speaking).toEqual(Array.from({ length: 20 }, (_, i) => i < 10))
  expect(anna.sinks.size).toBe(0)
})

test('who comes back before that was written is in it once', async () => {
  const { lane, anna } = begin()
  pass(15, i => {
    lane.follow(i < 5 || i >= 10 ? [anna] : [])
    anna.say('low')
  })
  const speaking = (await lane.compose(0, 15)).map(moment => moment.speaking)
  expect(speaking).toEqual(Array.from({ length: 15 }, (_, i) => i < 5 || i >= 10))
})
