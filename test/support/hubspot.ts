import { type CrmAnswer, type CrmRequest, type CrmStandIn, createOAuth, followOnce, serveCrm } from './crm.ts'

type Properties = Record<string, string>
interface HubspotObject {
  id: string
  properties: Properties
  createdAt: string
  updatedAt: string
  archived: boolean
  archivedAt?: string
}

const SECRETS = { clientId: 'hubspot-client', clientSecret: 'hubspot-secret' }
const SEARCH_WINDOW = 10_000

/**
 * HubSpot’s API as far as it is published and we use it: OAuth, contacts (search, batch upsert, create, update, archive),
 * calls with associations, its errors and its limits. Like HubSpot, it keeps e-mail addresses in small letters.
 */
export async function startHubspot(): Promise<CrmStandIn> {
  const oauth = createOAuth(SECRETS)
  const contacts = new Map<string, HubspotObject>()
  const calls = new Map<string, HubspotObject & { contactId: string }>()
  const writes: string[] = []
  let nextId = 101
  let clock = Date.now() - 1_000_000
  let limited = false

  /** No two changes at the same time, and never later than now. */
  const tick = (): string => {
    clock = Math.max(clock + 1, Date.now())
    return new Date(clock).toISOString()
  }

  function create(properties: Properties): HubspotObject {
    const at = tick()
    const created = { id: String(nextId++), properties: {}, createdAt: at, updatedAt: at, archived: false }
    contacts.set(created.id, created)
    return update(created, properties)
  }
  function update(object: HubspotObject, properties: Properties): HubspotObject {
    object.properties = { ...object.properties, ...properties }
    if (properties.email !== undefined) object.properties.email = properties.email.toLowerCase()
    object.updatedAt = tick()
    object.properties.lastmodifieddate = object.updatedAt
    return object
  }
  function archive(object: HubspotObject): void {
    object.archived = true
    object.archivedAt = tick()
  }
  const live = (id: string): HubspotObject | undefined => {
    const found = contacts.get(id)
    return found?.archived === false ? found : undefined
  }
  const byEmail = (email: string): HubspotObject | undefined =>
    [...contacts.values()].find(({ archived, properties }) => !archived && properties.email === email.toLowerCase())

  const error = (status: number, category: string, message: string, more: object = {}): CrmAnswer => ({
    status,
    body: { status: 'error', message, correlationId: 'a43683b0-5717-4ceb-80b4-104d02915d8c', category, ...more },
  })
  const notFound = () => error(404, 'OBJECT_NOT_FOUND', 'resource not found')
  const invalid = (message: string) => error(400, 'VALIDATION_ERROR', message)

  function handle(request: CrmRequest): CrmAnswer {
    const { method, path, query, body } = request
    if (path === '/oauth/authorize') return query.get('scope') ? oauth.authorise(query) : invalid('missing scopes')
    if (path === '/oauth/v1/token') {
      const granted = oauth.token(body)
      if (granted === null) return error(400, 'BAD_AUTH_CODE', 'missing or unknown auth code')
      const { accessToken: access_token, refreshToken: refresh_token } = granted
      return { status: 200, body: { token_type: 'bearer', access_token, refresh_token, expires_in: 1800 } }
    }
    const revoked = /^\/oauth\/v1\/refresh-tokens\/(.+)$/.exec(path)
    if (method === 'DELETE' && revoked) {
      if (!oauth.isRefreshToken(revoked[1]!)) return notFound()
      oauth.takeBack()
      return { status: 204 }
    }
    if (!oauth.admits(request.headers) && !path.startsWith('/oauth/v1/access-tokens/')) {
      return error(401, 'EXPIRED_AUTHENTICATION', 'The OAuth token used to make this call expired.')
    }
    if (limited) {
      limited = false
      const answer = error(429, 'RATE_LIMITS', 'You have reached your ten_secondly_rolling limit.', {
        errorType: 'RATE_LIMIT',
        policyName: 'TEN_SECONDLY_ROLLING',
      })
      return {
        ...answer,
        headers: { 'x-hubspot-ratelimit-interval-milliseconds': '1000', 'x-hubspot-ratelimit-remaining': '0' },
      }
    }
    if (path.startsWith('/oauth/v1/access-tokens/')) {
      return { status: 200, body: { hub_id: 1234, hub_domain: 'acme.hubspot.com', user: 'ana@example.com' } }
    }
    if (method !== 'GET' && !path.endsWith('/search')) writes.push(`${method} ${path}`)
    const [, kind, rest = ''] = /^\/crm\/v3\/objects\/(contacts|calls)(?:\/(.+))?$/.exec(path) ?? []
    if (kind === 'contacts') return handleContacts(method, rest, query, body)
    if (kind === 'calls') return handleCalls(method, rest, body)
    return notFound()
  }

  function handleContacts(
    method: string,
    rest: string,
    query: URLSearchParams,
    body: Record<string, unknown>,
  ): CrmAnswer {
    if (method === 'POST' && rest === 'search')
      return search(
        [...contacts.values()].filter(each => !each.archived),
        body,
      )
    if (method === 'POST' && rest === 'batch/upsert') {
      const inputs = body.inputs as { properties: Properties }[]
      const bad = inputs.find(({ properties: given }) => given.email?.endsWith('.invalid'))
      if (bad) return invalid(`Property values were not valid: email address ${bad.properties.email} is invalid`)
      const results = (body.inputs as { id: string; idProperty: string; properties: Properties }[]).map(input => {
        if (input.idProperty !== 'email') throw new Error('only e-mail addresses are unique here')
        const known = byEmail(input.id)
        return { ...(known ? update(known, input.properties) : create(input.properties)), new: !known }
      })
      return { status: 200, body: { status: 'COMPLETE', results, startedAt: tick(), completedAt: tick() } }
    }
    const properties = (body.properties ?? {}) as Properties
    if (properties.email?.endsWith('.invalid')) {
      return invalid(`Property values were not valid: email address ${properties.email} is invalid`)
    }
    if (method === 'POST' && rest === '') {
      const known = properties.email ? byEmail(properties.email) : undefined
      if (known) return error(409, 'CONFLICT', `Contact already exists. Existing ID: ${known.id}`)
      return { status: 201, body: create(properties) }
    }
    if (method === 'GET' && rest === '') {
      const archived = query.get('archived') === 'true'
      const from = Number(query.get('after') ?? 0)
      const limit = Number(query.get('limit') ?? 10)
      if (limit > 100) return invalid('limit must be at most 100')
      return page(
        [...contacts.values()].filter(each => each.archived === archived),
        from,
        limit,
      )
    }
    const contact = live(rest)
    if (!contact) return method === 'DELETE' && contacts.has(rest) ? { status: 204 } : notFound()
    if (method === 'PATCH') return { status: 200, body: update(contact, properties) }
    if (method === 'DELETE') {
      archive(contact)
      return { status: 204 }
    }
    return { status: 200, body: contact }
  }

  function handleCalls(method: string, rest: string, body: Record<string, unknown>): CrmAnswer {
    if (method === 'POST' && rest === 'search') return search([...calls.values()], body)
    const properties = (body.properties ?? {}) as Properties
    if (method === 'POST') {
      if (!properties.hs_timestamp) return invalid('hs_timestamp is required')
      const [association] = body.associations as { to: { id: string }; types: { associationTypeId: number }[] }[]
      if (association?.types[0]?.associationTypeId !== 194 || !live(association.to.id)) {
        return invalid('The association is not valid')
      }
      const at = tick()
      const made = { id: String(nextId++), properties, createdAt: at, updatedAt: at, archived: false }
      calls.set(made.id, { ...made, contactId: association.to.id })
      return { status: 201, body: made }
    }
    const known = calls.get(rest)
    if (!known) return notFound()
    return { status: 200, body: update(known, properties) }
  }

  function search(objects: HubspotObject[], body: Record<string, unknown>): CrmAnswer {
    const {
      filterGroups = [],
      sorts = [],
      limit = 10,
      after = '0',
    } = body as {
      filterGroups?: { filters: { propertyName: string; operator: string; value: string }[] }[]
      sorts?: { propertyName: string; direction: string }[]
      limit?: number
      after?: string
    }
    if (limit > 200) return invalid('limit must be at most 200')
    if (Number(after) + limit > SEARCH_WINDOW) return invalid('The search goes no further than 10,000 results.')
    const found = objects.filter(({ properties }) =>
      filterGroups.every(({ filters }) =>
        filters.every(({ propertyName, operator, value }) => {
          const own = properties[propertyName]
          if (own === undefined) return false
          return operator === 'GTE' ? Date.parse(own) >= Number(value) : own === value
        }),
      ),
    )
    if (sorts[0]?.propertyName === 'lastmodifieddate')
      found.sort((one, other) => one.updatedAt.localeCompare(other.updatedAt))
    return page(found, Number(after), limit)
  }

  function page(objects: HubspotObject[], from: number, limit: number): CrmAnswer {
    const more = from + limit < objects.length
    return {
      status: 200,
      body: {
        total: objects.length,
        results: structuredClone(objects.slice(from, from + limit)),
        ...(more && { paging: { next: { after: String(from + limit), link: '?after' } } }),
      },
    }
  }

  const propertiesOf = (contact: Parameters<CrmStandIn['add']>[0]): Properties => ({
    ...(contact.name !== undefined && {
      firstname: contact.name.split(' ')[0]!,
      lastname: contact.name.split(' ').slice(1).join(' '),
    }),
    ...(contact.email !== undefined && { email: contact.email }),
    ...(contact.company !== undefined && { company: contact.company }),
    ...(contact.phones !== undefined && { phone: contact.phones[0] ?? '', mobilephone: contact.phones[1] ?? '' }),
  })

  const server = await serveCrm(handle)
  return {
    id: 'hubspot',
    env: {
      HUBSPOT_CLIENT_ID: SECRETS.clientId,
      HUBSPOT_CLIENT_SECRET: SECRETS.clientSecret,
      HUBSPOT_APP_URL: server.url,
      HUBSPOT_API_URL: server.url,
    },
    add: contact => create(propertiesOf(contact)).id,
    change: (id, contact) => void update(contacts.get(id)!, propertiesOf(contact)),
    delete: id => archive(contacts.get(id)!),
    contacts: () =>
      [...contacts.values()]
        .filter(({ archived }) => !archived)
        .map(({ id, properties: own }) => ({
          id,
          name: [own.firstname, own.lastname].filter(Boolean).join(' '),
          email: own.email ?? '',
          company: own.company ?? '',
          phones: [own.phone, own.mobilephone].flatMap(phone => phone || []),
        })),
    calls: () =>
      [...calls.values()].map(({ id, contactId, properties: own }) => ({
        id,
        contactId,
        callId: own.hs_call_external_id!,
        direction: own.hs_call_direction!.toLowerCase(),
        seconds: Number(own.hs_call_duration) / 1000,
        text: own.hs_call_body!,
        recordingUrl: own.hs_call_recording_url ?? null,
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
