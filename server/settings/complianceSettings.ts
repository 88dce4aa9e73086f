import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import type * as contract from '../../client/contract.ts'
import type { Named } from '../../core/call.ts'
import { changesBetween } from '../../core/changes.ts'
import type { Tx } from '../platform/db.ts'
import { invalid } from '../platform/refusal.ts'
import { type Compliance, readCompliance, writeCompliance } from '../privacy/complianceStore.ts'
import { bumpSettings } from '../routing/routingStore.ts'
import { countryOf, readPhone } from '../workspaces/country.ts'

type Given = z.output<typeof contract.updateCallSettings.body & {}>

/** As the CRM API names it. */
export const complianceView = ({
  recordingEnabled,
  transcriptionEnabled,
  consent,
  masking,
  retention,
}: Compliance) => ({
  recording_enabled: recordingEnabled,
  consent_mode: consent.mode,
  consent_numbers: { ...consent.numbers },
  consent_regions: { ...consent.regions },
  consent_announcement: consent.announcement,
  consent_question: consent.question,
  consent_opt_out_key: consent.optOutKey,
  consent_voicemail: consent.voicemail,
  transcription_enabled: transcriptionEnabled,
  pii_masking: {
    phone_numbers: masking.phoneNumbers,
    cards: masking.cards,
    emails: masking.emails,
    numbers: masking.numbers,
    names: masking.names,
  },
  retention_days: retention.days,
  retention_by_queue: { ...retention.byQueue },
})

/** Sets what is given. The rules of consent get a new version whenever one of them changes. */
export async function setCompliance(tx: Tx, given: Given, by: Named): Promise<void> {
  const before = await readCompliance(tx)
  const asked = complianceView(before)
  for (const key of Object.keys(asked) as (keyof typeof asked)[])
    if (given[key] !== undefined) Object.assign(asked, { [key]: given[key] })
  asked.consent_numbers = await readNumbers(tx, asked.consent_numbers)
  asked.retention_by_queue = await readQueues(tx, asked.retention_by_queue)
  const after = complianceOf(asked, before.consent.version)
  const [was, is] = [complianceView(before), complianceView(after)]
  const changed = (Object.keys(is) as (keyof typeof is)[]).filter(key => !isDeepStrictEqual(was[key], is[key]))
  if (changed.length === 0) return
  if (changed.some(key => key.startsWith('consent_')))
    after.consent = { ...after.consent, version: before.consent.version + 1 }
  await writeCompliance(tx, after)
  await bumpSettings(tx)
  tx.emit({ type: 'call_settings.updated', changed, changes: changesBetween(was, is), by })
}

const complianceOf = (settings: ReturnType<typeof complianceView>, version: number): Compliance => ({
  recordingEnabled: settings.recording_enabled,
  transcriptionEnabled: settings.transcription_enabled,
  consent: {
    mode: settings.consent_mode,
    numbers: settings.consent_numbers,
    regions: settings.consent_regions,
    announcement: settings.consent_announcement,
    question: settings.consent_question,
    optOutKey: settings.consent_opt_out_key,
    voicemail: settings.consent_voicemail,
    version,
  },
  masking: {
    phoneNumbers: settings.pii_masking.phone_numbers,
    cards: settings.pii_masking.cards,
    emails: settings.pii_masking.emails,
    numbers: settings.pii_masking.numbers,
    names: settings.pii_masking.names,
  },
  retention: { days: settings.retention_days, byQueue: settings.retention_by_queue },
})

async function readNumbers<Value>(tx: Tx, byNumber: Record<string, Value>): Promise<Record<string, Value>> {
  const country = await countryOf(tx)
  return Object.fromEntries(
    Object.entries(byNumber).map(([number, value]) => {
      const e164 = readPhone(number, country)
      if (e164 === null) throw invalid([{ path: `consent_numbers.${number}`, message: 'This is no telephone number.' }])
      return [e164, value]
    }),
  )
}

/** Rules of queues that are gone go with them. */
async function readQueues<Value>(tx: Tx, byQueue: Record<string, Value>): Promise<Record<string, Value>> {
  const rows = await tx.query<{ id: string }>('select id from queues where workspace_id = current_workspace()')
  const queues = new Set(rows.map(({ id }) => id))
  return Object.fromEntries(
    Object.entries(byQueue)
      .map(([id, value]) => [id.toLowerCase(), value] as const)
      .filter(([id]) => queues.has(id)),
  )
}
