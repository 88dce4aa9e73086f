import { createHmac } from 'node:crypto'
import type { PrivacySubject } from '../../core/event.ts'
import type { App } from '../app.ts'
import type { Sql } from '../platform/db.ts'
import { serverSecret } from '../platform/secrets.ts'
import { recordingLink } from '../recordings/recordingLink.ts'
import { findTraces, type Subject, type Traces } from './personalData.ts'

/** How the log names a number without naming it. */
export async function nameSubject(app: Pick<App, 'db' | 'envelopes'>, { number }: Subject): Promise<PrivacySubject> {
  const secret = await serverSecret(app, 'privacy-subjects')
  const hash = createHmac('sha256', secret).update(number).digest('hex').slice(0, 32)
  return { ending: number.replace(/\D/g, '').slice(-2), hash }
}

/** Everything there is about a number, as it is in the tables; recordings as links that are good for an hour. */
export async function collect(
  app: Pick<App, 'db' | 'envelopes' | 'addresses'>,
  workspaceId: string,
  subject: Subject,
): Promise<Record<string, unknown>> {
  const { now, traces, rows } = await app.db.inWorkspace(workspaceId, async tx => {
    const traces = await findTraces(tx, subject)
    return { now: tx.now, traces, rows: await readRows(tx, traces) }
  })
  const recordings = []
  for (const recording of rows.recordings ?? []) {
    const { url } = await recordingLink(app, workspaceId, recording.id as string)
    recordings.push({ ...recording, audio: url })
  }
  return { number: subject.number, exportedAt: now, found: traces.calls.length, ...rows, recordings }
}

type Rows = Record<string, Record<string, unknown>[]>

async function readRows(sql: Sql, traces: Traces): Promise<Rows> {
  const all = async (query: string, ids: unknown[]): Promise<Record<string, unknown>[]> =>
    (await sql.query<{ row: Record<string, unknown> }>(query, [ids])).map(({ row }) => row)
  const table = (name: string, ids: unknown[], without = '{}', type = 'uuid') =>
    all(
      `select to_jsonb(t) - array['workspace_id']::text[] - '${without}'::text[] as row from ${name} t
       where t.workspace_id = current_workspace() and t.id = any($1::${type}[]) order by t.id`,
      ids,
    )
  return {
    contacts: await all(
      `select to_jsonb(k) - '{workspace_id,name_key,email_key,company_key,search_text}'::text[]
         || jsonb_build_object('phones', (select jsonb_agg(p.number order by p.position) from contact_phones p
           where p.workspace_id = k.workspace_id and p.contact_id = k.id)) as row
       from contacts k where k.workspace_id = current_workspace() and k.id = any($1::uuid[]) order by k.id`,
      traces.contacts,
    ),
    calls: await table('calls', traces.calls),
    notes: await table('call_notes', traces.notes),
    requests: await table('support_requests', traces.requests, '{email_key}'),
    recordings: await table(
      'recordings',
      traces.recordings,
      '{peaks,sealed_key,key_id,store_key,store_due,store_attempts,transcript_due,transcript_attempts,masked_with,said}',
      'text',
    ),
    voicemails: await table('voicemails', traces.voicemails),
    callbacks: await table('callbacks', traces.callbacks),
    participants: await table('participants', traces.participants),
    webhooks: await all(
      `select jsonb_build_object('provider', provider, 'receivedAt', received_at, 'body', encode(body, 'escape')) as row
       from webhooks_received where workspace_id = current_workspace() and id = any($1::bigint[]) order by id`,
      traces.webhooks,
    ),
    events: await all(
      `select jsonb_build_object('seq', seq, 'at', at) || data::jsonb as row from events
       where workspace_id = current_workspace() and seq = any($1::bigint[]) order by seq`,
      traces.events,
    ),
  }
}
