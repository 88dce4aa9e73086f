import { v7 as newId } from 'uuid'
import type { Queue } from '../../client/contract.ts'
import type { Sql, Tx } from '../platform/db.ts'

/** The queues by name, each with the agents who take its calls and may sign in. */
export const listQueues = (sql: Sql): Promise<Queue[]> =>
  sql.query<Queue>(
    `select q.id, q.name, q.display_name as "displayName", coalesce((
       select json_agg(json_build_object('id', a.id, 'name', u.name) order by lower(u.name), a.id)
       from queue_agents m
       join agents a on a.workspace_id = m.workspace_id and a.id = m.agent_id
       join users u on u.workspace_id = a.workspace_id and u.id = a.user_id
       where m.workspace_id = q.workspace_id and m.queue_id = q.id and u.disabled_at is null
     ), '[]') as agents
     from queues q where q.workspace_id = current_workspace() order by q.name`,
  )

/** The id of each of these queues, in the same order; null where there is no queue with this id or name. */
export async function findQueueIds(sql: Sql, idsOrNames: string[]): Promise<(string | null)[]> {
  const rows = await sql.query<{ id: string | null }>(
    `select q.id from unnest($1::text[]) with ordinality as meant(text, position)
     left join queues q on q.workspace_id = current_workspace() and (q.name = meant.text or q.id::text = lower(meant.text))
     order by meant.position`,
    [idsOrNames],
  )
  return rows.map(row => row.id)
}

/** Adds queues and returns their ids in the same order. */
export async function insertQueues(tx: Tx, queues: { name: string; displayName: string }[]): Promise<string[]> {
  const ids = queues.map(() => newId())
  await tx.query(
    `insert into queues (workspace_id, id, name, display_name)
     select $1, id, name, display_name from unnest($2::uuid[], $3::text[], $4::text[]) as q(id, name, display_name)`,
    [tx.workspaceId, ids, queues.map(queue => queue.name), queues.map(queue => queue.displayName)],
  )
  return ids
}
