import type { Country } from '../../core/phoneNumber.ts'
import type { Sql } from '../platform/db.ts'

/** The country in which this workspace's numbers without a country code are read. */
export async function countryOf(sql: Sql): Promise<Country> {
  const [row] = await sql.query<{ default_country: Country }>(
    'select default_country from workspaces where id = current_workspace()',
  )
  return row?.default_country ?? 'US'
}
