import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createTickets } from './tickets.ts'

const secret = randomBytes(32)
const [ROOM, LEG] = ['0198a000-0000-4000-8000-000000000001', 'agent:0198a000-0000-4000-8000-000000000002']

test('a ticket says whose it is, also to a process that has not issued it', () => {
  expect(createTickets(secret).read(createTickets(secret).issue(ROOM, LEG))).toEqual({ room: ROOM, leg: LEG })
})

test('for another leg, signed with another secret, cut or made up it is none', () => {
  const tickets = createTickets(secret)
  const ticket = tickets.issue(ROOM, 'customer')
  for (const forged of [
    ticket.replace('customer', LEG),
    createTickets(randomBytes(32)).issue(ROOM, 'customer'),
    ticket.slice(0, -1),
    `${ticket}A`,
    `${ROOM}.customer.`,
    '',
    '..',
    'x'.repeat(500),
  ])
    expect(tickets.read(forged)).toBeNull()
})
