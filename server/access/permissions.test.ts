import fc from 'fast-check'
import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import * as contract from '../../client/contract.ts'
import type { Route } from '../../client/route.ts'
import { type Ability, may, PERMISSIONS, type Principal, ROLES } from '../../core/role.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { addKey, addPerson, type Credentials, makeWorkspace, startTestServer, type TestServer } from './testing.ts'

const ROUTES: Record<string, Route> = {
  getMe: contract.getMe,
  updateMe: contract.updateMe,
  listUsers: contract.listUsers,
  createUser: contract.createUser,
  updateUser: contract.updateUser,
  endSessionsOfUser: contract.endSessionsOfUser,
  resetSecondFactor: contract.resetSecondFactor,
  getSignInPolicy: contract.getSignInPolicy,
  saveSignInPolicy: contract.saveSignInPolicy,
  listSessions: contract.listSessions,
  endSession: contract.endSession,
  getSecondFactor: contract.getSecondFactor,
  beginEnrolment: contract.beginEnrolment,
  confirmEnrolment: contract.confirmEnrolment,
  renewRecoveryCodes: contract.renewRecoveryCodes,
  removeSecondFactor: contract.removeSecondFactor,
  confirmIdentity: contract.confirmIdentity,
  listApiKeys: contract.listApiKeys,
  createApiKey: contract.createApiKey,
  revokeApiKey: contract.revokeApiKey,
  createWorkspace: contract.createWorkspace,
  listQueues: contract.listQueues,
  createQueue: contract.createQueue,
  updateQueue: contract.updateQueue,
  deleteQueue: contract.deleteQueue,
  listAgents: contract.listAgents,
  getMyAgent: contract.getMyAgent,
  updateAgent: contract.updateAgent,
  setMyPhone: contract.setMyPhone,
  listFlows: contract.listFlows,
  getFlow: contract.getFlow,
  createFlow: contract.createFlow,
  updateFlow: contract.updateFlow,
  deleteFlow: contract.deleteFlow,
  testFlow: contract.testFlow,
  publishFlow: contract.publishFlow,
  listFlowVersions: contract.listFlowVersions,
  rollBackFlow: contract.rollBackFlow,
  listNumbers: contract.listNumbers,
  createNumber: contract.createNumber,
  updateNumber: contract.updateNumber,
  deleteNumber: contract.deleteNumber,
}

/** Who asks, as the rules see them: the role or the permissions are all that counts. */
const asking = (who: Pick<Principal, 'kind'> & Partial<Principal>): Principal => who as Principal
const PEOPLE = ROLES.map(role => ({ name: `the role ${role}`, principal: asking({ kind: 'user', role }) }))
const KEYS = [[], ...PERMISSIONS.map(permission => [permission])].map(permissions => ({
  name: `a key for ${permissions[0] ?? 'nothing'}`,
  principal: asking({ kind: 'key', permissions }),
}))

function isAllowed(route: Route, principal: Principal): boolean {
  if (route.may === 'anybody signed in') return principal.kind === 'user'
  if (route.may === 'the operator') return false
  return may(principal, route.may as Ability)
}

onBothDatabases('every route, asked by everybody', open => {
  let server: TestServer
  let workspaceId: string
  let admin: Credentials
  const credentials = new Map<Principal, Credentials>()
  beforeAll(async () => {
    server = await startTestServer(open)
    const place = await makeWorkspace(server)
    workspaceId = place.id
    admin = place.admin
    for (const { principal } of [...PEOPLE, ...KEYS]) {
      credentials.set(
        principal,
        principal.kind === 'user'
          ? (await addPerson(server, workspaceId, principal.role)).as
          : await addKey(server, workspaceId, principal.permissions),
      )
    }
  })
  afterAll(() => server.close())

  /** The whole workspace, but when its keys and sessions were used last. */
  const everything = () =>
    server.db.inWorkspace(workspaceId, tx =>
      tx.query(
        `select (select json_agg(u order by id) from users u) as u, (select json_agg(n order by id) from numbers n) as n,
           (select json_agg(e order by seq) from events e) as e,
           (select json_agg(json_build_array(id, revoked_at) order by id) from api_keys) as k`,
      ),
    )

  for (const [name, route] of Object.entries(ROUTES)) {
    /** What would do something, if it were allowed, except that nothing has this id. */
    const request = { params: { id: newId() }, ...(route.body ? { body: {} } : {}) }

    test(`${name}: nobody is asked to sign in, before anything is looked at`, async () => {
      for (const params of [request.params, { id: 'not an id' }]) {
        const answered = await server.ask(route, { ...request, params, query: { limit: 'x' } })
        expect(answered.status).toBe(401)
        expect(answered.body).toEqual({
          success: false,
          error: { code: 'unauthenticated', message: expect.any(String) },
        })
      }
    })

    test.each([...PEOPLE, ...KEYS])(`${name}: $name`, async ({ principal }) => {
      const before = await everything()
      const answered = await server.ask(route, { ...request, as: credentials.get(principal)! })
      if (isAllowed(route, principal)) {
        expect([200, 400, 404]).toContain(answered.status)
      } else {
        expect(answered.status).toBe(403)
        expect(answered.body.error).toEqual({ code: 'forbidden', message: expect.any(String) })
        expect(await everything()).toEqual(before)
      }
    })
  }

  const withBody = Object.entries({
    ...ROUTES,
    signIn: contract.signIn,
    signInByLink: contract.signInByLink,
  }).filter(([, route]) => route.body)
  test.each(withBody)('%s: no body is more than it can take', async (_, route) => {
    const given: unknown = route.body
    const shape = given instanceof z.ZodOptional ? given.unwrap() : given
    const fields = Object.keys((shape as z.ZodObject).shape)
    const value = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('admin', 'agent', '\u0000', '\ud800', '__proto__', "'; drop table users; --", 'x'.repeat(10_000)),
      fc.array(fc.string(), { maxLength: 3 }),
    )
    const body = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom(...fields, '__proto__', 'id', 'workspaceId'), value, { maxKeys: fields.length }),
    )
    let address = 0
    await fc.assert(
      fc.asyncProperty(body, async sent => {
        const from = `203.0.${address >> 8}.${address++ & 255}`
        const answered = await server.ask(route, { as: admin, params: { id: newId() }, body: sent, from })
        expect(answered.status).toBeLessThan(500)
        if (answered.status >= 400) expect(contract.ErrorBody.parse(answered.body).error.message).not.toBe('')
      }),
      { numRuns: 100 },
    )
  })
})
