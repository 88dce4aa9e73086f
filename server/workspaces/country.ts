import { type Country, readAddress } from '../../core/phoneNumber.ts'
import type { Sql } from '../platform/db.ts'

/** The country in which this workspace's numbers without a country code are read. */
export async function countryOf(sql: Sql): Promise<Country> {
  const [row] = await sql.query<{ default_country: Country }>(
    'select default_country from workspaces where id = current_workspace()',
  )
  return row?.default_country ?? 'US'
}

/** No subscriber anywhere is reached by fewer digits: what is shorter is an emergency or a service number. */
const MIN_DIGITS = 7

/** A telephone number that anybody may be called at, E.164; null for everything else, emergency numbers included. */
export function readPhone(text: string, country: Country): string | null {
  const { kind, e164 } = readAddress(text, country)
  return kind === 'phone' && e164 !== null && e164.length > MIN_DIGITS ? e164 : null
}
