import { getMe, signIn, signInByLink, signOut, updateMe } from '../../client/contract.ts'
import type { Principal, UserPrincipal } from '../../core/role.ts'
import { type Routes, serve } from '../platform/http.ts'
import { conflict, forbidden, invalid, Refusal, unauthenticated } from '../platform/refusal.ts'
import { refuseForeignSite } from './access.ts'
import { findWorkspaceOfLink, useSignInLink, withdrawSignInLinks } from './linkStore.ts'
import { hashPassword, isPassword } from './password.ts'
import { createSessionCookie } from './sessionCookie.ts'
import { endSession, endSessionsOf, findSession, openSession } from './sessionStore.ts'
import { createSignInLimits } from './signInLimits.ts'
import { findAccount, holdAccount, lockUser, readMe, saveUser } from './userStore.ts'

/** Signing in and out, and what people do with their own account. */
export const sessionRoutes: Routes = (http, app) => {
  const { config, db } = app
  const cookie = createSessionCookie(config.publicUrl)
  const limits = createSignInLimits()

  serve(http, app, signIn, async ({ body, request, reply }) => {
    // Signing somebody in from another site, to watch what they then do, is forgery too, and takes no cookie.
    refuseForeignSite(app, request.headers)
    const email = body.email.toLowerCase()
    await limits.check(request.ip, email)
    const account = await db.asSystem(sql => findAccount(sql, email))
    // An unknown e-mail takes the same way as a wrong password: the same work, the same answer.
    const takeTry = () => limits.take(request.ip, email)
    const right = await isPassword(body.password, account?.passwordHash ?? null, takeTry)
    if (!account || !right) throw wrongCredentials()
    await limits.giveBack(request.ip, email)

    const { token, user } = await db.inWorkspace(account.workspaceId, async tx => {
      const held = await holdAccount(tx, account.userId)
      // Disabled, or the password was changed while it was being checked.
      if (held?.passwordHash !== account.passwordHash) throw wrongCredentials()
      tx.emit({ type: 'user.signed_in', user: { id: account.userId, name: held.name } })
      return { token: await openSession(tx, account.userId), user: await readMe(tx, account.userId) }
    })
    reply.header('set-cookie', cookie.set(token))
    return { success: true, user }
  })

  serve(http, app, signInByLink, async ({ body, request, reply }) => {
    refuseForeignSite(app, request.headers)
    const workspaceId = await db.asSystem(sql => findWorkspaceOfLink(sql, body.token))
    if (workspaceId === null) throw linkIsSpent()
    const { token, user } = await db.inWorkspace(workspaceId, async tx => {
      const userId = await useSignInLink(tx, body.token)
      const held = userId === null ? null : await holdAccount(tx, userId)
      if (userId === null || held === null) throw linkIsSpent()
      tx.emit({ type: 'user.signed_in', user: { id: userId, name: held.name } })
      return { token: await openSession(tx, userId), user: await readMe(tx, userId) }
    })
    reply.header('set-cookie', cookie.set(token))
    return { success: true, user }
  })

  serve(http, app, signOut, async ({ request, reply }) => {
    refuseForeignSite(app, request.headers)
    const token = cookie.read(request.headers)
    const session = token === null ? null : await db.asSystem(sql => findSession(sql, token))
    if (token !== null && session !== null) {
      await db.inWorkspace(session.workspaceId, async tx => {
        const { name } = await readMe(tx, session.userId)
        if (await endSession(tx, token)) tx.emit({ type: 'user.signed_out', user: { id: session.userId, name } })
      })
    }
    reply.header('set-cookie', cookie.clear())
    return { success: true }
  })

  serve(http, app, getMe, async ({ who }) => {
    const { workspaceId, userId } = person(who)
    return db.inWorkspace(workspaceId, tx => readMe(tx, userId))
  })

  serve(http, app, updateMe, async ({ who, body, request }) => {
    const { workspaceId, userId, email } = person(who)

    // Checked and hashed before the transaction: both take long, and a transaction waits for the database only.
    let password: { before: string | null; after: string } | null = null
    if (body.password) {
      await limits.check(request.ip, email)
      const before = await db.inWorkspace(
        workspaceId,
        async tx => (await holdAccount(tx, userId))?.passwordHash ?? null,
      )
      if (before !== null) {
        const takeTry = () => limits.take(request.ip, email)
        if (!(await isPassword(body.password.current ?? '', before, takeTry))) throw wrongCurrentPassword()
        await limits.giveBack(request.ip, email)
      }
      password = { before, after: await hashPassword(body.password.new) }
    }

    const user = await db.inWorkspace(workspaceId, async tx => {
      const fields = (await lockUser(tx, userId))?.fields
      if (!fields || fields.disabled) throw unauthenticated()
      if (password && fields.passwordHash !== password.before) {
        throw conflict('password_changed', 'The password was changed just now from somewhere else.')
      }
      const name = body.name ?? fields.name
      const locale = body.locale ?? fields.locale
      const changed = [
        ...(name === fields.name ? [] : ['name']),
        ...(locale === fields.locale ? [] : ['locale']),
        ...(password ? ['password'] : []),
      ]
      if (changed.length > 0) {
        await saveUser(tx, userId, { ...fields, name, locale, passwordHash: password?.after ?? fields.passwordHash })
        const self = { id: userId, name }
        tx.emit({ type: 'user.updated', user: self, changed, by: self })
      }
      if (password) {
        // Whoever else knew the old password is out; who has just given the new one stays.
        await endSessionsOf(tx, userId, cookie.read(request.headers))
        await withdrawSignInLinks(tx, userId)
      }
      return readMe(tx, userId)
    })
    return { success: true, user }
  })
}

function person(who: Principal): UserPrincipal {
  if (who.kind !== 'user') throw forbidden()
  return who
}

const wrongCredentials = () => new Refusal(401, 'wrong_credentials', 'The e-mail or the password is wrong.')
const linkIsSpent = () =>
  new Refusal(401, 'link_invalid', 'This sign-in link has expired or was used already. Ask your admin for a new one.')
const wrongCurrentPassword = () => invalid([{ path: 'password.current', message: 'This is not your password.' }])
