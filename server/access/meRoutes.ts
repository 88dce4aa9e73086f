import { getMe, updateMe } from '../../client/contract.ts'
import { type Routes, serve } from '../platform/http.ts'
import { conflict, invalid, unauthenticated } from '../platform/refusal.ts'
import { personOf } from './actor.ts'
import { createKnownDevice } from './knownDevice.ts'
import { withdrawSignInLinks } from './linkStore.ts'
import { hashPassword, isPassword } from './password.ts'
import { refuseWeakPassword } from './passwordPolicy.ts'
import { createSessionCookie } from './sessionCookie.ts'
import { endSessionsOf } from './sessionStore.ts'
import { holdAccount, lockUser, readMe, saveUser } from './userStore.ts'

/** What people see and change of their own account. */
export const meRoutes: Routes = (http, app) => {
  const { db } = app
  const { passwords } = app.access.limits
  const cookie = createSessionCookie(app.config.publicUrl)
  const device = createKnownDevice(app)

  serve(http, app, getMe, async ({ who }) => {
    const { workspaceId, userId } = personOf(who)
    return db.inWorkspace(workspaceId, tx => readMe(tx, userId))
  })

  serve(http, app, updateMe, async ({ who, body, request }) => {
    const { workspaceId, userId, email } = personOf(who)

    // Checked and hashed before the transaction: both take long, and a transaction waits for the database only.
    let password: { before: string | null; after: string } | null = null
    if (body.password) {
      const attempt = { address: request.ip, account: email, device: await device.read(request.headers, email) }
      await passwords.check(attempt)
      const { me, before } = await db.inWorkspace(workspaceId, async tx => ({
        me: await readMe(tx, userId),
        before: (await holdAccount(tx, userId))?.passwordHash ?? null,
      }))
      refuseWeakPassword('password.new', body.password.new, [email, body.name ?? me.name, me.workspace.name])
      if (before !== null) {
        const right = await isPassword(body.password.current ?? '', before, () => passwords.take(attempt))
        if (!right) throw invalid([{ path: 'password.current', message: 'This is not your password.' }])
        await passwords.giveBack(attempt)
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
