import type { Presence } from '../../core/presence.ts'
import type { TurnInput, TurnResult } from '../calls/turnInput.ts'
import type { Db } from '../platform/db.ts'
import type { Log } from '../platform/log.ts'

/**
 * Whose desk is open in a browser. While it is, the agent's row says so again and again, whichever process the browser is
 * connected to; when that stops, the browser or its process is gone, and after a while so is the agent: the next caller
 * must not ring at an empty chair. What the agent has at hand stays its own.
 *
 * Who has chosen its presence without a desk, over the API, is not watched.
 */
export interface Desks {
  /** @returns what to call when it closes. */
  opened(workspaceId: string, agentId: string): () => void
  start(): void
  stop(): void
}

export interface DesksMeans {
  db: Db
  log: Log
  take(workspaceId: string, input: TurnInput): Promise<TurnResult>
  /** Milliseconds between two signs of life. */
  beatMs?: number
  /** How long nothing may be heard. */
  graceMs?: number
}

const BEAT_MS = 10_000
const GRACE_MS = 30_000
const CONNECTION_LOST: Presence = { status: 'offline', reason: 'connection-lost' }

export function createDesks({ db, log, take, beatMs = BEAT_MS, graceMs = GRACE_MS }: DesksMeans): Desks {
  /** How many windows of each agent are open here, per workspace. */
  const open = new Map<string, Map<string, number>>()
  let pulse: NodeJS.Timeout | undefined
  let beating = false
  /** Since when every beat has reached the database, by `performance.now()`; null: the last one has not. */
  let hearingSince: number | null = null

  // Whoever is decided about at this very moment is noted by the next beat: a turn has agents locked in an order of its own.
  const note = (workspaceId: string, agentIds: string[]) =>
    db.inWorkspace(workspaceId, tx =>
      tx.query(
        `update agents set seen_at = $1
         where id in (select id from agents where id = any($2::uuid[]) for no key update skip locked)`,
        [new Date(), agentIds],
      ),
    )

  async function findLost(): Promise<void> {
    const since = new Date(Date.now() - graceMs)
    const lost = await db.asSystem(sql =>
      sql.query<{ workspace_id: string; id: string }>(
        `select workspace_id, id from agents where presence = 'available' and seen_at < $1 limit 1000`,
        [since],
      ),
    )
    for (const { workspace_id, id } of lost)
      await take(workspace_id, {
        type: 'choosePresence',
        agentId: id,
        presence: CONNECTION_LOST,
        by: null,
        // Of many, the last may have come back by now.
        silentSince: since,
      })
  }

  async function beat(): Promise<void> {
    // On a slow database, one after the other.
    if (beating) return
    beating = true
    try {
      for (const [workspaceId, agents] of open) await note(workspaceId, [...agents.keys()])
      hearingSince ??= performance.now()
      // Silence while nobody could be heard, here or elsewhere, says nothing.
      if (performance.now() - hearingSince >= graceMs) await findLost()
    } catch (error) {
      hearingSince = null
      log.warn({ err: error }, 'whose desk is open could not be noted; it will be')
    } finally {
      beating = false
    }
  }

  return {
    opened(workspaceId, agentId) {
      const agents = open.get(workspaceId) ?? new Map<string, number>()
      open.set(workspaceId, agents)
      agents.set(agentId, (agents.get(agentId) ?? 0) + 1)
      note(workspaceId, [agentId]).catch(() => {}) // the next beat does it
      let closed = false
      return () => {
        if (closed) return
        closed = true
        const left = agents.get(agentId)! - 1
        if (left > 0) agents.set(agentId, left)
        else agents.delete(agentId)
        if (agents.size === 0) open.delete(workspaceId)
      }
    },
    start() {
      pulse = setInterval(() => void beat(), beatMs)
      pulse.unref()
    },
    stop: () => clearInterval(pulse),
  }
}
