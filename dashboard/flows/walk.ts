import type { FlowTest, FlowTestResult } from '../../client/contract.ts'

export type Input = FlowTest['inputs'][number]
export type Given = NonNullable<FlowTest['given']>

/** What a test does to find out what happens: it expects nothing. */
export const walkOf = (given: Given, inputs: readonly Input[]): FlowTest => ({
  name: 'walk',
  given,
  inputs: [...inputs],
  expect: {},
})

/** A test that what happened now happens again: the same steps, and no others. */
export function testOf(name: string, given: Given, inputs: readonly Input[], result: FlowTestResult): FlowTest {
  const isUsual = Object.keys(given).length === 0
  return {
    name,
    ...(isUsual ? {} : { given }),
    inputs: [...inputs],
    expect: { path: result.path, exact: true },
  }
}

interface InputWords {
  presses(keys: string): string
  says(words: string): string
  nothing: string
  dialled: Record<'answered' | 'busy' | 'no-answer' | 'failed' | 'canceled', string>
  records(seconds: number): string
}

/** An input as people would tell it. */
export function inputInWords(input: Input, words: InputWords): string {
  if (typeof input === 'string') return words.presses(input)
  if ('speech' in input) return words.says(input.speech)
  if ('dialled' in input) return words.dialled[input.dialled]
  if ('recorded' in input) return words.records(input.recorded)
  return words.nothing
}
