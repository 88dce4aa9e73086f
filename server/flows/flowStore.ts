import { v7 as newId } from 'uuid'
import type { Flow } from '../../client/contract.ts'
import type { Named } from '../../core/call.ts'
import { dialling, whyBarred } from '../../core/dialling.ts'
import type { FlowDefinition } from '../../core/flow.ts'
import type { Known } from '../../core/flowCheck.ts'
import type { FlowTest } from '../../core/flowTest.ts'
import { type Sql, type Tx, violates } from '../platform/db.ts'
import { conflict } from '../platform/refusal.ts'
import { readDiallingRules } from '../settings/dialling.ts'

/** A flow as the database has it. */
export interface StoredFlow extends Flow {
  draft: FlowDefinition
  tests: FlowTest[]
  /** Rises with every change of the draft. */
  revision: number
  /** What new calls get; null before it is published. */
  published: FlowDefinition | null
}

type FlowRow = Omit<StoredFlow, 'updatedAt'> & { updatedAt: Date }

const SUMMARY = `f.id, f.name, f.published_version as "publishedVersion", f.updated_at as "updatedAt",
  v.definition is distinct from f.draft as "draftChanged",
  coalesce((
    select json_agg(json_build_object('id', n.id, 'number', n.e164) order by n.e164)
    from numbers n where n.workspace_id = f.workspace_id and n.flow_id = f.id
  ), '[]') as numbers`
const FLOWS = `from flows f
  left join flow_versions v
    on v.workspace_id = f.workspace_id and v.flow_id = f.id and v.version = f.published_version
  where f.workspace_id = current_workspace()`

/** The flows by name, without what is in them. */
export async function listFlows(sql: Sql): Promise<Flow[]> {
  const rows = await sql.query<Flow & { updatedAt: Date }>(`select ${SUMMARY} ${FLOWS} order by lower(f.name), f.id`)
  return rows.map(row => ({ ...row, updatedAt: row.updatedAt.toISOString() }))
}

export async function findFlow(sql: Sql, id: string): Promise<StoredFlow | null> {
  const [row] = await sql.query<FlowRow>(
    `select ${SUMMARY}, f.draft, f.tests, f.revision, v.definition as published ${FLOWS} and f.id = $1`,
    [id],
  )
  return row ? { ...row, updatedAt: row.updatedAt.toISOString() } : null
}

/** {@link findFlow}, and until the end of the transaction nobody else changes or publishes it. */
export async function lockFlow(tx: Tx, id: string): Promise<StoredFlow | null> {
  const locked = await tx.query('select from flows where id = $1 for update', [id])
  return locked.length === 0 ? null : findFlow(tx, id)
}

/** The id of each of these flows, in the same order; null where there is no flow with this id or name. */
export async function findFlowIds(sql: Sql, idsOrNames: string[]): Promise<(string | null)[]> {
  const rows = await sql.query<{ id: string | null }>(
    `select f.id from unnest($1::text[]) with ordinality as meant(text, position)
     left join lateral (
       select id from flows
       where workspace_id = current_workspace() and (name = meant.text or id::text = lower(meant.text))
       order by name = meant.text limit 1
     ) f on true
     order by meant.position`,
    [idsOrNames],
  )
  return rows.map(row => row.id)
}

export interface Draft {
  name: string
  draft: FlowDefinition
  tests: readonly FlowTest[]
}

/** Adds a flow that nobody gets yet, and returns its id. Throws a 409 refusal when the name is taken. */
export async function insertFlow(tx: Tx, { name, draft, tests }: Draft): Promise<string> {
  const id = newId()
  await tx
    .query('insert into flows (workspace_id, id, name, draft, tests) values ($1, $2, $3, $4::jsonb, $5::jsonb)', [
      tx.workspaceId,
      id,
      name,
      JSON.stringify(draft),
      JSON.stringify(tests),
    ])
    .catch(refuseTaken)
  return id
}

/** Makes this the draft, as the next revision. Throws a 409 refusal when the name is taken. */
export async function saveDraft(tx: Tx, id: string, { name, draft, tests }: Draft): Promise<void> {
  await tx
    .query(
      `update flows set name = $2, draft = $3::jsonb, tests = $4::jsonb, revision = revision + 1, updated_at = $5
       where id = $1`,
      [id, name, JSON.stringify(draft), JSON.stringify(tests), tx.now],
    )
    .catch(refuseTaken)
}

function refuseTaken(error: unknown): never {
  throw violates(error, 'flows_name_key') ? conflict('name_taken', 'There is a flow of this name already.') : error
}

export interface Publication {
  definition: FlowDefinition
  by: string
  note: string | null
}

/**
 * Adds a version that new calls get from now on, and returns its number. The caller has locked the flow, so that
 * versions are numbered without gaps.
 */
export async function publishVersion(tx: Tx, flowId: string, { definition, by, note }: Publication): Promise<number> {
  const [row] = await tx.query<{ version: number }>(
    `insert into flow_versions (workspace_id, flow_id, version, definition, published_at, published_by, note)
     select $1, $2, coalesce(max(version), 0) + 1, $3::jsonb, $4, $5, $6 from flow_versions where flow_id = $2
     returning version`,
    [tx.workspaceId, flowId, JSON.stringify(definition), tx.now, by, note],
  )
  await tx.query('update flows set published_version = $2, updated_at = $3 where id = $1', [
    flowId,
    row!.version,
    tx.now,
  ])
  return row!.version
}

export async function findVersion(sql: Sql, flowId: string, version: number): Promise<FlowDefinition | null> {
  const [row] = await sql.query<{ definition: FlowDefinition }>(
    `select definition from flow_versions
     where workspace_id = current_workspace() and flow_id = $1 and version = $2`,
    [flowId, version],
  )
  return row?.definition ?? null
}

export interface StoredVersion {
  version: number
  publishedAt: Date
  publishedBy: string
  note: string | null
  definition: FlowDefinition
  /** That of the version before; null for the first. */
  before: FlowDefinition | null
  /** Calls that are in it just now. */
  liveCalls: number
}

/** The newest first, at most `limit`; those older than the version `before`. */
export const listVersions = (
  sql: Sql,
  flowId: string,
  before: number | null,
  limit: number,
): Promise<StoredVersion[]> =>
  sql.query<StoredVersion>(
    `select v.version, v.published_at as "publishedAt", v.published_by as "publishedBy", v.note, v.definition,
       b.definition as before,
       (
         select count(*)::int from calls c
         where c.workspace_id = v.workspace_id and c.status in ('initiated', 'ringing', 'in-progress')
           and c.flow ->> 'flowId' = v.flow_id::text and (c.flow ->> 'version')::int = v.version
       ) as "liveCalls"
     from flow_versions v
     left join flow_versions b on b.workspace_id = v.workspace_id and b.flow_id = v.flow_id and b.version = v.version - 1
     where v.workspace_id = current_workspace() and v.flow_id = $1 and ($2::int is null or v.version < $2)
     order by v.version desc limit $3`,
    [flowId, before, limit],
  )

/** What stands in the way of deleting a flow, in words such as `2 calls`; empty when nothing does. */
export async function flowUses(tx: Tx, { id, name }: Named): Promise<string[]> {
  const rows = await tx.query<{ what: string }>(
    `select case count(*) when 1 then '1 call' else count(*) || ' calls' end as what, 1 as place from calls
     where status in ('initiated', 'ringing', 'in-progress') and flow -> 'versions' ? $1::uuid::text
     having count(*) > 0
     union all
     select 'the number ' || label, 2 from numbers where flow_id = $1::uuid
     union all
     select 'the flow ' || f.name, 3 from flows f
     left join flow_versions v on v.flow_id = f.id and v.version = f.published_version
     where f.id <> $1::uuid and exists (
       select from jsonb_path_query(
         jsonb_build_array(f.draft, v.definition), '$[*].nodes.* ? (@.type == "subflow").flow'
       ) as used
       where used #>> '{}' = $2 or lower(used #>> '{}') = $1::uuid::text
     )
     order by place, what`,
    [id, name],
  )
  return rows.map(row => row.what)
}

/** Published flows that lead callers to this agent. */
export const flowsLeadingTo = (tx: Tx, agent: Named): Promise<Named[]> =>
  tx.query<Named>(
    `select f.id, f.name from flows f
     join flow_versions v on v.workspace_id = f.workspace_id and v.flow_id = f.id and v.version = f.published_version
     where f.workspace_id = current_workspace() and exists (
       select from jsonb_path_query(v.definition, '$.nodes.* ? (@.target.type == "agent").target.agent') as used
       where used #>> '{}' in ($1, $2)
     )
     order by f.name`,
    [agent.id, agent.name],
  )

export async function deleteFlow(tx: Tx, id: string): Promise<void> {
  await tx.query('delete from flows where id = $1', [id])
}

/** Everything that flows may lead to or ask; of flows, what is published: nobody gets a draft. */
export async function loadKnown(sql: Sql): Promise<Known> {
  const rules = await readDiallingRules(sql)
  const [known] = await sql.query<Known>(
    `select
       (select coalesce(json_agg(json_build_object('id', id, 'name', name)), '[]') from queues
        where workspace_id = current_workspace()) as queues,
       (select coalesce(json_agg(json_build_object('id', id, 'name', name)), '[]') from business_hours
        where workspace_id = current_workspace()) as hours,
       (select coalesce(json_agg(json_build_object('id', a.id, 'name', u.name)), '[]') from agents a
        join users u on u.workspace_id = a.workspace_id and u.id = a.user_id
        where a.workspace_id = current_workspace() and a.retired_at is null) as agents,
       (select coalesce(json_agg(json_build_object('id', id, 'name', name)), '[]') from prompts
        where workspace_id = current_workspace()) as prompts,
       (select coalesce(json_agg(json_build_object('id', f.id, 'name', f.name, 'definition', v.definition)), '[]')
        ${FLOWS}) as flows`,
  )
  return {
    ...known!,
    whyBarred(number) {
      const { barred } = dialling(number, rules)
      return barred && whyBarred(barred)
    },
  }
}
