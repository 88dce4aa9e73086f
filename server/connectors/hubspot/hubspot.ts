import { z } from 'zod'
import type { CallOutcome } from '../../../core/call.ts'
import type { SyncedFields } from '../../../core/contactSync.ts'
import { type Answered, type Asked, ask } from '../ask.ts'
import {
  type CallEntry,
  type ChangesPage,
  type Connector,
  ConnectorError,
  type Cursor,
  joinName,
  type RemoteChange,
  splitName,
  type Tokens,
} from '../connector.ts'

const NAME = 'HubSpot'
const SCOPES = 'oauth crm.objects.contacts.read crm.objects.contacts.write'
const PROPERTIES = ['firstname', 'lastname', 'email', 'phone', 'mobilephone', 'company']
const PAGE = 100
/** Search goes no further into one list of results. */
const SEARCH_WINDOW = 10_000
/** What has just changed is found a little later. */
const SEARCH_LAG_MS = 60_000
/** There is no list of what was deleted since: all of it is looked through, not too often. */
const ARCHIVE_EVERY_MS = 3600_000
/** “Call to contact”, as HubSpot defines it. */
const CALL_TO_CONTACT = 194

export interface HubspotConfig {
  clientId: string
  clientSecret: string
  /** Where people allow it: `https://app.hubspot.com`. */
  appUrl: string
  /** `https://api.hubapi.com` */
  apiUrl: string
}

export function createHubspot(config: HubspotConfig): Connector {
  const { clientId, clientSecret, appUrl, apiUrl } = config

  /** Throws what the answer means when it is not what was asked for. */
  async function call(tokens: Tokens, path: string, asked: Asked = {}): Promise<Answered> {
    const answer = await ask(NAME, tokens.apiUrl + path, {
      ...asked,
      headers: { authorization: `Bearer ${tokens.accessToken}` },
    })
    if (answer.status >= 300) throw problemOf(answer)
    return answer
  }

  async function tokensFor(form: Record<string, string>): Promise<Tokens> {
    const answer = await ask(NAME, `${apiUrl}/oauth/v1/token`, {
      method: 'POST',
      form: { client_id: clientId, client_secret: clientSecret, ...form },
    })
    if (answer.status === 400 || answer.status === 401)
      throw new ConnectorError('revoked', `${NAME} has taken back its permission. Connect it again.`)
    if (answer.status !== 200) throw problemOf(answer)
    const { access_token, refresh_token, expires_in } = read(TokenAnswer, answer)
    const expiresAt = new Date(Date.now() + expires_in * 1000).toISOString()
    return { accessToken: access_token, refreshToken: refresh_token, expiresAt, apiUrl }
  }

  return {
    id: 'hubspot',
    name: NAME,
    writes: ['name', 'email', 'company', 'phones'],

    authoriseUrl({ redirectUri, state, challenge }) {
      const url = new URL('/oauth/authorize', appUrl)
      url.search = new URLSearchParams({
        client_id: clientId,
        redirect_uri: redirectUri,
        scope: SCOPES,
        state,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      }).toString()
      return url.href
    },
    redeem: ({ code, verifier, redirectUri }) =>
      tokensFor({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }),
    renew: ({ refreshToken }) => tokensFor({ grant_type: 'refresh_token', refresh_token: refreshToken }),
    async revoke({ refreshToken }) {
      await ask(NAME, `${apiUrl}/oauth/v1/refresh-tokens/${encodeURIComponent(refreshToken)}`, { method: 'DELETE' })
    },
    async account(tokens) {
      const answer = await call(tokens, `/oauth/v1/access-tokens/${encodeURIComponent(tokens.accessToken)}`)
      const { hub_domain, hub_id } = read(z.object({ hub_id: z.number(), hub_domain: z.string().optional() }), answer)
      return hub_domain ?? String(hub_id)
    },

    async changes(tokens, cursor) {
      const place = read(Place, { body: cursor ?? {} })
      if (place.archive !== null) return archivePage(tokens, place, place.archive)
      const answer = await call(tokens, '/crm/v3/objects/contacts/search', {
        method: 'POST',
        json: {
          filterGroups:
            place.since === null
              ? []
              : [{ filters: [{ propertyName: 'lastmodifieddate', operator: 'GTE', value: String(place.since) }] }],
          sorts: [{ propertyName: 'lastmodifieddate', direction: 'ASCENDING' }],
          properties: PROPERTIES,
          limit: PAGE,
          ...(place.after !== null && { after: place.after }),
        },
      })
      const { results, paging } = read(ContactPage, answer)
      const changes = results.map(changeOf)
      const newest = Math.max(place.newest, ...results.map(({ updatedAt }) => Date.parse(updatedAt)))
      const after = paging?.next?.after ?? null
      if (after !== null) {
        // The window is left by beginning a new list with the last one of this.
        const next = Number(after) < SEARCH_WINDOW ? { since: place.since, after } : { since: newest, after: null }
        return { changes, cursor: { ...place, ...next, newest }, more: true }
      }
      const since = newest === 0 ? place.since : newest - SEARCH_LAG_MS
      const due = Date.now() - place.archiveReadAt >= ARCHIVE_EVERY_MS
      return { changes, cursor: { ...place, since, after: null, newest, archive: due ? '' : null }, more: due }
    },

    async save(tokens, { remoteId, fields }) {
      const properties = propertiesOf(fields)
      if (remoteId !== null) {
        await call(tokens, `/crm/v3/objects/contacts/${encodeURIComponent(remoteId)}`, {
          method: 'PATCH',
          json: { properties },
        })
        return remoteId
      }
      if (fields.email) {
        const answer = await call(tokens, '/crm/v3/objects/contacts/batch/upsert', {
          method: 'POST',
          json: { inputs: [{ id: fields.email, idProperty: 'email', properties }] },
        })
        const [first] = read(z.object({ results: z.array(z.object({ id: z.string() })) }), answer).results
        if (first === undefined) throw new ConnectorError('refused', `${NAME} has not taken the contact.`)
        return first.id
      }
      const answer = await call(tokens, '/crm/v3/objects/contacts', { method: 'POST', json: { properties } })
      return read(z.object({ id: z.string() }), answer).id
    },
    async remove(tokens, remoteId) {
      await call(tokens, `/crm/v3/objects/contacts/${encodeURIComponent(remoteId)}`, { method: 'DELETE' }).catch(orGone)
    },

    async logCall(tokens, entry, remoteContactId, entryId) {
      const properties = callProperties(entry)
      if (entryId !== null) {
        await call(tokens, `/crm/v3/objects/calls/${encodeURIComponent(entryId)}`, {
          method: 'PATCH',
          json: { properties },
        })
        return entryId
      }
      const types = [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: CALL_TO_CONTACT }]
      const answer = await call(tokens, '/crm/v3/objects/calls', {
        method: 'POST',
        json: { properties, associations: [{ to: { id: remoteContactId }, types }] },
      })
      return read(z.object({ id: z.string() }), answer).id
    },
    async findCall(tokens, callId) {
      const answer = await call(tokens, '/crm/v3/objects/calls/search', {
        method: 'POST',
        json: {
          filterGroups: [{ filters: [{ propertyName: 'hs_call_external_id', operator: 'EQ', value: callId }] }],
          limit: 1,
        },
      })
      return read(z.object({ results: z.array(z.object({ id: z.string() })) }), answer).results[0]?.id ?? null
    },
  }

  async function archivePage(tokens: Tokens, place: z.output<typeof Place>, after: string): Promise<ChangesPage> {
    const answer = await call(
      tokens,
      `/crm/v3/objects/contacts?archived=true&limit=${PAGE}${after && `&after=${after}`}`,
    )
    const { results, paging } = read(ContactPage, answer)
    const next = paging?.next?.after ?? null
    const changes = results.map(({ id }): RemoteChange => ({ type: 'deleted', remoteId: id, mergedInto: null }))
    const cursor: Cursor = { ...place, archive: next, ...(next === null && { archiveReadAt: Date.now() }) }
    return { changes, cursor, more: next !== null }
  }
}

/** How far reading has come. Times are milliseconds since the epoch. */
const Place = z.object({
  since: z.number().nullable().default(null),
  after: z.string().nullable().default(null),
  newest: z.number().default(0),
  /** In the archive: where the next page begins; null: not in it. */
  archive: z.string().nullable().default(null),
  archiveReadAt: z.number().default(0),
})

const TokenAnswer = z.object({ access_token: z.string(), refresh_token: z.string(), expires_in: z.number() })

const Text = z.string().nullish()
const ContactPage = z.object({
  results: z.array(
    z.object({
      id: z.string(),
      updatedAt: z.string(),
      properties: z.object({
        firstname: Text,
        lastname: Text,
        email: Text,
        phone: Text,
        mobilephone: Text,
        company: Text,
      }),
    }),
  ),
  paging: z.object({ next: z.object({ after: z.string() }).optional() }).nullish(),
})

const changeOf = ({ id, updatedAt, properties }: z.output<typeof ContactPage>['results'][number]): RemoteChange => ({
  type: 'changed',
  contact: {
    remoteId: id,
    changedAt: updatedAt,
    fields: {
      name: joinName(properties.firstname, properties.lastname),
      email: properties.email ?? '',
      company: properties.company ?? '',
      phones: [properties.phone, properties.mobilephone].flatMap(phone => phone || []),
    },
  },
})

function propertiesOf({ name, email, company, phones }: Partial<SyncedFields>): Record<string, string> {
  const names = name === undefined ? null : splitName(name)
  return {
    ...(names && { firstname: names.first, lastname: names.last }),
    ...(email !== undefined && { email }),
    ...(company !== undefined && { company }),
    ...(phones !== undefined && { phone: phones[0] ?? '', mobilephone: phones[1] ?? '' }),
  }
}

const STATUS: Partial<Record<CallOutcome, string>> = {
  'no-answer': 'NO_ANSWER',
  busy: 'BUSY',
  canceled: 'CANCELED',
  failed: 'FAILED',
}

const callProperties = (entry: CallEntry): Record<string, string> => ({
  hs_timestamp: entry.startedAt,
  hs_call_title: entry.title,
  hs_call_body: [
    ...entry.lines.map(escapeHtml),
    `<a href="${escapeHtml(entry.callUrl)}">${escapeHtml(entry.callUrl)}</a>`,
  ].join('<br>'),
  hs_call_direction: entry.direction === 'inbound' ? 'INBOUND' : 'OUTBOUND',
  hs_call_status: STATUS[entry.outcome ?? 'answered'] ?? 'COMPLETED',
  hs_call_duration: String(entry.durationSeconds * 1000),
  hs_call_external_id: entry.callId,
  ...(entry.from !== null && { hs_call_from_number: entry.from }),
  ...(entry.to !== null && { hs_call_to_number: entry.to }),
  ...(entry.recordingUrl !== null && { hs_call_recording_url: entry.recordingUrl }),
})

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, letter => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[letter]!)

function problemOf({ status, headers, body }: Answered): ConnectorError {
  const { message, policyName } = (body ?? {}) as { message?: string; policyName?: string }
  if (status === 401) return new ConnectorError('expired', `${NAME} asks us to sign in again.`)
  if (status === 404) return new ConnectorError('gone', 'It is not there any more.')
  if (status === 429) {
    const seconds = Number(headers.get('retry-after'))
    const interval = Number(headers.get('x-hubspot-ratelimit-interval-milliseconds'))
    const retryMs = seconds > 0 ? seconds * 1000 : policyName === 'DAILY' ? 3600_000 : interval || 10_000
    return new ConnectorError('limited', `${NAME} wants us to ask less often.`, retryMs)
  }
  if (status >= 500) return new ConnectorError('unreachable', `${NAME} has trouble of its own (${status}).`)
  return new ConnectorError('refused', `${NAME} refuses it: ${message ?? status}`)
}

function orGone(error: unknown): void {
  if (!(error instanceof ConnectorError && error.kind === 'gone')) throw error
}

function read<S extends z.ZodType>(schema: S, { body }: Pick<Answered, 'body'>): z.output<S> {
  const result = schema.safeParse(body)
  if (!result.success) throw new ConnectorError('unreachable', `${NAME} answers otherwise than it says.`)
  return result.data
}
