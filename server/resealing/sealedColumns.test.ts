import { afterAll, beforeAll, expect, test } from 'vitest'
import { openEmbedded, type TestDatabase } from '../../test/support/databases.ts'
import { LASTING, PASSING } from './sealedColumns.ts'

/** Bytes that are no envelopes of a workspace's, each with what they are. */
const NO_ENVELOPES: Record<string, string> = {
  'api_keys.key_hash': 'a hash',
  'api_keys.previous_hash': 'a hash',
  'connection_requests.state_hash': 'a hash',
  'events.content_hash': 'a hash',
  'events.hash': 'a hash',
  'idempotent_requests.request_hash': 'a hash',
  'recovery_codes.code_hash': 'a hash',
  'server_secrets.secret': 'sealed anew at every start (platform/secrets.ts)',
  'sessions.token_hash': 'a hash',
  'sign_in_challenges.token_hash': 'a hash',
  'sign_in_links.token_hash': 'a hash',
  'webhooks_received.body': 'what a provider sent, as it was signed',
}

let database: TestDatabase
beforeAll(async () => {
  database = await openEmbedded()
})
afterAll(() => database?.close())

const query = <Row>(text: string) => database.db.asOwner(sql => sql.query<Row>(text))

test('every column of bytes is one that is sealed anew, one that passes, or no envelope', async () => {
  const columns = await query<{ name: string }>(
    `select table_name || '.' || column_name as name from information_schema.columns
     where table_schema = 'public' and data_type = 'bytea' order by name`,
  )
  const known = [
    ...[...LASTING, ...PASSING].map(({ table, column }) => `${table}.${column}`),
    ...Object.keys(NO_ENVELOPES),
  ]
  expect(columns.map(({ name }) => name)).toEqual(known.toSorted())
})

test('a row is found by what is said to tell it from the others of its workspace', async () => {
  const unique = await query<{ name: string }>(
    `select t.relname || '.' || a.attname as name
     from pg_index i join pg_class t on t.oid = i.indrelid
     join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[1]
     where i.indisunique and i.indnkeyatts = 2
       and (select attname from pg_attribute where attrelid = t.oid and attnum = i.indkey[0]) = 'workspace_id'`,
  )
  const names = unique.map(({ name }) => name)
  for (const { table, row } of LASTING) expect(names).toContain(`${table}.${row}`)
})
