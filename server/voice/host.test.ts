import { afterEach, expect, test } from 'vitest'
import type { Db } from '../platform/db.ts'
import { createLog, type Log } from '../platform/log.ts'
import { createVoiceHost, type VoiceHost } from './host.ts'

/** A database, as far as hosts see it. */
function share() {
  let holder: (() => void) | null = null
  let address: string | null = null
  const db = {
    shared: true,
    async lock(_name: string, lost: () => void) {
      if (holder !== null) return null
      holder = lost
      return async () => {
        if (holder === lost) holder = null
      }
    },
    asSystem: (work: (sql: unknown) => unknown) =>
      work({
        async query(_text: string, values?: [string]) {
          if (values) address = values[0]
          return address === null ? [] : [{ address }]
        },
      }),
  } as unknown as Db
  return {
    db,
    /** The database has gone away from whoever holds the lock. */
    takeAway() {
      const lost = holder
      holder = null
      lost?.()
    },
  }
}

const hosts: VoiceHost[] = []
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop()
})

function open(db: Db, address: string, take = async () => {}, mayCarry = true, log = createLog('silent')) {
  const host = createVoiceHost(db, log, mayCarry)
  hosts.push(host)
  const lost: string[] = []
  const started = host.start(address, take, async () => void lost.push(address))
  return { host, lost, started }
}

test('one of several carries, and the others know where', async () => {
  const { db } = share()
  const first = open(db, 'a:1')
  await first.started
  const others = [open(db, 'b:2'), open(db, 'c:3', undefined, false)]
  await Promise.all(others.map(({ started }) => started))
  expect([first, ...others].map(({ host }) => [host.isHere, host.elsewhere])).toEqual([
    [true, null],
    [false, 'a:1'],
    [false, 'a:1'],
  ])
})

test('when it stops, or loses the database, another one takes over', async () => {
  const { db, takeAway } = share()
  const first = open(db, 'a:1')
  await first.started
  const second = open(db, 'b:2')
  await second.started
  await first.host.stop()
  await expect.poll(() => second.host.isHere).toBe(true)
  takeAway()
  await expect.poll(() => second.lost).toEqual(['b:2'])
})

test('who cannot begin gives others the chance, and tries again', async () => {
  const { db } = share()
  let tries = 0
  const first = open(db, 'a:1', async () => {
    if (++tries < 2) throw new Error('no port')
  })
  await first.started
  expect(first.host.isHere).toBe(false)
  await expect.poll(() => first.host.isHere).toBe(true)
})

test('what has just begun when it stops is broken off without a word; what fails by itself is told', async () => {
  const said: string[] = []
  const log = { error: (_details: object, message: string) => said.push(message) } as unknown as Log
  let breakOff: () => void = () => {}
  const beginning = new Promise<void>((_, reject) => {
    breakOff = () => reject(new Error('broken off'))
  })
  const stopping = createVoiceHost(share().db, log, true)
  const started = stopping.start(
    'a:1',
    () => beginning,
    async () => {},
  )
  const stopped = stopping.stop()
  breakOff()
  await Promise.all([started, stopped])
  expect(said).toEqual([])

  const failing = createVoiceHost(share().db, log, true)
  hosts.push(failing)
  await failing.start(
    'b:2',
    () => Promise.reject(new Error('no port is free')),
    async () => {},
  )
  expect(said).toEqual([expect.stringContaining('cannot be carried here')])
})

test('what stands in the way is logged once, and again when it is something else', async () => {
  const lines: string[] = []
  const log = createLog('info', { write: line => void lines.push(JSON.parse(line).err.message) })
  let tries = 0
  const take = async () => {
    throw new Error(++tries < 3 ? 'no port' : 'no processes')
  }
  await open(share().db, 'a:1', take, true, log).started
  await expect.poll(() => tries, { timeout: 10_000 }).toBeGreaterThan(3)
  expect(lines).toEqual(['no port', 'no processes'])
})
