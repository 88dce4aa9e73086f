import { type ConsentRules, DEFAULT_CONSENT } from '../../core/consent.ts'
import { DEFAULT_MASKING, type MaskingOptions } from '../../core/masking.ts'
import type { RetentionRules } from '../../core/retention.ts'
import type { Sql, Tx } from '../platform/db.ts'

/** What a workspace has decided about recording, and about what was recorded. */
export interface Compliance {
  recordingEnabled: boolean
  transcriptionEnabled: boolean
  consent: ConsentRules
  masking: MaskingOptions
  retention: RetentionRules
}

interface ComplianceRow {
  recording_enabled: boolean
  transcription_enabled: boolean
  consent: Partial<ConsentRules>
  masking: Partial<MaskingOptions>
  retention_days: number
  retention_by_queue: Record<string, number>
}

export async function readCompliance(sql: Sql): Promise<Compliance> {
  const [row] = await sql.query<ComplianceRow>(
    `select recording_enabled, transcription_enabled, consent, masking, retention_days, retention_by_queue
     from compliance_settings where workspace_id = current_workspace()`,
  )
  return {
    recordingEnabled: row!.recording_enabled,
    transcriptionEnabled: row!.transcription_enabled,
    consent: { ...DEFAULT_CONSENT, ...row!.consent },
    masking: { ...DEFAULT_MASKING, ...row!.masking },
    retention: { days: row!.retention_days, byQueue: row!.retention_by_queue },
  }
}

export async function writeCompliance(tx: Tx, settings: Compliance): Promise<void> {
  const { recordingEnabled, transcriptionEnabled, consent, masking, retention } = settings
  await tx.query(
    `update compliance_settings set recording_enabled = $1, transcription_enabled = $2, consent = $3, masking = $4,
       retention_days = $5, retention_by_queue = $6
     where workspace_id = current_workspace()`,
    [
      recordingEnabled,
      transcriptionEnabled,
      JSON.stringify(consent),
      JSON.stringify(masking),
      retention.days,
      JSON.stringify(retention.byQueue),
    ],
  )
}
