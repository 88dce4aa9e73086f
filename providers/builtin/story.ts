import { createHash } from 'node:crypto'
import type { InputResult } from '../../core/signal.ts'
import type { Caller, Delivery, Story } from '../conformance.ts'
import type { Webhook } from '../provider.ts'
import { builtin } from './builtin.ts'
import type { LegNews, News } from './report.ts'
import { type BuiltinCredentials, SIGNATURE, sign } from './verify.ts'

const SECRET = 'f3b7c1d5a9e24680'
const CALL = '0198a000-0000-7000-8000-000000000001'
const AGENT = `${CALL}/agent:0198a000-0000-7000-8000-000000000002/1`
const NOW = Date.UTC(2026, 0, 1)

/** A report as the exchange signs it. Its id follows from the content. */
export function report(content: object, url = 'builtin:/status'): Webhook {
  const id = createHash('sha256').update(url).update(JSON.stringify(content)).digest('hex').slice(0, 32)
  const body = Buffer.from(JSON.stringify({ id, call: CALL, at: new Date(NOW).toISOString(), ...content }))
  return {
    method: 'POST',
    urls: [url],
    headers: { 'content-type': 'application/json', [SIGNATURE]: sign(SECRET, url, body) },
    body,
    receivedAt: NOW,
  }
}

function call({ number, name }: Caller): Delivery[] {
  const customer = { type: 'leg', leg: CALL, party: 'customer' } as const
  const agent = { type: 'leg', leg: AGENT, party: 'agent' } as const
  const told = (second: number, ...news: News[]): Webhook =>
    report({ at: new Date(NOW + second * 1000).toISOString(), news })
  const leg = (side: typeof customer | typeof agent, status: LegNews['status']): LegNews => ({
    ...side,
    status,
    endReason: status === 'ended' ? 'completed' : null,
  })
  const first = {
    ...leg(customer, 'ringing'),
    call: { direction: 'inbound' as const, from: number, to: '+18005551212', name },
  }
  return [
    { purpose: 'incoming', webhook: told(0, first) },
    { purpose: 'status', webhook: told(1, leg(agent, 'initiated')) },
    { purpose: 'status', webhook: told(2, leg(agent, 'ringing')) },
    { purpose: 'status', webhook: told(8, leg(customer, 'in-progress')) },
    { purpose: 'status', webhook: told(9, leg(agent, 'in-progress')) },
    { purpose: 'status', webhook: told(38, leg(agent, 'ended')) },
    { purpose: 'status', webhook: told(39, leg(customer, 'ended')) },
  ]
}

export const story: Omit<Story<BuiltinCredentials>, 'strangers'> = {
  provider: builtin,
  credentials: { secret: SECRET },
  otherCredentials: { secret: '0864e2a9d5c1b73f' },
  call,
  unknownStatus: {
    purpose: 'status',
    webhook: report({ news: [{ type: 'leg', leg: CALL, party: 'customer', status: 'levitating', endReason: null }] }),
  },
  bare: { purpose: 'incoming', webhook: report({ id: undefined, at: undefined, news: [{ type: 'leg', leg: CALL }] }) },
  input: (result: InputResult, url: string) => report({ news: [{ type: 'input', result }] }, url),
  forge: webhook => ({ ...webhook, body: Buffer.concat([webhook.body, Buffer.from(' ')]) }),
  strip: webhook => ({ ...webhook, headers: { ...webhook.headers, [SIGNATURE]: undefined } }),
  skips: {},
}
