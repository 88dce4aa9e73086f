import { beforeAll, describe, expect, test, vi } from 'vitest'

interface Processor {
  port: { onmessage(event: { data: Float32Array }): void; postMessage(frame: Float32Array): void }
  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean
}

const processors = new Map<string, new () => Processor>()
const BLOCK = 128
const MS = 48

beforeAll(async () => {
  vi.stubGlobal(
    'AudioWorkletProcessor',
    class {
      port = { onmessage: null, postMessage: () => {} }
    },
  )
  vi.stubGlobal('registerProcessor', (name: string, made: new () => Processor) => processors.set(name, made))
  // @ts-expect-error Plain JavaScript, as audio worklets are loaded.
  await import('./frames.worklet.js')
})

const frame = (value: number) => new Float32Array(20 * MS).fill(value)

/** What is played in the next milliseconds. */
function play(processor: Processor, milliseconds: number): number[] {
  const heard: number[] = []
  for (let block = 0; block < (milliseconds * MS) / BLOCK; block++) {
    const output = new Float32Array(BLOCK)
    processor.process([], [[output]])
    heard.push(...output)
  }
  return heard
}

describe('the microphone’s end', () => {
  test('makes frames of 20 ms, whatever the size of what it is given', () => {
    const capture = new (processors.get('ringside-capture')!)()
    const frames: Float32Array[] = []
    capture.port.postMessage = made => frames.push(made)
    const said = Float32Array.from({ length: BLOCK * 30 }, (_, index) => index)
    for (let begin = 0; begin < said.length; begin += BLOCK)
      capture.process([[said.subarray(begin, begin + BLOCK)]], [])
    expect(frames.map(({ length }) => length)).toEqual([960, 960, 960, 960])
    expect(frames.flatMap(each => [...each])).toEqual([...said.subarray(0, 3840)])
  })

  test('takes it well when there is no microphone', () => {
    const capture = new (processors.get('ringside-capture')!)()
    expect(capture.process([[]], [])).toBe(true)
  })
})

describe('the loudspeaker’s end', () => {
  const start = () => {
    const playback = new (processors.get('ringside-playback')!)()
    return { playback, give: (value: number) => playback.port.onmessage({ data: frame(value) }) }
  }

  test('begins when 60 ms are there, and plays them without a gap', () => {
    const { playback, give } = start()
    give(1)
    give(2)
    expect(Math.max(...play(playback, 40))).toBe(0)
    give(3)
    const heard = play(playback, 64).filter(sample => sample !== 0)
    expect(heard).toEqual([...frame(1), ...frame(2), ...frame(3)])
  })

  test('having run dry it waits until there is enough again', () => {
    const { playback, give } = start()
    for (const value of [1, 2, 3]) give(value)
    play(playback, 80)
    give(4)
    expect(Math.max(...play(playback, 20))).toBe(0)
    give(5)
    give(6)
    expect(Math.max(...play(playback, 64))).toBe(6)
  })

  test('after a stall it leaves out the oldest instead of staying behind', () => {
    const { playback, give } = start()
    for (let value = 1; value <= 13; value++) give(value)
    const heard = [...new Set(play(playback, 300).filter(sample => sample !== 0))]
    expect(heard).toEqual([10, 11, 12, 13])
  })
})
