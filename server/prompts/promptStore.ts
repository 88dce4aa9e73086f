import type { RecordedPrompt } from '../../client/contract.ts'
import { type Sql, type Tx, violates } from '../platform/db.ts'
import { conflict } from '../platform/refusal.ts'

export interface NewPrompt extends Omit<RecordedPrompt, 'createdAt'> {
  sha256: string
}

const PROMPTS = `select id, name, language, text, seconds, bytes, created_at as "createdAt", created_by as "createdBy"
  from prompts where workspace_id = current_workspace()`

const rowsOf = async (sql: Sql, rest: string, values: unknown[] = []): Promise<RecordedPrompt[]> =>
  (await sql.query<Omit<RecordedPrompt, 'createdAt'> & { createdAt: Date }>(`${PROMPTS} ${rest}`, values)).map(row => ({
    ...row,
    createdAt: row.createdAt.toISOString(),
  }))

/** By name. */
export const listPrompts = (sql: Sql): Promise<RecordedPrompt[]> => rowsOf(sql, 'order by lower(name), language, id')

export async function findPrompt(sql: Sql, id: string): Promise<RecordedPrompt | null> {
  const [prompt] = await rowsOf(sql, 'and id = $1', [id])
  return prompt ?? null
}

/** {@link findPrompt}, and until the end of the transaction nobody else changes or deletes it. */
export async function lockPrompt(tx: Tx, id: string): Promise<RecordedPrompt | null> {
  const [prompt] = await rowsOf(tx, 'and id = $1 for update', [id])
  return prompt ?? null
}

/** The recording in which this text is said, in whatever region's form of the language; the newest. */
export async function findRecordingOf(sql: Sql, text: string, language: string): Promise<string | null> {
  const [found] = await sql.query<{ id: string }>(
    `select id from prompts
     where workspace_id = current_workspace() and text = $1
       and split_part(lower(language), '-', 1) = split_part(lower($2), '-', 1)
     order by lower(language) = lower($2) desc, created_at desc limit 1`,
    [text, language],
  )
  return found?.id ?? null
}

/** Whose recording it is, for whoever has nothing but its id. */
export async function findPromptWorkspace(sql: Sql, id: string): Promise<string | null> {
  const [found] = await sql.query<{ workspace: string }>(
    'select workspace_id as workspace from prompts where id = $1',
    [id],
  )
  return found?.workspace ?? null
}

/** Throws a 409 refusal when the name is taken in this language. */
export async function insertPrompt(tx: Tx, prompt: NewPrompt): Promise<void> {
  const { id, name, language, text, sha256, seconds, bytes, createdBy } = prompt
  await tx
    .query(
      `insert into prompts (workspace_id, id, name, language, text, sha256, seconds, bytes, created_at, created_by)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [tx.workspaceId, id, name, language, text, sha256, seconds, bytes, tx.now, createdBy],
    )
    .catch(refuseTaken)
}

/** Throws a 409 refusal when the name is taken in this language. */
export async function updatePrompt(tx: Tx, { id, name, language, text }: RecordedPrompt): Promise<void> {
  await tx
    .query('update prompts set name = $2, language = $3, text = $4 where id = $1', [id, name, language, text])
    .catch(refuseTaken)
}

function refuseTaken(error: unknown): never {
  throw violates(error, 'prompts_name_key')
    ? conflict('name_taken', 'There is a recording of this name in this language already.')
    : error
}

/** Who plays it, in words such as `the flow Main`; empty when nobody does. */
export async function promptUses(tx: Tx, id: string): Promise<string[]> {
  const rows = await tx.query<{ what: string }>(
    `select 'the queue ' || display_name as what, 1 as place from queues
     where settings ->> 'music' = $1
     union all
     select 'the flow ' || f.name, 2 from flows f
     left join flow_versions v on v.flow_id = f.id and v.version = f.published_version
     where jsonb_path_exists(
       jsonb_build_array(f.draft, v.definition), '$[*].nodes.** ? (@ == $media)', jsonb_build_object('media', $1::text)
     )
     order by place, what`,
    [`prompt:${id}`],
  )
  return rows.map(row => row.what)
}

export async function deletePrompt(tx: Tx, id: string): Promise<void> {
  await tx.query('delete from prompts where id = $1', [id])
}
