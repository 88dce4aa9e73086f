import { z } from 'zod'
import * as contract from '../../client/contract.ts'
import { changesBetween } from '../../core/changes.ts'
import type { Principal, Role } from '../../core/role.ts'
import { ensureAgent, findAgent, retireAgent, setQueues } from '../agents/agentStore.ts'
import { demand } from '../calls/center.ts'
import { pageOf, readCursor } from '../platform/cursor.ts'
import type { Tx } from '../platform/db.ts'
import { type Routes, serve } from '../platform/http.ts'
import { conflict, invalid, notFound, type Refusal } from '../platform/refusal.ts'
import { findQueueIds } from '../queues/queueStore.ts'
import { bumpSettings } from '../routing/routingStore.ts'
import { nameOfWorkspace } from '../workspaces/workspaceStore.ts'
import { authorOf, mayHandle } from './actor.ts'
import { insertSignInLink, signInUrl, withdrawSignInLinks } from './linkStore.ts'
import { hashPassword } from './password.ts'
import { refuseWeakPassword } from './passwordPolicy.ts'
import { removeSecondFactor } from './secondFactorStore.ts'
import { endSessionsOf } from './sessionStore.ts'
import { findUser, insertUser, listUsers, lockUser, saveUser, type UserFields } from './userStore.ts'

/** Whoever sets up the server sets up its people as well: their first passwords are its own business, as the first admin's is. */
const isOperator = (who: Principal): boolean => who.kind === 'key' && who.operator

/** The last user of the page before. Not the name they are sorted by, which may be longer than a cursor. */
const Cursor = z.tuple([z.uuid()])

export const userRoutes: Routes = (http, app) => {
  const { config, db } = app

  serve(http, app, contract.listUsers, ({ who, query }) =>
    db.inWorkspace(who.workspaceId, async tx => {
      const [after] = readCursor(Cursor, query.cursor) ?? []
      const users = await listUsers(tx, query.state === 'left', after ?? null, query.limit + 1)
      return pageOf(
        users,
        query.limit,
        user => user,
        user => [user.id],
      )
    }),
  )

  serve(http, app, contract.createUser, async ({ who, body, request }) => {
    mayHandle(who, body.role)
    const { name, role } = body
    if (body.password !== undefined && !isOperator(who)) {
      const company = await db.inWorkspace(who.workspaceId, nameOfWorkspace)
      refuseWeakPassword('password', body.password, [body.email, name, company])
    }
    const passwordHash = body.password === undefined ? null : await hashPassword(body.password)
    const { user, linkToken } = await db.inWorkspace(who.workspaceId, async tx => {
      const { email, supabaseUserId = null } = body
      const id = await insertUser(tx, { email, name, role, passwordHash, supabaseUserId })
      const changed = await settleCalls(tx, id, role, body)
      if (changed.length > 0) await bumpSettings(tx)
      tx.emit({ type: 'user.created', user: { id, name }, role, by: authorOf(who) })
      return {
        user: (await findUser(tx, id))!,
        linkToken: passwordHash === null ? await insertSignInLink(tx, id) : null,
      }
    })
    app.center.poke(who.workspaceId)
    // Without a public address, the one under which the admin has just reached us is known to work.
    const base = config.publicUrl ?? `${request.protocol}://${request.host}`
    return { success: true, user, signInLink: linkToken === null ? null : signInUrl(base, linkToken) }
  })

  serve(http, app, contract.updateUser, async ({ who, params: { id }, body }) => {
    const { known, company } = await db.inWorkspace(who.workspaceId, async tx => ({
      known: await findUser(tx, id),
      company: await nameOfWorkspace(tx),
    }))
    if (known === null) throw notFound('user')
    mayHandle(who, known.role, body.role ?? known.role)
    if (body.password !== undefined && !isOperator(who))
      refuseWeakPassword('password', body.password, [known.email, body.name ?? known.name, company])
    const passwordHash = body.password === undefined ? null : await hashPassword(body.password)
    if (known.agentId !== null && body.takesCalls === false && (body.role ?? known.role) !== 'agent')
      await demand(app.center, who.workspaceId, { type: 'standDown', agentId: known.agentId, by: authorOf(who) })
    const user = await db.inWorkspace(who.workspaceId, async tx => {
      const locked = await lockUser(tx, id)
      if (!locked) throw notFound('user')
      const before = locked.fields
      if (before.left) throw userLeft(before.name)
      const after: UserFields = {
        ...before,
        name: body.name ?? before.name,
        role: body.role ?? before.role,
        supabaseUserId: body.supabaseUserId === undefined ? before.supabaseUserId : body.supabaseUserId,
        disabled: body.disabled ?? before.disabled,
        passwordHash: passwordHash ?? before.passwordHash,
      }
      mayHandle(who, before.role, after.role)
      if (locked.isLastAdmin && (after.role !== 'admin' || after.disabled)) {
        throw conflict('last_admin', 'This is the last admin. Make somebody else an admin first.')
      }
      await saveUser(tx, id, after)
      const changed = [...changesOf(before, after), ...(await settleCalls(tx, id, after.role, body))]
      if (changed.length > 0) {
        await bumpSettings(tx)
        const changes = changesBetween(tellable(before), tellable(after))
        tx.emit({ type: 'user.updated', user: { id, name: after.name }, changed, changes, by: authorOf(who) })
      }
      if (['role', 'disabled', 'password'].some(field => changed.includes(field))) await endSessionsOf(tx, id)
      if (changed.includes('password')) await withdrawSignInLinks(tx, id)
      return (await findUser(tx, id))!
    })
    app.center.poke(who.workspaceId)
    return { success: true, user }
  })

  serve(http, app, contract.endSessionsOfUser, async ({ who, params: { id } }) => {
    const ended = await db.inWorkspace(who.workspaceId, async tx => {
      const user = await findUser(tx, id)
      if (user === null) throw notFound('user')
      const count = await endSessionsOf(tx, id)
      if (count > 0) tx.emit({ type: 'user.sessions_ended', user: { id, name: user.name }, by: authorOf(who) })
      return count
    })
    return { success: true, ended }
  })

  serve(http, app, contract.resetSecondFactor, async ({ who, params: { id } }) => {
    await db.inWorkspace(who.workspaceId, async tx => {
      const user = await findUser(tx, id)
      if (user === null) throw notFound('user')
      mayHandle(who, user.role)
      if (!(await removeSecondFactor(tx, id))) throw notFound('second factor of this user')
      await endSessionsOf(tx, id)
      tx.emit({ type: 'user.second_factor_removed', user: { id, name: user.name }, by: authorOf(who) })
    })
    return { success: true }
  })
}

/** For whoever wants to change somebody who is no longer here. */
export const userLeft = (name: string): Refusal =>
  conflict('user_left', `${name} has left. Take them on again before you change anything about them.`)

interface CallSettings {
  takesCalls?: boolean | undefined
  queues?: string[] | undefined
}

/**
 * Makes a user an agent of these queues, or no agent. What is not given stays as it is; users with the role `agent`
 * always are agents, and whoever is given queues becomes one.
 *
 * @returns which of `takesCalls` and `queues` this has changed.
 */
async function settleCalls(
  tx: Tx,
  userId: string,
  role: Role,
  { takesCalls, queues }: CallSettings,
): Promise<string[]> {
  const before = await findAgent(tx, userId)
  const queueIds = queues === undefined ? null : await readQueues(tx, queues)
  const wanted = role === 'agent' || (takesCalls ?? (before !== null || (queueIds?.length ?? 0) > 0))

  if (!wanted) {
    if (queueIds?.length) {
      throw invalid([{ path: 'queues', message: 'Whoever takes no calls has no queues. Leave this empty.' }])
    }
    if (before === null) return []
    await retireAgent(tx, before.id)
    return ['takesCalls']
  }

  const agentId = await ensureAgent(tx, userId)
  const changed = before === null ? ['takesCalls'] : []
  if (queueIds !== null && !sameMembers(queueIds, before?.queueIds ?? [])) {
    await setQueues(tx, agentId, queueIds)
    changed.push('queues')
  }
  return changed
}

/** Ids of the queues that were meant. Throws a 400 refusal that names every one that is not there. */
async function readQueues(tx: Tx, idsOrNames: string[]): Promise<string[]> {
  const found = await findQueueIds(tx, idsOrNames)
  const problems = found.flatMap((id, index) =>
    id === null ? [{ path: `queues.${index}`, message: `There is no queue “${idsOrNames[index]}”.` }] : [],
  )
  if (problems.length > 0) throw invalid(problems)
  return [...new Set(found.filter(id => id !== null))]
}

const sameMembers = (some: string[], others: string[]): boolean =>
  some.length === others.length && some.every(id => others.includes(id))

/** What of a user may stand in the log. */
const tellable = ({ name, role, supabaseUserId, disabled }: UserFields) => ({ name, role, supabaseUserId, disabled })

const changesOf = (before: UserFields, after: UserFields): string[] => [
  ...(before.name === after.name ? [] : ['name']),
  ...(before.role === after.role ? [] : ['role']),
  ...(before.supabaseUserId === after.supabaseUserId ? [] : ['supabaseUserId']),
  ...(before.disabled === after.disabled ? [] : ['disabled']),
  ...(before.passwordHash === after.passwordHash ? [] : ['password']),
]
