import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { decideMatch, MAX_CANDIDATES } from '../../core/contact.ts'
import { readAddress } from '../../core/phoneNumber.ts'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import type { Sql } from '../platform/db.ts'
import { type Caller, findMatches, type History, loadCards } from './contactMatch.ts'
import { insertCustomField } from './customFieldStore.ts'
import { addContact, addWorkspace } from './testing.ts'

/** The same database, noting every statement. */
const overheard = (sql: Sql, asked: string[]): Sql => ({
  query(text, values) {
    asked.push(text)
    return sql.query(text, values)
  },
})

onBothDatabases('who is calling', open => {
  let database: TestDatabase
  let workspace: string
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database?.close())
  beforeEach(async () => {
    workspace = await addWorkspace(database.db)
  })
  const add = (name: string, ...phones: string[]) => addContact(database.db, workspace, { name, phones })
  const inWorkspace = <T>(work: (sql: Sql) => Promise<T>): Promise<T> => database.db.inWorkspace(workspace, work)

  /** The decision, as the caller's call would show it: state and names with reasons. */
  const whoIs = async (from: string, country = 'US') => {
    const caller = readAddress(from, country)
    const found = await inWorkspace(sql => findMatches(sql, [caller]))
    const { state, candidates } = decideMatch(caller.kind, found.get(caller.key ?? '') ?? [])
    return [state, ...candidates.map(({ name, reason }) => `${name}: ${reason}`).sort()]
  }

  test.each([
    ['the number as the carrier sends it', '+14155550100'],
    ['another spelling', '(415) 555-0100 x12'],
    ['the number in an address', 'sip:+14155550100@carrier.example;user=phone'],
  ])('%s is the contact’s own', async (_what, from) => {
    await add('Ana', '415-555-0100')
    await add('Bob', '415-555-0101')
    expect(await whoIs(from)).toEqual(['matched', 'Ana: exact'])
  })

  test('with the custom fields that are to be shown when they call, in their order', async () => {
    const id = await add('Ana', '415-555-0100')
    await add('Bob', '415-555-0101')
    await inWorkspace(async sql => {
      for (const [name, type, onCard] of [
        ['tier', 'text', true],
        ['secret', 'text', false],
        ['seats', 'number', true],
        ['unset', 'text', true],
      ] as const) {
        await insertCustomField(sql, { name, label: name.toUpperCase(), type, choices: [], onCard })
      }
      await sql.query('update contacts set fields = $2 where id = $1', [id, { seats: 3, secret: 'x', tier: 'Gold' }])
    })
    const callers = ['+14155550100', '+14155550101'].map(number => readAddress(number, 'US'))
    const found = await inWorkspace(sql => findMatches(sql, callers))
    expect(callers.map(({ key }) => found.get(key!)![0]!.fields)).toEqual([
      [
        { label: 'TIER', value: 'Gold' },
        { label: 'SEATS', value: 3 },
      ],
      undefined,
    ])
  })

  test('a number with a slash, as Germans write it', async () => {
    await addContact(database.db, workspace, { name: 'Dieter', phones: ['030 / 123 45 67'] }, 'DE')
    expect(await whoIs('+49301234567')).toEqual(['matched', 'Dieter: exact'])
    expect(await whoIs('030/1234567', 'DE')).toEqual(['matched', 'Dieter: exact'])
  })

  test('the same subscriber in another spelling of the country', async () => {
    await add('Ana', '+52 55 1234 5678')
    await add('Bob', '+54 9 11 1234 5678')
    await add('Carla', '+55 11 8123-4567')
    expect(await whoIs('+5215512345678')).toEqual(['matched', 'Ana: variant'])
    expect(await whoIs('+541112345678')).toEqual(['matched', 'Bob: variant'])
    expect(await whoIs('+5511981234567')).toEqual(['matched', 'Carla: variant'])
    await add('Dora', '+52 1 55 1234 5678')
    expect(await whoIs('+5215512345678')).toEqual(['matched', 'Dora: exact'])
  })

  test('a number that ends alike is a hint, and only where there is nothing better', async () => {
    await add('Bob', '+1 415 555 0100')
    expect(await whoIs('+52055550100')).toEqual(['unknown'])
    expect(await whoIs('+52155550100')).toEqual(['ambiguous', 'Bob: similar'])
    await add('Carla', '+52155550100')
    expect(await whoIs('+52155550100')).toEqual(['matched', 'Carla: exact'])
  })

  test('several people on one number', async () => {
    await add('Ana', '+14155550100')
    await add('Bob', '+14155550199', '+14155550100')
    expect(await whoIs('+14155550100')).toEqual(['ambiguous', 'Ana: exact', 'Bob: exact'])
  })

  test('of a switchboard’s thousand no more come back than tell that the list is cut', async () => {
    for (let i = 0; i < MAX_CANDIDATES + 4; i++) await add(`Clerk ${i}`, '+14155550100')
    const caller = readAddress('+14155550100', 'US')
    const found = await inWorkspace(sql => findMatches(sql, [caller]))
    expect(found.get('+14155550100')).toHaveLength(MAX_CANDIDATES + 1)
    expect(decideMatch('phone', found.get('+14155550100')!).candidates).toHaveLength(MAX_CANDIDATES)
  })

  test('one contact with two spellings of the number is one candidate', async () => {
    await add('Ana', '+5215512345678', '+525512345678')
    expect(await whoIs('+525512345678')).toEqual(['matched', 'Ana: exact'])
  })

  test('an extension is its own number and never the end of another', async () => {
    await add('Ana', '101')
    await add('Bob', '+14155550101')
    expect(await whoIs('101')).toEqual(['matched', 'Ana: exact'])
    expect(await whoIs('102')).toEqual(['unknown'])
    expect(await whoIs('#31#14155550101')).toEqual(['unknown'])
  })

  test('a number that nobody can read is matched as written', async () => {
    await add('Ana', '+1234567890')
    expect(await whoIs('+1234567890')).toEqual(['matched', 'Ana: exact'])
    expect(await whoIs('+0987654321')).toEqual(['unknown'])
  })

  test('whoever hides the number is nobody, even if a contact is called so', async () => {
    await add('Ana', 'anonymous', '+266696687', 'unknown')
    for (const from of ['anonymous', '+266696687', '', 'sip:anonymous@anonymous.invalid']) {
      expect(await whoIs(from)).toEqual(['withheld'])
    }
  })

  test('what is no number on a contact is nobody’s', async () => {
    await add('Ana', 'ask for Bob', 'Reception')
    expect(await whoIs('Reception')).toEqual(['unknown'])
  })

  test('names of applications are matched exactly', async () => {
    await add('Ana', 'client:ana', 'sip:ana@example.com')
    expect(await whoIs('client:ana')).toEqual(['matched', 'Ana: exact'])
    expect(await whoIs('client:Ana')).toEqual(['unknown'])
    expect(await whoIs('sips:Ana@example.com:5061;transport=tls')).toEqual(['matched', 'Ana: exact'])
  })

  test('another workspace’s contact is nobody here', async () => {
    await add('Ana', '+14155550100')
    workspace = await addWorkspace(database.db)
    expect(await whoIs('+14155550100')).toEqual(['unknown'])
    expect(await whoIs('+52155550100')).toEqual(['unknown'])
  })

  test('fifty callers are one question', async () => {
    for (let i = 10; i < 35; i++) await add(`Contact ${i}`, `+141555501${i}`)
    const callers = Array.from({ length: 50 }, (_, i) => readAddress(`+141555501${i + 10}`, 'US'))
    const asked: string[] = []
    const found = await inWorkspace(sql => findMatches(overheard(sql, asked), [...callers, ...callers]))
    expect(asked).toHaveLength(1)
    expect([...found].map(([key, candidates]) => [key, candidates.map(candidate => candidate.name)]).sort()).toEqual(
      Array.from({ length: 25 }, (_, i) => [`+141555501${i + 10}`, [`Contact ${i + 10}`]]),
    )
  })

  test('nobody to ask about is no question', async () => {
    const never: Sql = { query: () => Promise.reject(new Error('asked')) }
    expect((await findMatches(never, [readAddress('anonymous', 'US'), readAddress(null, 'US')])).size).toBe(0)
    expect(await loadCards(never, [])).toEqual([])
  })

  describe('and what we have had to do with them', () => {
    const card = async (caller: Caller): Promise<History> => (await inWorkspace(sql => loadCards(sql, [caller])))[0]!
    const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString()
    const key = '+14155550100'

    const addAgent = async (name: string): Promise<string> => {
      const [userId, agentId] = [newId(), newId()]
      await inWorkspace(async sql => {
        await sql.query(
          `insert into users (workspace_id, id, email, name, role) values (current_workspace(), $1, $2, $3, 'agent')`,
          [userId, `${userId}@example.com`, name],
        )
        await sql.query('insert into agents (workspace_id, id, user_id) values (current_workspace(), $1, $2)', [
          agentId,
          userId,
        ])
      })
      return agentId
    }
    const addCall = async (minute: number, fields: { contactId?: string; key?: string; agentId?: string }) => {
      const id = newId()
      await inWorkspace(sql =>
        sql.query(
          `insert into calls (workspace_id, id, provider, provider_call_id, control, direction, customer_key, subject,
             status, outcome, contact_id, agent_id, match_state, started_at, ended_at, duration_seconds)
           values (current_workspace(), $1::uuid, 'twilio', $1::text, 'ours', 'inbound', $2, 'Bill', 'completed',
             'answered', $3, $4, 'unknown', $5, $5, 42)`,
          [id, fields.key ?? null, fields.contactId ?? null, fields.agentId ?? null, at(minute)],
        ),
      )
      return id
    }
    const addRequest = async (
      minute: number,
      fields: { contactId?: string; key?: string; email?: string; status?: string },
    ) => {
      const id = newId()
      await inWorkspace(sql =>
        sql.query(
          `insert into support_requests (workspace_id, id, user_email, subject, description, priority, customer_key,
             status, contact_id, created_at)
           values (current_workspace(), $1, $2, 'Help', 'Please.', 'high', $3, $4, $5, $6)`,
          [
            id,
            fields.email ?? 'nobody@example.com',
            fields.key ?? null,
            fields.status ?? 'pending',
            fields.contactId ?? null,
            at(minute),
          ],
        ),
      )
      return id
    }

    test('a stranger has no past', async () => {
      expect(await card({ key, contactId: null })).toEqual({ lastCalls: [], openRequests: [] })
      expect(await card({ key: null, contactId: null })).toEqual({ lastCalls: [], openRequests: [] })
    })

    test('the five latest calls, newest first, without the one that the card is for', async () => {
      const contactId = await add('Ana', key)
      const ids: string[] = []
      for (let minute = 0; minute < 9; minute++) {
        ids.push(await addCall(minute, minute % 2 === 0 ? { contactId } : { key }))
      }
      const { lastCalls } = await card({ key, contactId, excludeCallId: ids[8]! })
      expect(lastCalls.map(call => call.id)).toEqual(ids.slice(3, 8).reverse())
    })

    test('each call says all that a card shows', async () => {
      const agentId = await addAgent('Grace Hopper')
      const id = await addCall(7, { key, agentId })
      expect((await card({ key, contactId: null })).lastCalls).toEqual([
        {
          id,
          direction: 'inbound',
          status: 'completed',
          outcome: 'answered',
          subject: 'Bill',
          agentName: 'Grace Hopper',
          startedAt: at(7),
          durationSeconds: 42,
        },
      ])
    })

    test('calls from the number that were another contact’s are not this one’s', async () => {
      const [ana, bob] = [await add('Ana', key), await add('Bob', key)]
      const [hers, his, nobodys] = [
        await addCall(1, { contactId: ana, key }),
        await addCall(2, { contactId: bob, key }),
        await addCall(3, { key }),
      ]
      const ids = async (caller: Caller) => (await card(caller)).lastCalls.map(call => call.id)
      expect(await ids({ key, contactId: ana })).toEqual([nobodys, hers])
      expect(await ids({ key, contactId: null })).toEqual([nobodys, his, hers])
      expect(await ids({ key: null, contactId: bob })).toEqual([his])
    })

    test('requests that nobody has finished, by contact, number and address', async () => {
      const contactId = await addContact(database.db, workspace, { name: 'Ana', email: 'Ana@Example.com' })
      const byContact = await addRequest(1, { contactId })
      await addRequest(2, { contactId, status: 'done' })
      const byNumber = await addRequest(3, { key, status: 'in-progress' })
      const byAddress = await addRequest(4, { email: 'ANA@example.com' })
      await addRequest(5, { email: 'bob@example.com' })
      const ids = async (caller: Caller) => (await card(caller)).openRequests.map(request => request.id)
      expect(await ids({ key, contactId })).toEqual([byAddress, byNumber, byContact])
      expect(await ids({ key: null, contactId })).toEqual([byAddress, byContact])
      expect(await ids({ key: null, contactId: null, email: 'Ana@example.COM' })).toEqual([byAddress])
      expect((await card({ key, contactId: null })).openRequests).toEqual([
        { id: byNumber, subject: 'Help', priority: 'high', status: 'in-progress', createdAt: at(3) },
      ])
    })

    test('no more than five requests, the newest', async () => {
      const ids: string[] = []
      for (let minute = 0; minute < 8; minute++) ids.push(await addRequest(minute, { key }))
      expect((await card({ key, contactId: null })).openRequests.map(request => request.id)).toEqual(
        ids.slice(3).reverse(),
      )
    })

    test('fifty cards are one question, and come in the order asked', async () => {
      const callers = Array.from({ length: 50 }, (_, i): Caller => ({ key: `+141555502${i + 10}`, contactId: null }))
      for (const [i, caller] of callers.entries()) if (i % 2 === 0) await addCall(i, { key: caller.key! })
      const asked: string[] = []
      const cards = await inWorkspace(sql => loadCards(overheard(sql, asked), [...callers, callers[0]!]))
      expect(asked).toHaveLength(1)
      expect(cards.map(({ lastCalls }) => lastCalls[0]?.startedAt ?? null)).toEqual([
        ...callers.map((_, i) => (i % 2 === 0 ? at(i) : null)),
        at(0),
      ])
    })

    test('another workspace has its own', async () => {
      await addCall(1, { key })
      await addRequest(1, { key })
      workspace = await addWorkspace(database.db)
      expect(await card({ key, contactId: null })).toEqual({ lastCalls: [], openRequests: [] })
    })
  })

  test('every part of both questions is an index scan under row level security', async () => {
    await database.db.asOwner(async sql => {
      const id = (kind: number) => `('01890000-0000-7000-800${kind}-' || lpad(i::text, 12, '0'))::uuid`
      const key = `'+1' || (2000000000 + 7919 * i)`
      const rows = 'from generate_series(1, 3000) i'
      await sql.query(`insert into contacts (workspace_id, id, name) select $1, ${id(1)}, 'Person ' || i ${rows}`, [
        workspace,
      ])
      await sql.query(
        `insert into contact_phones (workspace_id, contact_id, position, number, kind, key, last_digits)
         select $1, ${id(1)}, 0, ${key}, 'phone', ${key}, right(${key}, 9) ${rows}`,
        [workspace],
      )
      await sql.query(
        `insert into calls (workspace_id, id, provider, provider_call_id, control, direction, status, match_state,
           customer_key, contact_id, started_at)
         select $1, ${id(2)}, 'twilio', i, 'ours', 'inbound', 'ringing', 'matched', ${key}, ${id(1)}, now() ${rows}`,
        [workspace],
      )
      await sql.query(
        `insert into support_requests (workspace_id, id, user_email, subject, description, priority, customer_key, contact_id)
         select $1, ${id(3)}, 'p' || i || '@example.com', 'Help', 'Please.', 'normal', ${key}, ${id(1)} ${rows}`,
        [workspace],
      )
      await sql.query('analyze contacts, contact_phones, calls, support_requests')
    })
    const caller = { key: '+12000007919', e164: '+12000007919', contactId: null, email: 'p1@example.com' }
    const plans: string[] = []
    await inWorkspace(async sql => {
      const explained: Sql = {
        async query(text, values) {
          const lines = await sql.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values)
          plans.push(...lines.map(line => line['QUERY PLAN']))
          return []
        },
      }
      await findMatches(explained, [caller])
      await loadCards(explained, [caller])
    })
    const scans = plans.flatMap(
      line => /(Seq|Index Only|Index|Bitmap Heap) Scan.* (?:using|on) .*/.exec(line)?.[0] ?? [],
    )
    for (const index of ['contact_phones_key', 'contact_phones_last_digits', 'contacts_pkey', 'calls_contact']) {
      expect(scans.filter(scan => scan.includes(` ${index} `))).not.toEqual([])
    }
    for (const index of ['calls_customer', 'support_requests_contact', 'support_requests_customer']) {
      expect(scans.filter(scan => scan.includes(` ${index} `))).not.toEqual([])
    }
    expect(scans.filter(scan => scan.includes(' support_requests_email '))).not.toEqual([])
    expect(scans.filter(scan => /^Seq Scan on (contacts|contact_phones|calls|support_requests)\b/.test(scan))).toEqual(
      [],
    )
  })
})
