import { v7 as newId } from 'uuid'
import { newQueue, type QueueSettings, STRATEGIES } from '../../core/queue.ts'
import { digest, newSecret } from '../../server/access/secret.ts'
import type { Db } from '../../server/platform/db.ts'
import { furnishWorkspace } from '../../server/workspaces/workspace.ts'

export interface LargeCenter {
  workspaceId: string
  queues: { id: string; number: string }[]
  agents: { id: string; cookie: string }[]
}

/** The cookie's name where the public address is https. */
const COOKIE = '__Host-ringside_session'

/**
 * A center with many queues of every strategy and many agents who are signed in, written by hand: over the API, hashing
 * the passwords alone would take a minute.
 */
export async function furnishLargeCenter(db: Db, size: { queues: number; agents: number }): Promise<LargeCenter> {
  const { workspace } = await db.asSystem(sql =>
    furnishWorkspace(sql, {
      name: 'Large',
      adminEmail: 'admin@example.com',
      // Somebody with a way in, so that no process prints a link at its start.
      passwordHash: 'none',
      supportNumbers: [],
    }),
  )
  const queues = Array.from({ length: size.queues }, (_, index) => ({
    settings: settingsOf(index),
    number: `+1202555${String(1000 + index)}`,
  }))
  const agents = Array.from({ length: size.agents }, (_, index) => ({
    id: newId(),
    userId: newId(),
    token: newSecret(),
    // Level 0 is no level: it is not there.
    skills: index % 3 === 0 ? {} : { spanish: index % 3 },
    queues: [...new Set([index % size.queues, (index * 7 + 3) % size.queues])],
  }))

  await db.inWorkspace(workspace.id, async tx => {
    await tx.query(
      `insert into queues (workspace_id, id, name, display_name, settings)
       select current_workspace(), (s ->> 'id')::uuid, s ->> 'name', s ->> 'name', s - 'id' - 'name' - 'agents'
       from jsonb_array_elements($1::jsonb) as s`,
      [JSON.stringify(queues.map(({ settings }) => settings))],
    )
    await tx.query(
      `insert into numbers (workspace_id, id, e164, label, queue_id)
       select current_workspace(), gen_random_uuid(), n.number, n.number, n.queue_id
       from json_to_recordset($1) as n(number text, queue_id uuid)`,
      [JSON.stringify(queues.map(({ settings, number }) => ({ number, queue_id: settings.id })))],
    )
    const people = JSON.stringify(
      agents.map(({ id, userId, skills }, index) => ({ id, user_id: userId, name: `Agent ${index}`, skills })),
    )
    await tx.query(
      `insert into users (workspace_id, id, email, name, role)
       select current_workspace(), p.user_id, p.user_id || '@example.com', p.name, 'agent'
       from json_to_recordset($1) as p(user_id uuid, name text)`,
      [people],
    )
    await tx.query(
      `insert into agents (workspace_id, id, user_id, skills)
       select current_workspace(), p.id, p.user_id, p.skills
       from json_to_recordset($1) as p(id uuid, user_id uuid, skills jsonb)`,
      [people],
    )
    await tx.query(
      `insert into queue_agents (workspace_id, queue_id, agent_id, position)
       select current_workspace(), m.queue_id, m.agent_id, m.position
       from json_to_recordset($1) as m(queue_id uuid, agent_id uuid, position int)`,
      [
        JSON.stringify(
          agents.flatMap((agent, position) =>
            agent.queues.map(queue => ({ queue_id: queues[queue]!.settings.id, agent_id: agent.id, position })),
          ),
        ),
      ],
    )
    await tx.query(
      `insert into sessions (token_hash, workspace_id, user_id, expires_at)
       select token_hash, current_workspace(), user_id, now() + interval '1 day'
       from unnest($1::bytea[], $2::uuid[]) as s(token_hash, user_id)`,
      [agents.map(({ token }) => digest(token)), agents.map(({ userId }) => userId)],
    )
  })
  // As the server itself would do a minute later.
  await db.asOwner(sql => sql.query('analyze'))
  return {
    workspaceId: workspace.id,
    queues: queues.map(({ settings, number }) => ({ id: settings.id, number })),
    agents: agents.map(({ id, token }) => ({ id, cookie: `${COOKIE}=${token}` })),
  }
}

/** Every strategy in turn; some ask for a skill, of these some ask for less after a while; some send callers away. */
function settingsOf(index: number): QueueSettings {
  const id = newId()
  return {
    ...newQueue(id, `queue-${index}`),
    strategy: STRATEGIES[index % STRATEGIES.length]!,
    requires: index % 3 === 0 ? { spanish: 2 } : {},
    relaxation: index % 6 === 0 ? [{ afterMs: 4000, lower: { spanish: 1 } }] : [],
    ringMs: 5000,
    wrapUpMs: index % 2 === 0 ? 1000 : 0,
    afterMissed: index % 4 === 0 ? 'stay' : 'away',
    maxWaitMs: index % 8 === 7 ? 12_000 : null,
    overflow: { type: 'hangUp' },
  }
}
