import { type MaskingOptions, maskingKey, maskTranscript } from '../../core/masking.ts'
import type { Country } from '../../core/phoneNumber.ts'
import type { Sql, Tx } from '../platform/db.ts'
import { readCompliance } from './complianceStore.ts'

interface Said {
  id: string
  transcript: string
  names: (string | null)[]
}

/** The names that a call itself knows: of its agent, its contact, and as the telephone network has it. */
const SAID = `select r.id, r.transcript, array[k.name, c.caller_name, u.name] as names
  from recordings r
  join calls c on c.workspace_id = r.workspace_id and c.id = r.call_id
  left join contacts k on k.workspace_id = c.workspace_id and k.id = c.contact_id
  left join agents a on a.workspace_id = c.workspace_id and a.id = c.agent_id
  left join users u on u.workspace_id = a.workspace_id and u.id = a.user_id
  where r.workspace_id = current_workspace() and r.transcript is not null`

/** What was said in this recording is masked in the same breath as it is kept. */
export async function maskRecording(tx: Tx, recordingId: string): Promise<void> {
  const { masking } = await readCompliance(tx)
  await mask(tx, masking, await tx.query<Said>(`${SAID} and r.id = $1`, [recordingId]))
}

/** Masks up to `limit` of those that were masked otherwise, or not yet. Returns how many. */
export async function maskSome(tx: Tx, limit: number): Promise<number> {
  const { masking } = await readCompliance(tx)
  const said = await tx.query<Said>(
    `${SAID} and r.masked_with is distinct from $1 order by r.id limit $2 for update of r skip locked`,
    [maskingKey(masking), limit],
  )
  await mask(tx, masking, said)
  return said.length
}

async function mask(tx: Tx, options: MaskingOptions, said: Said[]): Promise<void> {
  if (said.length === 0) return
  const country = await countryOf(tx)
  const masked = said.map(({ id, transcript, names }) => ({
    id,
    text: maskTranscript(transcript, options, { country, names: names.filter(name => name !== null) }),
  }))
  const values = [masked.map(({ id }) => id), masked.map(({ text }) => text)]
  await tx.query(
    `update recordings r set transcript_masked = n.text, masked_with = $3
     from unnest($1::text[], $2::text[]) as n(id, text) where r.workspace_id = current_workspace() and r.id = n.id`,
    [...values, maskingKey(options)],
  )
  await tx.query(
    `update voicemails v set transcript_masked = n.text
     from unnest($1::text[], $2::text[]) as n(id, text) where v.workspace_id = current_workspace() and v.recording_id = n.id`,
    values,
  )
}

async function countryOf(sql: Sql): Promise<Country> {
  const [row] = await sql.query<{ default_country: Country }>(
    'select default_country from workspaces where id = current_workspace()',
  )
  return row!.default_country
}
