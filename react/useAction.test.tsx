// @vitest-environment happy-dom
import { act } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Problem } from './Problem.tsx'
import { useAction } from './useAction.ts'

let root: Root
beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  document.body.innerHTML = '<div id="root"></div>'
  root = createRoot(document.getElementById('root')!)
})
afterEach(() => act(() => root.unmount()))

type Perform = () => Promise<unknown>

function Asks({ name, perform }: { name: string; perform: Perform }) {
  const action = useAction(perform)
  return (
    <>
      <button id={name} type="button" disabled={action.pending} onClick={() => action.run()} />
      <Problem error={action.error} />
    </>
  )
}
const show = (performs: Record<string, Perform>) =>
  act(() => root.render(Object.entries(performs).map(([name, perform]) => <Asks key={name} {...{ name, perform }} />)))
const button = (name: string) => document.getElementById(name) as HTMLButtonElement
const press = (name: string) => act(async () => button(name).click())

test('is asked once at a time, and can be asked again afterwards', async () => {
  const answers: (() => void)[] = []
  await show({ slow: () => new Promise<void>(resolve => answers.push(resolve)) })
  await press('slow')
  expect(button('slow').disabled).toBe(true)
  await press('slow')
  expect(answers).toHaveLength(1)
  await act(async () => answers[0]!())
  await press('slow')
  expect(answers).toHaveLength(2)
})

test('says what went wrong, until it is tried again', async () => {
  let works = false
  await show({ odd: async () => works || Promise.reject(new Error('The line is busy.')) })
  await press('odd')
  expect(document.body.textContent).toBe('The line is busy.')
  works = true
  await press('odd')
  expect(document.body.textContent).toBe('')
})

test('one that takes long keeps no other waiting', async () => {
  await show({ slow: () => new Promise(() => {}), quick: async () => {} })
  await press('slow')
  await press('quick')
  expect(button('slow').disabled).toBe(true)
  expect(button('quick').disabled).toBe(false)
})
