import * as contract from '../../client/contract.ts'
import { readAddress } from '../../core/phoneNumber.ts'
import type { Sql } from '../platform/db.ts'
import { type Routes, serve } from '../platform/http.ts'
import { notFound } from '../platform/refusal.ts'

/** What the customers' phone page may know before anybody has said who they are. */
export const phoneRoutes: Routes = (http, app) => {
  const { db, directory } = app

  serve(http, app, contract.getPhone, async ({ query }) => {
    const number = query.number === undefined ? null : (readAddress(query.number, 'US').e164 ?? query.number)
    const workspaceId = await directory.workspaceOf([number])
    const info = await db.inWorkspace(workspaceId, tx => findPhone(tx, number))
    if (info === null) throw notFound('number')
    return info
  })
}

/** Without a number: of the one that the workspace has had longest. */
async function findPhone(sql: Sql, number: string | null): Promise<contract.PhoneInfo | null> {
  const [row] = await sql.query<contract.PhoneInfo>(
    `select n.e164 as number, n.label, w.name as "workspaceName",
        coalesce(v.definition->>'language', w.greeting_language) as language
      from numbers n
      join workspaces w on w.id = n.workspace_id
      left join flows f on f.workspace_id = n.workspace_id and f.id = n.flow_id
      left join flow_versions v
        on v.workspace_id = f.workspace_id and v.flow_id = f.id and v.version = f.published_version
      where n.workspace_id = current_workspace() and ($1::text is null or n.e164 = $1)
      order by n.id limit 1`,
    [number],
  )
  return row ?? null
}
