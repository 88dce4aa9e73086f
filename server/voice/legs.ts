import type { EndedReason, LegRole } from '../../client/voice/protocol.ts'
import type { Exchange } from '../../providers/builtin/exchange.ts'
import type { Departure } from '../../providers/builtin/line.ts'
import type { Page, PageLeg } from './page.ts'
import type { Tickets } from './tickets.ts'

/** Which page speaks and hears for each leg of the exchange: one at a time. */
export interface Legs {
  /** From now on this page does. False: there is no such leg (any more). */
  give(page: Page, room: string, leg: string, as: LegRole): boolean
  /** The page that does; null: none. */
  pageOf(room: string, leg: string): Page | null
  /** Its media are gone. */
  again(room: string, leg: string): void
  left(room: string, leg: string, departure: Departure): void
}

export interface LegsMeans {
  exchange: Pick<
    Exchange,
    'attach' | 'detach' | 'connect' | 'connectFrames' | 'disconnect' | 'frame' | 'digits' | 'leave'
  >
  tickets: Tickets
  callIdOf(room: string): string
  callMeBack(room: string): void
}

/** How pages name a leg. */
export const nameOf = (room: string, leg: string): string => `${room}.${leg}`

const REASONS: Record<Departure, EndedReason> = {
  'hung-up': 'hung-up',
  dismissed: 'hung-up',
  declined: 'declined',
  lost: 'lost',
  unanswered: 'lost',
  failed: 'failed',
}

export function createLegs({ exchange, tickets, callIdOf, callMeBack }: LegsMeans): Legs {
  const holders = new Map<string, Page>()

  const pageLeg = (page: Page, room: string, leg: string): PageLeg => ({
    id: nameOf(room, leg),
    connect: offer => exchange.connect(room, leg, offer),
    connectFrames: send => exchange.connectFrames(room, leg, send),
    frame: frame => exchange.frame(room, leg, frame),
    digits: digits => exchange.digits(room, leg, digits),
    callMeBack: () => callMeBack(room),
    hangUp: () => exchange.leave(room, leg),
    detach(viaSocket) {
      if (holders.get(nameOf(room, leg)) !== page) return
      holders.delete(nameOf(room, leg))
      exchange.detach(room, leg)
      if (viaSocket) exchange.disconnect(room, leg)
    },
  })

  return {
    give(page, room, leg, as) {
      const name = nameOf(room, leg)
      if (!exchange.attach(room, leg)) return false
      const before = holders.get(name)
      holders.set(name, page)
      if (before !== page) before?.end(name, 'elsewhere')
      page.give(pageLeg(page, room, leg), { ticket: tickets.issue(room, leg), callId: callIdOf(room), as })
      return true
    },
    pageOf: (room, leg) => holders.get(nameOf(room, leg)) ?? null,
    again: (room, leg) => holders.get(nameOf(room, leg))?.send({ type: 'again', leg: nameOf(room, leg) }),
    left(room, leg, departure) {
      const name = nameOf(room, leg)
      const page = holders.get(name)
      holders.delete(name)
      page?.end(name, REASONS[departure])
    },
  }
}
