import { ConnectorError } from './connector.ts'

const DEADLINE_MS = 20_000

export interface Asked {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  headers?: Record<string, string>
  json?: unknown
  form?: Record<string, string>
}

export interface Answered {
  status: number
  headers: Headers
  /** JSON; null where there is none. */
  body: unknown
}

/**
 * Asks a CRM once, without following redirects: its address is the operator's or what the CRM itself has named. Throws an
 * `unreachable` {@link ConnectorError} when it does not answer, or not with JSON.
 */
export async function ask(
  name: string,
  url: string,
  { method = 'GET', headers, json, form }: Asked,
): Promise<Answered> {
  try {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(DEADLINE_MS),
      headers: {
        accept: 'application/json',
        // One that is kept open may be closed while a page is being written: the next request would be lost on it.
        connection: 'close',
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
      ...(form !== undefined && { body: new URLSearchParams(form) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
  } catch {
    throw new ConnectorError('unreachable', `${name} does not answer.`)
  }
}
