import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { simulate } from './center.ts'
import { readCommand, USAGE } from './scenario.ts'

const noFile = () => {
  throw new Error('no such file')
}
const read = (line: string, text?: string) =>
  readCommand(line.split(' ').filter(Boolean), text === undefined ? noFile : () => text)

test('every option finds its place', () => {
  const command = read(
    '--calls-per-hour 300 --aht 240 --patience=60 --agents 20 --calls 500 --warm-up 50 --seed 9 --strategy ring-all --max-wait 45 --capacity 3 --priority-share 0.25 --ring 5 --wrap-up 30 --json',
  )
  expect(command).toMatchObject({
    json: true,
    scenario: { calls: 500, warmUp: 50, seed: 9, strategy: 'ring-all', maxWait: 45, capacity: 3, ring: 5, wrapUp: 30 },
  })
  if (Array.isArray(command)) return
  expect(command.scenario.types.map(type => [type.callsPerHour, type.priority])).toEqual([
    [75, 1],
    [225, 0],
  ])
  expect(command.scenario.agents).toHaveLength(20)
  expect(command.scenario.agents[0]?.talk).toBe(210)
})

test('everything that is wrong is named, at once', () => {
  const problems = read(
    '--foo --agents 0 --seed x --capacity 1.5 --strategy fair --priority-share 2 extra --json=1 --aht',
  )
  expect(problems).toEqual([
    'There is no option “--foo”.',
    'There is no option “extra”.',
    'There is no option “--json=1”.',
    '--aht needs a value.',
    '--agents must be a whole number of 1 or more, at most 100000, not “0”.',
    '--priority-share must be a number of 0 or more, at most 1, not “2”.',
    expect.stringMatching(/^--strategy must be one of longest-idle, .*, not “fair”\.$/),
    '--seed must be a number, not “x”.',
    '--capacity must be a whole number of 0 or more, not “1.5”.',
  ])
  expect(read('--seed 1 --seed 2')).toEqual(['--seed is given twice.'])
})

test('a line that would grow forever is refused', () => {
  expect(read('--calls-per-hour 200 --aht 180 --agents 10')).toEqual([expect.stringContaining('grows forever')])
  expect(read('--calls-per-hour 200 --aht 180 --agents 10 --patience 120')).not.toBeInstanceOf(Array)
  expect(read('--calls-per-hour 200 --aht 180 --agents 10 --capacity 0')).not.toBeInstanceOf(Array)
})

test('agents and types of call come from a file', () => {
  const example = fs.readFileSync(path.join(import.meta.dirname, 'agents.example.json'), 'utf8')
  const command = read('--agents-file agents.example.json --calls 5000', example)
  if (Array.isArray(command)) throw new Error(command.join('\n'))
  const figures = simulate(command.scenario)
  expect(figures.types.map(type => type.calls).reduce((a, b) => a + b)).toBe(5000)
  // Whoever speaks Spanish has more to do.
  expect(figures.agentOccupancy[4]).toBeGreaterThan(figures.agentOccupancy[0]!)
})

test('what is wrong in a file is named, at once', () => {
  const file = {
    agents: [{ id: 'ana', skils: {} }, { id: 'ana', aht: -1 }, 5],
    types: [{ requires: { french: 1 }, callsPerHour: 5 }, { callsPerHour: 'many' }],
    more: 1,
  }
  const problems = read('--agents-file f.json --agents 3', JSON.stringify(file))
  expect(problems).toContain('--agents is said by the agents file; leave one of them out.')
  expect(problems).toContain('f.json: “more” means nothing here.')
  expect(problems).toContain('f.json, agent 1: “skils” means nothing here.')
  expect(problems).toContain('f.json, agent 2: “aht” must be a number more than 0.')
  expect(problems).toContain('f.json, agent 3 must be an object.')
  expect(problems).toContain('f.json: two agents have the same id.')
  expect(problems).toContain('f.json: nobody can take calls of type “type-1”.')
  expect(problems).toContain('f.json, type 2: “callsPerHour” must be a number more than 0.')
  expect(read('--agents-file f.json', '{')).toEqual([expect.stringContaining('f.json cannot be read')])
  expect(read('--agents-file f.json', '[]')).toEqual(['f.json must be an object with the lists “agents” and “types”.'])
  expect(read('--agents-file f.json')).toEqual(['f.json cannot be read: no such file'])
})

test('the help names every option', () => {
  for (const option of ['--calls-per-hour', '--aht', '--patience', '--agents-file', '--suite', '--json', '--warm-up'])
    expect(USAGE).toContain(option)
})
