import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { clientAddress } from './clientAddress.ts'

const from = (remoteAddress: string, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage

test.each([
  ['directly', from('203.0.113.7'), [], '203.0.113.7'],
  ['directly, as IPv6 writes it', from('::ffff:203.0.113.7'), [], '203.0.113.7'],
  ['saying that it comes from elsewhere', from('203.0.113.7', '198.51.100.1'), [], '203.0.113.7'],
  ['through a proxy', from('10.0.0.1', '203.0.113.7'), ['10.0.0.0/8'], '203.0.113.7'],
  ['through two', from('10.0.0.1', '203.0.113.7, 10.0.0.2'), ['10.0.0.0/8'], '203.0.113.7'],
  ['through one, lying', from('10.0.0.1', '198.51.100.1, 203.0.113.7'), ['10.0.0.1'], '203.0.113.7'],
  ['through one of IPv6', from('fd00::1', '2001:db8::7'), ['fd00::/8'], '2001:db8::7'],
  ['from the proxy itself', from('10.0.0.1'), ['10.0.0.1'], '10.0.0.1'],
])('%s', (_name, request, trusted, address) => {
  expect(clientAddress(request, trusted)).toBe(address)
})
