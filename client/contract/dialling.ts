import { z } from 'zod'
import { defineRoute } from '../route.ts'

const Country = z.string().regex(/^[A-Z]{2}$/, 'Name countries like `DE`: ISO 3166-1, two capital letters.')
export const SpecialKind = z.enum(['premium-rate', 'shared-cost', 'personal', 'pager', 'global'])
export type SpecialKind = z.infer<typeof SpecialKind>

const Dialling = {
  countries: z
    .array(Country)
    .max(300)
    .describe(
      'Besides `home`. `+1` is not one country: Jamaica is `JM`, Puerto Rico `PR`. Numbers that no plan of such a country has are refused all the same.',
    ),
  kinds: z
    .array(SpecialKind)
    .max(20)
    .describe(
      'Numbers that cost, or lead, otherwise than ordinary ones, and are refused unless they stand here. `personal` may be led on anywhere; `global` are satellites and other numbers of no country.',
    ),
  callsPerHour: z
    .int()
    .min(0)
    .max(1_000_000)
    .describe(
      'Calls begun within sixty minutes, at most: those asked for, and promised ones. More are 409 `call_barred`.',
    ),
}

/** Where calls may go. Numbers are judged as they are dialled, in E.164: no spelling goes around it. */
export const DiallingSettings = z.object({
  ...Dialling,
  home: z.array(Country).describe('Always allowed: the workspace’s own country, and those in which it has numbers.'),
})
export type DiallingSettings = z.infer<typeof DiallingSettings>

export const getDialling = defineRoute({
  method: 'GET',
  path: '/api/settings/dialling',
  summary: 'Where calls may go.',
  may: 'manage settings',
  answer: DiallingSettings,
})
export const updateDialling = defineRoute({
  method: 'PUT',
  path: '/api/settings/dialling',
  summary: 'Say where calls may go; what is left out stays. It holds from the next call on.',
  may: 'manage settings',
  needsRecentSignIn: true,
  body: z.object(Dialling).partial(),
  answer: DiallingSettings,
})
