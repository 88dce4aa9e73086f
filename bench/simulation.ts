import { simulate } from '../simulator/center.ts'
import { readCommand } from '../simulator/scenario.ts'
import { median, table } from './support.ts'

const CENTER = '--calls-per-hour 200 --aht 180 --patience 120 --agents 10'
const CALLS = 200_000
const ROUNDS = 5

/** How fast a center is played on the invented clock. */
export function benchSimulation(): void {
  console.log(`Simulation: ${CALLS.toLocaleString('en')} calls, ${CENTER}, median of ${ROUNDS} rounds.`)
  const command = readCommand([...CENTER.split(' '), '--calls', String(CALLS)], () => '')
  if (Array.isArray(command)) throw new Error(command.join(' '))
  const { scenario } = command
  simulate({ ...scenario, calls: CALLS / 10 })
  const perSecond = median(
    Array.from({ length: ROUNDS }, (_, seed) => {
      const began = performance.now()
      simulate({ ...scenario, seed: seed + 1 })
      return CALLS / ((performance.now() - began) / 1000)
    }),
  )
  const callsPerDay = scenario.types.reduce((sum, type) => sum + type.callsPerHour, 0) * 24
  table([
    ['calls/s', 'days of this center per second'],
    [Math.round(perSecond).toLocaleString('en'), (perSecond / callsPerDay).toFixed(1)],
  ])
}
