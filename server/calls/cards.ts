import type { Card } from '../../core/card.ts'
import { decideMatch } from '../../core/contact.ts'
import { readAddress } from '../../core/phoneNumber.ts'
import { findMatches, loadCards } from '../contacts/contactMatch.ts'
import type { Sql } from '../platform/db.ts'
import { countryOf } from '../workspaces/country.ts'
import type { CallRecord } from './callStore.ts'

/**
 * The cards of these calls as they would be dealt now, in their order: contacts have been added and merged since the
 * calls arrived. Who a person has said the caller is stays.
 */
export async function dealCards(sql: Sql, records: CallRecord[]): Promise<Card[]> {
  const country = await countryOf(sql)
  const customers = records.map(({ call }) => readAddress(call.direction === 'inbound' ? call.from : call.to, country))
  const found = await findMatches(sql, customers)
  const histories = await loadCards(
    sql,
    records.map(({ call, customerKey }) => ({
      key: customerKey,
      contactId: call.contact?.id ?? null,
      excludeCallId: call.id,
    })),
  )
  return records.map(({ matchState }, index) => {
    const { kind, key } = customers[index]!
    const { candidates } = decideMatch(kind, found.get(key ?? '') ?? [])
    return { match: { state: matchState, candidates }, ...histories[index]! }
  })
}
