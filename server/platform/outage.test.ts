import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Connection, createDb, type Engine } from './db.ts'
import { createLog } from './log.ts'
import { reasonOf } from './outage.ts'

let lines: { level: number; msg: string; refused?: number }[] = []
const log = createLog('info', { write: line => void lines.push(JSON.parse(line)) })
beforeEach(() => {
  lines = []
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => void vi.useRealTimers())

const failure = (code: string, message = 'failed') => Object.assign(new Error(message), { code })

/** A database whose connections fail with this, and whose statements do with that; null: they do not. */
function standIn() {
  const now: { connecting: Error | null; asking: Error | null; released: (boolean | undefined)[] } = {
    connecting: null,
    asking: null,
    released: [],
  }
  const engine = {
    shared: true,
    async connect(): Promise<Connection> {
      if (now.connecting) throw now.connecting
      return {
        async query(text) {
          if (now.asking && text === 'select 1') throw now.asking
          return []
        },
        release: broken => void now.released.push(broken),
      }
    },
    listen: async () => {
      throw failure('ECONNREFUSED')
    },
    lock: async () => {
      throw failure('ECONNREFUSED')
    },
    close: async () => {},
  } satisfies Engine
  const db = createDb(engine, log)
  return { now, db, ask: () => db.asSystem(sql => sql.query('select 1')) }
}

const UNAVAILABLE = { message: 'The database cannot be reached just now.' }

describe('a database that cannot be used', () => {
  test('is told of once, and that it can be used again; not by everything that waits for it', async () => {
    const { now, ask } = standIn()
    now.connecting = failure('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:5432')
    for (let second = 0; second < 50; second++) {
      await ask().catch(error => log.error({ err: error }, 'something could not be done'))
      vi.advanceTimersByTime(1000)
    }
    expect(lines).toMatchObject([
      { level: 50, msg: 'the database cannot be used: Nothing listens there (10.0.0.1:5432).', refused: 1 },
    ])
    vi.advanceTimersByTime(20_000)
    await expect(ask()).rejects.toMatchObject(UNAVAILABLE)
    expect(lines[1]).toMatchObject({ level: 50, refused: 50 })
    now.connecting = null
    await ask()
    await ask()
    expect(lines.slice(2)).toMatchObject([{ level: 40, msg: 'the database can be used again' }])
  })

  test('that comes and goes fills no log either', async () => {
    const { now, ask } = standIn()
    for (let moment = 0; moment < 100; moment++) {
      now.connecting = moment % 2 === 0 ? failure('53300') : null
      await ask().catch(() => {})
      vi.advanceTimersByTime(100)
    }
    expect(lines.map(({ level }) => level)).toEqual([50, 40])
  })

  test.each(['25006', '53100', '53200'])(
    'is also one that is there and takes nothing (%s): the next try gets another connection',
    async code => {
      const { now, ask } = standIn()
      now.asking = failure(code)
      await expect(ask()).rejects.toMatchObject(UNAVAILABLE)
      expect(now.released).toEqual([true])
    },
  )

  test('is also one that falls silent in a statement', async () => {
    const { now, ask } = standIn()
    now.asking = new Error('Query read timeout')
    await expect(ask()).rejects.toMatchObject(UNAVAILABLE)
    expect([now.released, lines[0]!.msg]).toEqual([[true], expect.stringContaining('does not answer')])
  })

  test('is the same for listening and locks', async () => {
    const { db } = standIn()
    await expect(
      db.listen(
        'events',
        () => {},
        () => {},
      ),
    ).rejects.toMatchObject(UNAVAILABLE)
    await expect(db.lock('one', () => {})).rejects.toMatchObject(UNAVAILABLE)
  })

  test('a statement that is wrong is no outage, and is logged as ever', async () => {
    const { now, ask } = standIn()
    now.asking = failure('42P01', 'relation "x" does not exist')
    await ask().catch(error => log.error({ err: error }, 'something could not be done'))
    expect([lines, now.released]).toMatchObject([[{ level: 50, msg: 'something could not be done' }], [false]])
  })
})

test.each([
  ['ENOTFOUND', 'getaddrinfo ENOTFOUND db.example', /host name cannot be resolved \(.*db\.example\)/],
  ['28P01', 'password authentication failed for user "u"', /refuses the user or the password/],
  ['3D000', 'database "x" does not exist', /no such database.*create it/],
  ['53300', 'sorry, too many clients already', /max_connections/],
  ['25006', 'cannot execute INSERT in a read-only transaction', /read-only/],
  ['CERT_HAS_EXPIRED', 'certificate has expired', /CERT_HAS_EXPIRED.*NODE_EXTRA_CA_CERTS/],
  ['', 'The server does not support SSL connections', /sslmode/],
  ['57P01', 'terminating connection due to administrator command', /connection to it was lost/],
  ['', 'something new', /^something new\.$/],
])('%s is put in words', (code, message, words) => expect(reasonOf(failure(code, message))).toMatch(words))

test('a host of several addresses, none of which answers, is put in words as well', () => {
  const each = failure('ECONNREFUSED', 'connect ECONNREFUSED ::1:5432')
  const all = Object.assign(new AggregateError([each, each]), { code: 'ECONNREFUSED' })
  expect(reasonOf(all)).toBe('Nothing listens there (::1:5432).')
})
