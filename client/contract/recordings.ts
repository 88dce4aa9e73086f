import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { Named, Time, words } from './words.ts'

export const HeardBy = z.enum(['everybody', 'own-agent', 'team-leaders'])
export type HeardBy = z.infer<typeof HeardBy>

export const Recording = z.object({
  id: z.string(),
  kind: z.enum(['call', 'voicemail']),
  status: z.enum(['in-progress', 'completed', 'failed']).describe('One that failed holds what was said up to then.'),
  startedAt: Time,
  seconds: z.number().int().nullable(),
  audioUrl: z
    .string()
    .nullable()
    .describe('Of this server; null while it is being recorded, where it is elsewhere, or where you may not hear it.'),
  withheld: z.boolean().describe('You may see the call, and not hear this: see `recordings_heard_by` of the settings.'),
  hold: z
    .object({ at: Time, by: Named, reason: z.string() })
    .nullable()
    .describe('A legal hold: nobody can delete it.'),
  transcript: z.string().nullable().describe('What was said; null while nobody has written it down.'),
  transcriptProblem: z.string().nullable().describe('Why there will be no transcript.'),
})
export type Recording = z.infer<typeof Recording>

const RecordingParams = z.object({ id: words(100) })
const recordingAnswer = z.object({ success: z.literal(true), recording: Recording })

export const getWaveform = defineRoute({
  method: 'GET',
  path: '/api/recordings/:id/waveform',
  summary: 'A recording as it is drawn.',
  may: 'hear recordings',
  params: RecordingParams,
  answer: z.object({
    seconds: z.number(),
    channels: z.array(z.array(z.number().int().min(0).max(255))).describe('Left: our side; right: the customer.'),
  }),
})
export const holdRecording = defineRoute({
  method: 'PUT',
  path: '/api/recordings/:id/hold',
  summary: 'Put a recording under legal hold: until it is lifted, nobody and no retention rule deletes it.',
  may: 'hold recordings',
  params: RecordingParams,
  body: z.object({ reason: words(500).describe('For the log, such as the number of the case.') }),
  answer: recordingAnswer,
})
export const releaseRecording = defineRoute({
  method: 'DELETE',
  path: '/api/recordings/:id/hold',
  summary: 'Lift the legal hold of a recording.',
  may: 'hold recordings',
  params: RecordingParams,
  answer: recordingAnswer,
})
export const listListeners = defineRoute({
  method: 'GET',
  path: '/api/recordings/:id/listeners',
  summary: 'Who has listened to a recording, the last one first; 100 at most. The activity log has them all.',
  may: 'see activity',
  params: RecordingParams,
  answer: z.object({
    items: z.array(z.object({ at: Time, by: Named.nullable().describe('Null: whoever had a signed link.') })),
    nextCursor: z.null(),
  }),
})
