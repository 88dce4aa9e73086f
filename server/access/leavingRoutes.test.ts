import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import * as contract from '../../client/contract.ts'
import { PERMISSIONS } from '../../core/role.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { hire, must, type Person } from '../../test/support/people.ts'
import { NOBODY, openSalesLine, type SalesLine } from '../../test/support/salesLine.ts'

const ANA = '+14155550101'

type Refused = { error: { code: string; message: string } }

onBothDatabases('people who leave', open => {
  let line: SalesLine
  /** Who is to leave, of Sales. */
  let rosa: Person
  let userId: string
  beforeAll(async () => {
    line = await openSalesLine(open)
    await line.setSales({ waitKeys: { voicemail: '1', callback: '2' }, wrapUpSeconds: 0 })
  })
  afterAll(() => line?.close())
  afterEach(() => line.quiet())

  const ask = <Answer>(
    method: string,
    path: string,
    json?: unknown,
  ): Promise<{ status: number; body: Answer & Refused }> =>
    line.server.api(path, { method, ...(json === undefined ? {} : { json }) })
  const users = async (state = 'here') =>
    contract.listUsers.answer.parse((await must(ask('GET', `/api/users?state=${state}&limit=200`))).body).items
  const agents = async (state = 'here') =>
    contract.listAgents.answer.parse((await must(ask('GET', `/api/agents?state=${state}`))).body).items
  const leave = async (id = userId) =>
    ask<ReturnType<typeof contract.leaveUser.answer.parse>>('DELETE', `/api/users/${id}`)
  const comeBack = (id = userId) =>
    ask<ReturnType<typeof contract.returnUser.answer.parse>>('POST', `/api/users/${id}/return`)
  const signIn = async ({ credentials }: Person) => (await ask('POST', '/api/auth/sign-in/email', credentials)).status

  /** Somebody new, whom only these tests know. */
  async function takeOn(): Promise<void> {
    rosa = await hire(line.server, 'Rosa', ['sales'])
    userId = (await users()).find(({ agentId }) => agentId === rosa.id)!.id
  }

  /** Rosa is done with this call, and still writes about it. */
  async function takeCall(): Promise<string> {
    await rosa.be('available')
    const caller = await line.ring(ANA)
    const { call } = await rosa.accept()
    await caller.hangUp()
    return call.id
  }

  /** A caller leaves a message, or the wish to be called back, and Rosa takes it up. */
  async function takeUp(kind: 'voicemail' | 'callback'): Promise<string> {
    const caller = await line.ring(ANA)
    await caller.press(kind === 'voicemail' ? '1' : '2')
    if (kind === 'voicemail') await caller.record(5)
    else await caller.press('1')
    await rosa.be('available')
    const { workId } = await rosa.accept()
    return workId
  }

  /** A flow that leads callers to Rosa. */
  async function draftFlow(): Promise<{ id: string; name: string }> {
    const definition = {
      start: 'rosa',
      language: 'en-US',
      nodes: {
        rosa: { type: 'ring', target: { type: 'agent', agent: rosa.id }, ringSeconds: 20, unanswered: 'end' },
        end: { type: 'hangUp' },
      },
    }
    const name = `To ${++flows}`
    return (await must(ask<{ flow: contract.FlowDetails }>('POST', '/api/flows', { name, definition }))).body.flow
  }
  let flows = 0
  const publish = (id: string) => ask('POST', `/api/flows/${id}/publish`, {})

  describe('somebody without anything at hand', () => {
    beforeAll(takeOn)

    test('is taken off in one step', async () => {
      const { status, body } = await leave()
      expect(status).toBe(200)
      expect(contract.leaveUser.answer.parse(body)).toMatchObject({
        user: { id: userId, name: 'Rosa', disabled: true, leftAt: expect.any(String), agentId: null, queues: [] },
        apiKeys: [],
        flows: [],
      })
      expect(await line.activity()).toContainEqual(
        expect.objectContaining({ type: 'user.left', user: { id: userId, name: 'Rosa' } }),
      )
    })

    test('is signed out and cannot sign in', async () => {
      expect((await rosa.ask('/api/me')).status).toBe(401)
      expect(await signIn(rosa)).toBe(401)
    })

    test('is in no list to choose from, and found where one asks for those who are gone', async () => {
      expect((await users()).map(({ id }) => id)).not.toContain(userId)
      expect((await users('left')).map(({ id }) => id)).toContain(userId)
      expect((await agents()).map(({ id }) => id)).not.toContain(rosa.id)
      expect((await agents('retired')).map(({ id, name }) => [id, name])).toContainEqual([rosa.id, 'Rosa'])
      const { body } = await must(ask<{ items: contract.Queue[] }>('GET', '/api/queues'))
      expect(JSON.stringify(body)).not.toContain(rosa.id)
    })

    test('cannot be put into a queue, led to by a flow, given a presence or changed', async () => {
      const { body } = await must(ask<{ items: contract.Queue[] }>('GET', '/api/queues'))
      const { id } = body.items.find(({ name }) => name === 'sales')!
      expect((await ask('PATCH', `/api/queues/${id}`, { agents: [rosa.id] })).status).toBe(400)
      const published = await publish((await draftFlow()).id)
      expect([published.status, published.body.error.code]).toEqual([409, 'flow_invalid'])
      expect((await ask('PUT', `/api/agents/${rosa.id}/presence`, { presence: 'available' })).status).toBe(404)
      expect((await ask('PATCH', `/api/agents/${rosa.id}`, { team: 'x' })).status).toBe(404)
      for (const change of [
        { disabled: false },
        { name: 'x' },
        { queues: ['sales'] },
        { password: 'something else now' },
      ]) {
        const { status, body } = await ask('PATCH', `/api/users/${userId}`, change)
        expect([status, body.error.code]).toEqual([409, 'user_left'])
      }
    })

    test('does not leave twice', async () => {
      const { status, body } = await leave()
      expect([status, body.error.code]).toEqual([409, 'user_left'])
    })

    test('is not made anew with the same e-mail', async () => {
      const { email } = rosa.credentials
      const { status, body } = await ask('POST', '/api/users', { email: email.toUpperCase(), name: 'x', role: 'agent' })
      expect([status, body.error.code]).toEqual([409, 'user_left'])
    })

    test('comes back as the same agent, by a link and with a new password', async () => {
      const { status, body } = await comeBack()
      expect(status).toBe(200)
      const { user, signInLink } = contract.returnUser.answer.parse(body)
      expect(user).toMatchObject({ id: userId, agentId: rosa.id, queues: [], disabled: false, leftAt: null })
      expect(await signIn(rosa)).toBe(401)
      const token = signInLink.split('#token=')[1]
      expect((await ask('POST', '/api/auth/sign-in/link', { token })).status).toBe(200)
      await must(ask('PATCH', `/api/users/${userId}`, { password: rosa.credentials.password, queues: ['sales'] }))
      expect(await signIn(rosa)).toBe(200)
      expect((await agents()).map(({ id }) => id)).toContain(rosa.id)
      expect(await line.activity()).toContainEqual(
        expect.objectContaining({ type: 'user.returned', user: { id: userId, name: 'Rosa' }, role: 'agent' }),
      )
    })

    test('does not come back when they are here', async () => {
      const { status, body } = await comeBack()
      expect([status, body.error.code]).toEqual([409, 'user_here'])
    })
  })

  describe('what they have at hand', () => {
    beforeAll(takeOn)
    afterEach(async () => {
      await leave()
      await takeOn()
    })

    test('a call is waited for, and its record keeps their name', async () => {
      await rosa.be('available')
      const caller = await line.ring(ANA)
      const { call } = await rosa.accept()
      const refused = await leave()
      expect([refused.status, refused.body.error.code]).toEqual([409, 'agent_on_call'])
      expect(refused.body.error.message).toContain('Rosa')
      expect((await rosa.ask('/api/me')).status).toBe(200)
      expect(await rosa.presence()).toBe('available')
      await caller.hangUp()
      expect((await leave()).status).toBe(200)
      const { body } = await must(ask<contract.Call>('GET', `/api/calls/${call.id}`))
      expect(body.agent).toEqual({ id: rosa.id, name: 'Rosa' })
      const { body: found } = await must(ask<{ items: contract.Call[] }>('GET', `/api/calls?agent=${rosa.id}`))
      expect(found.items.map(({ id }) => id)).toEqual([call.id])
      const routing = contract.getRouting.answer.parse((await must(ask('GET', `/api/calls/${call.id}/routing`))).body)
      expect(routing.offers.map(({ agent }) => agent.name)).toEqual(['Rosa'])
    })

    test('a call that is being accepted at the same moment is theirs, or they leave without it', async () => {
      for (let round = 0; round < 3; round++) {
        await rosa.be('available')
        const caller = await line.ring(ANA)
        const [offer] = await rosa.offers()
        const [left, accepted] = await Promise.all([leave(), rosa.ask(`/api/offers/${offer!.id}/accept`, 'POST')])
        const { agent } = await line.callOf(caller)
        if (left.status === 200) {
          expect([401, 409]).toContain(accepted.status)
          expect(agent).toBeNull()
          await takeOn()
        } else {
          expect([left.status, left.body.error.code, accepted.status]).toEqual([409, 'agent_on_call', 200])
          expect(agent).toMatchObject({ id: rosa.id })
        }
        await caller.hangUp()
      }
    })

    test('a wrap-up is over', async () => {
      await line.setSales({ wrapUpSeconds: 600 })
      await takeCall()
      await line.setSales({ wrapUpSeconds: 0 })
      expect(await rosa.activity()).toBe('wrap-up')
      expect((await leave()).status).toBe(200)
      expect((await line.activity()).slice(0, 3).map(({ type }) => type)).toContain('agent.wrap_up_ended')
    })

    test('what rings there rings at others', async () => {
      await rosa.be('available')
      const caller = await line.ring(ANA)
      expect(await rosa.offers()).toHaveLength(1)
      await line.mia.be('available')
      expect(await line.mia.offers()).toEqual([])
      expect((await leave()).status).toBe(200)
      expect(await line.mia.offers()).toMatchObject([{ call: { providerCallId: caller.sid } }])
    })

    test.each(['voicemail', 'callback'] as const)('a %s that they have taken up is work for others', async kind => {
      const id = await takeUp(kind)
      const find = async () => {
        const { body } = await must(ask<{ items: contract.Voicemail[] }>('GET', `/api/${kind}s`))
        return body.items.find(item => item.id === id)
      }
      expect(await find()).toMatchObject({ status: 'in-progress', agent: { name: 'Rosa' } })
      expect((await leave()).status).toBe(200)
      expect(await find()).toMatchObject({ status: kind === 'voicemail' ? 'new' : 'waiting', agent: null })
      expect((await line.activity()).map(({ type }) => type)).toContain(`${kind}.put_back`)
      await line.mia.be('available')
      expect(await line.mia.offers()).toMatchObject([{ kind, workId: id }])
      await line.mia.accept()
      await must(line.mia.ask(`/api/${kind}s/${id}/done`, 'POST'))
    })

    test('a request that they have begun waits for somebody else', async () => {
      const { body } = await must(
        ask<{ request: { id: string } }>('POST', '/api/customer/support-request', {
          userEmail: 'ana@example.com',
          subject: 'Order',
          description: 'Where is it?',
          phoneNumber: ANA,
        }),
      )
      const path = `/api/requests/${body.request.id}`
      await must(rosa.ask(path, 'PATCH', { status: 'in-progress' }))
      expect((await ask('GET', path)).body).toMatchObject({ status: 'in-progress', agent: { id: rosa.id } })
      expect((await leave()).status).toBe(200)
      expect((await ask('GET', path)).body).toMatchObject({ status: 'pending', agent: null })
    })

    test('a caller whom they know is not kept waiting for them', async () => {
      await line.setSales({ stickyAgent: true })
      try {
        await must(ask('POST', '/api/contacts', { name: 'Ana', phones: [ANA] }))
        await takeCall()
        expect((await leave()).status).toBe(200)
        await line.mia.be('available')
        const caller = await line.ring(ANA)
        expect(await line.mia.offers()).toMatchObject([{ call: { providerCallId: caller.sid } }])
      } finally {
        await line.setSales({ stickyAgent: false })
      }
    })

    test('what goes on without them is named: keys that they made, flows that lead to them', async () => {
      await must(ask('PATCH', `/api/users/${userId}`, { role: 'admin', takesCalls: true, queues: ['sales'] }))
      const cookie = await line.server.signIn(rosa.credentials.email, rosa.credentials.password)
      const made = await fetch(`${line.server.url}/api/api-keys`, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'Rosa’s CRM', permissions: ['calls:read'] }),
      })
      expect(made.status).toBe(201)
      const flow = await draftFlow()
      await must(publish(flow.id))
      const { body } = await must(leave())
      expect(body.apiKeys.map(({ name }) => name)).toEqual(['Rosa’s CRM'])
      expect(body.flows).toEqual([{ id: flow.id, name: flow.name }])
    })
  })

  test('whoever stops taking calls goes on in another role; what they had goes on to others', async () => {
    await takeOn()
    const id = await takeUp('voicemail')
    const { body } = await must(
      ask<{ user: contract.User }>('PATCH', `/api/users/${userId}`, { role: 'supervisor', takesCalls: false }),
    )
    expect(body.user).toMatchObject({ agentId: null, disabled: false, leftAt: null, queues: [] })
    await line.mia.be('available')
    expect(await line.mia.offers()).toMatchObject([{ kind: 'voicemail', workId: id }])
    await line.mia.accept()
    await must(line.mia.ask(`/api/voicemails/${id}/done`, 'POST'))
    expect(await signIn(rosa)).toBe(200)
  })

  test('the e-mail of who has left is free in another workspace, and then theirs', async () => {
    await takeOn()
    const { email, password } = rosa.credentials
    const found = () =>
      ask<{ workspace: { id: string } }>('POST', '/api/workspaces', {
        name: 'Elsewhere',
        adminEmail: email,
        adminPassword: password,
      })
    expect((await found()).status).toBe(409)
    await must(leave())
    expect((await found()).status).toBe(201)
    expect(await signIn(rosa)).toBe(200)
    const { status, body } = await comeBack()
    expect([status, body.error.code]).toEqual([409, 'email_taken'])
  })

  test('the last admin does not leave, nor does anybody by a key that may not make admins', async () => {
    const admins = (await users()).filter(({ role, disabled }) => role === 'admin' && !disabled)
    expect(admins).toHaveLength(1)
    const { status, body } = await leave(admins[0]!.id)
    expect([status, body.error.code]).toEqual([409, 'last_admin'])
    const permissions = PERMISSIONS.filter(permission => permission !== 'calls:read')
    const { body: made } = await must(ask<{ key: string }>('POST', '/api/api-keys', { name: 'Some', permissions }))
    const answer = await fetch(`${line.server.url}/api/users/${admins[0]!.id}`, {
      method: 'DELETE',
      headers: { 'x-api-key': made.key },
    })
    expect(answer.status).toBe(403)
  })

  test('nobody leaves who is not here', async () => {
    expect((await leave(NOBODY)).status).toBe(404)
    expect((await comeBack(NOBODY)).status).toBe(404)
  })
})
