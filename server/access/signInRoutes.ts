import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Challenge, Me } from '../../client/contract.ts'
import * as contract from '../../client/contract.ts'
import type { Named } from '../../core/call.ts'
import type { CenterEvent } from '../../core/event.ts'
import { actAs } from '../platform/cause.ts'
import type { Tx } from '../platform/db.ts'
import { type Routes, serve } from '../platform/http.ts'
import { forbidden, invalid, Refusal } from '../platform/refusal.ts'
import { refuseForeignSite } from './access.ts'
import { personOf } from './actor.ts'
import { deviceOf } from './device.ts'
import { createKnownDevice } from './knownDevice.ts'
import { findWorkspaceOfLink, useSignInLink } from './linkStore.ts'
import { isPassword } from './password.ts'
import { enrolmentOf, newSeed } from './secondFactor.ts'
import {
  confirmSeed,
  endChallenge,
  findWorkspaceOfChallenge,
  openChallenge,
  proposeSeed,
  renewRecoveryCodes,
  secondFactorOf,
  takeCode,
  takeTry,
} from './secondFactorStore.ts'
import { createSessionCookie } from './sessionCookie.ts'
import { endSession, findSession, openSession, proveSession } from './sessionStore.ts'
import { createSignInFailures } from './signInFailures.ts'
import { findAccount, holdAccount, readMe } from './userStore.ts'

type Method = NonNullable<Extract<CenterEvent, { type: 'user.signed_in' }>['method']>

/** What a right password, or a link, has opened: a session, or the door to the second step. */
type Opened = { session: { token: string; seconds: number }; user: Me } | { challenge: Challenge }

/** Signing in, in one step or two, showing again who one is, and signing out. */
export const signInRoutes: Routes = (http, app) => {
  const { config, db, envelopes } = app
  const { passwords, codes } = app.access.limits
  const cookie = createSessionCookie(config.publicUrl)
  const device = createKnownDevice(app)
  const failures = createSignInFailures(app)

  const attemptOf = async (request: FastifyRequest, account: string) => ({
    address: request.ip,
    account,
    device: await device.read(request.headers, account),
  })

  async function enter(tx: Tx, user: Named, method: Method, request: FastifyRequest) {
    const origin = { device: deviceOf(request.headers['user-agent']), address: request.ip }
    actAs({ kind: 'user', ...user }, 'web')
    tx.emit({ type: 'user.signed_in', user, method })
    return { session: await openSession(tx, user.id, origin), user: await readMe(tx, user.id) }
  }

  async function open(tx: Tx, user: Named, method: Method, request: FastifyRequest): Promise<Opened> {
    const need = await secondFactorOf(tx, user.id)
    if (need === 'none') return enter(tx, user, method, request)
    const { token, expiresAt } = await openChallenge(tx, user.id)
    return { challenge: { token, need, expiresAt: expiresAt.toISOString() } }
  }

  async function setCookies(reply: FastifyReply, { session, user }: Extract<Opened, { user: Me }>): Promise<void> {
    reply.header('set-cookie', [cookie.set(session), await device.set(user.email)])
  }

  async function answer(reply: FastifyReply, opened: Opened) {
    if ('challenge' in opened) return { success: true as const, challenge: opened.challenge }
    await setCookies(reply, opened)
    return { success: true as const, user: opened.user }
  }

  serve(http, app, contract.signIn, async ({ body, request, reply }) => {
    // Signing somebody in from another site, to watch what they then do, is forgery too, and takes no cookie.
    refuseForeignSite(app, request.headers)
    const email = body.email.toLowerCase()
    const attempt = await attemptOf(request, email)
    await passwords.check(attempt)
    const account = await db.asSystem(sql => findAccount(sql, email))
    // An unknown e-mail takes the same way as a wrong password: the same work, the same answer.
    const right = await isPassword(body.password, account?.passwordHash ?? null, () => passwords.take(attempt))
    if (account && !right) failures.tell(account)
    if (!account || !right) throw wrongCredentials()
    await passwords.giveBack(attempt)

    const opened = await db.inWorkspace(account.workspaceId, async tx => {
      const held = await holdAccount(tx, account.userId)
      // Disabled, or the password was changed while it was being checked.
      if (held?.passwordHash !== account.passwordHash) throw wrongCredentials()
      return open(tx, { id: account.userId, name: held.name }, 'password', request)
    })
    return answer(reply, opened)
  })

  serve(http, app, contract.signInByLink, async ({ body, request, reply }) => {
    refuseForeignSite(app, request.headers)
    const workspaceId = await db.asSystem(sql => findWorkspaceOfLink(sql, body.token))
    if (workspaceId === null) throw linkIsSpent()
    const opened = await db.inWorkspace(workspaceId, async tx => {
      const userId = await useSignInLink(tx, body.token)
      const held = userId === null ? null : await holdAccount(tx, userId)
      if (userId === null || held === null) throw linkIsSpent()
      return open(tx, { id: userId, name: held.name }, 'link', request)
    })
    return answer(reply, opened)
  })

  serve(http, app, contract.beginSignInEnrolment, async ({ body, request }) => {
    refuseForeignSite(app, request.headers)
    const workspaceId = await db.asSystem(sql => findWorkspaceOfChallenge(sql, body.token))
    if (workspaceId === null) throw challengeIsOver()
    const enrolment = await db.inWorkspace(workspaceId, async tx => {
      const who = await takeTry(tx, body.token)
      if (who === null || (await secondFactorOf(tx, who.userId)) !== 'enrolment') throw challengeIsOver()
      const seed = newSeed()
      await proposeSeed(tx, envelopes, who.userId, seed)
      return enrolmentOf(seed, who.email)
    })
    return { success: true, enrolment }
  })

  serve(http, app, contract.signInByCode, async ({ body, request, reply }) => {
    refuseForeignSite(app, request.headers)
    const workspaceId = await db.asSystem(sql => findWorkspaceOfChallenge(sql, body.token))
    // In a transaction of its own: a wrong code has cost a try, whatever comes after.
    const who = workspaceId === null ? null : await db.inWorkspace(workspaceId, tx => takeTry(tx, body.token))
    if (workspaceId === null || who === null) throw challengeIsOver()
    const attempt = await attemptOf(request, who.email)
    await codes.take(attempt)

    const entered = await db.inWorkspace(workspaceId, async tx => {
      const held = await holdAccount(tx, who.userId)
      const need = await secondFactorOf(tx, who.userId)
      if (held === null || need === 'none') throw challengeIsOver()
      const enrols = need === 'enrolment'
      const taken = enrols
        ? await confirmSeed(tx, envelopes, who.userId, body.code, Date.now())
        : await takeCode(tx, envelopes, who.userId, body.code, Date.now())
      if (!taken) return null
      // Somebody was faster with the same challenge, or the password was changed.
      if (!(await endChallenge(tx, body.token))) throw challengeIsOver()
      const user = { id: who.userId, name: held.name }
      if (taken === 'recovery-code') tx.emit({ type: 'user.recovery_code_used', user, by: user })
      if (enrols) tx.emit({ type: 'user.second_factor_added', user, by: user })
      const recoveryCodes = enrols ? await renewRecoveryCodes(tx, who.userId) : null
      return { ...(await enter(tx, user, 'second-factor', request)), recoveryCodes }
    })
    if (entered === null) {
      failures.tell({ workspaceId, userId: who.userId })
      throw new Refusal(401, 'wrong_code', 'This code is wrong, or was used already.')
    }
    await codes.giveBack(attempt)
    await setCookies(reply, entered)
    return { success: true, user: entered.user, recoveryCodes: entered.recoveryCodes }
  })

  serve(http, app, contract.confirmIdentity, async ({ who, body, request }) => {
    const { workspaceId, userId, email } = personOf(who)
    const token = cookie.read(request.headers)
    if (token === null) throw forbidden('Only a session can be confirmed. Bearer tokens are their issuer’s matter.')
    const attempt = await attemptOf(request, email)
    const { password, code } = body
    if (password !== undefined) {
      await passwords.check(attempt)
      const held = await db.inWorkspace(workspaceId, tx => holdAccount(tx, userId))
      const right = await isPassword(password, held?.passwordHash ?? null, () => passwords.take(attempt))
      if (!right) throw invalid([{ path: 'password', message: 'This is not your password.' }])
      await passwords.giveBack(attempt)
    } else if (code !== undefined) {
      await codes.take(attempt)
      const taken = await db.inWorkspace(workspaceId, tx => takeCode(tx, envelopes, userId, code, Date.now()))
      if (taken === null) throw invalid([{ path: 'code', message: 'This code is wrong, or was used already.' }])
      await codes.giveBack(attempt)
    } else {
      throw invalid([{ path: 'password', message: 'Enter your password, or a code.' }])
    }
    await db.inWorkspace(workspaceId, tx => proveSession(tx, token))
    return { success: true }
  })

  serve(http, app, contract.signOut, async ({ request, reply }) => {
    refuseForeignSite(app, request.headers)
    const token = cookie.read(request.headers)
    const session = token === null ? null : await db.asSystem(sql => findSession(sql, token))
    if (token !== null && session !== null) {
      await db.inWorkspace(session.workspaceId, async tx => {
        const { name } = await readMe(tx, session.userId)
        const user = { id: session.userId, name }
        actAs({ kind: 'user', ...user }, 'web')
        if (await endSession(tx, token)) tx.emit({ type: 'user.signed_out', user })
      })
    }
    reply.header('set-cookie', cookie.clear())
    return { success: true }
  })
}

const wrongCredentials = () => new Refusal(401, 'wrong_credentials', 'The e-mail or the password is wrong.')
const linkIsSpent = () =>
  new Refusal(401, 'link_invalid', 'This sign-in link has expired or was used already. Ask your admin for a new one.')
const challengeIsOver = () =>
  new Refusal(401, 'challenge_over', 'This sign-in took too long, or too many tries. Begin again with your password.')
