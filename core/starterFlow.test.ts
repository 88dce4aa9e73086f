import { expect, test } from 'vitest'
import { checkFlow } from './flowCheck.ts'
import { runFlowTest } from './flowTest.ts'
import { starterFlow, starterFlowTests } from './starterFlow.ts'

const QUEUES = { sales: 'sales', support: 'support', hr: 'hr' }
const definition = starterFlow(QUEUES)
const things = (...names: string[]) => names.map(name => ({ id: name, name }))
const known = { queues: things('sales', 'support', 'hr'), hours: [], agents: [], flows: [] }

test('nothing is wrong with it', () => {
  expect(checkFlow(definition, known)).toEqual([])
})

test.each(starterFlowTests(QUEUES))('$name', each => {
  expect(runFlowTest(each, [{ id: 'main', name: 'Main menu', definition }], known).problems).toEqual([])
})

test('its own tests notice when it leads elsewhere', () => {
  const swapped = starterFlow({ sales: 'hr', support: 'sales', hr: 'support' })
  const flows = [{ id: 'main', name: 'Main menu', definition: swapped }]
  expect(starterFlowTests(QUEUES).filter(each => runFlowTest(each, flows, known).passed)).toEqual([])
})
