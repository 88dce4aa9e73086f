import type { FastifyRequest } from 'fastify'
import * as contract from '../../client/contract.ts'
import type { Principal, UserPrincipal } from '../../core/role.ts'
import type { Tx } from '../platform/db.ts'
import { type Routes, serve } from '../platform/http.ts'
import { conflict, invalid } from '../platform/refusal.ts'
import { authorOf, mayHandle, personOf } from './actor.ts'
import { createKnownDevice } from './knownDevice.ts'
import { enrolmentOf, newSeed } from './secondFactor.ts'
import {
  confirmSeed,
  proposeSeed,
  readSecondFactor,
  readSecondFactorRoles,
  removeSecondFactor,
  renewRecoveryCodes,
  saveSecondFactorRoles,
  takeCode,
} from './secondFactorStore.ts'

/** One's own second factor, and who must have one. */
export const secondFactorRoutes: Routes = (http, app) => {
  const { db, envelopes } = app
  const { codes } = app.access.limits
  const device = createKnownDevice(app)

  /** Does `work` if `check` takes the code. Throws a 400 refusal for a wrong code, a 429 one after too many. */
  async function withCode<T>(
    who: UserPrincipal,
    request: FastifyRequest,
    check: (tx: Tx) => Promise<unknown>,
    work: (tx: Tx) => Promise<T>,
  ): Promise<T> {
    const { email: account } = who
    const attempt = { address: request.ip, account, device: await device.read(request.headers, account) }
    await codes.take(attempt)
    const done = await db.inWorkspace(who.workspaceId, async tx =>
      (await check(tx)) ? { value: await work(tx) } : null,
    )
    if (done === null) throw invalid([{ path: 'code', message: 'This code is wrong, or was used already.' }])
    await codes.giveBack(attempt)
    return done.value
  }

  const byItself = (who: Principal) => ({ user: authorOf(who), by: authorOf(who) })

  serve(http, app, contract.getSecondFactor, async ({ who }) => {
    const { workspaceId, userId, role } = personOf(who)
    return db.inWorkspace(workspaceId, async tx => {
      const factor = await readSecondFactor(tx, userId)
      return {
        since: factor?.since.toISOString() ?? null,
        recoveryCodesLeft: factor?.left ?? 0,
        required: (await readSecondFactorRoles(tx)).includes(role),
      }
    })
  })

  serve(http, app, contract.beginEnrolment, async ({ who }) => {
    const { workspaceId, userId, email } = personOf(who)
    const seed = newSeed()
    if (!(await db.inWorkspace(workspaceId, tx => proposeSeed(tx, envelopes, userId, seed)))) {
      throw conflict('second_factor_exists', 'You have a second factor already. Remove it first.')
    }
    return { success: true, enrolment: enrolmentOf(seed, email) }
  })

  serve(http, app, contract.confirmEnrolment, async ({ who, body, request }) => {
    const person = personOf(who)
    const recoveryCodes = await withCode(
      person,
      request,
      tx => confirmSeed(tx, envelopes, person.userId, body.code, Date.now()),
      tx => {
        tx.emit({ type: 'user.second_factor_added', ...byItself(who) })
        return renewRecoveryCodes(tx, person.userId)
      },
    )
    return { success: true, recoveryCodes }
  })

  serve(http, app, contract.renewRecoveryCodes, async ({ who, body, request }) => {
    const person = personOf(who)
    const recoveryCodes = await withCode(
      person,
      request,
      tx => takeCode(tx, envelopes, person.userId, body.code, Date.now()),
      tx => {
        tx.emit({ type: 'user.recovery_codes_renewed', ...byItself(who) })
        return renewRecoveryCodes(tx, person.userId)
      },
    )
    return { success: true, recoveryCodes }
  })

  serve(http, app, contract.removeSecondFactor, async ({ who, body, request }) => {
    const person = personOf(who)
    await withCode(
      person,
      request,
      tx => takeCode(tx, envelopes, person.userId, body.code, Date.now()),
      async tx => {
        await removeSecondFactor(tx, person.userId)
        tx.emit({ type: 'user.second_factor_removed', ...byItself(who) })
      },
    )
    return { success: true }
  })

  serve(http, app, contract.getSignInPolicy, async ({ who }) => ({
    secondFactorFor: await db.inWorkspace(who.workspaceId, readSecondFactorRoles),
  }))

  serve(http, app, contract.saveSignInPolicy, async ({ who, body }) => {
    // Whoever may switch this off for admins opens the way to be one.
    mayHandle(who, 'admin')
    const secondFactorFor = [...new Set(body.secondFactorFor)].sort()
    await db.inWorkspace(who.workspaceId, async tx => {
      await saveSecondFactorRoles(tx, secondFactorFor)
      tx.emit({ type: 'sign_in_policy.updated', secondFactorFor, by: authorOf(who) })
    })
    return { success: true, policy: { secondFactorFor } }
  })
}
