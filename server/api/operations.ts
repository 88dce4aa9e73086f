import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import * as contract from '../../client/contract.ts'
import type { Route } from '../../client/route.ts'
import { ABILITIES, type Ability, type Role, whoMay } from '../../core/role.ts'

/** One operation of the contract that this server serves. */
export interface Operation {
  /** Its name in the typed client. */
  id: string
  route: Route
  /** The noun that it is about, as a path segment: `calls`. */
  noun: string
  /** Who may, in words and for programs. */
  who: Who
  /** Whether `Idempotency-Key` is looked at. */
  repeatable: boolean
}

interface Who {
  sentence: string
  credentials: ('cookie' | 'bearer' | 'key')[]
}

const nameByRoute = new Map(
  Object.entries(contract).flatMap(([name, value]) =>
    value !== null && typeof value === 'object' && 'path' in value ? [[value as Route, name] as const] : [],
  ),
)

/** Shapes that the contract names. */
export const nameByShape = new Map(
  Object.entries(contract).flatMap(([name, value]) =>
    value instanceof z.ZodType && /^[A-Z]/.test(name) ? [[value, name] as const] : [],
  ),
)

/** Notes every operation that is served from now on, so that the documentation can be made of what is really there. */
export function noteOperations(http: FastifyInstance): Operation[] {
  const operations: Operation[] = []
  http.addHook('onRoute', ({ config, method }) => {
    const route = config?.operation
    // The router adds HEAD to each GET by itself.
    if (route === undefined || method !== route.method) return
    const id = nameByRoute.get(route)
    if (id === undefined) throw new Error(`${route.method} ${route.path} is not in client/contract.ts`)
    const repeatable = route.method !== 'GET' && route.may !== 'anyone' && route.may !== 'a participant'
    operations.push({ id, route, noun: nounOf(route.path), who: whoIs(route.may), repeatable })
  })
  return operations
}

/** Paths whose first word is not what they are about. */
const NOUNS: [RegExp, string][] = [
  [/^\/api\/(auth|me)(\/|$)/, 'sign-in'],
  [/^\/api\/customer\/support-request/, 'requests'],
  [/^\/api\/admin\/customer-service/, 'calls'],
  [/^\/functions\/v1\//, 'crm'],
]

/** What a path is about: its first word, mostly. */
function nounOf(path: string): string {
  for (const [pattern, noun] of NOUNS) if (pattern.test(path)) return noun
  return path.split('/')[2] ?? 'other'
}

/** `api-keys` → `API keys`. */
export function titleOf(noun: string): string {
  if (noun === 'crm') return 'CRM API'
  if (noun === 'voip') return 'Calls between people'
  const words = noun.replaceAll('-', ' ')
  return words.replace(/^api\b/, 'API').replace(/^./, letter => letter.toUpperCase())
}

const ROLES_IN_WORDS: Record<string, string> = {
  'admin supervisor agent': 'Everybody who has signed in',
  'admin supervisor': 'Admins and supervisors',
  admin: 'Admins',
}

function whoIs(may: string): Who {
  if (isAbility(may)) {
    const { roles, permissions } = whoMay(may)
    const people = wordsFor(roles)
    const either = permissions.map(permission => `\`${permission}\``).join(' or ')
    return either === ''
      ? { sentence: `${people} may *${may}*; API keys may not.`, credentials: ['cookie', 'bearer'] }
      : {
          sentence: `${people} may *${may}*, and API keys with the permission ${either}.`,
          credentials: ['key', 'cookie', 'bearer'],
        }
  }
  switch (may) {
    case 'anyone':
      return { sentence: 'Anyone, without credentials.', credentials: [] }
    case 'anybody signed in':
      return {
        sentence: 'Everybody who has signed in; not API keys.',
        credentials: ['cookie', 'bearer'],
      }
    case 'the operator':
      return { sentence: 'The operator, with `ADMIN_API_KEY`.', credentials: ['key'] }
    case 'a participant':
      return {
        sentence: 'Participants of calls between people, by bearer token.',
        credentials: ['bearer'],
      }
    default:
      throw new Error(`nobody knows who may “${may}”`)
  }
}

const isAbility = (may: string): may is Ability => (ABILITIES as readonly string[]).includes(may)
const wordsFor = (roles: readonly Role[]): string => ROLES_IN_WORDS[roles.join(' ')] ?? roles.join(', ')
