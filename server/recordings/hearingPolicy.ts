import type { Recording } from '../../client/contract.ts'
import type { Call, Named } from '../../core/call.ts'
import { type HearingPolicy, hearsRecording, type Principal } from '../../core/role.ts'
import type { Sql, Tx } from '../platform/db.ts'

export async function readHearingPolicy(sql: Sql): Promise<HearingPolicy> {
  const [row] = await sql.query<{ policy: HearingPolicy }>(
    'select hearing_policy as policy from workspaces where id = current_workspace()',
  )
  return row!.policy
}

export async function setHearingPolicy(tx: Tx, policy: HearingPolicy | undefined, by: Named): Promise<void> {
  const before = await readHearingPolicy(tx)
  if (policy === undefined || policy === before) return
  await tx.query('update workspaces set hearing_policy = $1 where id = current_workspace()', [policy])
  const changes = { recordings_heard_by: { from: before, to: policy } }
  tx.emit({ type: 'call_settings.updated', changed: Object.keys(changes), changes, by })
}

/** Says of recordings of this call whether this principal hears them. */
export async function listenerOf(sql: Sql, who: Principal, call: Call): Promise<(kind: Recording['kind']) => boolean> {
  const policy = await readHearingPolicy(sql)
  const teams = policy === 'team-leaders' ? await findTeams(sql, who, call) : { agent: null, own: null }
  return kind => hearsRecording(who, { kind, call, teams }, policy)
}

/** The recordings of a call as this principal may have them. */
export async function forListener(sql: Sql, who: Principal, call: Call, recordings: Recording[]): Promise<Recording[]> {
  if (recordings.length === 0) return recordings
  const hears = await listenerOf(sql, who, call)
  return recordings.map(recording =>
    hears(recording.kind) ? recording : { ...recording, audioUrl: null, withheld: true },
  )
}

async function findTeams(sql: Sql, who: Principal, call: Call) {
  const own = who.kind === 'user' ? who.agentId : null
  const rows = await sql.query<{ id: string; team: string | null }>(
    'select id, team from agents where workspace_id = current_workspace() and id = any($1::uuid[])',
    [[own, call.agent?.id ?? null]],
  )
  const teamOf = (id: string | null | undefined) => rows.find(row => row.id === id)?.team ?? null
  return { agent: teamOf(call.agent?.id), own: teamOf(own) }
}
