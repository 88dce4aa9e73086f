import { createHash, randomBytes } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CrmId } from '../../server/connectors/connector.ts'

/** A contact as the people of a CRM see it. */
export interface CrmContact {
  id: string
  name: string
  email: string
  company: string
  phones: string[]
}

export interface CrmCall {
  id: string
  contactId: string
  callId: string
  direction: string
  seconds: number
  text: string
  recordingUrl: string | null
}

/** A CRM on this machine that behaves as the published description of its API says, and what its people do there. */
export interface CrmStandIn {
  id: CrmId
  /** With which variables a server is pointed at it. */
  env: Record<string, string>
  add(contact: Partial<Omit<CrmContact, 'id'>>): string
  change(id: string, contact: Partial<Omit<CrmContact, 'id'>>): void
  delete(id: string): void
  /** Makes `from` part of `into`, where the API tells of it. */
  merge?(from: string, into: string): void
  contacts(): CrmContact[]
  calls(): CrmCall[]
  /** What a browser does that is sent there by us: its person allows it. Gives the address that it is sent back to. */
  allow(url: string): Promise<string>
  expireTokens(): void
  takeBackPermission(): void
  /** The next request is refused for want of budget. */
  limitOnce(): void
  /** The next request is carried out, and its answer never arrives. */
  hangUpOnce(path: RegExp): void
  /** Requests that have written something: `PATCH /crm/v3/objects/contacts/1`. */
  writes: string[]
  close(): Promise<void>
}

export interface CrmRequest {
  method: string
  path: string
  query: URLSearchParams
  headers: http.IncomingHttpHeaders
  /** JSON or a form, as it came. */
  body: Record<string, unknown>
}

export interface CrmAnswer {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

/** An HTTP server that answers with what `handle` says; a URL to itself is known only once it listens. */
export async function serveCrm(
  handle: (request: CrmRequest) => CrmAnswer,
): Promise<{ url: string; hangUpOnce(path: RegExp): void; close(): Promise<void> }> {
  let hangUp: RegExp | null = null
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const url = new URL(request.url!, 'http://crm')
    const form = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
    const body = text === '' ? {} : form ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text)
    const answer = handle({
      method: request.method!,
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      headers: request.headers,
      body,
    })
    if (hangUp?.test(url.pathname)) {
      hangUp = null
      response.destroy()
      return
    }
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
    response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hangUpOnce(path) {
      hangUp = path
    },
    close: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** OAuth as both do it: codes that are good once and for whoever has the verifier, tokens that expire. */
export function createOAuth({ clientId, clientSecret }: { clientId: string; clientSecret: string }) {
  const codes = new Map<string, { challenge: string; redirectUri: string }>()
  let accessToken = ''
  let refreshToken: string | null = null
  const fresh = (): string => randomBytes(12).toString('hex')
  return {
    authorise(query: URLSearchParams): CrmAnswer {
      const redirectUri = query.get('redirect_uri')!
      if (query.get('client_id') !== clientId || query.get('code_challenge_method') !== 'S256')
        return { status: 400, body: {} }
      const code = fresh()
      codes.set(code, { challenge: query.get('code_challenge')!, redirectUri })
      const back = new URL(redirectUri)
      back.search = new URLSearchParams({ code, state: query.get('state')! }).toString()
      return { status: 302, headers: { location: back.href } }
    },
    /** Null: it is not granted. */
    token(form: Record<string, unknown>): { accessToken: string; refreshToken: string } | null {
      if (form.client_id !== clientId || form.client_secret !== clientSecret) return null
      if (form.grant_type === 'authorization_code') {
        const code = codes.get(String(form.code))
        codes.delete(String(form.code))
        const challenge = createHash('sha256').update(String(form.code_verifier)).digest('base64url')
        if (!code || code.challenge !== challenge || code.redirectUri !== form.redirect_uri) return null
        refreshToken = fresh()
      } else if (form.grant_type !== 'refresh_token' || form.refresh_token !== refreshToken) return null
      accessToken = fresh()
      return { accessToken, refreshToken: refreshToken! }
    },
    admits: (headers: http.IncomingHttpHeaders): boolean =>
      accessToken !== '' && headers.authorization === `Bearer ${accessToken}`,
    isRefreshToken: (token: string): boolean => token === refreshToken,
    expire(): void {
      accessToken = ''
    },
    takeBack(): void {
      accessToken = ''
      refreshToken = null
    },
  }
}

/** Goes where the address leads, as far as the first redirect. */
export async function followOnce(url: string): Promise<string> {
  const response = await fetch(url, { redirect: 'manual' })
  const location = response.headers.get('location')
  if (response.status !== 302 || location === null) throw new Error(`not allowed there: ${response.status}`)
  return location
}
