import { z } from 'zod'
import { defineRoute } from '../route.ts'

export const PhoneInfo = z.object({
  number: z.string().describe('E.164: what the page dials.'),
  label: z.string(),
  workspaceName: z.string(),
  language: z.string().describe('What callers of it are spoken to in, unless their browser prefers another (BCP 47).'),
})
export type PhoneInfo = z.infer<typeof PhoneInfo>
export const getPhone = defineRoute({
  method: 'GET',
  path: '/api/phone',
  summary: 'Whom the phone page calls: this number of ours, or the main number of the first workspace.',
  may: 'anyone',
  query: z.object({ number: z.string().max(40).optional() }),
  answer: PhoneInfo,
  refuses: [404],
})
