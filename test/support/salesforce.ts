import { type CrmAnswer, type CrmRequest, type CrmStandIn, createOAuth, followOnce, serveCrm } from './crm.ts'

interface SalesforceContact {
  Id: string
  FirstName: string | null
  LastName: string
  Email: string | null
  Phone: string | null
  MobilePhone: string | null
  Account: { Name: string } | null
  Ringside_Id__c: string | null
  IsDeleted: boolean
  MasterRecordId: string | null
  SystemModstamp: string
}
type Task = Record<string, string | number | null> & { Id: string }

const SECRETS = { clientId: 'salesforce-client', clientSecret: 'salesforce-secret' }
const API = '/services/data/v60.0'
const CONTACT_COLUMNS = ['FirstName', 'LastName', 'Email', 'Phone', 'MobilePhone']

/**
 * Salesforce’s REST API as far as it is published and we use it: OAuth for web servers, SOQL queries page by page, records,
 * upsert by an external id, its errors and its limit. Companies are accounts: nobody writes them through a contact.
 */
export async function startSalesforce(): Promise<CrmStandIn> {
  const oauth = createOAuth(SECRETS)
  const contacts = new Map<string, SalesforceContact>()
  const tasks = new Map<string, Task>()
  const locators = new Map<string, object[]>()
  const writes: string[] = []
  let nextId = 1
  let clock = Date.now() - 1_000_000
  let limited = false

  const tick = (): string => {
    clock = Math.max(clock + 1, Date.now())
    return new Date(clock).toISOString().replace('Z', '+0000')
  }
  const newId = (prefix: string): string => `${prefix}${String(nextId++).padStart(12, '0')}AAA`

  const errors = (status: number, errorCode: string, message: string): CrmAnswer => ({
    status,
    body: [{ message, errorCode }],
  })
  const notFound = () => errors(404, 'NOT_FOUND', 'The requested resource does not exist')

  /** Null: done. */
  function write(contact: SalesforceContact, columns: Record<string, unknown>): CrmAnswer | null {
    const unknown = Object.keys(columns).find(column => !CONTACT_COLUMNS.includes(column))
    if (unknown) return errors(400, 'INVALID_FIELD', `No such column '${unknown}' on sobject of type Contact`)
    const after = { ...contact, ...columns }
    if (!after.LastName) return errors(400, 'REQUIRED_FIELD_MISSING', 'Required fields are missing: [LastName]')
    if (after.Email?.endsWith('.invalid')) {
      return errors(400, 'INVALID_EMAIL_ADDRESS', `Email: invalid email address: ${after.Email}`)
    }
    contacts.set(contact.Id, { ...after, SystemModstamp: tick() })
    return null
  }
  const blank = (): SalesforceContact => ({
    Id: newId('003'),
    FirstName: null,
    LastName: '',
    Email: null,
    Phone: null,
    MobilePhone: null,
    Account: null,
    Ringside_Id__c: null,
    IsDeleted: false,
    MasterRecordId: null,
    SystemModstamp: tick(),
  })

  function handle(request: CrmRequest): CrmAnswer {
    const { method, path, query, body } = request
    if (path === '/services/oauth2/authorize') return oauth.authorise(query)
    if (path === '/services/oauth2/token') {
      const granted = oauth.token(body)
      if (granted === null)
        return { status: 400, body: { error: 'invalid_grant', error_description: 'expired access/refresh token' } }
      const again = body.grant_type === 'refresh_token'
      return {
        status: 200,
        body: {
          access_token: granted.accessToken,
          ...(!again && { refresh_token: granted.refreshToken }),
          instance_url: server.url,
          id: `${server.url}/id/00D/005`,
          token_type: 'Bearer',
          issued_at: String(Date.now()),
          signature: 'c2lnbmF0dXJl',
        },
      }
    }
    if (path === '/services/oauth2/revoke') {
      if (!oauth.isRefreshToken(String(body.token))) return { status: 400, body: { error: 'unsupported_token_type' } }
      oauth.takeBack()
      return { status: 200 }
    }
    if (!oauth.admits(request.headers)) return errors(401, 'INVALID_SESSION_ID', 'Session expired or invalid')
    if (limited) {
      limited = false
      return errors(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.')
    }
    if (path === '/services/oauth2/userinfo') {
      return { status: 200, body: { preferred_username: 'ana@acme.example', organization_id: '00D' } }
    }
    const size = Number(/batchSize=(\d+)/.exec(String(request.headers['sforce-query-options']))?.[1] ?? 2000)
    const asked = /\/(query|queryAll)$/.exec(path)
    if (asked) return select(query.get('q')!, asked[1] === 'queryAll', Math.max(200, size))
    const locator = /\/query\/(.+)$/.exec(path)
    if (locator) {
      const rows = locators.get(locator[1]!)
      return rows ? page(rows, Math.max(200, size)) : errors(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator')
    }
    if (method !== 'GET') writes.push(`${method} ${path}`)
    const [, kind, rest = ''] = new RegExp(`^${API}/sobjects/(Contact|Task)(?:/(.+))?$`).exec(path) ?? []
    if (kind === 'Contact') return handleContacts(method, rest, body)
    if (kind === 'Task') return handleTasks(method, rest, body)
    return notFound()
  }

  function handleContacts(method: string, rest: string, body: Record<string, unknown>): CrmAnswer {
    const external = /^Ringside_Id__c\/(.+)$/.exec(rest)?.[1]
    if (external !== undefined) {
      if (method !== 'PATCH') return errors(405, 'METHOD_NOT_ALLOWED', 'HTTP Method not allowed')
      const known = [...contacts.values()].find(each => each.Ringside_Id__c === external && !each.IsDeleted)
      const contact = known ?? { ...blank(), Ringside_Id__c: external }
      const refused = write(contact, body)
      if (refused) return refused
      return { status: known ? 200 : 201, body: { id: contact.Id, success: true, errors: [], created: !known } }
    }
    if (rest.includes('/'))
      return errors(404, 'NOT_FOUND', 'Provided external ID field does not exist or is not accessible')
    const contact = contacts.get(rest)
    if (!contact) return notFound()
    if (contact.IsDeleted) return errors(404, 'ENTITY_IS_DELETED', 'entity is deleted')
    if (method === 'DELETE') {
      contacts.set(rest, { ...contact, IsDeleted: true, SystemModstamp: tick() })
      return { status: 204 }
    }
    return write(contact, body) ?? { status: 204 }
  }

  function handleTasks(method: string, rest: string, body: Record<string, unknown>): CrmAnswer {
    if (method === 'POST') {
      const who = contacts.get(String(body.WhoId))
      if (!who || who.IsDeleted) return errors(400, 'INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id')
      const task = { Id: newId('00T'), ...body } as Task
      tasks.set(task.Id, task)
      return { status: 201, body: { id: task.Id, success: true, errors: [] } }
    }
    const known = tasks.get(rest)
    if (!known) return notFound()
    tasks.set(rest, { ...known, ...body } as Task)
    return { status: 204 }
  }

  function select(soql: string, deletedToo: boolean, size: number): CrmAnswer {
    const call = /^SELECT Id FROM Task WHERE CallObject = '([^']*)' LIMIT 1$/.exec(soql)
    if (call) return page([...tasks.values()].filter(task => task.CallObject === call[1]).slice(0, 1), size)
    const contact =
      /^SELECT ([\w., ]+) FROM Contact(?: WHERE SystemModstamp >= (\S+Z))? ORDER BY SystemModstamp, Id$/.exec(soql)
    if (!contact) return errors(400, 'MALFORMED_QUERY', `unexpected token: ${soql}`)
    const since = Date.parse(contact[2] ?? '1970-01-01T00:00:00Z')
    const rows = [...contacts.values()]
      .filter(each => (deletedToo || !each.IsDeleted) && Date.parse(each.SystemModstamp) >= since)
      .sort((one, other) => one.SystemModstamp.localeCompare(other.SystemModstamp))
    return page(structuredClone(rows), size)
  }

  function page(rows: object[], size: number): CrmAnswer {
    const rest = rows.slice(size)
    const locator = `01g${nextId++}-${size}`
    if (rest.length > 0) locators.set(locator, rest)
    return {
      status: 200,
      body: {
        totalSize: rows.length,
        done: rest.length === 0,
        ...(rest.length > 0 && { nextRecordsUrl: `${API}/query/${locator}` }),
        records: rows.slice(0, size).map(row => ({ attributes: { type: 'Contact' }, ...row })),
      },
    }
  }

  const columnsOf = (contact: Parameters<CrmStandIn['add']>[0]): Partial<SalesforceContact> => ({
    ...(contact.name !== undefined && {
      FirstName: contact.name.split(' ').slice(0, -1).join(' ') || null,
      LastName: contact.name.split(' ').at(-1)!,
    }),
    ...(contact.email !== undefined && { Email: contact.email || null }),
    ...(contact.company !== undefined && { Account: contact.company === '' ? null : { Name: contact.company } }),
    ...(contact.phones !== undefined && { Phone: contact.phones[0] ?? null, MobilePhone: contact.phones[1] ?? null }),
  })
  const change = (contact: SalesforceContact, more: Partial<SalesforceContact>): string => {
    contacts.set(contact.Id, { ...contact, ...more, SystemModstamp: tick() })
    return contact.Id
  }

  const server = await serveCrm(handle)
  return {
    id: 'salesforce',
    env: {
      SALESFORCE_CLIENT_ID: SECRETS.clientId,
      SALESFORCE_CLIENT_SECRET: SECRETS.clientSecret,
      SALESFORCE_LOGIN_URL: server.url,
    },
    add: contact => change(blank(), columnsOf(contact)),
    change: (id, contact) => void change(contacts.get(id)!, columnsOf(contact)),
    delete: id => void change(contacts.get(id)!, { IsDeleted: true }),
    merge: (from, into) => void change(contacts.get(from)!, { IsDeleted: true, MasterRecordId: into }),
    contacts: () =>
      [...contacts.values()]
        .filter(each => !each.IsDeleted)
        .map(each => ({
          id: each.Id,
          name: [each.FirstName, each.LastName].filter(Boolean).join(' '),
          email: each.Email ?? '',
          company: each.Account?.Name ?? '',
          phones: [each.Phone, each.MobilePhone].flatMap(phone => phone || []),
        })),
    calls: () =>
      [...tasks.values()].map(task => ({
        id: task.Id,
        contactId: String(task.WhoId),
        callId: String(task.CallObject),
        direction: String(task.CallType).toLowerCase(),
        seconds: Number(task.CallDurationInSeconds),
        text: String(task.Description),
        recordingUrl: /Recording: (\S+)/.exec(String(task.Description))?.[1] ?? null,
      })),
    allow: followOnce,
    expireTokens: oauth.expire,
    takeBackPermission: oauth.takeBack,
    limitOnce() {
      limited = true
    },
    hangUpOnce: server.hangUpOnce,
    writes,
    close: server.close,
  }
}
