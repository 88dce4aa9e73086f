import type { SpecialKind } from './dialling.ts'
import { type Sentences, sayer } from './said.ts'

/** Why a call may not go somewhere, by code. `country`: ISO 3166-1, two letters. */
export interface BarredKinds {
  'barred-unreadable': Record<never, never>
  'barred-kind': { kind: SpecialKind }
  'barred-country': { country: string }
  'barred-unassigned': { country: string }
  'barred-limit': { callsPerHour: number }
}

const MORE = 'Wait a while, or let an admin raise that under Settings → Where calls may go.'
const REMEDY = 'An admin can allow them under Settings → Where calls may go.'
const KIND_NAMES: Record<SpecialKind, string> = {
  'premium-rate': 'premium-rate numbers',
  'shared-cost': 'shared-cost numbers',
  personal: 'personal numbers',
  pager: 'pagers',
  global: 'satellites and other numbers of no country',
}

const countryName = (country: string): string =>
  new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' }).of(country) ?? country

const SENTENCES: Sentences<BarredKinds> = {
  'barred-unreadable': () => 'This is no telephone number.',
  'barred-kind': ({ kind }) => `Calls to ${KIND_NAMES[kind]} are not allowed. ${REMEDY}`,
  'barred-country': ({ country }) => `Calls to ${countryName(country)} are not allowed. ${REMEDY}`,
  'barred-unassigned': ({ country }) => `${countryName(country)} has no such number. Check its digits.`,
  'barred-limit': ({ callsPerHour }) => `No more than ${callsPerHour} calls are begun within an hour. ${MORE}`,
}

export const sayBarredBecause = sayer(SENTENCES)
