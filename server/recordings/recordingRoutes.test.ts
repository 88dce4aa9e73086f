import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type * as contract from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import { leaveRecording, tellCompleted } from './testing.ts'

const AUDIO = randomBytes(150_000)
interface Person {
  cookie: string
  agentId: string | null
}

onBothDatabases('recordings', open => {
  let server: TestServer
  let dataDir: string
  let workspaceId: string
  let callId: string
  let id: string
  const people = {} as Record<'admin' | 'sue' | 'sam' | 'ana' | 'ben', Person>

  beforeAll(async () => {
    dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-recordings-'))
    server = await startTestServer({ DATA_DIR: dataDir, LOG_LEVEL: 'silent' }, open)
    const [row] = await server.app.db.asSystem(sql => sql.query<{ id: string }>('select id from workspaces'))
    workspaceId = row!.id
    people.admin = { cookie: await server.signIn(), agentId: null }
    for (const [name, role, team] of [
      ['sue', 'supervisor', 'north'],
      ['sam', 'supervisor', 'south'],
      ['ana', 'agent', 'north'],
      ['ben', 'agent', 'north'],
    ] as const)
      people[name] = await addPerson(name, role, team)
  })
  afterAll(async () => {
    await server?.close()
    fs.rmSync(dataDir, { recursive: true })
  })
  beforeEach(async () => {
    await set('everybody')
    callId = newId()
    await query(
      `insert into calls (workspace_id, id, provider, provider_call_id, control, direction, status, match_state, started_at,
         queue_id, agent_id)
       select $1, $2, 'builtin', $3, 'ours', 'inbound', 'in-progress', 'withheld', now(), q.id, $4
       from queues q where q.workspace_id = $1 and q.name = 'sales'`,
      [workspaceId, callId, newId(), people.ana.agentId],
    )
    id = await leaveRecording({ db: server.app.db, dataDir, workspaceId, callId }, AUDIO)
  })

  const query = <Row>(text: string, values: unknown[] = []) =>
    server.app.db.inWorkspace(workspaceId, tx => tx.query<Row>(text, values))

  async function addPerson(name: string, role: string, team: string): Promise<Person> {
    const email = `${name}@example.com`
    const password = 'a long password for tests'
    const { status, body } = await server.api('/api/users', {
      json: { name, email, role, password, queues: ['sales'] },
    })
    expect([status, body]).toMatchObject([201, {}])
    const cookie = await server.signIn(email, password)
    const [agent] = await query<{ id: string }>(
      `update agents a set team = $2 from users u
       where a.workspace_id = u.workspace_id and a.user_id = u.id and u.email = $1 returning a.id`,
      [email, team],
    )
    return { cookie, agentId: agent?.id ?? null }
  }
  const ask = async (who: Person, address: string, init: RequestInit & { json?: unknown } = {}) => {
    const { json, ...rest } = init
    const headers = {
      cookie: who.cookie,
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...rest.headers,
    }
    return fetch(server.url + address, { ...rest, headers, ...(json !== undefined && { body: JSON.stringify(json) }) })
  }
  const set = async (recordings_heard_by: contract.HeardBy) => {
    const { status } = await server.api('/api/settings/calls', { method: 'PUT', json: { recordings_heard_by } })
    expect(status).toBe(200)
  }
  async function archived(): Promise<void> {
    await tellCompleted({ db: server.app.db, workspaceId, callId }, id)
    const stored = () => query('select 1 from recordings where id = $1 and stored_at is not null', [id])
    await expect.poll(stored).toHaveLength(1)
  }
  const hear = async (who: Person) => (await ask(who, `/api/recordings/${id}/audio`)).status
  const detailsFor = async (who: Person) =>
    (await (await ask(who, `/api/calls/${callId}`)).json()) as contract.CallDetails
  const eventsOf = async (type: string) => {
    const { body } = await server.api(`/api/activity?type=${type}`)
    return (body as { items: { recordingId: string; by: { name: string } | null }[] }).items.filter(
      event => event.recordingId === id,
    )
  }

  describe('are heard', () => {
    test.each<[contract.HeardBy, (keyof typeof people)[]]>([
      ['everybody', ['admin', 'sue', 'sam', 'ana', 'ben']],
      ['own-agent', ['admin', 'sue', 'sam', 'ana']],
      ['team-leaders', ['admin', 'sue']],
    ])('by %s: %j', async (policy, expected) => {
      await set(policy)
      for (const [name, who] of Object.entries(people)) {
        const mayHear = expected.includes(name as keyof typeof people)
        expect([name, await hear(who)]).toEqual([name, mayHear ? 200 : 403])
        const [recording] = (await detailsFor(who)).recordings
        expect(recording).toMatchObject({ withheld: !mayHear, audioUrl: mayHear ? expect.any(String) : null })
        const { status } = await ask(who, `/api/recordings/${id}/waveform`)
        expect([name, status]).toEqual([name, mayHear ? 404 : 403])
      }
      expect((await eventsOf('recording.heard')).map(({ by }) => by!.name.toLowerCase()).toReversed()).toEqual(expected)
    })

    test.each<[contract.HeardBy, (keyof typeof people)[]]>([
      ['everybody', ['admin', 'sue', 'sam', 'ana', 'ben']],
      ['own-agent', ['admin', 'sue', 'sam', 'ana']],
      ['team-leaders', ['admin', 'sue']],
    ])('by %s: no link leads others there, whichever way they ask for one', async (policy, expected) => {
      await set(policy)
      const links = async (who: Person) => {
        const crm = async <Answer>(address: string) => (await ask(who, `/functions/v1/${address}`)).json() as Answer
        const { calls } = await crm<{ calls: contract.CrmCall[] }>('api-calls-list?limit=200')
        const { call } = await crm<{ call: contract.CrmCallDetails }>(`api-calls-details?call_id=${callId}`)
        const { status } = await ask(who, `/functions/v1/api-calls-recording?call_id=${callId}`)
        const listed = calls.find(one => one.id === callId)!.recording_url
        return [listed, call.recording_url, call.recordings[0]!.recording_url, status]
      }
      for (const [name, who] of Object.entries(people)) {
        const link = expected.includes(name as keyof typeof people) ? expect.any(String) : null
        expect([name, ...(await links(who))]).toEqual([name, link, link, link, link === null ? 403 : 200])
      }
    })

    test.each<[contract.HeardBy, (keyof typeof people)[]]>([
      ['everybody', ['admin', 'sue', 'sam', 'ana', 'ben']],
      ['own-agent', ['admin', 'sue', 'sam', 'ana']],
      ['team-leaders', ['admin', 'sue']],
    ])(
      'by %s: what was said is read as it was said by the same, and masked by the others',
      async (policy, expected) => {
        await set(policy)
        await query(
          `update recordings set transcript = 'Call +14155550199.', transcript_masked = 'Call [phone].' where id = $1`,
          [id],
        )
        for (const [name, who] of Object.entries(people)) {
          const mayRead = expected.includes(name as keyof typeof people)
          const answer = await ask(who, `/api/recordings/${id}/transcript`)
          const { transcript } = (await answer.json()) as { transcript?: string }
          expect([name, answer.status, transcript]).toEqual(
            mayRead ? [name, 200, 'Call +14155550199.'] : [name, 403, undefined],
          )
          // Where it is given unasked, it is masked for everybody.
          expect((await detailsFor(who)).recordings).toMatchObject([{ transcript: 'Call [phone].' }])
        }
        expect((await eventsOf('transcript.read')).map(({ by }) => by!.name.toLowerCase()).toReversed()).toEqual(
          expected,
        )
        expect((await server.api(`/api/recordings/${id}/transcript`)).status).toBe(403)
        await query(`update calls set queue_id = q.id from queues q where calls.id = $1 and q.name = 'hr'`, [callId])
        expect((await ask(people.ben, `/api/recordings/${id}/transcript`)).status).toBe(404)
      },
    )

    test('not at all by who does not see the call', async () => {
      await query(`update calls set queue_id = q.id from queues q where calls.id = $1 and q.name = 'hr'`, [callId])
      expect(await hear(people.ben)).toBe(404)
    })

    test('which is a sentence in the log when somebody changes it', async () => {
      await set('own-agent')
      const { body } = await server.api('/api/activity?type=call_settings.updated')
      const [event] = (body as { items: object[] }).items
      expect(event).toMatchObject({
        changed: ['recordings_heard_by'],
        changes: { recordings_heard_by: { from: 'everybody', to: 'own-agent' } },
      })
    })
  })

  describe('who has listened', () => {
    const listeners = async (who: Person) => {
      const response = await ask(who, `/api/recordings/${id}/listeners`)
      if (response.status !== 200) return response.status
      return ((await response.json()) as { items: { by: { name: string } | null }[] }).items.map(({ by }) => by?.name)
    }

    test('and what else is for those who lead, nobody else finds in what happened to the call', async () => {
      await hear(people.sue)
      const told = async (who: Person) => {
        const answer = await ask(who, `/functions/v1/api-calls-details?call_id=${callId}`)
        const { call } = (await answer.json()) as { call: contract.CrmCallDetails }
        return call.events.map(({ type }) => type)
      }
      expect(await told(people.sam)).toContain('recording.heard')
      expect(await told(people.ana)).not.toContain('recording.heard')
    })

    test('is told to those who lead', async () => {
      await hear(people.ana)
      await hear(people.ben)
      await hear(people.ana)
      expect(await listeners(people.sue)).toEqual(['ben', 'ana'])
      expect(await listeners(people.ana)).toBe(403)
    })

    test('is not among what agents see of the call', async () => {
      await hear(people.sue)
      const heard = async (who: Person) =>
        (await detailsFor(who)).events.filter(({ type }) => type === 'recording.heard').length
      expect([await heard(people.sue), await heard(people.ana)]).toEqual([1, 0])
    })
  })

  describe('under legal hold', () => {
    const hold = (who: Person, json: object = { reason: 'Case 17' }) =>
      ask(who, `/api/recordings/${id}/hold`, { method: 'PUT', json })
    const release = (who: Person) => ask(who, `/api/recordings/${id}/hold`, { method: 'DELETE' })

    test('are put by those who lead, and the player shows it', async () => {
      expect((await hold(people.ana)).status).toBe(403)
      const response = await hold(people.sue)
      expect(response.status).toBe(200)
      const { recording } = (await response.json()) as { recording: contract.Recording }
      expect(recording.hold).toEqual({
        at: expect.any(String),
        by: { id: expect.any(String), name: 'sue' },
        reason: 'Case 17',
      })
      expect((await detailsFor(people.ana)).recordings[0]!.hold).toEqual(recording.hold)
      // Again changes nothing: who was first, and why, stays.
      await hold(people.sam, { reason: 'Another case' })
      expect((await detailsFor(people.ana)).recordings[0]!.hold).toEqual(recording.hold)
      expect(await eventsOf('recording.held')).toMatchObject([{ by: { name: 'sue' }, reason: 'Case 17' }])
    })

    test('cannot be deleted, by no statement, nor lose their audio', async () => {
      await hold(people.sue)
      await expect(query('delete from recordings where id = $1', [id])).rejects.toThrow('under legal hold')
      await expect(query('delete from calls where id = $1', [callId])).rejects.toThrow('under legal hold')
      await archived()
      for (const loss of ['sealed_key = null, stored_at = null', `store_key = 'elsewhere'`, 'stored_at = null'])
        await expect(query(`update recordings set ${loss} where id = $1`, [id])).rejects.toThrow('under legal hold')
      expect(await hear(people.sue)).toBe(200)
    })

    test('can be deleted once it is lifted', async () => {
      await hold(people.sue)
      expect((await release(people.sam)).status).toBe(200)
      await release(people.sam)
      expect(await eventsOf('recording.released')).toMatchObject([{ by: { name: 'sam' } }])
      await query('delete from recordings where id = $1', [id])
      expect((await hold(people.sue)).status).toBe(404)
      expect((await release(people.sue)).status).toBe(404)
    })

    test('say why', async () => {
      expect((await hold(people.sue, {})).status).toBe(400)
      expect((await hold(people.sue, { reason: ' ' })).status).toBe(400)
    })
  })

  describe('in the store', () => {
    test('are heard as before, in parts, and drawn from what was drawn then', async () => {
      await archived()
      const audio = async (range: string) => {
        const response = await ask(people.sue, `/api/recordings/${id}/audio`, { headers: { range } })
        return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()), headers: response.headers }
      }
      for (const [range, first, last] of [
        ['bytes=0-', 0, 149_999],
        ['bytes=65530-65545', 65_530, 65_545],
        ['bytes=-100', 149_900, 149_999],
      ] as const) {
        const { status, bytes, headers } = await audio(range)
        expect([status, headers.get('content-range')]).toEqual([206, `bytes ${first}-${last}/150000`])
        expect(bytes.equals(AUDIO.subarray(first, last + 1))).toBe(true)
      }
      expect(await audio('bytes=150000-')).toMatchObject({ status: 416 })
    })

    test('are not where they should be, or are not what they were: that is said', async () => {
      await archived()
      const store = path.join(dataDir, 'store', 'objects', 'recordings', workspaceId)
      const files = fs.readdirSync(store).map(name => path.join(store, name))
      for (const file of files) fs.writeFileSync(file, randomBytes(150_048))
      const said = async () => {
        const response = await ask(people.sue, `/api/recordings/${id}/audio`)
        const { error } = (await response.json()) as { error: { code: string } }
        return [response.status, error.code]
      }
      expect(await said()).toEqual([500, 'recording_unreadable'])
      for (const file of files) fs.rmSync(file)
      expect(await said()).toEqual([404, 'recording_gone'])
      expect(await eventsOf('recording.heard')).toEqual([])
    })
  })
})
