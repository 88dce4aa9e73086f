import { type Callback, finishCallback, finishVoicemail, type Voicemail } from '../../client/contract.ts'
import { formatNumber, readAddress } from '../../core/phoneNumber.ts'
import { api } from '../api.ts'
import type { Text } from '../text/en.ts'
import type { Work } from './voicemails.ts'

/** It has been dealt with. What is shown is the event's doing. */
export async function finishWork({ kind, id }: Pick<Work, 'kind' | 'id'>): Promise<void> {
  const params = { id }
  await (kind === 'voicemail' ? api.call(finishVoicemail, { params }) : api.call(finishCallback, { params }))
}

/** Whose message or callback it is, in the fewest words that tell. */
export function whoOf(
  work: Pick<Voicemail, 'contact' | 'from'> | Pick<Callback, 'contact' | 'number'>,
  country: string,
  text: Text,
): string {
  if (work.contact) return work.contact.name
  const number = 'number' in work ? work.number : work.from
  return isWithheld(number, country) ? text.popup.withheld : formatNumber(number, country)
}

const isWithheld = (number: string | null, country: string): boolean => readAddress(number, country).kind === 'withheld'

export const isCallable = (number: string | null, country: string): number is string =>
  number !== null && !isWithheld(number, country)
