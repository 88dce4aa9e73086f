import { type Cause, CENTER } from '../../core/cause.ts'
import { createAlarm } from '../platform/alarm.ts'
import { currentCause, onOwnBehalf } from '../platform/cause.ts'
import type { Db, Sql, Tx } from '../platform/db.ts'
import { createGroupCommit } from '../platform/groupCommit.ts'
import type { Log } from '../platform/log.ts'
import { Floor } from '../routing/floor.ts'
import { type Head, listDue, loadFloor, lockHead, saveFloor, saveHead } from '../routing/routingStore.ts'
import { loadSettings } from '../routing/settings.ts'
import { lostRace, takeTurns } from './turn.ts'
import type { Aftermath, TurnInput, TurnResult } from './turnInput.ts'

/** A webhook as it came, kept with what it changed: what was acknowledged can be read again, byte for byte. */
export interface Receipt {
  provider: string
  deliveryKey: string | null
  receivedAt: Date
  headers: Record<string, string>
  body: Uint8Array
}

/** Where everything that decides who talks to whom goes through, one batch per workspace at a time. */
export interface Center {
  /**
   * Resolves when what was decided, and the bytes it was decided on, are durable. What could not be done is in
   * `refusal`; a promise that rejects is a fault.
   */
  take(workspaceId: string, input: TurnInput, receipt?: Receipt): Promise<TurnResult>
  /** Settings have changed, or something may have become due: look at the floor again. */
  poke(workspaceId: string): void
  start(): Promise<void>
  stop(): void
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

export interface CenterMeans {
  db: Db
  log: Log
  takesCommands(provider: string): boolean
  hasSoftphones(provider: string): boolean
  /** Whether it records conversations by telephone; left out: none does. */
  recordsBridges?(provider: string): boolean
  /** Does what turns have asked of the outside world, once they are durable. */
  carryOut(workspaceId: string, aftermath: Aftermath): void
}

interface Item {
  input: TurnInput
  /** It travels with the input: a batch is made of what many have asked. */
  cause: Cause
  receipt: Receipt | null
}

interface Remembered {
  floor: Floor
  version: number
  settingsVersion: number
}

/** A clock that is behind by more than this was set back. */
const CLOCK_TOLERANCE_MS = 1000
const RETRY_MS = 1000
/** How many workspaces are kept in memory; the others are read again when somebody calls. */
const MAX_FLOORS = 500

export function createCenter({
  db,
  log,
  takesCommands,
  hasSoftphones,
  recordsBridges = () => false,
  carryOut,
}: CenterMeans): Center {
  const floors = new Map<string, Remembered>()
  const alarm = createAlarm({
    log,
    ring: look,
    // Another process may have died before its alarm rang.
    overdue: until => db.asSystem(sql => listDue(sql, until)),
    shared: db.shared,
  })

  /** Only a commit tells when something is due next: where it fails, this has to. */
  function look(workspaceId: string): void {
    commits.push(workspaceId, { input: { type: 'look' }, cause: CENTER, receipt: null }).catch(error => {
      log.error({ err: error }, 'what was due could not be done; it will be tried again')
      alarm.set(workspaceId, Date.now() + RETRY_MS)
    })
  }

  const commits = createGroupCommit<Item, TurnResult>(async (workspaceId, items) => {
    const commit = () => db.inWorkspace(workspaceId, tx => decide(tx, items))
    const decided = await commit().catch(error => {
      if (!lostRace(error)) throw error
      return commit()
    })
    remember(workspaceId, decided.remembered)
    alarm.set(workspaceId, decided.aftermath.dueAt)
    onOwnBehalf(() => carryOut(workspaceId, decided.aftermath))
    return decided.results
  })

  async function decide(tx: Tx, items: Item[]) {
    const head = await lockHead(tx)
    const now = timeOf(head)
    const floor = await floorOf(tx, head, now)
    const { results, aftermath } = await takeTurns(tx, items, {
      floor,
      now,
      takesCommands,
      hasSoftphones,
      recordsBridges,
    })
    const changes = floor.changes(now)
    const version = changes === null ? head.version : head.version + 1
    if (changes !== null) await saveFloor(tx, changes)
    const { nextAttempt } = floor
    if (changes !== null || aftermath.dueAt !== head.dueAt)
      await saveHead(tx, { version, decidedAt: now, nextAttempt, dueAt: aftermath.dueAt })
    await storeReceipts(tx, items, results)
    return { results, aftermath, remembered: { floor, version, settingsVersion: head.settingsVersion } }
  }

  /** The floor in memory if nobody has decided anything since, else as the tables tell it. It is nobody's until the commit. */
  async function floorOf(tx: Tx, head: Head, now: number): Promise<Floor> {
    const known = floors.get(tx.workspaceId)
    floors.delete(tx.workspaceId)
    if (known && known.version === head.version && known.settingsVersion === head.settingsVersion) return known.floor
    return new Floor(await loadSettings(tx), await loadFloor(tx), head.nextAttempt, now)
  }

  function timeOf(head: Head): number {
    const now = Date.now()
    if (now >= head.decidedAt - CLOCK_TOLERANCE_MS) return Math.max(now, head.decidedAt)
    log.warn({ backMs: head.decidedAt - now }, 'the clock was set back: what rings and waits is timed anew')
    floors.clear()
    return now
  }

  function remember(workspaceId: string, remembered: Remembered): void {
    floors.set(workspaceId, remembered)
    if (floors.size <= MAX_FLOORS) return
    const [oldest] = floors.keys()
    floors.delete(oldest!)
  }

  const take: Center['take'] = (workspaceId, input, receipt) =>
    commits.push(workspaceId, { input, cause: currentCause(), receipt: receipt ?? null })

  return {
    take,
    poke: look,
    start: alarm.start,
    stop: alarm.stop,
    idle: commits.idle,
  }
}

async function storeReceipts(sql: Sql, items: Item[], results: TurnResult[]): Promise<void> {
  const received = items.flatMap(({ receipt }, index) =>
    receipt === null ? [] : [{ ...receipt, callId: results[index]!.call?.id ?? null }],
  )
  if (received.length === 0) return
  await sql.query(
    `insert into webhooks_received (workspace_id, provider, delivery_key, call_id, received_at, headers, body)
     select current_workspace(), *
     from unnest($1::text[], $2::text[], $3::uuid[], $4::timestamptz[], $5::json[], $6::bytea[])`,
    [
      received.map(({ provider }) => provider),
      received.map(({ deliveryKey }) => deliveryKey),
      received.map(({ callId }) => callId),
      received.map(({ receivedAt }) => receivedAt),
      received.map(({ headers }) => JSON.stringify(headers)),
      received.map(({ body }) => Buffer.from(body.buffer, body.byteOffset, body.byteLength)),
    ],
  )
}

/** {@link Center.take} for people: what could not be done is thrown as the refusal it is answered with. */
export async function demand(center: Center, workspaceId: string, input: TurnInput): Promise<TurnResult> {
  const result = await center.take(workspaceId, input)
  if (result.refusal !== null) throw result.refusal
  return result
}
