// @vitest-environment happy-dom
import { act, useState } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { useKeptFocus } from './useKeptFocus.ts'

let root: Root

function Countries() {
  const [countries, setCountries] = useState(['Chile', 'Peru', 'Spain'])
  const kept = useKeptFocus<HTMLDivElement>()
  return (
    <div {...kept}>
      {countries.map(country => (
        <button key={country} type="button" onClick={() => setCountries(countries.filter(each => each !== country))}>
          {country}
        </button>
      ))}
      <button type="button">Add</button>
    </div>
  )
}

const take = (name: string) =>
  act(async () => {
    const button = [...document.querySelectorAll('button')].find(({ textContent }) => textContent === name)!
    button.focus()
    button.click()
  })

beforeEach(async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  document.body.innerHTML = '<div id="root"></div>'
  root = createRoot(document.getElementById('root')!)
  await act(async () => root.render(<Countries />))
})
afterEach(() => act(async () => root.unmount()))

test('whoever takes parts away one after the other stays among them, and then beside them', async () => {
  await take('Peru')
  expect(document.activeElement!.textContent).toBe('Spain')
  await take('Spain')
  expect(document.activeElement!.textContent).toBe('Add')
  await take('Chile')
  expect(document.activeElement!.textContent).toBe('Add')
})

test('what takes nothing away leaves the focus where it is', async () => {
  await take('Add')
  expect(document.activeElement!.textContent).toBe('Add')
})
