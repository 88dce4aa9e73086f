import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { Language } from './flows.ts'
import { Id, IdParams, pageOf, ShortPage, Success, Time, words } from './words.ts'

const promptFields = {
  name: words(100),
  language: Language,
  text: words(1000)
    .nullable()
    .describe(
      'What is said in it. Where we speak this text ourselves (to callers in the browser), the recording is played.',
    ),
}
export const RecordedPrompt = z
  .object({
    id: Id,
    name: z.string(),
    language: z.string(),
    text: z.string().nullable(),
    seconds: z.number(),
    bytes: z.number().int(),
    createdAt: Time,
    createdBy: z.string(),
  })
  .describe('A recording that flows and queues play as `prompt:<id>`.')
export type RecordedPrompt = z.infer<typeof RecordedPrompt>
/** `GET /api/prompts/:id/audio` (whoever may see queues) is its sound: Opus in Ogg, one channel. */
export const listPrompts = defineRoute({
  method: 'GET',
  path: '/api/prompts',
  summary: 'The recorded prompts, by name.',
  may: 'see queues',
  query: z.object({ ...ShortPage }),
  answer: pageOf(RecordedPrompt),
})
export const createPrompt = defineRoute({
  method: 'POST',
  path: '/api/prompts',
  summary:
    'Add a recording. The body is the sound itself: WAV, or Opus in Ogg or WebM, at most 10 MB. 400 `unreadable_sound` says why it cannot be read.',
  may: 'edit flows',
  query: z.object({ ...promptFields, text: promptFields.text.unwrap().optional() }),
  answer: z.object({ success: z.literal(true), prompt: RecordedPrompt }),
  status: 201,
})
export const updatePrompt = defineRoute({
  method: 'PATCH',
  path: '/api/prompts/:id',
  summary: 'Change what a recording is called, its language, or what is said in it.',
  may: 'edit flows',
  params: IdParams,
  body: z.object(promptFields).partial(),
  answer: z.object({ success: z.literal(true), prompt: RecordedPrompt }),
})
export const deletePrompt = defineRoute({
  method: 'DELETE',
  path: '/api/prompts/:id',
  summary: 'Delete a recording. 409 `prompt_in_use` while a flow or a queue plays it.',
  may: 'edit flows',
  params: IdParams,
  answer: Success,
})

export const getVoiceSettings = defineRoute({
  method: 'GET',
  path: '/api/voice/settings',
  summary: 'What this server can say, write down and carry.',
  may: 'see queues',
  answer: z.object({
    speech: z
      .enum(['bundled', 'endpoint'])
      .describe(
        '`bundled`: English, and its own phrases in Spanish. `endpoint`: whatever the server at SPEECH_URL speaks.',
      ),
    transcription: z.boolean().describe('Whether recordings are written down (TRANSCRIPTION_URL).'),
    webCalls: z
      .boolean()
      .describe('Whether calls over the web are carried, and pages are softphones (VOICE_PROCESSES).'),
  }),
})
