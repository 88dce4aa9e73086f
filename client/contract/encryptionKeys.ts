import { z } from 'zod'
import { defineRoute } from '../route.ts'

const KeyUse = z.object({
  keyId: z.string().describe('Of one of `ENCRYPTION_KEYS`; `database`: the key that is kept in the database itself.'),
  sealed: z
    .record(z.string(), z.number().int())
    .describe(
      'How many of what: `recordings`, `webhooks`, `secondFactors`, `connectors`, `ownSecrets` (what the server signs with) are sealed anew by themselves; `idempotentAnswers` and `connectorRequests` are gone after a day.',
    ),
})

export const listEncryptionKeys = defineRoute({
  method: 'GET',
  path: '/api/encryption-keys',
  summary:
    'Which of `ENCRYPTION_KEYS` are still needed, by what is sealed with them in all workspaces: one that is not listed can be left out.',
  may: 'the operator',
  answer: z.object({
    currentKeyId: z
      .string()
      .describe('Seals from now on. After the start of a server everything lasting is sealed with it.'),
    items: z.array(KeyUse).describe('The current one first.'),
    nextCursor: z.null(),
  }),
})
