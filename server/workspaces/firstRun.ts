import { insertSignInLink } from '../access/linkStore.ts'
import { hashPassword } from '../access/password.ts'
import { findStrandedAdmin } from '../access/userStore.ts'
import type { Config } from '../config.ts'
import { findFlowIds } from '../flows/flowStore.ts'
import type { Db, Tx } from '../platform/db.ts'
import { findQueueIds } from '../queues/queueStore.ts'
import { countryOf, readPhone } from './country.ts'
import { ensureNumber } from './numberStore.ts'
import { furnishWorkspace, STARTER_FLOW } from './workspace.ts'
import { findOldestWorkspace } from './workspaceStore.ts'

/** From a range that no telephone network gives to anybody: nobody is called by mistake. */
const MAIN_NUMBER = '+12025550100'
/** Any number that only Ringside uses: of several processes that start at once, one makes the first workspace. */
const LOCK = 4_746_464

export interface FirstRun {
  /** The first workspace. */
  workspaceId: string
  /** For a one-time link to be printed, because no admin of the first workspace could sign in otherwise. */
  signInToken: string | null
}

/**
 * Makes sure, on every start, that there is a call center, that it has the configured number, and that somebody can get
 * in. Changes nothing that is there.
 */
export async function firstRun(
  db: Db,
  config: Pick<Config, 'admin'> & { twilio: Pick<Config['twilio'], 'phoneNumber'> },
): Promise<FirstRun> {
  const workspaceId = (await db.asSystem(findOldestWorkspace)) ?? (await makeFirstWorkspace(db, config.admin))
  return db.inWorkspace(workspaceId, async tx => {
    await addConfiguredNumber(tx, config.twilio.phoneNumber)
    const adminId = await findStrandedAdmin(tx)
    return { workspaceId, signInToken: adminId === null ? null : await insertSignInLink(tx, adminId) }
  })
}

/** @returns its id; that of another process's, when that was faster. */
async function makeFirstWorkspace(db: Db, admin: Config['admin']): Promise<string> {
  const passwordHash = admin === null ? null : await hashPassword(admin.password)
  return db.asSystem(async sql => {
    await sql.query('select pg_advisory_xact_lock($1)', [LOCK])
    const existing = await findOldestWorkspace(sql)
    if (existing !== null) return existing
    const { workspace } = await furnishWorkspace(sql, {
      name: 'Ringside',
      adminEmail: admin?.email ?? 'admin@localhost',
      passwordHash,
      supportNumbers: [MAIN_NUMBER],
    })
    return workspace.id
  })
}

async function addConfiguredNumber(tx: Tx, configured: string | null): Promise<void> {
  if (configured === null) return
  const country = await countryOf(tx)
  const e164 = readPhone(configured, country)
  if (e164 === null) return
  const [queueId = null] = await findQueueIds(tx, ['support'])
  const [flowId = null] = await findFlowIds(tx, [STARTER_FLOW])
  await ensureNumber(tx, { e164, country, flowId, queueId })
}
