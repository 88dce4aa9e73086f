import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import * as contract from '../client/contract.ts'
import { ACTOR_KINDS, CHANNELS } from '../core/cause.ts'
import { SPECIAL_KINDS } from '../core/dialling.ts'
import { REQUEST_PRIORITIES } from '../core/request.ts'
import { HEARING_POLICIES, PERMISSIONS, ROLES } from '../core/role.ts'

const root = path.resolve(import.meta.dirname, '..')

/** Which room may know which: arrows, and no others (docs/architecture.md). */
const ARROWS: Record<string, string[]> = {
  core: [],
  voice: [],
  client: [],
  providers: ['core', 'voice'],
  server: ['core', 'client', 'providers', 'voice'],
  react: ['client', 'core'],
  dashboard: ['react', 'client', 'core', 'simulator'],
  simulator: ['core', 'client', 'providers', 'voice'],
  examples: ['react', 'client'],
}

const sources = (room: string): string[] => {
  const folder = path.join(root, room)
  if (!fs.existsSync(folder)) return []
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file))
    .map(file => path.join(folder, file))
}

const imports = (file: string): string[] =>
  [...fs.readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(match => match[1]!)

test.each(Object.entries(ARROWS))('%s imports only from where its arrows point', (room, allowed) => {
  const strays: string[] = []
  for (const file of sources(room)) {
    for (const target of imports(file).filter(name => name.startsWith('.'))) {
      const there = path.relative(root, path.resolve(path.dirname(file), target)).split(path.sep)[0]!
      if (there !== room && !allowed.includes(there)) strays.push(`${path.relative(root, file)} → ${target}`)
    }
  }
  expect(strays).toEqual([])
})

test('core reads no clock, rolls no dice and knows neither Node nor the browser', () => {
  const strays = sources('core').filter(file =>
    /Date\.now\(|new Date\(\)|Math\.random\(|performance\.|from 'node:|setTimeout|globalThis|process\./.test(
      fs.readFileSync(file, 'utf8'),
    ),
  )
  expect(strays).toEqual([])
})

test('a call goes out where it is asked whether it may, and nowhere else', () => {
  const making = (pattern: RegExp, room: string) =>
    sources(room)
      .filter(file => pattern.test(fs.readFileSync(file, 'utf8').replace(/^ *\| \{ type.*$/gm, '')))
      .map(file => path.relative(root, file))
  // A script that leads to a telephone, and a telephone that is dialled outright.
  expect([...making(/type: 'bridge' as const/, 'core'), ...making(/type: 'bridge' as const/, 'server')]).toEqual([
    'core/flowQueue.ts',
  ])
  expect(making(/type: 'dial',/, 'server')).toEqual(['server/calls/outgoingCalls.ts'])
})

test('the tables of the world’s numbers are the server’s: browsers would load them', () => {
  const heavy = sources('core').filter(file => imports(file).some(name => name === 'libphonenumber-js/max'))
  expect(heavy.map(file => path.relative(root, file))).toEqual(['core/dialling.ts'])
  const loads = ['core', 'react', 'dashboard', 'simulator', 'client']
    .flatMap(sources)
    .filter(file => /^(?:import|export) (?!type ).*\/dialling\.ts'/m.test(fs.readFileSync(file, 'utf8')))
    .filter(file => !file.includes(path.join('client', 'contract')))
  expect(loads.map(file => path.relative(root, file))).toEqual([])
})

test('the words of a provider stay in its folder', () => {
  const vendor = /CallSid|SequenceNumber|conversation_uuid|telephonySessionId|TwiML|NCCO/
  const strays = ['core', 'server', 'react', 'dashboard']
    .flatMap(sources)
    .filter(file => vendor.test(fs.readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')))
  expect(strays.map(file => path.relative(root, file))).toEqual([])
})

test('both sides of the wall mean the same by a role, a permission, a status', () => {
  expect(contract.Role.options.toSorted()).toEqual(ROLES.toSorted())
  expect(contract.Permission.options.toSorted()).toEqual(PERMISSIONS.toSorted())
  expect(contract.HeardBy.options).toEqual(HEARING_POLICIES)
  expect(contract.SpecialKind.options).toEqual(SPECIAL_KINDS)
  expect(contract.RequestPriority.options).toEqual(REQUEST_PRIORITIES)
  expect(contract.ActorKind.options).toEqual(ACTOR_KINDS)
  expect(contract.Channel.options).toEqual(CHANNELS)
})
