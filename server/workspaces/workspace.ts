import { v7 as newId } from 'uuid'
import type { Named } from '../../core/call.ts'
import type { Country } from '../../core/phoneNumber.ts'
import { PERMISSIONS } from '../../core/role.ts'
import { starterFlow, starterFlowTests } from '../../core/starterFlow.ts'
import { OPERATOR } from '../access/access.ts'
import { insertKey } from '../access/keyStore.ts'
import { hashPassword } from '../access/password.ts'
import { insertUser } from '../access/userStore.ts'
import { ensureAgent, setQueues } from '../agents/agentStore.ts'
import { insertFlow, publishVersion } from '../flows/flowStore.ts'
import { currentCause } from '../platform/cause.ts'
import type { Db, Sql, Tx } from '../platform/db.ts'
import { appendEvents, type CausedEvent } from '../platform/eventLog.ts'
import { insertQueues } from '../queues/queueStore.ts'
import { insertNumber } from './numberStore.ts'
import { insertWorkspace } from './workspaceStore.ts'

/** What callers of a new workspace go through, until somebody changes it. */
export const STARTER_FLOW = 'Main menu'

/** What every center begins with. */
export const STARTER_QUEUES = [
  { name: 'sales', displayName: 'Sales' },
  { name: 'support', displayName: 'Support' },
  { name: 'hr', displayName: 'HR' },
]

export interface NewWorkspace {
  name: string
  adminEmail: string
  /** Null for an admin who first signs in by a one-time link. */
  adminPassword: string | null
  /** `US` unless given. */
  defaultCountry?: Country | undefined
  /** In E.164: numbers whose callers go through {@link STARTER_FLOW}; without it they would wait in `support`. */
  supportNumbers: string[]
  /** Whether to make an API key with every permission. */
  withApiKey?: boolean
}

export interface CreatedWorkspace {
  workspace: Named
  adminId: string
  /** Shown once; null when none was asked for. */
  apiKey: string | null
}

/**
 * Makes a call center that works at once: queues, an admin who is an agent of all of them, a flow, numbers. It is there as a
 * whole or not at all. Throws a 409 refusal when somebody has the admin's e-mail or one of the numbers.
 */
export async function createWorkspace(db: Db, starter: NewWorkspace): Promise<CreatedWorkspace> {
  // Before the transaction, which waits for nothing but the database.
  const passwordHash = starter.adminPassword === null ? null : await hashPassword(starter.adminPassword)
  return db.asSystem(sql => furnishWorkspace(sql, { ...starter, passwordHash }))
}

/** {@link createWorkspace} inside a transaction of the platform, which ends inside the new workspace. */
export async function furnishWorkspace(
  sql: Sql,
  starter: Omit<NewWorkspace, 'adminPassword'> & { passwordHash: string | null },
): Promise<CreatedWorkspace> {
  const workspace = { id: newId(), name: starter.name }
  const country = starter.defaultCountry ?? 'US'
  await insertWorkspace(sql, workspace, country)

  const cause = currentCause()
  const events: CausedEvent[] = [{ event: { type: 'workspace.created', workspace }, cause }]
  const tx: Tx = {
    workspaceId: workspace.id,
    now: new Date().toISOString(),
    query: sql.query,
    emit: (...more) => void events.push(...more.map(event => ({ event, cause }))),
    emitFor: (cause, event) => void events.push({ event, cause }),
  }
  const by = { id: OPERATOR.keyId, name: OPERATOR.name }

  const queueIds = await insertQueues(tx, STARTER_QUEUES)
  const [sales, support, hr] = queueIds as [string, string, string]

  const admin = { name: 'Admin', role: 'admin' as const }
  const adminId = await insertUser(tx, {
    ...admin,
    email: starter.adminEmail,
    passwordHash: starter.passwordHash,
    supabaseUserId: null,
  })
  await setQueues(tx, await ensureAgent(tx, adminId), queueIds)
  tx.emit({ type: 'user.created', user: { id: adminId, name: admin.name }, role: admin.role, by })

  const draft = starterFlow({ sales, support, hr })
  const flowId = await insertFlow(tx, { name: STARTER_FLOW, draft, tests: starterFlowTests({ sales, support, hr }) })
  await publishVersion(tx, flowId, { definition: draft, by: by.name, note: null })

  for (const e164 of new Set(starter.supportNumbers)) {
    await insertNumber(tx, { e164, country, flowId, queueId: support })
  }

  let apiKey: string | null = null
  if (starter.withApiKey) {
    const name = 'First key'
    const made = await insertKey(tx, { name, permissions: [...PERMISSIONS], expiresAt: null, createdBy: null })
    tx.emit({ type: 'api_key.created', key: { id: made.id, name }, by })
    apiKey = made.key
  }

  // Nobody can be following a workspace that is not there yet: its first events reach readers from the log.
  await appendEvents(sql, workspace.id, tx.now, events)
  return { workspace, adminId, apiKey }
}
