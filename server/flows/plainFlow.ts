import type { FlowDefinition } from '../../core/flow.ts'
import type { Sql } from '../platform/db.ts'

/** What a new flow begins as: the workspace's greeting, then the first queue by name; without queues, goodbye. */
export async function plainFlow(sql: Sql): Promise<FlowDefinition> {
  const [workspace] = await sql.query<{ greeting: string; language: string; queue: string | null }>(
    `select greeting, greeting_language as language,
       (select id from queues where workspace_id = current_workspace() order by name limit 1) as queue
     from workspaces where id = current_workspace()`,
  )
  const { greeting, language, queue } = workspace!
  return {
    start: 'greeting',
    language,
    nodes: {
      greeting: { type: 'say', prompt: { text: { [language]: greeting } }, next: 'end' },
      end: queue === null ? { type: 'hangUp' } : { type: 'queue', queue },
    },
  }
}
