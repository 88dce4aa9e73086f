import { Fields } from './fields.ts'
import { UnreadableWebhook, type Webhook } from './provider.ts'

/**
 * What a webhook carries, decoded. `query`: a GET, whose values stand in the address. A name that a form or query
 * repeats has an array of its values. Values have no prototype, so a field named `__proto__` is a field like any other.
 */
export type Body =
  | { kind: 'query' | 'form' | 'json'; values: Record<string, unknown> }
  | { kind: 'empty' }
  | { kind: 'unreadable'; error: UnreadableWebhook }

/** Far more than any provider sends; a body built to make us sort and sign a million names stops here. */
const MAX_PAIRS = 200

const decoder = new TextDecoder()
const bodies = new WeakMap<Webhook, Body>()

/** Decodes a webhook once, so that what was verified is what is parsed. Never throws. */
export function readBody(webhook: Webhook): Body {
  let body = bodies.get(webhook)
  if (body === undefined) {
    body = decode(webhook)
    bodies.set(webhook, body)
  }
  return body
}

/** The webhook's fields, ready to be asked for. Throws {@link UnreadableWebhook} when it cannot be decoded. */
export function readFields(webhook: Webhook): Fields {
  const body = readBody(webhook)
  if (body.kind === 'unreadable') throw body.error
  return new Fields(body.kind === 'empty' ? {} : body.values)
}

/** Which script a report answers: `step` in the address that we gave out for it; null where it names none. */
export function readStep({ urls: [url = ''] }: Webhook): number | null {
  const step = new URLSearchParams(queryOf(url)).get('step')
  return step !== null && /^\d{1,9}$/.test(step) ? Number(step) : null
}

/** Our id of the call: `call` in the address that we gave out for one that we began ourselves. */
export function readCall({ urls: [url = ''] }: Webhook): { callId?: string } {
  const callId = new URLSearchParams(queryOf(url)).get('call')
  return callId !== null && UUID.test(callId) ? { callId } : {}
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function decode(webhook: Webhook): Body {
  if (webhook.method === 'GET') return readPairs('query', queryOf(webhook.urls[0] ?? ''))
  if (webhook.body.length === 0) return { kind: 'empty' }
  const text = decoder.decode(webhook.body)
  return isJson(webhook, text) ? readJson(text) : readPairs('form', text)
}

function isJson(webhook: Webhook, text: string): boolean {
  const type = webhook.headers['content-type']?.toLowerCase() ?? ''
  if (type.includes('json')) return true
  return !type.includes('x-www-form-urlencoded') && /^\s*[{[]/.test(text)
}

function readJson(text: string): Body {
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return { kind: 'json', values: value }
    return unreadable('The body must be a JSON object.')
  } catch {
    return unreadable('The body is not valid JSON.')
  }
}

/** Flat, as the sender meant it: `a[b]=c` is a field named `a[b]`. */
function readPairs(kind: 'query' | 'form', text: string): Body {
  if (hasTooManyPairs(text)) return unreadable(`The ${kind} has too many fields.`)
  const values: Record<string, string | string[]> = Object.create(null)
  for (const [name, value] of new URLSearchParams(text)) {
    const before = values[name]
    if (before === undefined) values[name] = value
    else if (typeof before === 'string') values[name] = [before, value]
    else before.push(value)
  }
  return { kind, values }
}

function hasTooManyPairs(text: string): boolean {
  let pairs = 1
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) {
    pairs += 1
    if (pairs > MAX_PAIRS) return true
  }
  return false
}

/** As received: `new URL()` would rewrite some characters. */
function queryOf(url: string): string {
  const [address = ''] = url.split('#', 1)
  const start = address.indexOf('?')
  return start === -1 ? '' : address.slice(start + 1)
}

const unreadable = (message: string): Body => ({ kind: 'unreadable', error: new UnreadableWebhook(message) })

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
