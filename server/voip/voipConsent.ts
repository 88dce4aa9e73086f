import { readAddress } from '../../core/phoneNumber.ts'
import { customerOf, otherSide, type VoipCall, type VoipParty } from '../../core/voipCall.ts'
import { seekConsent, type VoipConsent } from '../../core/voipConsent.ts'
import type { Tx } from '../platform/db.ts'
import { readCompliance } from '../privacy/complianceStore.ts'
import { countryOf } from '../workspaces/country.ts'
import { listNumbers } from './participantStore.ts'
import type { Rooms } from './rooms.ts'
import { isOfRecordedQueue } from './voipStore.ts'

/** What the customer has to know before this call is recorded, by the rules in force now; null: it is not recorded. */
export async function consentFor(
  tx: Tx,
  call: Pick<VoipCall, 'from' | 'to'>,
  records: Rooms['records'],
): Promise<VoipConsent | null> {
  const { recordingEnabled, consent } = await readCompliance(tx)
  if (!recordingEnabled || records === 'none') return null
  if (records === 'of-queues' && !(await isOfRecordedQueue(tx, call))) return null
  const country = await countryOf(tx)
  const customer = customerOf(call)
  const numbersOf = async ({ id }: VoipParty): Promise<string[]> =>
    (await listNumbers(tx, id)).flatMap(number => readAddress(number, country).e164 ?? [])
  const [own = null] = await numbersOf(call[otherSide(customer)])
  return seekConsent(consent, own, await numbersOf(call[customer]))
}
