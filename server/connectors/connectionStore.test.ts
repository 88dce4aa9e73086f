import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { addWorkspace } from '../contacts/testing.ts'
import type { Tx } from '../platform/db.ts'
import {
  advanceClaim,
  type Claim,
  ClaimLost,
  changeConnection,
  claimConnection,
  endClaim,
  listDue,
  nextTurn,
  saveConnection,
  wakeConnections,
} from './connectionStore.ts'

const START = Date.parse('2026-01-01T00:00:00Z')
const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString()
const DONE = { ok: true, problem: null, waitMs: 120_000 }

onBothDatabases('whose turn it is to sync a connection', open => {
  let database: TestDatabase
  let workspace: string
  let id: string
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database?.close())
  beforeEach(async () => {
    workspace = await addWorkspace(database.db)
    const given = { id: newId(), crm: 'hubspot' as const, account: 'acme', tokens: Buffer.from('sealed') }
    id = await run(tx => saveConnection(tx, given, at(0)))
  })
  const run = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => database.db.inWorkspace(workspace, work)
  const claim = (seconds: number, token = newId()): Promise<Claim | null> =>
    run(tx => claimConnection(tx, id, token, at(seconds)))
  const dueAt = async (): Promise<number | null> => {
    const due = await run(tx => nextTurn(tx, id))
    return due && (due.getTime() - START) / 1000
  }

  const isListed = async (seconds: number): Promise<boolean> => {
    const due = await database.db.asSystem(sql => listDue(sql, new Date(at(seconds))))
    return due.some(each => each.id === id)
  }

  test('one of two that claim it at the same time has it', async () => {
    const claims = await Promise.all([claim(1), claim(1)])
    expect(claims.filter(each => each !== null)).toHaveLength(1)
  })

  test('it is due again after a while; not before', async () => {
    const first = (await claim(1))!
    await run(tx => endClaim(tx, first, at(2), DONE))
    expect(await dueAt()).toBe(122)
    expect(await claim(121)).toBeNull()
    expect(await claim(122)).not.toBeNull()
  })

  test('whoever dies loses it when its lease has run out, and what it still does counts for nothing', async () => {
    const dead = (await claim(1))!
    expect(await claim(120)).toBeNull()
    expect(await dueAt()).toBe(121)
    expect(await isListed(60)).toBe(false)
    expect(await isListed(121)).toBe(true)
    const heir = (await claim(121))!
    await expect(run(tx => advanceClaim(tx, dead, at(122), { eventSeq: 9 }))).rejects.toThrow(ClaimLost)
    await run(tx => endClaim(tx, dead, at(122), DONE))
    await run(tx => advanceClaim(tx, heir, at(123), { eventSeq: 5, pullCursor: { since: 1 } }))
    await run(tx => endClaim(tx, heir, at(124), DONE))
    expect(await claim(244)).toMatchObject({ eventSeq: 5, pullCursor: { since: 1 } })
  })

  test('each step puts off the end of the lease', async () => {
    const slow = (await claim(0))!
    await run(tx => advanceClaim(tx, slow, at(100)))
    expect(await claim(150)).toBeNull()
  })

  test('what happens during a run is looked at right after it', async () => {
    const busy = (await claim(1))!
    expect(await run(tx => wakeConnections(tx, [], at(2)))).toEqual([id])
    await run(tx => endClaim(tx, busy, at(3), DONE))
    expect(await dueAt()).toBe(3)
  })

  test('whoever has told us is not told', async () => {
    expect(await run(tx => wakeConnections(tx, [id], at(2)))).toEqual([])
  })

  test('after a failure it waits, whatever happens; until a person says now', async () => {
    const failed = (await claim(1))!
    await run(tx => endClaim(tx, failed, at(2), { ok: false, problem: 'No.', waitMs: 30_000 }))
    await run(tx => wakeConnections(tx, [], at(3)))
    expect(await dueAt()).toBe(32)
    expect(await run(tx => changeConnection(tx, 'hubspot', {}, at(4)))).toMatchObject({ problem: 'No.', attempts: 1 })
    expect(await dueAt()).toBe(4)
  })

  test('paused during a run, the run has lost it', async () => {
    const running = (await claim(1))!
    await run(tx => changeConnection(tx, 'hubspot', { paused: true }, at(2)))
    await expect(run(tx => advanceClaim(tx, running, at(3)))).rejects.toThrow(ClaimLost)
    expect(await dueAt()).toBeNull()
  })

  test('paused as a run ends, what it has come to does not count; resumed, the next one begins at once', async () => {
    const ending = (await claim(1))!
    await run(tx => changeConnection(tx, 'hubspot', { paused: true }, at(2)))
    await run(tx => endClaim(tx, ending, at(3), DONE))
    expect(await run(tx => changeConnection(tx, 'hubspot', { paused: false }, at(4)))).toMatchObject({ syncedAt: null })
    expect(await claim(4)).not.toBeNull()
  })

  test('the same account connected again goes on where it was, another one begins anew', async () => {
    const first = (await claim(1))!
    await run(tx => advanceClaim(tx, first, at(1), { pullCursor: { since: 1 } }))
    await run(tx => endClaim(tx, first, at(2), { ok: false, broken: true, problem: 'No.', waitMs: 0 }))
    expect(await dueAt()).toBeNull()
    const again = { id: newId(), crm: 'hubspot' as const, account: 'acme', tokens: Buffer.from('new') }
    expect(await run(tx => saveConnection(tx, again, at(3)))).toBe(id)
    expect(await claim(3)).toMatchObject({ pullCursor: { since: 1 }, attempts: 0 })
    const other = { ...again, account: 'other' }
    expect(await run(tx => saveConnection(tx, other, at(4)))).toBe(other.id)
    expect(await run(tx => claimConnection(tx, other.id, newId(), at(4)))).toMatchObject({ pullCursor: null })
  })
})
