import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import type { ContactFields } from './contactStore.ts'
import { addContact, addWorkspace, type ContactServer, person, serveContacts } from './testing.ts'

onBothDatabases('finding contacts', open => {
  let database: TestDatabase
  let server: ContactServer
  let workspace: string
  beforeAll(async () => {
    database = await open()
    server = await serveContacts(database.db)
  })
  afterAll(async () => {
    await server?.close()
    await database?.close()
  })
  const fill = async (contacts: (Partial<ContactFields> & { name: string })[], country = 'US') => {
    workspace = await addWorkspace(database.db, country)
    server.asking = person(workspace)
    for (const contact of contacts) await addContact(database.db, workspace, contact, country)
  }
  const find = async (query: Record<string, string>): Promise<string[]> => {
    const { status, body } = await server.ask('GET', `/api/contacts?${new URLSearchParams(query)}`)
    expect(status).toBe(200)
    return body.items.map(contact => contact.name)
  }

  describe('by what people type', () => {
    beforeAll(() =>
      fill([
        { name: 'Ana Torres', email: 'ana@acme.example', company: 'Acme', phones: ['+1 415 555 0100'], tags: ['vip'] },
        { name: 'Torres, Bob', email: 'bob_t@globex.example', company: 'Globex', phones: ['+1 415 555 0101', '101'] },
        { name: 'José Ñandú', email: 'jose@globex.example', company: 'Éclair & Co', phones: ['+49 30 1234567'] },
        { name: 'Gloria', email: 'gloria100%@example.com', company: 'Torres Import', tags: ['vip', 'a,b'] },
        { name: 'Wanda', email: null, company: 'Global Goods', phones: ['client:wanda', '+1234567890'] },
        { name: '山田 太郎', email: null, company: null },
        { name: 'Жанна', email: null, company: 'Back\\slash' },
      ]),
    )

    test.each([
      // Names
      ['ana torres', ['Ana Torres']],
      ['TORRES', ['Torres, Bob', 'Ana Torres', 'Gloria']],
      ['torres ana', ['Ana Torres']],
      ['ana acme', ['Ana Torres']],
      ['an torres', ['Ana Torres']],
      ['orre', ['Ana Torres', 'Gloria', 'Torres, Bob']],
      ['jose nandu', ['José Ñandú']],
      ['José', ['José Ñandú']],
      ['JOSÉ', ['José Ñandú']],
      ['山田', ['山田 太郎']],
      ['Жан', ['Жанна']],
      // E-mail addresses
      ['ana@acme.example', ['Ana Torres']],
      ['globex', ['Torres, Bob', 'José Ñandú']],
      ['@globex.ex', ['José Ñandú', 'Torres, Bob']],
      // Companies
      ['eclair', ['José Ñandú']],
      ['import', ['Gloria']],
      // Numbers, whatever stands between the digits
      ['555', ['Ana Torres', 'Torres, Bob']],
      ['(415) 555-01', ['Ana Torres', 'Torres, Bob']],
      ['+1 (415) 555-0100', ['Ana Torres']],
      ['415.555.0100', ['Ana Torres']],
      ['030 123', ['José Ñandú']],
      ['0049 30', ['José Ñandú']],
      ['101', ['Torres, Bob']],
      ['+1234567890', ['Wanda']],
      ['client:wanda', ['Wanda']],
      // One or two letters: what begins so
      ['a', ['Ana Torres']],
      ['g', ['Gloria', 'Torres, Bob', 'Wanda']],
      ['gl', ['Gloria', 'Torres, Bob', 'Wanda']],
      ['to', ['Torres, Bob', 'Gloria']],
      ['re', []],
      ['41', []],
      // Nobody
      ['zzz', []],
      ['ana globex', []],
      ['999', []],
      // Wildcards are what they look like
      ['%', []],
      ['%%%', []],
      ['___', []],
      ['a%a', []],
      ['100%', ['Gloria']],
      ['bob_t', ['Torres, Bob']],
      ['ack\\', ['Жанна']],
      ['bobxt', []],
      ['\\', []],
      ['\\\\\\a', []],
      ["'; drop table contacts; --", []],
    ])('%s', async (q, names) => {
      expect(await find({ q })).toEqual(names)
    })

    test('blanks around it do not matter, and blanks alone ask for everybody', async () => {
      expect(await find({ q: '  ana torres ' })).toEqual(['Ana Torres'])
      expect(await find({ q: '  ' })).toHaveLength(7)
    })

    test('a tag narrows the list and the search', async () => {
      expect(await find({ tag: 'vip' })).toEqual(['Gloria', 'Ana Torres'])
      expect(await find({ tag: 'a,b' })).toEqual(['Gloria'])
      expect(await find({ tag: 'VIP' })).toEqual([])
      expect(await find({ tag: 'vip', q: 'torres' })).toEqual(['Ana Torres', 'Gloria'])
      expect(await find({ tag: 'vip', q: '555' })).toEqual(['Ana Torres'])
      expect(await find({ tag: 'vip', q: 'a' })).toEqual(['Ana Torres'])
      expect(await find({ tag: 'nope', q: 'torres' })).toEqual([])
    })

    test('a whole number finds who would be matched', async () => {
      expect(await find({ phone: '(415) 555-0100' })).toEqual(['Ana Torres'])
      expect(await find({ phone: '+52155550100' })).toEqual(['Ana Torres'])
      expect(await find({ phone: '+52155550100', tag: 'nope' })).toEqual([])
      expect(await find({ phone: '+1234567890' })).toEqual(['Wanda'])
      expect(await find({ phone: 'anonymous' })).toEqual([])
      // A plus sign that nobody percent-encoded.
      expect((await server.ask('GET', '/api/contacts?phone=+14155550100')).body.items).toHaveLength(1)
    })

    test('what makes no sense is refused', async () => {
      const refused = async (query: string) => {
        const { status, body } = await server.ask('GET', `/api/contacts?${query}`)
        return [status, body.error?.fields?.map(field => field.path)]
      }
      expect(await refused('q=ana&phone=415')).toEqual([400, ['phone']])
      expect(await refused('cursor=nonsense')).toEqual([400, ['cursor']])
      expect(await refused('q=ana&cursor=WyIwIl0')).toEqual([400, ['cursor']])
      expect(await refused('limit=0')).toEqual([400, ['limit']])
      expect(await refused('limit=201')).toEqual([400, ['limit']])
      expect(await refused(`q=${'x'.repeat(101)}`)).toEqual([400, ['q']])
    })
  })

  test('the surest comes first: the very number, then names that begin so, other beginnings, the rest', async () => {
    await fill([
      { name: 'Not at all' },
      { name: 'Mr 4155550100', company: 'x' },
      { name: 'Inside', email: 'x4155550100@example.com' },
      { name: '4155550100 & Sons' },
      { name: 'Part', phones: ['+44 4155550100'] },
      { name: 'Ana', phones: ['+1 415 555 0100'] },
    ])
    expect(await find({ q: '4155550100' })).toEqual(['Ana', '4155550100 & Sons', 'Mr 4155550100', 'Inside', 'Part'])
  })

  test('pages follow one another without gap or repeat, whatever they are of', async () => {
    const numbered = Array.from({ length: 23 }, (_, i) => `Ana ${String(i).padStart(2, '0')}`)
    await fill(numbered.map(name => ({ name, phones: ['+14155550100'], tags: ['vip'], company: 'Same' })))
    const pages = async (query: Record<string, string>) => {
      const names: string[] = []
      for (let cursor: string | null = null; ; ) {
        const page = new URLSearchParams({ ...query, limit: '5', ...(cursor && { cursor }) })
        const { body } = await server.ask('GET', `/api/contacts?${page}`)
        names.push(...body.items.map(contact => contact.name))
        if (body.nextCursor === null) return names
        cursor = body.nextCursor
      }
    }
    expect(await pages({})).toEqual([...numbered].reverse())
    expect(await pages({ tag: 'vip' })).toEqual([...numbered].reverse())
    expect(await pages({ q: 'ana' })).toEqual(numbered)
    expect(await pages({ q: 'same' })).toEqual(numbered)
    expect(await pages({ q: '555' })).toEqual(numbered)
    expect(await pages({ phone: '+14155550100' })).toEqual(numbered)
  })

  describe('the functions that read past row level security', () => {
    let mine: string
    let theirs: string
    beforeAll(async () => {
      mine = await addWorkspace(database.db)
      theirs = await addWorkspace(database.db)
      const everything = { email: 'ana@example.com', phones: ['+14155550100'], tags: ['vip'] }
      await addContact(database.db, mine, { name: 'Ana Mine', ...everything })
      await addContact(database.db, theirs, { name: 'Ana Theirs', ...everything })
    })
    const ask = `select * from contacts_containing(array['ana'], '555', null, 100)
      union all select * from contacts_containing(array['ana'], '555', 'vip', 100)
      union all select * from contacts_tagged('vip', null, 100)`

    test('see the workspace that the transaction works in, and no other', async () => {
      const ids = await database.db.inWorkspace(mine, tx => tx.query<{ id: string }>('select id from contacts'))
      const found = await database.db.inWorkspace(mine, tx => tx.query<{ contacts_containing: string }>(ask))
      expect(found).toHaveLength(5)
      expect(new Set(found.map(row => row.contacts_containing))).toEqual(new Set(ids.map(row => row.id)))
    })

    test('see nothing outside a workspace, and are nobody else’s to call', async () => {
      expect(await database.db.asOwner(sql => sql.query(ask))).toEqual([])
      const rights = await database.db.asOwner(sql =>
        sql.query(
          `select p.proname, pg_get_userbyid(p.proowner) as owner, p.prosecdef,
             (select array_agg(coalesce(nullif(grantee, 0)::regrole::text, 'public') order by 1)
              from aclexplode(p.proacl)) as callers
           from pg_proc p where p.proname in ('contacts_containing', 'contacts_tagged') order by 1`,
        ),
      )
      for (const row of rights) {
        expect(row).toMatchObject({ owner: 'ringside_system', prosecdef: true })
        expect(row.callers).not.toContain('public')
      }
      expect(rights).toHaveLength(2)
      const created = await database.db.asOwner(sql =>
        sql.query(`select has_schema_privilege('ringside_system', 'public', 'create') as may`),
      )
      expect(created).toEqual([{ may: false }])
    })

    test('the platform may read no more of contacts than the search needs', async () => {
      for (const column of ['email', 'name', 'metadata', 'external_id']) {
        await expect(database.db.asSystem(sql => sql.query(`select ${column} from contacts`))).rejects.toThrow(/denied/)
      }
      await expect(database.db.asSystem(sql => sql.query('select number from contact_phones'))).rejects.toThrow(
        /denied/,
      )
    })
  })

  test('the search uses its indexes under row level security', async () => {
    workspace = await addWorkspace(database.db)
    await database.db.asOwner(async sql => {
      await sql.query(
        `insert into contacts (workspace_id, id, name, email, tags)
         select $1, ('01890000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, 'Person ' || md5(i::text),
           md5(i::text) || '@example.com', case when i % 1000 = 0 then '{rare}'::text[] else '{}' end
         from generate_series(1, 5000) i`,
        [workspace],
      )
      await sql.query(
        `insert into contact_phones (workspace_id, contact_id, position, number, kind, key, last_digits)
         select $1, id, 0, n, 'phone', n, right(n, 9)
         from (select id, '+1' || (2000000000 + 7919 * row_number() over ()) as n from contacts where workspace_id = $1) c`,
        [workspace],
      )
      // Also moves what was just inserted from the index's waiting list to where it is looked up.
      await sql.query('vacuum (analyze) contacts, contact_phones')
    })
    // Seen from outside, the plan of a function is hidden; what its queries did to the indexes is not.
    const scans = async (): Promise<Record<string, number>> => {
      await database.db.asOwner(sql => sql.query('select pg_stat_force_next_flush()'))
      const rows = await database.db.asOwner(sql =>
        sql.query<{ indexrelname: string; idx_scan: string }>(
          'select indexrelname, idx_scan from pg_stat_user_indexes where relname in ($1, $2)',
          ['contacts', 'contact_phones'],
        ),
      )
      return Object.fromEntries(rows.map(row => [row.indexrelname, Number(row.idx_scan)]))
    }
    const before = await scans()
    const used = async (query: string, index: string) => {
      await database.db.inWorkspace(workspace, tx => tx.query(query))
      const after = await scans()
      return (after[index] ?? 0) > (before[index] ?? 0)
    }
    expect(await used(`select contacts_containing(array['abcdef'], null, null, 500)`, 'contacts_search')).toBe(true)
    expect(await used(`select contacts_containing(null, '5550100', null, 500)`, 'contact_phones_search')).toBe(true)
    expect(await used(`select contacts_tagged('rare', null, 50)`, 'contacts_search')).toBe(true)
  })
})
