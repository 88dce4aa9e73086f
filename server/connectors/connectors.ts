import { v7 as newId } from 'uuid'
import type { CenterEvent } from '../../core/event.ts'
import type { App } from '../app.ts'
import type { Config } from '../config.ts'
import { createAlarm } from '../platform/alarm.ts'
import { backoffMs } from '../platform/backoff.ts'
import { isUuid } from '../platform/db.ts'
import type { StoredEvent } from '../platform/eventLog.ts'
import { atMost } from '../platform/patience.ts'
import {
  advanceClaim,
  type Claim,
  ClaimLost,
  claimConnection,
  endClaim,
  listDue,
  nextTurn,
  OF_CALLS,
  releaseClaim,
  TOKENS,
  wakeConnections,
} from './connectionStore.ts'
import { type Connector, ConnectorError, type CrmId, type Tokens } from './connector.ts'
import { createHubspot } from './hubspot/hubspot.ts'
import { createSalesforce } from './salesforce/salesforce.ts'
import { syncConnection } from './sync.ts'

/** How often a CRM is asked what has changed there; it has no other way to tell us. */
const EVERY_MS = 2 * 60_000
/** After so many runs in a row before this one that have failed: 30 s, 1 min, 2 min …, an hour at most. */
const retryMs = (attempts: number): number => backoffMs(attempts + 1, { firstMs: 30_000 })
/** Several changes in a row are one reason to look. */
const GATHER_MS = 1000

/** A CRM that takes longer to answer is not waited for at the end. */
const PATIENCE_MS = 5000

/** Keeps connected CRMs and the contacts here the same, and logs calls there. */
export interface Connectors {
  /** The CRMs that this installation can connect. */
  readonly available: ReadonlyMap<CrmId, Connector>
  seal(workspaceId: string, crm: CrmId, tokens: Tokens): Uint8Array
  open(workspaceId: string, crm: CrmId, sealed: Uint8Array): Tokens
  /** This connection is due. */
  wake(workspaceId: string, connectionId: string): void
  start(): Promise<void>
  stop(): void
  idle(): Promise<void>
}

type Means = Pick<App, 'config' | 'db' | 'log' | 'envelopes' | 'addresses'>

export function createConnectors(means: Means): Connectors {
  const { db, log, envelopes } = means
  const available = connectorsOf(means.config)
  const running = new Map<string, { done: Promise<void>; again: boolean }>()
  const gathering = new Map<string, { timer: NodeJS.Timeout; by: Set<string> }>()
  const ending = new AbortController()

  const alarm = createAlarm({
    log,
    shared: db.shared,
    overdue: async until =>
      (await db.asSystem(sql => listDue(sql, until))).map(({ workspaceId, id }) => `${workspaceId} ${id}`),
    ring: lane => {
      const [workspaceId, id] = lane.split(' ') as [string, string]
      wake(workspaceId, id)
    },
  })

  function wake(workspaceId: string, id: string): void {
    if (ending.signal.aborted) return
    const known = running.get(id)
    if (known) {
      known.again = true
      return
    }
    const done = turn(workspaceId, id)
      .catch(error => {
        log.error({ err: error, connectionId: id }, 'a connected CRM could not be synced; it will be')
        alarm.set(`${workspaceId} ${id}`, Date.now() + EVERY_MS)
      })
      .finally(() => {
        const again = running.get(id)?.again
        running.delete(id)
        if (again) wake(workspaceId, id)
      })
    running.set(id, { done, again: false })
  }

  async function turn(workspaceId: string, id: string): Promise<void> {
    const token = newId()
    const claim = await db.inWorkspace(workspaceId, tx => claimConnection(tx, id, token, tx.now))
    if (claim !== null) await sync(workspaceId, claim)
    const next = await db.inWorkspace(workspaceId, tx => nextTurn(tx, id))
    if (!ending.signal.aborted) alarm.set(`${workspaceId} ${id}`, next?.getTime() ?? null)
  }

  async function sync(workspaceId: string, claim: Claim): Promise<void> {
    const connector = available.get(claim.crm)
    const end = (ended: Parameters<typeof endClaim>[3], ...told: CenterEvent[]) =>
      db.inWorkspace(workspaceId, async tx => {
        await endClaim(tx, claim, tx.now, ended)
        tx.emit(...told)
      })
    if (connector === undefined) {
      const problem = 'This installation is not set up for this CRM any more.'
      return end({ ok: false, problem, waitMs: retryMs(claim.attempts) })
    }
    const session = {
      tokens: open(workspaceId, claim.crm, claim.tokens),
      save: (tokens: Tokens) =>
        db.inWorkspace(workspaceId, tx =>
          advanceClaim(tx, claim, tx.now, { tokens: seal(workspaceId, claim.crm, tokens) }),
        ),
    }
    try {
      const problem = await syncConnection({ ...means, workspaceId, connector, claim, session, signal: ending.signal })
      await end({ ok: true, problem, waitMs: EVERY_MS })
    } catch (error) {
      if (error instanceof ClaimLost) return db.inWorkspace(workspaceId, tx => releaseClaim(tx, claim))
      // Whoever is there next goes on from here.
      if (ending.signal.aborted) return end({ ok: false, problem: null, waitMs: 0 })
      if (!(error instanceof ConnectorError)) {
        log.error({ err: error, connectionId: claim.connectionId }, 'a connected CRM could not be synced; it will be')
        return end({
          ok: false,
          problem: 'Something went wrong on our side. It has been logged.',
          waitMs: retryMs(claim.attempts),
        })
      }
      const { kind, message: problem } = error
      // Its own new tokens have not helped either.
      const broken = kind === 'revoked' || kind === 'expired'
      const named = { id: claim.connectionId, name: connector.name }
      await end(
        { ok: false, broken, problem, waitMs: error.retryMs ?? retryMs(claim.attempts) },
        ...(broken ? [{ type: 'connector.failed' as const, connector: named, problem }] : []),
      )
    }
  }

  const seal = (workspaceId: string, crm: CrmId, tokens: Tokens): Uint8Array =>
    envelopes.seal(Buffer.from(JSON.stringify(tokens)), TOKENS.purpose(workspaceId, crm))
  const open = (workspaceId: string, crm: CrmId, sealed: Uint8Array): Tokens =>
    JSON.parse(Buffer.from(envelopes.open(sealed, TOKENS.purpose(workspaceId, crm))).toString())

  /** What its CRM may want to know is told soon. What a CRM has told us it knows. */
  function heed(events: StoredEvent[]): void {
    for (const { workspaceId, event } of events) {
      if (ending.signal.aborted || !(event.type.startsWith('contact.') || OF_CALLS.has(event.type))) continue
      const by = 'by' in event && event.by ? event.by.id : ''
      const known = gathering.get(workspaceId)
      if (known) known.by.add(by)
      else {
        const timer = setTimeout(() => void tell(workspaceId), GATHER_MS)
        timer.unref()
        gathering.set(workspaceId, { timer, by: new Set([by]) })
      }
    }
  }

  async function tell(workspaceId: string): Promise<void> {
    const by = gathering.get(workspaceId)?.by ?? new Set()
    gathering.delete(workspaceId)
    // Only whoever is the one and only source of all this need not look at it.
    const except = by.size === 1 ? [...by].filter(isUuid) : []
    try {
      const ids = await db.inWorkspace(workspaceId, tx => wakeConnections(tx, except, tx.now))
      for (const id of ids) wake(workspaceId, id)
    } catch (error) {
      log.warn({ err: error }, 'a connected CRM was not woken; it will look by itself')
    }
  }

  return {
    available,
    seal,
    open,
    wake,
    async start() {
      if (available.size === 0) return
      db.onCommitted(heed)
      await alarm.start()
    },
    stop() {
      ending.abort()
      alarm.stop()
      for (const { timer } of gathering.values()) clearTimeout(timer)
    },
    idle: () => atMost(PATIENCE_MS, Promise.all([...running.values()].map(({ done }) => done))),
  }
}

function connectorsOf({ hubspot, salesforce }: Pick<Config, 'hubspot' | 'salesforce'>): Map<CrmId, Connector> {
  const connectors = [
    ...(hubspot === null ? [] : [createHubspot(hubspot)]),
    ...(salesforce === null ? [] : [createSalesforce(salesforce)]),
  ]
  return new Map(connectors.map(connector => [connector.id, connector]))
}
