import { createHmac, timingSafeEqual } from 'node:crypto'

/** What brings a leg back to the page that had it, also after a restart: nobody else can make one, and none is stored. */
export interface Tickets {
  issue(room: string, leg: string): string
  /** Null for one that is not ours. Whether the leg is there still, it does not say. */
  read(ticket: string): { room: string; leg: string } | null
}

export function createTickets(secret: Uint8Array): Tickets {
  const sign = (subject: string): string => createHmac('sha256', secret).update(subject).digest('base64url')
  return {
    issue: (room, leg) => `${room}.${leg}.${sign(`${room}.${leg}`)}`,
    read(ticket) {
      const [, room = '', leg = '', signature = ''] = /^([^.]+)\.([^.]+)\.([\w-]+)$/.exec(ticket) ?? []
      const expected = Buffer.from(sign(`${room}.${leg}`))
      const given = Buffer.from(signature)
      return given.length === expected.length && timingSafeEqual(given, expected) ? { room, leg } : null
    },
  }
}
