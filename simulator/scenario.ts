import type { Skills } from '../core/agent.ts'
import { STRATEGIES, type Strategy } from '../core/queue.ts'
import type { CallType, Scenario, SimulatedAgent } from './center.ts'
import { FAULTS } from './faults.ts'

/** What the command line asks for. */
export interface Command {
  scenario: Scenario
  /** What goes wrong; null: nothing. */
  fault: keyof typeof FAULTS | null
  json: boolean
}

export const USAGE = `npm run simulate -- [options]

  --calls-per-hour N   how many calls arrive per hour, at random times           (200)
  --aht S              mean length of a conversation in seconds, wrap-up included (180)
  --patience S         mean patience in seconds; left out: nobody gives up
  --agents N           how many agents                                           (10)
  --calls N            how many calls in all                                     (100000)
  --warm-up N          calls before these that do not count                      (0)
  --seed N             another number, other callers                             (1)
  --strategy S         ${STRATEGIES.join(', ')} (longest-idle)
  --max-wait S         overflow after so many seconds
  --capacity N         how many may wait; 0: nobody
  --priority-share P   share of calls, 0 to 1, that go before all others         (0)
  --ring S             seconds from the offer to the answer                      (0)
  --wrap-up S          seconds of wrap-up after each conversation                (0)
  --agents-file F      agents and types of call from a file, instead of
                       --agents, --calls-per-hour, --aht and --priority-share
  --fault NAME         with something wrong in the matchmaker: ${Object.keys(FAULTS).slice(0, 6).join(', ')},
                       ${Object.keys(FAULTS).slice(6).join(', ')}
  --json               one JSON object instead of a table
  --suite NAME         instead of all this: compare with queueing theory
                       (pull_request, nightly, weekly)`

interface Rule {
  whole?: true
  least: number
  most?: number
}

const NUMBERS: Record<string, Rule> = {
  'calls-per-hour': { least: Number.MIN_VALUE },
  aht: { least: Number.MIN_VALUE },
  patience: { least: Number.MIN_VALUE },
  agents: { whole: true, least: 1, most: 100_000 },
  calls: { whole: true, least: 1, most: 1e9 },
  'warm-up': { whole: true, least: 0, most: 1e9 },
  seed: { whole: true, least: 0 },
  'max-wait': { least: 0 },
  capacity: { whole: true, least: 0 },
  'priority-share': { least: 0, most: 1 },
  ring: { least: 0 },
  'wrap-up': { least: 0 },
}

/** Not with an agents file, which says the same. */
const INSTEAD_OF_FILE = ['agents', 'calls-per-hour', 'aht', 'priority-share']

/**
 * Reads the command line; `readFile` hands over the text of the agents file. The answer to anything that is wrong is
 * the list of everything that is wrong.
 */
export function readCommand(args: readonly string[], readFile: (path: string) => string): Command | string[] {
  const problems: string[] = []
  const given = readOptions(args, problems)
  const number = (name: string, otherwise: number): number => {
    const text = given.get(name)
    if (text === undefined) return otherwise
    const value = Number(text)
    const problem = text.trim() === '' || !Number.isFinite(value) ? 'a number' : breach(value, NUMBERS[name]!)
    if (problem !== null) problems.push(`--${name} must be ${problem}, not “${text}”.`)
    return value
  }
  const callsPerHour = number('calls-per-hour', 200)
  const aht = number('aht', 180)
  const patience = given.has('patience') ? number('patience', 0) : null
  const agentCount = number('agents', 10)
  const share = number('priority-share', 0)
  const wrapUp = number('wrap-up', 0)
  const strategy = (given.get('strategy') ?? 'longest-idle') as Strategy
  if (!STRATEGIES.includes(strategy))
    problems.push(`--strategy must be one of ${STRATEGIES.join(', ')}, not “${strategy}”.`)

  const fault = given.get('fault') ?? null
  if (fault !== null && !isFault(fault))
    problems.push(`--fault must be one of ${Object.keys(FAULTS).join(', ')}, not “${fault}”.`)

  const rest = {
    calls: number('calls', 100_000),
    warmUp: number('warm-up', 0),
    seed: number('seed', 1),
    strategy,
    ring: number('ring', 0),
    wrapUp,
    maxWait: given.has('max-wait') ? number('max-wait', 0) : null,
    capacity: given.has('capacity') ? number('capacity', 0) : null,
    talk: 'exponential' as const,
  }
  let people: { agents: SimulatedAgent[]; types: CallType[] } = { agents: [], types: [] }
  const file = given.get('agents-file')
  if (file !== undefined) {
    for (const name of INSTEAD_OF_FILE)
      if (given.has(name)) problems.push(`--${name} is said by the agents file; leave one of them out.`)
    people = readPeople(file, readFile, patience, wrapUp, problems)
  } else {
    if (wrapUp >= aht) problems.push('--wrap-up must be less than --aht, which includes it.')
    if (problems.length === 0) people = equalPeople(agentCount, aht - wrapUp, callsPerHour, patience, share)
  }
  const patient = people.types.some(type => type.patience === null)
  const load = people.types.reduce((sum, type) => sum + type.callsPerHour, 0)
  const capacity = people.agents.reduce((sum, agent) => sum + 3600 / (agent.talk + wrapUp + rest.ring), 0)
  if (problems.length === 0 && patient && rest.maxWait === null && rest.capacity === null && load >= capacity)
    problems.push(
      `${load} calls per hour are more than ${Math.floor(capacity)}, all that these agents can answer: without --patience, --max-wait or --capacity the line grows forever.`,
    )
  if (problems.length > 0) return problems
  return { scenario: { ...rest, ...people }, fault: fault as Command['fault'], json: given.has('json') }
}

const isFault = (name: string): name is keyof typeof FAULTS => Object.hasOwn(FAULTS, name)

function readOptions(args: readonly string[], problems: string[]): Map<string, string> {
  const given = new Map<string, string>()
  for (let i = 0; i < args.length; i++) {
    const [name, inline] = splitOnce(args[i]!)
    const known =
      name.startsWith('--') && (Object.hasOwn(NUMBERS, name.slice(2)) || /^--(strategy|agents-file|fault)$/.test(name))
    if (given.has(name.slice(2))) problems.push(`${name} is given twice.`)
    if (name === '--json' && inline === undefined) given.set('json', '')
    else if (!known) problems.push(`There is no option “${args[i]}”.`)
    else {
      const follows = args[i + 1]
      if (inline !== undefined) given.set(name.slice(2), inline)
      else if (follows === undefined || follows.startsWith('--')) problems.push(`${name} needs a value.`)
      else {
        given.set(name.slice(2), follows)
        i++
      }
    }
  }
  return given
}

function splitOnce(text: string): [string, string | undefined] {
  const at = text.indexOf('=')
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function breach(value: number, { whole, least, most }: Rule): string | null {
  const fits = value >= least && (most === undefined || value <= most) && (!whole || Number.isSafeInteger(value))
  if (fits) return null
  const kind = whole ? 'a whole number' : 'a number'
  const from = least === Number.MIN_VALUE ? 'more than 0' : `of ${least} or more`
  return `${kind} ${from}${most === undefined ? '' : `, at most ${most}`}`
}

function equalPeople(count: number, talk: number, callsPerHour: number, patience: number | null, share: number) {
  const agents = Array.from({ length: count }, (_, index) => ({ id: `agent-${index + 1}`, skills: {}, talk }))
  const type = (name: string, part: number, priority: number): CallType => ({
    name,
    callsPerHour: callsPerHour * part,
    requires: {},
    priority,
    patience,
  })
  const types = [type('high', share, 1), type('normal', 1 - share, 0)].filter(each => each.callsPerHour > 0)
  return { agents, types: types.length === 1 ? [{ ...types[0]!, name: 'all' }] : types }
}

/**
 * An agents file is JSON:
 *
 *     { "agents": [{ "id": "ana", "skills": { "english": 3 }, "aht": 180 }, …],
 *       "types":  [{ "name": "sales", "callsPerHour": 52, "requires": { "english": 1 }, "priority": 0, "patience": 120 }, …] }
 *
 * `aht` and `patience` are seconds, skills and requirements level by skill. `id`, `skills`, `requires`, `priority` and
 * `patience` may be left out; `patience` then is that of the command line. See `simulator/agents.example.json`.
 */
function readPeople(
  path: string,
  readFile: (path: string) => string,
  patience: number | null,
  wrapUp: number,
  problems: string[],
): { agents: SimulatedAgent[]; types: CallType[] } {
  const nobody = { agents: [], types: [] }
  let content: unknown
  try {
    content = JSON.parse(readFile(path))
  } catch (error) {
    problems.push(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
    return nobody
  }
  if (!isRecord(content) || !Array.isArray(content.agents) || !Array.isArray(content.types)) {
    problems.push(`${path} must be an object with the lists “agents” and “types”.`)
    return nobody
  }
  for (const key of Object.keys(content))
    if (key !== 'agents' && key !== 'types') problems.push(`${path}: “${key}” means nothing here.`)
  if (content.agents.length === 0) problems.push(`${path}: there must be at least one agent.`)
  if (content.types.length === 0) problems.push(`${path}: there must be at least one type of call.`)

  const agents = content.agents.map((value: unknown, index) => {
    const here = fields(value, `${path}, agent ${index + 1}`, ['id', 'skills', 'aht'], problems)
    const talk = here.number('aht', 180, Number.MIN_VALUE) - wrapUp
    if (talk <= 0) problems.push(`${path}, agent ${index + 1}: “aht” must be more than --wrap-up, which it includes.`)
    return { id: here.text('id', `agent-${index + 1}`), skills: here.skills('skills'), talk }
  })
  if (new Set(agents.map(agent => agent.id)).size < agents.length)
    problems.push(`${path}: two agents have the same id.`)
  const types = content.types.map((value: unknown, index) => {
    const known = ['name', 'callsPerHour', 'requires', 'priority', 'patience']
    const here = fields(value, `${path}, type ${index + 1}`, known, problems)
    const type = {
      name: here.text('name', `type-${index + 1}`),
      callsPerHour: here.number('callsPerHour', null, Number.MIN_VALUE),
      requires: here.skills('requires'),
      priority: here.number('priority', 0, 0),
      patience: here.has('patience') ? here.number('patience', null, Number.MIN_VALUE) : patience,
    }
    const able = agents.some(agent =>
      Object.entries(type.requires).every(([skill, level]) => ((agent.skills as Skills)[skill] ?? 0) >= level),
    )
    if (!able) problems.push(`${path}: nobody can take calls of type “${type.name}”.`)
    return type
  })
  return { agents, types }
}

function fields(value: unknown, where: string, known: string[], problems: string[]) {
  const record = isRecord(value) ? value : {}
  if (!isRecord(value)) problems.push(`${where} must be an object.`)
  for (const key of Object.keys(record))
    if (!known.includes(key)) problems.push(`${where}: “${key}” means nothing here.`)
  return {
    has: (key: string) => record[key] !== undefined && record[key] !== null,
    text(key: string, otherwise: string): string {
      const text = record[key] ?? otherwise
      if (typeof text === 'string' && text !== '') return text
      problems.push(`${where}: “${key}” must be a text.`)
      return otherwise
    },
    number(key: string, otherwise: number | null, least: number): number {
      const number = record[key] ?? otherwise
      if (typeof number === 'number' && Number.isFinite(number) && number >= least) return number
      problems.push(`${where}: “${key}” must be ${breach(Number.NaN, { least })}.`)
      return 1
    },
    skills(key: string): Skills {
      const skills = record[key] ?? {}
      if (isRecord(skills) && Object.values(skills).every(level => Number.isInteger(level) && (level as number) >= 1))
        return skills as Skills
      problems.push(`${where}: “${key}” must give a level of 1 or more per skill.`)
      return {}
    },
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
