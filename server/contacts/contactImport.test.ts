import http from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { addContact, addWorkspace, type ContactServer, eventsOf, person, serveContacts } from './testing.ts'

onBothDatabases('importing contacts', open => {
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
  const fresh = async (country = 'US') => {
    workspace = await addWorkspace(database.db, country)
    server.asking = person(workspace)
  }
  beforeEach(() => fresh())
  /** All contacts, oldest first, without what differs from one run to the next. */
  const stored = async () => {
    const { body } = await server.ask('GET', '/api/contacts?limit=200')
    return body.items
      .reverse()
      .map(({ id: _id, createdAt: _created, updatedAt: _updated, fields: _none, ...fields }) => fields)
  }
  const NOTHING = { email: null, phones: [], company: null, type: null, tags: [], externalId: null, metadata: {} }

  test('a file becomes contacts, line by line', async () => {
    const { status, contentType, report } = await server.import(
      `Name,Email,Phone,Mobile,Company,Type,Tags,External ID,City
Ana Torres,ana@example.com,(415) 555-0100,+44 20 7946 0000,Acme,customer,vip;spanish,crm-1,Rome
"Müller, Dieter",,415-555-0101,,"Globex, Inc.",,,crm-2,
Wanda,,+1234567890,,,,,,
`,
    )
    expect(status).toBe(200)
    expect(contentType).toBe('application/x-ndjson')
    expect(report).toEqual({ type: 'done', success: true, imported: 3, updated: 0, rejected: 0, rejections: [] })
    expect(await stored()).toEqual([
      {
        name: 'Ana Torres',
        email: 'ana@example.com',
        phones: ['+14155550100', '+442079460000'],
        company: 'Acme',
        type: 'customer',
        tags: ['vip', 'spanish'],
        externalId: 'crm-1',
        metadata: { City: 'Rome' },
      },
      { ...NOTHING, name: 'Müller, Dieter', phones: ['+14155550101'], company: 'Globex, Inc.', externalId: 'crm-2' },
      { ...NOTHING, name: 'Wanda', phones: ['+1234567890'] },
    ])
    expect(await eventsOf(database.db, workspace)).toEqual([
      { type: 'contact.imported', imported: 3, rejected: 0, by: { id: expect.any(String), name: 'An admin' } },
    ])
  })

  test.each([
    ['Spanish', 'Nombre;Apellidos;Correo electrónico;Teléfono móvil;Empresa;Tipo;Etiquetas;ID externo;Teléfono 2'],
    ['in capitals', 'NOMBRE;APELLIDOS;CORREO;MÓVIL;EMPRESA;TIPO;ETIQUETAS;IDENTIFICADOR;TEL'],
    ['English', 'First name;Last name;E-mail address;Mobile phone;Organization;Contact type;Labels;ID;Work phone'],
    ['of a program', 'firstName;lastName;email;phone_1;companyName;type;tags;externalId;phone_2'],
    [
      'of an address book',
      'Given Name;Family Name;E-mail 1 - Value;Phone 1 - Value;Company;Type;Labels;Id;Phone 2 - Value',
    ],
  ])('headings: %s', async (_what, heading) => {
    await fresh('ES')
    const { report } = await server.import(
      `${heading}\nJosé;Ñandú;jose@example.com;612 34 56 78;Éclair;cliente;vip|nuevo;7;91 123 45 67\n`,
    )
    expect(report).toMatchObject({ imported: 1, rejected: 0 })
    expect(await stored()).toEqual([
      {
        name: 'José Ñandú',
        email: 'jose@example.com',
        phones: ['+34612345678', '+34911234567'],
        company: 'Éclair',
        type: 'cliente',
        tags: ['vip', 'nuevo'],
        externalId: '7',
        metadata: {},
      },
    ])
  })

  test('columns in any order, some unknown, some without a heading, some twice', async () => {
    await server.import('Fax,Phone 1 - Type,phone,,Notes,name,name\n123,Home,415-555-0100,lost,likes tea,Ana,again\n')
    expect(await stored()).toEqual([
      {
        ...NOTHING,
        name: 'Ana',
        phones: ['+14155550100'],
        metadata: { Fax: '123', 'Phone 1 - Type': 'Home', Notes: 'likes tea', name: 'again' },
      },
    ])
  })

  test('several numbers in a cell, and cells that say that there is none', async () => {
    await server.import(
      `name,phone
A,415-555-0100; 415-555-0101
B,"415-555-0100, 415-555-0101"
C,415-555-0100 / 415-555-0101
D,+14155550100 ::: +14155550101
E,n/a
F,-
G,unknown
H,415-555-0100 x12
`,
    )
    const both = ['+14155550100', '+14155550101']
    expect((await stored()).map(contact => contact.phones)).toEqual([both, both, both, both, [], [], [], [both[0]]])
  })

  test('a number with a slash is one number', async () => {
    await fresh('DE')
    await server.import('Name;Telefon;Tel\nDieter;x;030 / 123 45 67\n')
    expect(await stored()).toEqual([
      { ...NOTHING, name: 'Dieter', phones: ['+49301234567'], metadata: { Telefon: 'x' } },
    ])
  })

  test('a company without a person goes by its own name', async () => {
    await server.import('company,phone\nAcme,415-555-0100\n')
    expect(await stored()).toMatchObject([{ name: 'Acme', company: 'Acme' }])
  })

  test('Latin-1 and a byte order mark', async () => {
    await server.import(Buffer.from('name,city\nJosé,Málaga\n', 'latin1'))
    await server.import(Buffer.from('\ufeffname,city\nIñaki,Cádiz\n', 'utf8'))
    expect((await stored()).map(({ name, metadata }) => [name, metadata])).toEqual([
      ['José', { city: 'Málaga' }],
      ['Iñaki', { city: 'Cádiz' }],
    ])
  })

  test('lines that are not taken are told with their reason, and the rest is taken', async () => {
    const { report } = await server.import(
      `name,email,phone,tags
Ana,ana@example.com,415-555-0100,
,nobody@example.com,415-555-0101,
Bob,not an address,415-555-0102,
Carla,,no number at all,

Dora,,4.15556E+11,
Emil,,,,,too many
${'x'.repeat(300)},,,
"Gone,,,
Fritz,,,
`,
    )
    expect(report).toEqual({
      type: 'done',
      success: true,
      imported: 2,
      updated: 0,
      rejected: 7,
      rejections: [
        { line: 3, text: ',nobody@example.com,415-555-0101,', reason: 'There is no name.' },
        { line: 4, text: 'Bob,not an address,415-555-0102,', reason: expect.stringMatching(/^email: /) },
        { line: 5, text: 'Carla,,no number at all,', reason: 'phone: “no number at all” is not a telephone number.' },
        { line: 7, text: 'Dora,,4.15556E+11,', reason: expect.stringMatching(/^phone: A spreadsheet has shortened/) },
        { line: 8, text: 'Emil,,,,,too many', reason: 'The line has 6 columns, the heading 4.' },
        { line: 9, text: 'x'.repeat(200), reason: expect.stringMatching(/^name: /) },
        { line: 10, text: '"Gone,,,', reason: expect.stringMatching(/quotation mark/) },
      ],
    })
    expect((await stored()).map(contact => contact.name)).toEqual(['Ana', 'Fritz'])
    expect(await eventsOf(database.db, workspace)).toMatchObject([{ imported: 2, rejected: 7 }])
  })

  test('the first thousand rejections are told, all are counted', async () => {
    const { report } = await server.import(`name,email\n${',x@example.com\n'.repeat(1500)}`)
    expect(report).toMatchObject({ imported: 0, rejected: 1500 })
    expect(report.rejections).toHaveLength(1000)
    expect(report.rejections.at(-1)).toMatchObject({ line: 1001 })
    expect(await eventsOf(database.db, workspace)).toEqual([])
  })

  describe('with external ids', () => {
    const file = `name,phone,external id,tags,city,email
Ana,415-555-0100,crm-1,vip,Rome,
Bob,415-555-0101,crm-2,,,bob@example.com
Carla,415-555-0102,,,,
`
    test('a file imported again changes nothing but what has none', async () => {
      await server.import(file)
      const [ana, bob] = await stored()
      const again = await server.import(file)
      expect(again.report).toMatchObject({ imported: 1, updated: 2, rejected: 0 })
      expect((await stored()).filter(contact => contact.externalId !== null)).toEqual([ana, bob])
    })

    test('a file that says nothing new leaves no trace', async () => {
      await server.import(file)
      const before = (await server.ask('GET', '/api/contacts')).body
      const { report } = await server.import('external id,name\ncrm-1,Ana\ncrm-2,\n')
      expect(report).toMatchObject({ imported: 0, updated: 2 })
      expect((await server.ask('GET', '/api/contacts')).body).toEqual(before)
    })

    test('a contact is changed in what the file says, and keeps what it leaves open', async () => {
      await server.import(file)
      const { report } = await server.import(
        'external id,name,phone,email,plan\ncrm-1,,+442079460000,ana@example.com,gold\ncrm-2,Robert,,,\ncrm-9,,,x@example.com,\n',
      )
      expect(report).toMatchObject({
        imported: 0,
        updated: 2,
        rejections: [{ line: 4, reason: 'There is no name.' }],
      })
      expect(await stored()).toEqual([
        {
          ...NOTHING,
          name: 'Ana',
          email: 'ana@example.com',
          phones: ['+442079460000'],
          tags: ['vip'],
          externalId: 'crm-1',
          metadata: { city: 'Rome', plan: 'gold' },
        },
        { ...NOTHING, name: 'Robert', email: 'bob@example.com', phones: ['+14155550101'], externalId: 'crm-2' },
        { ...NOTHING, name: 'Carla', phones: ['+14155550102'] },
      ])
    })

    test('the same id twice in a file is one contact, the later line on top', async () => {
      const { report } = await server.import(
        'external id,name,phone,city\n7,Ana,415-555-0100,Rome\n7,Ana Torres,,Milan\n7,,415-555-0101,\n',
      )
      expect(report).toMatchObject({ imported: 1, updated: 2, rejected: 0 })
      expect(await stored()).toEqual([
        { ...NOTHING, name: 'Ana Torres', phones: ['+14155550101'], externalId: '7', metadata: { city: 'Milan' } },
      ])
    })

    test('another workspace’s ids are its own', async () => {
      const elsewhere = await addWorkspace(database.db)
      await addContact(database.db, elsewhere, { name: 'Theirs', externalId: 'crm-1' })
      expect((await server.import(file)).report).toMatchObject({ imported: 3, updated: 0 })
      server.asking = person(elsewhere)
      expect(await stored()).toMatchObject([{ name: 'Theirs' }])
    })

    test('two imports of the same file at once end as one', async () => {
      const many = `name,external id,phone\n${Array.from({ length: 600 }, (_, i) => `P${i},id-${i},+1415555${1000 + i}`).join('\n')}`
      const reports = await Promise.all([server.import(many), server.import(many)])
      expect(reports.map(({ report }) => report.type)).toEqual(['done', 'done'])
      const [counted] = await database.db.inWorkspace(workspace, tx =>
        tx.query(
          'select (select count(*)::int from contacts) as contacts, (select count(*)::int from contact_phones) as phones',
        ),
      )
      expect(counted).toEqual({ contacts: 600, phones: 600 })
    })
  })

  describe('what is refused', () => {
    test.each([
      ['nothing', ''],
      ['empty lines', '\n\n'],
      ['no heading', 'Ana,415-555-0100\nBob,415-555-0101\n'],
      ['unknown headings', 'foo,bar\n1,2\n'],
      ['headings that say nothing of who it is', 'type,tags,external id\na,b,c\n'],
      ['no text', Buffer.from([0, 1, 2, 255, 254, 0, 3])],
      ['a large file without heading', 'Ana,415-555-0100\n'.repeat(500_000)],
    ])('%s', async (_what, file) => {
      const { status, report } = await server.import(file)
      expect(status).toBe(400)
      expect(report.error.code).toBe('no_heading')
      expect(report.error.message).toMatch(/name.*email.*phone/)
      expect(await stored()).toEqual([])
    })

    test('what is no CSV', async () => {
      for (const contentType of ['application/json', 'multipart/form-data; boundary=x', 'application/zip']) {
        const { status, report } = await server.import('name\nAna\n', contentType)
        expect([status, report.error.code]).toEqual([415, 'unsupported_media_type'])
      }
      expect((await server.import('name\nAna\n', 'application/octet-stream')).status).toBe(200)
    })

    test('a file that is too large: at once where it says so, else as soon as it is', async () => {
      const response = await new Promise<number>((resolve, reject) => {
        const request = http.request(`${server.url}/api/contacts/import`, {
          method: 'POST',
          headers: { 'content-type': 'text/csv', 'content-length': 101 * 1024 * 1024 },
        })
        request.on('response', answer => resolve(answer.statusCode ?? 0)).on('error', reject)
        request.flushHeaders()
      })
      expect(response).toBe(413)

      const megabyte = new Uint8Array(1024 * 1024).fill(120)
      const endless = new ReadableStream<Uint8Array>({
        start: controller => controller.enqueue(new TextEncoder().encode('name\nAna\n')),
        pull: controller => controller.enqueue(megabyte),
      })
      const { report } = await server.import(endless)
      expect(report).toMatchObject({ type: 'failed', success: false, error: { code: 'too_large' }, imported: 1 })
      expect(await eventsOf(database.db, workspace)).toMatchObject([{ type: 'contact.imported', imported: 1 }])
    })
  })

  test('a large file: told how far it is, others served meanwhile', async () => {
    const count = 20_000
    const line = (i: number) =>
      `Person ${i},person.${i}@example.com,+1${2_000_000_000 + 37 * i},Company ${i % 500},vip,crm-${i}`
    const file = `name,email,phone,company,tags,external id\n${Array.from({ length: count }, (_, i) => line(i)).join('\n')}`
    let [importing, served, longest] = [true, 0, 0]
    const others = (async () => {
      while (importing) {
        const start = performance.now()
        await database.db.inWorkspace(workspace, tx => tx.query('select 1'))
        longest = Math.max(longest, performance.now() - start)
        served++
        await new Promise(resolve => setTimeout(resolve, 5))
      }
    })()
    const { lines, report } = await server.import(file)
    importing = false
    await others
    expect(report).toMatchObject({ imported: count, updated: 0, rejected: 0 })
    expect(lines.length).toBeGreaterThan(2)
    expect(lines[0]).toMatchObject({ type: 'progress', rejected: 0 })
    const read = lines.slice(0, -1).map(progress => progress.read as number)
    expect(read).toEqual([...read].sort((a, b) => a - b))
    expect(served).toBeGreaterThan(count / 100 / 4)
    // With 100,000 lines the embedded engine took 32 s and paused for 0.17 s at the longest, a server 25 s and 0.07 s.
    expect(longest).toBeLessThan(2000)
    expect((await server.ask('GET', '/api/contacts?q=person.19999')).body.items).toHaveLength(1)
  })

  test('whoever goes away stops the import, and what was written is in the event log', async () => {
    const file = `name\n${Array.from({ length: 50_000 }, (_, i) => `Person ${i}`).join('\n')}`
    const leaving = new AbortController()
    const response = await fetch(`${server.url}/api/contacts/import`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: file,
      signal: leaving.signal,
    })
    await response.body!.getReader().read()
    leaving.abort()
    const count = async () =>
      (
        await database.db.inWorkspace(workspace, tx =>
          tx.query<{ n: number }>('select count(*)::int as n from contacts'),
        )
      )[0]!.n
    for (let i = 0; i < 200 && (await eventsOf(database.db, workspace)).length === 0; i++) {
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    const written = await count()
    expect(written).toBeLessThan(50_000)
    expect(await eventsOf(database.db, workspace)).toMatchObject([{ type: 'contact.imported', imported: written }])
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(await count()).toBe(written)
  })
})
