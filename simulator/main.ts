import fs from 'node:fs'
import { type Scenario, simulate } from './center.ts'
import { FAULTS } from './faults.ts'
import { readCommand, USAGE } from './scenario.ts'
import { runSuite, SUITES } from './suite.ts'
import type { Figures, TypeFigures } from './tally.ts'

/**
 * The command `npm run simulate`. The same options give the same output to the last byte, but for `calls_per_second`,
 * which is how fast this machine was.
 */
export function main(args: readonly string[]): number {
  if (args.includes('--help')) {
    console.log(USAGE)
    return 0
  }
  if (args[0] === '--suite') {
    const name = SUITES.find(suite => suite === args[1])
    if (name === undefined || args.length > 2) return refuse([`--suite must be one of ${SUITES.join(', ')}, alone.`])
    return runSuite(name, console.log) ? 0 : 1
  }
  const command = readCommand(args, path => fs.readFileSync(path, 'utf8'))
  if (Array.isArray(command)) return refuse(command)
  const began = performance.now()
  const figures =
    command.fault === null ? simulate(command.scenario) : simulate(command.scenario, FAULTS[command.fault].open)
  const seconds = (performance.now() - began) / 1000
  const speed = Math.round((command.scenario.calls + command.scenario.warmUp) / seconds)
  console.log(command.json ? JSON.stringify(asJson(figures, speed)) : asTable(command.scenario, figures, speed))
  return 0
}

function refuse(problems: string[]): number {
  for (const problem of problems) console.error(problem)
  console.error('--help tells all options.')
  return 1
}

const asJson = (figures: Figures, speed: number) => ({
  calls: figures.calls,
  p_wait: figures.pWait,
  mean_wait_s: figures.meanWait,
  sl20: figures.serviceLevel,
  p_abandon: figures.pAbandon,
  occupancy: figures.occupancy,
  idle_cv2: figures.idleCv2,
  calls_per_second: speed,
})

function asTable(scenario: Scenario, figures: Figures, speed: number): string {
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`
  const row = (name: string, of: TypeFigures) => [
    name,
    String(of.calls),
    percent(of.pWait),
    `${of.meanWait.toFixed(2)} s`,
    percent(of.serviceLevel),
    percent(of.pAbandon),
    percent(of.pOverflow),
  ]
  const rows = [['calls', 'offered', 'wait', 'mean wait', 'in 20 s', 'give up', 'overflow']]
  if (figures.types.length > 1) rows.push(...figures.types.map((type, index) => row(scenario.types[index]!.name, type)))
  rows.push(row('all', figures))
  const least = figures.agentOccupancy.reduce((a, b) => Math.min(a, b), 1)
  const most = figures.agentOccupancy.reduce((a, b) => Math.max(a, b), 0)
  return [
    ...aligned(rows),
    '',
    `Occupancy ${percent(figures.occupancy)} (from ${percent(least)} to ${percent(most)}); ` +
      `CV² of ${figures.idlePeriods} idle periods ${figures.idleCv2.toFixed(4)}; ${scenario.strategy}.`,
    `${speed} calls per second.`,
  ].join('\n')
}

function aligned(rows: string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  return rows.map(row =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  '),
  )
}
