import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { Time, words } from './words.ts'

const RecordingParams = z.object({ id: words(100) })
/** Whose data. */
const number = words(60).describe('A telephone number, in any spelling.')

export const deleteRecording = defineRoute({
  method: 'DELETE',
  path: '/api/recordings/:id',
  summary: 'Delete a recording everywhere, with what was said in it. 409 `held` while it is under legal hold.',
  may: 'delete recordings',
  params: RecordingParams,
  body: z.object({ reason: words(500) }),
  answer: z.object({ success: z.literal(true) }),
})
export const readTranscript = defineRoute({
  method: 'GET',
  path: '/api/recordings/:id/transcript',
  summary: 'What was said, as it was said, for those who may hear it. Each reading is in the log.',
  may: 'read original transcripts',
  params: RecordingParams,
  answer: z.object({ transcript: z.string() }),
})

export const PersonalData = z
  .object({
    contacts: z.number().int(),
    calls: z.number().int(),
    notes: z.number().int(),
    requests: z.number().int(),
    recordings: z.number().int(),
    voicemails: z.number().int(),
    callbacks: z.number().int(),
    webhooks: z.number().int().describe('Reports of telephone providers, as they came.'),
    events: z.number().int().describe('Lines of the log that tell of these calls, contacts and requests.'),
  })
  .describe('How much there is about one number.')
export type PersonalData = z.infer<typeof PersonalData>

export const findPersonalData = defineRoute({
  method: 'POST',
  path: '/api/privacy/previews',
  summary: 'How much there is about a number, and what stands in the way of erasing it.',
  may: 'answer privacy requests',
  body: z.object({ number }),
  answer: z.object({
    number: z.string(),
    found: PersonalData,
    obstacles: z.array(z.string()).describe('Sentences; empty when it can be erased.'),
  }),
})
export const exportPersonalData = defineRoute({
  method: 'POST',
  path: '/api/privacy/exports',
  summary: 'Everything about a number, as JSON behind a link that is good for an hour.',
  may: 'answer privacy requests',
  needsRecentSignIn: true,
  body: z.object({ number }),
  answer: z.object({ url: z.string(), expiresAt: Time, found: PersonalData }),
  status: 201,
})
export const erasePersonalData = defineRoute({
  method: 'POST',
  path: '/api/privacy/erasures',
  summary: 'Erase everything about a number, for good. 409 `held` while a recording is under legal hold.',
  may: 'answer privacy requests',
  needsRecentSignIn: true,
  body: z.object({
    number,
    confirm: words(60).describe('The number once more: it is gone for good.'),
  }),
  answer: z.object({ success: z.literal(true), erased: PersonalData }),
})
