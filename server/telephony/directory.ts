import { readAddress } from '../../core/phoneNumber.ts'
import type { Db } from '../platform/db.ts'

/** How soon a number that another process adds, or moves to another workspace, is known here. */
const UNKNOWN_FOR_MS = 1000
const STALE_AFTER_MS = 5000

/** Which workspace a dialled number belongs to. Held in memory, because every webhook asks. */
export interface Directory {
  /** The workspace of the first of these numbers, as received, that is somebody's; the first workspace when none is. */
  workspaceOf(numbers: (string | null)[]): Promise<string>
  /** The workspace of a call that is known already: reports on its later legs may name no number of ours. */
  workspaceOfCall(provider: string, providerCallId: string): Promise<string | null>
  exists(workspaceId: string): Promise<boolean>
  /** Forget everything: numbers have changed. */
  reload(): void
}

export function createDirectory(db: Db): Directory {
  let numbers = new Map<string, string>()
  let first: string | null = null
  let loadedAt = Number.NEGATIVE_INFINITY
  let loading: Promise<void> | null = null

  const load = () =>
    (loading ??= db
      .asSystem(async sql => {
        const rows = await sql.query<{ e164: string; workspace_id: string }>('select e164, workspace_id from numbers')
        const [oldest] = await sql.query<{ id: string }>('select id from workspaces order by created_at, id limit 1')
        numbers = new Map(rows.map(row => [row.e164, row.workspace_id]))
        first = oldest?.id ?? null
        loadedAt = performance.now()
      })
      .finally(() => {
        loading = null
      }))

  const find = (wanted: (string | null)[]): string | null => {
    for (const number of wanted) {
      if (number === null) continue
      // Almost every provider sends E.164, which needs no reading.
      const workspaceId = numbers.get(number) ?? numbers.get(readAddress(number, 'US').e164 ?? '')
      if (workspaceId !== undefined) return workspaceId
    }
    return null
  }

  return {
    async workspaceOf(wanted) {
      const age = performance.now() - loadedAt
      const known = find(wanted)
      if (known !== null) {
        if (age > STALE_AFTER_MS) load().catch(() => {}) // the next webhook asks again
        return known
      }
      // However many unknown numbers are dialled: asked once a second at most.
      if (first === null || age > UNKNOWN_FOR_MS) await load()
      const workspaceId = find(wanted) ?? first
      if (workspaceId === null) throw new Error('there is no workspace yet')
      return workspaceId
    },
    async workspaceOfCall(provider, providerCallId) {
      const [row] = await db.asSystem(sql =>
        sql.query<{ workspace_id: string }>(
          'select workspace_id from calls where provider = $1 and provider_call_id = $2 order by workspace_id limit 1',
          [provider, providerCallId],
        ),
      )
      return row?.workspace_id ?? null
    },
    async exists(workspaceId) {
      const rows = await db.asSystem(sql => sql.query('select 1 from workspaces where id = $1', [workspaceId]))
      return rows.length > 0
    },
    reload() {
      loadedAt = Number.NEGATIVE_INFINITY
      numbers = new Map()
    },
  }
}
