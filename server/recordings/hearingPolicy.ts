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

export const NOT_YOURS_TO_HEAR =
  'You may see this call, and not hear it: in this workspace recordings are for fewer people. An admin can change that in the settings.'

type Kind = Recording['kind']

/** Says of recordings of these calls whether this principal hears them. */
export async function listenerOfAll(
  sql: Sql,
  who: Principal,
  calls: Call[],
): Promise<(call: Call, kind: Kind) => boolean> {
  const policy = await readHearingPolicy(sql)
  const own = who.kind === 'user' ? who.agentId : null
  const teamOf =
    policy === 'team-leaders' ? await loadTeams(sql, [own, ...calls.map(({ agent }) => agent?.id ?? null)]) : () => null
  return (call, kind) => {
    const teams = { agent: teamOf(call.agent?.id ?? null), own: teamOf(own) }
    return hearsRecording(who, { kind, call, teams }, policy)
  }
}

/** {@link listenerOfAll}, of one call. */
export async function listenerOf(sql: Sql, who: Principal, call: Call): Promise<(kind: Kind) => boolean> {
  const hears = await listenerOfAll(sql, who, [call])
  return kind => hears(call, kind)
}

/** The recordings of a call as this principal may have them. */
export async function forListener(sql: Sql, who: Principal, call: Call, recordings: Recording[]): Promise<Recording[]> {
  if (recordings.length === 0) return recordings
  const hears = await listenerOf(sql, who, call)
  return recordings.map(recording =>
    hears(recording.kind) ? recording : { ...recording, audioUrl: null, withheld: true },
  )
}

async function loadTeams(sql: Sql, agentIds: (string | null)[]): Promise<(agentId: string | null) => string | null> {
  const rows = await sql.query<{ id: string; team: string | null }>(
    'select id, team from agents where workspace_id = current_workspace() and id = any($1::uuid[])',
    [agentIds],
  )
  const teams = new Map(rows.map(({ id, team }) => [id, team]))
  return agentId => teams.get(agentId ?? '') ?? null
}
