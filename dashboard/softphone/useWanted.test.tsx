// @vitest-environment happy-dom
import { act } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useWanted, type Wanted } from './useWanted.ts'

let root: Root
let hold: Wanted<boolean>
let answers: { agree(): void; refuse(error: Error): void }[]

const ask = (_: boolean) =>
  new Promise<void>((resolve, reject) => {
    answers.push({ agree: resolve, refuse: reject })
  })
function Page({ held }: { held: boolean }) {
  hold = useWanted(held, ask)
  return null
}
const told = (held: boolean) => act(async () => root.render(<Page held={held} />))
const want = (value: boolean) => act(async () => hold.want(value))
const agree = (number = 0) => act(async () => answers[number]!.agree())

beforeEach(async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  vi.useFakeTimers()
  answers = []
  root = createRoot(document.createElement('div'))
  await told(false)
})
afterEach(async () => {
  await act(async () => root.unmount())
  vi.useRealTimers()
})

const later = () => act(async () => vi.advanceTimersByTime(1500))

test('it is so at once, stays so while the event is under way, and is then what events tell', async () => {
  await want(true)
  expect(hold.value).toBe(true)
  await agree()
  expect(hold.value).toBe(true)
  await told(true)
  await later()
  expect(hold.value).toBe(true)
  await told(false)
  expect(hold.value).toBe(false)
})

test('it is not so any more when the server refuses, and why is said', async () => {
  await want(true)
  await act(async () => answers[0]!.refuse(new Error('This call is not yours.')))
  expect(hold.value).toBe(false)
  expect(hold.error?.message).toBe('This call is not yours.')
  await want(true)
  expect(hold.error).toBeNull()
})

test('it is what the server says when the event does not come', async () => {
  await want(true)
  await agree()
  await later()
  expect(hold.value).toBe(false)
})

test('of two wishes the last one counts, in whatever order they are answered', async () => {
  await want(true)
  await want(false)
  await agree(1)
  await told(true)
  expect(hold.value).toBe(false)
  await act(async () => answers[0]!.refuse(new Error('late')))
  expect(hold.error).toBeNull()
  await told(false)
  expect(hold.value).toBe(false)
})
