import { z } from 'zod'
import type { SyncedFields } from '../../../core/contactSync.ts'
import { type Answered, type Asked, ask } from '../ask.ts'
import {
  type CallEntry,
  type Connector,
  ConnectorError,
  joinName,
  type RemoteChange,
  splitName,
  type Tokens,
} from '../connector.ts'

const NAME = 'Salesforce'
const API = '/services/data/v60.0'
/** A field that an admin of theirs adds to Contact (text, unique, external id): what is created, is created once. */
const OUR_ID = 'Ringside_Id__c'
/** A transaction's time of change is older than the moment at which it can be read. */
const COMMIT_LAG_MS = 60_000
/** The limit is one of 24 hours. */
const LIMITED_MS = 15 * 60_000

export interface SalesforceConfig {
  clientId: string
  clientSecret: string
  /** `https://login.salesforce.com`, a sandbox's or a domain of one's own. */
  loginUrl: string
}

export function createSalesforce({ clientId, clientSecret, loginUrl }: SalesforceConfig): Connector {
  async function call(tokens: Tokens, path: string, asked: Asked = {}): Promise<Answered> {
    const answer = await ask(NAME, tokens.apiUrl + path, {
      ...asked,
      headers: { authorization: `Bearer ${tokens.accessToken}`, 'sforce-query-options': 'batchSize=200' },
    })
    if (answer.status >= 300) throw problemOf(answer)
    return answer
  }

  async function tokensFor(form: Record<string, string>): Promise<z.output<typeof TokenAnswer>> {
    const answer = await ask(NAME, `${loginUrl}/services/oauth2/token`, {
      method: 'POST',
      form: { client_id: clientId, client_secret: clientSecret, ...form },
    })
    if (answer.status === 400 || answer.status === 401)
      throw new ConnectorError('revoked', `${NAME} has taken back its permission. Connect it again.`)
    if (answer.status !== 200) throw problemOf(answer)
    return read(TokenAnswer, answer)
  }

  const query = (tokens: Tokens, soql: string, operation = 'query'): Promise<Answered> =>
    call(tokens, `${API}/${operation}?q=${encodeURIComponent(soql)}`)

  return {
    id: 'salesforce',
    name: NAME,
    // The company is an account there, with a life of its own.
    writes: ['name', 'email', 'phones'],

    authoriseUrl({ redirectUri, state, challenge }) {
      const url = new URL('/services/oauth2/authorize', loginUrl)
      url.search = new URLSearchParams({
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectUri,
        scope: 'api refresh_token',
        state,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      }).toString()
      return url.href
    },
    async redeem({ code, verifier, redirectUri }) {
      const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }
      const { access_token, refresh_token, instance_url } = await tokensFor(form)
      if (refresh_token === undefined) {
        throw new ConnectorError(
          'refused',
          `${NAME} gives no refresh token: allow the scope refresh_token in the connected app.`,
        )
      }
      return { accessToken: access_token, refreshToken: refresh_token, expiresAt: null, apiUrl: instance_url }
    },
    async renew(tokens) {
      const answer = await tokensFor({ grant_type: 'refresh_token', refresh_token: tokens.refreshToken })
      const refreshToken = answer.refresh_token ?? tokens.refreshToken
      return { ...tokens, accessToken: answer.access_token, refreshToken, apiUrl: answer.instance_url }
    },
    async revoke({ refreshToken }) {
      await ask(NAME, `${loginUrl}/services/oauth2/revoke`, { method: 'POST', form: { token: refreshToken } })
    },
    async account(tokens) {
      const answer = await call(tokens, '/services/oauth2/userinfo')
      return read(z.object({ preferred_username: z.string() }), answer).preferred_username
    },

    async changes(tokens, cursor) {
      const place = read(Place, { body: cursor ?? {} })
      const answer = await (place.next === null
        ? query(tokens, changedSince(place.since), place.since === null ? 'query' : 'queryAll')
        : call(tokens, place.next)
      ).catch(error => {
        // A list that was left lying for too long: read it again.
        if (place.next !== null && error instanceof ConnectorError && error.kind !== 'expired') return null
        throw error
      })
      if (answer === null) return { changes: [], cursor: { ...place, next: null }, more: true }
      const { records, nextRecordsUrl, done } = read(ContactPage, answer)
      const newest = Math.max(place.newest, ...records.map(record => Date.parse(record.SystemModstamp)))
      const next = done ? null : (nextRecordsUrl ?? null)
      const since = next === null && newest > 0 ? new Date(newest - COMMIT_LAG_MS).toISOString() : place.since
      return { changes: records.map(changeOf), cursor: { since, next, newest }, more: next !== null }
    },

    async save(tokens, { remoteId, contactId, fields }) {
      const json = columnsOf(fields)
      if (remoteId !== null) {
        await call(tokens, `${API}/sobjects/Contact/${encodeURIComponent(remoteId)}`, { method: 'PATCH', json })
        return remoteId
      }
      const answer = await call(tokens, `${API}/sobjects/Contact/${OUR_ID}/${contactId}`, {
        method: 'PATCH',
        json,
      }).catch(error => {
        if (!(error instanceof ConnectorError && error.kind === 'gone')) throw error
        throw new ConnectorError(
          'refused',
          `${NAME} has no field ${OUR_ID} in Contact (text of 36, unique, external id). Add it there.`,
        )
      })
      return read(z.object({ id: z.string() }), answer).id
    },
    async remove(tokens, remoteId) {
      await call(tokens, `${API}/sobjects/Contact/${encodeURIComponent(remoteId)}`, { method: 'DELETE' }).catch(
        error => {
          if (!(error instanceof ConnectorError && error.kind === 'gone')) throw error
        },
      )
    },

    async logCall(tokens, entry, remoteContactId, entryId) {
      if (entryId !== null) {
        await call(tokens, `${API}/sobjects/Task/${encodeURIComponent(entryId)}`, {
          method: 'PATCH',
          json: taskOf(entry),
        })
        return entryId
      }
      const json = {
        ...taskOf(entry),
        WhoId: remoteContactId,
        TaskSubtype: 'Call',
        Status: 'Completed',
        Priority: 'Normal',
      }
      const answer = await call(tokens, `${API}/sobjects/Task`, { method: 'POST', json })
      return read(z.object({ id: z.string() }), answer).id
    },
    async findCall(tokens, callId) {
      const answer = await query(
        tokens,
        `SELECT Id FROM Task WHERE CallObject = '${callId.replace(/['\\]/g, '')}' LIMIT 1`,
      )
      return read(z.object({ records: z.array(z.object({ Id: z.string() })) }), answer).records[0]?.Id ?? null
    },
  }
}

const changedSince = (since: string | null): string =>
  'SELECT Id, FirstName, LastName, Email, Phone, MobilePhone, Account.Name, IsDeleted, MasterRecordId, SystemModstamp ' +
  `FROM Contact${since === null ? '' : ` WHERE SystemModstamp >= ${since}`} ORDER BY SystemModstamp, Id`

const Place = z.object({
  since: z.string().nullable().default(null),
  next: z.string().nullable().default(null),
  /** Milliseconds since the epoch. */
  newest: z.number().default(0),
})

const TokenAnswer = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional(),
  instance_url: z.url().transform(url => url.replace(/\/+$/, '')),
})

const Text = z.string().nullish()
const ContactPage = z.object({
  done: z.boolean(),
  nextRecordsUrl: z.string().startsWith('/services/').optional(),
  records: z.array(
    z.object({
      Id: z.string(),
      FirstName: Text,
      LastName: Text,
      Email: Text,
      Phone: Text,
      MobilePhone: Text,
      Account: z.object({ Name: Text }).nullish(),
      IsDeleted: z.boolean(),
      MasterRecordId: Text,
      SystemModstamp: z.string(),
    }),
  ),
})

const changeOf = (record: z.output<typeof ContactPage>['records'][number]): RemoteChange =>
  record.IsDeleted
    ? { type: 'deleted', remoteId: record.Id, mergedInto: record.MasterRecordId ?? null }
    : {
        type: 'changed',
        contact: {
          remoteId: record.Id,
          changedAt: new Date(record.SystemModstamp).toISOString(),
          fields: {
            name: joinName(record.FirstName, record.LastName),
            email: record.Email ?? '',
            company: record.Account?.Name ?? '',
            phones: [record.Phone, record.MobilePhone].flatMap(phone => phone || []),
          },
        },
      }

function columnsOf({ name, email, phones }: Partial<SyncedFields>): Record<string, string | null> {
  const names = name === undefined ? null : splitName(name)
  return {
    ...(names && { FirstName: names.first || null, LastName: names.last }),
    ...(email !== undefined && { Email: email || null }),
    ...(phones !== undefined && { Phone: phones[0] ?? null, MobilePhone: phones[1] ?? null }),
  }
}

const taskOf = (entry: CallEntry): Record<string, string | number | null> => ({
  Subject: entry.title,
  Description: [...entry.lines, entry.recordingUrl === null ? entry.callUrl : `Recording: ${entry.recordingUrl}`].join(
    '\n',
  ),
  ActivityDate: entry.startedAt.slice(0, 10),
  CallType: entry.direction === 'inbound' ? 'Inbound' : 'Outbound',
  CallDurationInSeconds: entry.durationSeconds,
  CallDisposition: entry.outcome,
  CallObject: entry.callId,
})

function problemOf({ status, body }: Answered): ConnectorError {
  const [first] = Array.isArray(body) ? (body as { message?: string; errorCode?: string }[]) : []
  if (status === 401) return new ConnectorError('expired', `${NAME} asks us to sign in again.`)
  if (first?.errorCode === 'REQUEST_LIMIT_EXCEEDED') {
    return new ConnectorError('limited', `${NAME} takes no more requests of this organisation today.`, LIMITED_MS)
  }
  if (status === 404) return new ConnectorError('gone', 'It is not there any more.')
  if (status >= 500) return new ConnectorError('unreachable', `${NAME} has trouble of its own (${status}).`)
  return new ConnectorError('refused', `${NAME} refuses it: ${first?.message ?? status}`)
}

function read<S extends z.ZodType>(schema: S, { body }: Pick<Answered, 'body'>): z.output<S> {
  const result = schema.safeParse(body)
  if (!result.success) throw new ConnectorError('unreachable', `${NAME} answers otherwise than it says.`)
  return result.data
}
