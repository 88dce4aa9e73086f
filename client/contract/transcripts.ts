import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { Call } from './calls.ts'
import { Recording } from './recordings.ts'
import { Page, pageOf, words, ZonedTime } from './words.ts'

export const FoundTranscript = z.object({
  recording: Recording.pick({ id: true, kind: true, startedAt: true, seconds: true }),
  call: Call,
  excerpt: z
    .array(z.object({ text: z.string(), found: z.boolean() }))
    .describe('Where most of the words stand, masked, in pieces; `found`: one of the words.'),
})
export type FoundTranscript = z.infer<typeof FoundTranscript>

export const searchTranscripts = defineRoute({
  method: 'GET',
  path: '/api/transcripts',
  summary: 'Recordings in which this was said, newest first, as far as you see their calls. Personal data is masked.',
  may: 'see calls',
  query: z.object({
    q: words(100).describe(
      'Words or their beginnings, in any order, without regard to capitals and accents; eight at most.',
    ),
    since: ZonedTime.optional().describe('Recorded at or after.'),
    until: ZonedTime.optional().describe('Recorded before.'),
    ...Page,
  }),
  answer: pageOf(FoundTranscript),
})
